"""Another tool that reads and writes a distribution in the AWS emulator, without any faults."""

import os
import urllib.request
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import canonicalize

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

#: The comment that `set_behaviors` writes.
COMMENT = "the shop: not yet edited"


@cache
def another_client() -> "CloudFrontClient":
    """Return a client whose requests meet no faults."""
    return boto3.client("cloudfront")


def live(distribution_id: str) -> str:
    """Return the distribution's configuration as canonical XML, read without boto3."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/2020-05-31/distribution/{distribution_id}/config"
    url += f"?X-Amz-Credential={os.environ['AWS_ACCESS_KEY_ID']}"
    with urllib.request.urlopen(url) as answer:
        return canonicalize(answer.read().decode())


def configuration(distribution_id: str) -> dict[str, Any]:
    """Return the distribution's configuration as boto3 reads it."""
    answer: Any = another_client().get_distribution_config(Id=distribution_id)
    config: dict[str, Any] = answer["DistributionConfig"]
    return config


def write(distribution_id: str, **settings: Any) -> str:
    """Replace these settings, and return the new ETag."""
    answer = another_client().get_distribution_config(Id=distribution_id)
    config: Any = answer["DistributionConfig"] | settings
    updated = another_client().update_distribution(
        Id=distribution_id, IfMatch=answer["ETag"], DistributionConfig=config
    )
    return updated["ETag"]


def set_behaviors(distribution_id: str, behaviors: list[dict[str, Any]]) -> None:
    """Replace all behaviors except the default one.

    Also write settings that attaching must not change: a comment and a custom error response.
    """
    error_response = {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404"}
    write(
        distribution_id,
        CacheBehaviors={"Quantity": len(behaviors), "Items": behaviors},
        Comment=COMMENT,
        CustomErrorResponses={
            "Quantity": 1,
            "Items": [error_response | {"ErrorCachingMinTTL": 10}],
        },
    )


def set_comment(distribution_id: str, comment: str) -> None:
    """Replace the comment."""
    write(distribution_id, Comment=comment)


def with_comment(comment: str) -> Callable[[str], str]:
    """Return a function that replaces, in a document, the comment that `set_behaviors` wrote."""
    return lambda document: document.replace(COMMENT, comment)


def delete_distribution(distribution_id: str) -> None:
    """Disable the distribution and delete it."""
    etag = write(distribution_id, Enabled=False)
    another_client().delete_distribution(Id=distribution_id, IfMatch=etag)
