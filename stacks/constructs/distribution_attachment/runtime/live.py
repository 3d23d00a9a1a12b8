"""A live distribution through CloudFront, its configuration as the XML document that it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A distribution's configuration as it came: the document and the ETag that it came with."""

    document: bytes
    etag: str


class LiveDistribution:
    """One distribution, read and written without a byte of it passing through boto3's own model.

    An older boto3 drops the elements that it does not know from an answer; sent back, they would
    be deleted, as `UpdateDistribution` replaces the whole configuration.
    """

    def __init__(self, cloudfront: "CloudFrontClient", distribution_id: str) -> None:
        self.id = distribution_id
        #: Whether a `write` that raised may all the same have been carried out.
        self.is_unsure = False
        self._cloudfront = cloudfront

    def read(self) -> Configuration:
        """Return the present configuration. Raises ClientError."""
        documents: list[bytes] = []

        def keep(http_response: Any, **_: object) -> None:
            documents.append(http_response.content)

        event = "after-call.cloudfront.GetDistributionConfig"
        self._cloudfront.meta.events.register_last(event, keep)
        try:
            answer = self._cloudfront.get_distribution_config(Id=self.id)
        finally:
            self._cloudfront.meta.events.unregister(event, keep)
        return Configuration(document=documents[-1], etag=answer["ETag"])

    def write(self, document: bytes, etag: str) -> None:
        """Put `document` in the place of the configuration that came with `etag`.

        Raises ClientError, with the code PreconditionFailed where that is no longer the present
        one. Sets `is_unsure` where only another look tells whether the document is in place: after
        a broken connection or a 5xx, also one that boto3 has met with another try.
        """

        def send(params: dict[str, Any], **_: object) -> None:
            params["body"] = document

        event = "before-call.cloudfront.UpdateDistribution"
        self._cloudfront.meta.events.register_last(event, send)
        try:
            # boto3 checks these, then the document takes their place, before signing. Alone they
            # are no configuration that CloudFront would take.
            self._cloudfront.update_distribution(
                Id=self.id,
                IfMatch=etag,
                DistributionConfig={
                    "CallerReference": "",
                    "Comment": "",
                    "Enabled": True,
                    "Origins": {"Quantity": 1, "Items": [{"Id": "", "DomainName": ""}]},
                    "DefaultCacheBehavior": {
                        "TargetOriginId": "",
                        "ViewerProtocolPolicy": "https-only",
                    },
                },
            )
        except ClientError as error:
            answer = error.response["ResponseMetadata"]
            self.is_unsure |= answer["HTTPStatusCode"] >= 500 or answer["RetryAttempts"] > 0
            raise
        except (BotoCoreError, ResponseParserError):
            self.is_unsure = True
            raise
        finally:
            self._cloudfront.meta.events.unregister(event, send)

    def is_deployed(self) -> bool:
        """Whether every edge location has the present configuration. Raises ClientError."""
        distribution = self._cloudfront.get_distribution(Id=self.id)["Distribution"]
        return distribution["Status"] == "Deployed"

    def describe(self, error: Exception) -> str:
        """Return why something failed or is refused on this distribution, for a person."""
        return f"distribution {self.id}: {explain(error)}"

    def tags(self) -> dict[str, str]:
        """Return the distribution's tags. Raises ClientError."""
        arn = self._cloudfront.get_distribution(Id=self.id)["Distribution"]["ARN"]
        tags = self._cloudfront.list_tags_for_resource(Resource=arn)["Tags"]
        return {tag["Key"]: tag.get("Value", "") for tag in tags.get("Items", [])}


_DENIED = "AWS does not allow it; grant the action that it names"
#: What stands behind an error code of CloudFront, for a person.
_MEANINGS = {
    "NoSuchDistribution": "there is no such distribution in this account; "
    "check the context key site_distribution_id",
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "CNAMEAlreadyExists": "one of its alternate domain names is on another distribution too; "
    "mend that first, CloudFront refuses any change until then",
    "StagingDistributionInUse": "its staging distribution stands in the way; "
    "end the continuous deployment first",
    "ContinuousDeploymentPolicyInUse": "its continuous deployment policy stands in the way; "
    "end the continuous deployment first",
    "PreconditionFailed": "somebody else keeps changing it; try again when they have finished",
    "TooManyCacheBehaviors": "it has as many behaviors as CloudFront allows; "
    "remove one or have the quota raised",
    "TooManyDistributionsWithLambdaAssociations": "the account has as many distributions with "
    "Lambda@Edge functions as CloudFront allows; have the quota raised",
    "TooManyDistributionsWithSingleFunctionARN": "the function is on as many distributions as "
    "CloudFront allows; have the quota raised",
    "TooManyLambdaFunctionAssociations": "it has as many Lambda@Edge functions as CloudFront "
    "allows; have the quota raised",
    "InvalidLambdaFunctionAssociation": "CloudFront does not take the function",
}


def explain(error: Exception) -> str:
    """Return what the error means, with AWS's own words where it has any."""
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return f"{_MEANINGS.get(code, 'AWS refused it')} ({code}: {message})"
    if isinstance(error, BotoCoreError | ResponseParserError):
        return f"AWS did not answer: {error}"
    return str(error)


def is_gone(error: Exception) -> bool:
    """Whether the error says that the distribution does not exist."""
    return (
        isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchDistribution"
    )
