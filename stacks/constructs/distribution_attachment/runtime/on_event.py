"""The custom resource: keeps our behaviors on a live distribution. Two handlers for CDK's Provider.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from .edit import RefusalError, Wanted, decide, restore
from .live import LiveDistribution, explain, is_gone

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

_log = logging.getLogger(__name__)

_AWS_FAILURES = (ClientError, BotoCoreError, ResponseParserError)
_FAILURES = (*_AWS_FAILURES, RefusalError)

# Standard mode tries throttled calls, 5xx and broken connections again.
_CONFIG = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)


class AttachmentError(Exception):
    """The request failed. The text goes into CloudFormation's event."""


class Patience:
    """How long to wait for what passes by itself: `seconds` in all, `pause` between two looks."""

    def __init__(
        self,
        seconds: float,
        *,
        pause: float = 5,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._now = now
        self._sleep = sleep
        self._end = now() + seconds

    def is_left(self) -> bool:
        """Pause, and return whether there is time for another look."""
        if self._now() + self._pause > self._end:
            return False
        self._sleep(self._pause)
        return True


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Bring the distribution to what the request asks for. Raises AttachmentError."""
    cloudfront = boto3.client("cloudfront", config=_CONFIG)
    lambda_ = boto3.client("lambda", config=_CONFIG)
    try:
        # Together with the calls in progress less than the 15 minutes that Lambda gives.
        change(event, cloudfront, lambda_, patience=lambda: Patience(120))
    except AttachmentError as error:
        _raise_unless_rolling_back(event, error)
    return {"PhysicalResourceId": event["ResourceProperties"]["DistributionId"]}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Tell whether every edge location has it. Raises AttachmentError."""
    cloudfront = boto3.client("cloudfront", config=_CONFIG)
    try:
        done = is_in_place(event, cloudfront, patience=lambda: Patience(120))
    except AttachmentError as error:
        _raise_unless_rolling_back(event, error)
        done = True
    return {"IsComplete": done}


def _raise_unless_rolling_back(event: dict[str, Any], error: AttachmentError) -> None:
    """Raise `error`, but for an Update that only rolls back one which failed.

    What stood in the way of that one, such as a distribution that is gone, stands in the way of
    this one too, and a failure here would leave the stack in UPDATE_ROLLBACK_FAILED.
    """
    if event["RequestType"] != "Update":
        raise error
    try:
        cloudformation = boto3.client("cloudformation", config=_CONFIG)
        [stack] = cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"]
    except _AWS_FAILURES:
        raise error from None
    if not stack["StackStatus"].startswith("UPDATE_ROLLBACK"):
        raise error
    _log.warning("left as it is: %s", error)


def change(
    event: dict[str, Any],
    cloudfront: "CloudFrontClient",
    lambda_: "LambdaClient",
    *,
    patience: Callable[[], Patience],
) -> None:
    """Do the work of `on_event`. What fails is undone before AttachmentError is raised.

    Nothing else would undo it: after a Create that failed, CDK's Provider answers CloudFormation's
    Delete by itself.
    """
    live, wanted = _request(event, cloudfront)
    try:
        if wanted.paths:
            _wait_until_active(lambda_, wanted.version_arn, patience())
        before = live.read().document
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return
        raise AttachmentError(live.describe(error)) from error
    try:
        for warning in decide(before, wanted).warnings:
            _log.warning("distribution %s: %s", live.id, warning)
        _bring_to(live, lambda document: decide(document, wanted).document, patience())
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return
        words = live.describe(error)
        if live.is_unsure:
            words += _undo(live, before, wanted, patience())
        raise AttachmentError(words) from error


def _undo(live: LiveDistribution, before: bytes, wanted: Wanted, patience: Patience) -> str:
    """Bring back what the distribution held of ours; return what to add to the error."""
    try:
        _bring_to(live, lambda document: restore(document, before, wanted), patience)
    except _FAILURES as error:
        if not is_gone(error):
            return f"; undoing failed as well: {explain(error)}"
    return ""


def is_in_place(
    event: dict[str, Any], cloudfront: "CloudFrontClient", *, patience: Callable[[], Patience]
) -> bool:
    """Do the work of `is_complete`."""
    live, wanted = _request(event, cloudfront)
    try:
        if not wanted.paths:
            # A Create that still ran when this Delete came may have attached after it.
            _bring_to(live, lambda document: decide(document, wanted).document, patience())
        elif decide(live.read().document, wanted).changes:
            raise RefusalError("somebody else changed our behaviors while they were deployed")
        return live.is_deployed()
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return True
        if isinstance(error, _AWS_FAILURES) and _may_pass(error):
            return False  # the next look comes in a moment, and the time for all is bounded
        raise AttachmentError(live.describe(error)) from error


def _request(
    event: dict[str, Any], cloudfront: "CloudFrontClient"
) -> tuple[LiveDistribution, Wanted]:
    """Return what a request of CloudFormation's is about, and what it wants."""
    new, old = event["ResourceProperties"], event.get("OldResourceProperties", {})
    known = [properties for properties in (new, old) if properties]
    functions = tuple(properties["VersionArn"] for properties in known)
    paths = tuple(path for properties in known for path in properties["Paths"])
    live = LiveDistribution(cloudfront, new["DistributionId"])
    if event["RequestType"] == "Delete":
        return live, Wanted(previous_paths=paths, previous_functions=functions)
    return live, Wanted(
        paths=tuple(new["Paths"]),
        version_arn=new["VersionArn"],
        previous_paths=paths,
        previous_functions=functions,
    )


def _wait_until_active(lambda_: "LambdaClient", version_arn: str, patience: Patience) -> None:
    """Return once CloudFront may take the version; just published, it is Pending for a while."""
    while True:
        configuration = lambda_.get_function_configuration(FunctionName=version_arn)
        if configuration.get("State", "Active") == "Active":
            return
        if configuration["State"] == "Failed" or not patience.is_left():
            reason = configuration.get("StateReason", "no reason given")
            raise RefusalError(f"the function's version is {configuration['State']}: {reason}")


def _bring_to(live: LiveDistribution, edit: Callable[[bytes], bytes], patience: Patience) -> None:
    """Make the live configuration what `edit` makes of it, from whatever it is at that moment.

    Returns only when it is known to be. Raises what `_FAILURES` lists.
    """
    while True:
        present = live.read()
        document = edit(present.document)
        if document == present.document:
            return
        try:
            live.write(document, present.etag)
        except _AWS_FAILURES as error:
            # After a broken connection or a 5xx only another look tells whether it was done.
            if not _may_pass(error) or not patience.is_left():
                raise
        else:
            return


def _may_pass(error: Exception) -> bool:
    """Whether the same request, made anew from what is there then, may succeed."""
    if not isinstance(error, ClientError):
        return isinstance(error, BotoConnectionError | HTTPClientError | ResponseParserError)
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "InvalidLambdaFunctionAssociation":
        # A version still Pending, or a role that edgelambda cannot assume yet.
        return "Active state" in message or "assumable" in message
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return code in {"PreconditionFailed", "Throttling", "ThrottlingException"} or status >= 500
