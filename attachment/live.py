"""Read and write a distribution's configuration in CloudFront as an XML document."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from attachment.finding import Finding, RefusalError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

#: The errors that a call of AWS's API can raise: AWS rejected it, or gave no readable answer.
AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError)

# A client's hooks see the calls of all threads that share the client. The lock is reentrant,
# because a hook of other code may call CloudFront too.
_one_at_a_time = threading.RLock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A configuration as CloudFront returned it, with its ETag."""

    document: bytes
    etag: str


class LiveDistribution:
    """One distribution, read and written without boto3's own model of its configuration.

    An older boto3 drops elements that it does not know. `UpdateDistribution` replaces the whole
    configuration, so it would delete the settings in these elements. Several threads can use this
    class, even if they share the client.
    """

    def __init__(self, cloudfront: "CloudFrontClient", distribution_id: str) -> None:
        self.id = distribution_id
        self._cloudfront = cloudfront

    def read(self) -> Configuration:
        """Return the present configuration. Raises ClientError."""
        documents: list[bytes] = []

        def keep(http_response: Any, **_: object) -> None:
            documents.append(http_response.content)

        event = "after-call.cloudfront.GetDistributionConfig"
        with _one_at_a_time:
            self._cloudfront.meta.events.register_last(event, keep)
            try:
                answer = self._cloudfront.get_distribution_config(Id=self.id)
            finally:
                self._cloudfront.meta.events.unregister(event, keep)
        return Configuration(document=documents[-1], etag=answer["ETag"])

    def write(self, document: bytes, etag: str) -> None:
        """Replace the configuration that has `etag` with `document`.

        Raises ClientError, with the code PreconditionFailed if the configuration has changed since.
        After a temporary error (`is_temporary`), only another read shows whether it was replaced.
        """

        def send(params: dict[str, Any], **_: object) -> None:
            params["body"] = document

        event = "before-call.cloudfront.UpdateDistribution"
        with _one_at_a_time:
            self._cloudfront.meta.events.register_last(event, send)
            try:
                # boto3 validates these placeholders, which CloudFront would not accept. Before it
                # signs the request, `send` replaces them with the document.
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
            finally:
                self._cloudfront.meta.events.unregister(event, send)

    def is_deployed(self, etag: str) -> bool:
        """Return whether every edge location has the configuration with `etag`.

        Raises ClientError.
        """
        answer = self._cloudfront.get_distribution(Id=self.id)
        return answer["ETag"] == etag and answer["Distribution"]["Status"] == "Deployed"

    def tags(self) -> dict[str, str]:
        """Return the distribution's tags. Raises ClientError."""
        arn = self._cloudfront.get_distribution(Id=self.id)["Distribution"]["ARN"]
        tags = self._cloudfront.list_tags_for_resource(Resource=arn)["Tags"]
        return {tag["Key"]: tag.get("Value", "") for tag in tags.get("Items", [])}


_END_CONTINUOUS_DEPLOYMENT = "end the continuous deployment first"
_RAISE_QUOTA = "request a higher quota in the Service Quotas console"
#: The finding for each of AWS's error codes.
_MEANINGS = {
    "NoSuchDistribution": Finding(
        "no-such-distribution",
        "there is no such distribution in this account",
        "check the context key site_distribution_id",
    ),
    "CNAMEAlreadyExists": Finding(
        "name-in-use",
        "one of its alternate domain names is in use on another distribution, so CloudFront "
        "rejects every change",
        "remove that conflict first",
    ),
    "StagingDistributionInUse": Finding(
        "staging-in-use",
        "its staging distribution prevents the change",
        _END_CONTINUOUS_DEPLOYMENT,
    ),
    "ContinuousDeploymentPolicyInUse": Finding(
        "staging-in-use",
        "its continuous deployment policy prevents the change",
        _END_CONTINUOUS_DEPLOYMENT,
    ),
    "PreconditionFailed": Finding(
        "changed-meanwhile",
        "another tool keeps changing it",
        "try again when the other tool has finished",
    ),
    "TooManyCacheBehaviors": Finding(
        "too-many-behaviors",
        "it has as many behaviors as CloudFront allows",
        f"remove a behavior, or {_RAISE_QUOTA}",
    ),
    "TooManyDistributionsWithLambdaAssociations": Finding(
        "too-many-functions",
        "the account has as many distributions with Lambda@Edge functions as CloudFront allows",
        _RAISE_QUOTA,
    ),
    "TooManyDistributionsWithSingleFunctionARN": Finding(
        "too-many-functions",
        "the function is on as many distributions as CloudFront allows",
        _RAISE_QUOTA,
    ),
    "TooManyLambdaFunctionAssociations": Finding(
        "too-many-functions",
        "it has as many Lambda@Edge functions as CloudFront allows",
        _RAISE_QUOTA,
    ),
    "InvalidLambdaFunctionAssociation": Finding(
        "function-rejected",
        "CloudFront rejected the function",
        "fix what CloudFront's message names, then deploy again",
    ),
}
_ABOUT_PLANS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html"
)
#: The finding for each rejection because of a flat-rate pricing plan, by a part of CloudFront's
#: message. Other errors have the same codes, InvalidArgument (400) and PreconditionFailed (412).
_PLAN_MEANINGS = {
    "can't have the following features": Finding(
        "pricing-plan-feature",
        "its pricing plan does not include this change",
        "if CloudFront names cache behaviors, remove one that is not used; otherwise change the "
        "distribution's plan in the CloudFront console, or cancel it, which makes the distribution "
        f"pay-as-you-go: {_ABOUT_PLANS}",
    ),
    "must have a web ACL": Finding(
        "pricing-plan-web-acl",
        "its pricing plan requires a web ACL, and this change removes or replaces it",
        "keep the web ACL that it has: for a proxy, deploy with web_acl_arn set to its ARN",
    ),
    "while it's subscribed to a pricing plan": Finding(
        "pricing-plan-deletion",
        "a distribution with a pricing plan cannot be deleted",
        "cancel the plan in the CloudFront console, and delete the distribution when the plan has "
        f"ended: {_ABOUT_PLANS}",
    ),
}
#: AWS's error codes for a request that the caller's policies do not allow.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)


#: AWS's error codes for throttling that do not contain "Throttling".
_THROTTLED = frozenset({"RequestLimitExceeded", "SlowDown", "TooManyRequestsException"})


#: AWS's error codes for credentials that are expired, unknown, or not valid.
_CREDENTIAL_CODES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
#: botocore's errors if it finds no usable credentials, or no Region, in the environment.
_CREDENTIAL_ERRORS = (
    ConfigNotFound,
    ConfigParseError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


def is_temporary(error: Exception) -> bool:
    """Return whether AWS was out of reach, throttled the request, or answered 5xx."""
    if not isinstance(error, ClientError):
        return isinstance(error, BotoConnectionError | HTTPClientError | ResponseParserError)
    code = error.response["Error"]["Code"]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return "Throttling" in code or code in _THROTTLED or status == 429 or status >= 500


def explain(error: Exception) -> Finding:
    """Return the finding for an error of AWS's API, with AWS's own message, or for a refusal."""
    if isinstance(error, RefusalError):
        return error.finding
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in _CREDENTIAL_CODES:
            meaning = _credentials("AWS did not accept the credentials")
        elif code in DENIED:
            meaning = Finding(
                "aws-denied", "AWS denied the request", "allow the action that the message names"
            )
        elif is_temporary(error):
            meaning = Finding(
                "aws-unavailable",
                "AWS cannot answer the request at the moment",
                "try again in some minutes",
            )
        else:
            meaning = _meaning(code, message)
        return Finding(meaning.code, f"{meaning.problem} ({code}: {message})", meaning.fix)
    if isinstance(error, _CREDENTIAL_ERRORS):
        return _credentials(f"there are no usable AWS credentials: {error}")
    return Finding(
        "aws-unreachable",
        f"AWS did not answer: {error}",
        "check the network and AWS_ENDPOINT_URL, then try again",
    )


def _credentials(problem: str) -> Finding:
    return Finding(
        "aws-credentials",
        problem,
        "set AWS_PROFILE to a profile of ~/.aws/config that `aws configure list-profiles` shows. "
        "If it uses single sign-on, run `aws sso login`. If temporary credentials are in the "
        "environment, get new ones: they expire after some hours. `aws sts get-caller-identity "
        "--region us-east-1` then shows the account",
    )


def _meaning(code: str, message: str) -> Finding:
    """Return the finding for a request that AWS rejected."""
    if code in {"InvalidArgument", "PreconditionFailed"}:
        for part, meaning in _PLAN_MEANINGS.items():
            if part in message:
                return meaning
    rejected = Finding(
        "aws-rejected", "AWS rejected the request", "correct what AWS's message names"
    )
    return _MEANINGS.get(code, rejected)


def is_gone(error: Exception) -> bool:
    """Return whether the error means that the distribution does not exist."""
    return (
        isinstance(error, ClientError) and error.response["Error"]["Code"] == "NoSuchDistribution"
    )
