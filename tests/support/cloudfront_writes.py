"""Changes to a distribution's configuration, and CloudFront's answers to them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

Change = Callable[[dict[str, Any]], None]


def write(distribution_id: str, change: Change, client: "CloudFrontClient | None" = None) -> None:
    """Change the configuration with the client, by default as the root user.

    Raise ClientError if CloudFront rejects the change.
    """
    answer = boto3.client("cloudfront").get_distribution_config(Id=distribution_id)
    config: Any = answer["DistributionConfig"]
    change(config)
    (client or boto3.client("cloudfront")).update_distribution(
        Id=distribution_id, IfMatch=answer["ETag"], DistributionConfig=config
    )


def rejection(
    distribution_id: str, change: Change, client: "CloudFrontClient | None" = None
) -> tuple[int, str, str]:
    """Return status, code, and message of the answer; (200, "", "") if it is not an error."""
    try:
        write(distribution_id, change, client)
    except ClientError as error:
        return answer_of(error)
    return 200, "", ""


def answer_of(error: ClientError) -> tuple[int, str, str]:
    """Return status, code, and message of an error."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status, error.response["Error"]["Code"], error.response["Error"]["Message"]


def added(*behaviors: dict[str, Any]) -> Change:
    """Return a change that adds behaviors before the others."""

    def change(config: dict[str, Any]) -> None:
        items = [*behaviors, *config["CacheBehaviors"].get("Items", [])]
        config["CacheBehaviors"] = {"Quantity": len(items), "Items": items}

    return change


def viewer_request(function_arn: str) -> dict[str, Any]:
    """Return a behavior's list of Lambda functions, with this one at viewer-request."""
    function = {
        "LambdaFunctionARN": function_arn,
        "EventType": "viewer-request",
        "IncludeBody": False,
    }
    return {"Quantity": 1, "Items": [function]}
