"""The custom resource: keeps the cookie service's behaviors on a live distribution.

Two handlers for CDK's Provider.
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError

from attachment.edit import Wanted, decide, restore
from attachment.finding import Finding, RefusalError
from attachment.live import (
    AWS_ERRORS,
    LiveDistribution,
    UnknownOutcomeError,
    explain,
    is_gone,
)
from attachment.request import Request

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

_log = logging.getLogger(__name__)

_FAILURES = (*AWS_ERRORS, UnknownOutcomeError, RefusalError)

# Standard mode retries throttled calls, 5xx and broken connections.
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

    def wait(self) -> bool:
        """Pause if there is time for another look, and return whether there was."""
        if self._now() + self._pause > self._end:
            return False
        self._sleep(self._pause)
        return True


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Change the distribution as the request asks. Raises AttachmentError."""
    request = Request.from_event(event)
    cloudfront = boto3.client("cloudfront", config=_CONFIG)
    lambda_ = boto3.client("lambda", config=_CONFIG)
    try:
        # Together with the calls in progress less than the 15 minutes that Lambda gives.
        change(request, cloudfront, lambda_, patience=lambda: Patience(120))
    except AttachmentError as error:
        _raise_unless_rolling_back(request, error)
    return {"PhysicalResourceId": request.new.distribution_id}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report whether every edge location has the change. Raises AttachmentError."""
    request = Request.from_event(event)
    cloudfront = boto3.client("cloudfront", config=_CONFIG)
    try:
        done = finish(request, cloudfront, patience=lambda: Patience(120))
    except AttachmentError as error:
        _raise_unless_rolling_back(request, error)
        done = True
    return {"IsComplete": done}


def _raise_unless_rolling_back(request: Request, error: AttachmentError) -> None:
    """Raise `error`, except for an Update that only rolls back one which failed.

    What made that one fail, such as a distribution that no longer exists, makes this one fail too,
    and a failure here would leave the stack in UPDATE_ROLLBACK_FAILED.
    """
    if request.type != "Update":
        raise error
    try:
        cloudformation = boto3.client("cloudformation", config=_CONFIG)
        [stack] = cloudformation.describe_stacks(StackName=request.stack_id)["Stacks"]
    except AWS_ERRORS:
        raise error from None
    if not stack["StackStatus"].startswith("UPDATE_ROLLBACK"):
        raise error
    _log.warning("left as it is: %s", error)


def change(
    request: Request,
    cloudfront: "CloudFrontClient",
    lambda_: "LambdaClient",
    *,
    patience: Callable[[], Patience],
) -> None:
    """Do the work of `on_event`. What fails is undone before AttachmentError is raised.

    Nothing else would undo it: after a Create that failed, CDK's Provider answers CloudFormation's
    Delete by itself.
    """
    live, wanted = LiveDistribution(cloudfront, request.new.distribution_id), request.wanted
    try:
        if wanted.paths:
            _wait_until_active(lambda_, wanted.version_arn, patience())
        before = live.read().document
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return
        raise AttachmentError(_describe(live, error)) from error
    try:
        for warning in decide(before, wanted).warnings:
            _log.warning("distribution %s: %s", live.id, warning)
        _update_until(live, lambda document: decide(document, wanted).document, patience())
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return
        text = _describe(live, error)
        if isinstance(error, UnknownOutcomeError):
            text += _undo(live, before, wanted, patience())
        raise AttachmentError(text) from error


def _undo(live: LiveDistribution, before: bytes, wanted: Wanted, patience: Patience) -> str:
    """Restore the cookie service's behaviors; return what to add to the error."""
    try:
        _update_until(live, lambda document: restore(document, before, wanted), patience)
    except _FAILURES as error:
        if not is_gone(error):
            return f"; undoing the change failed too: {explain(error)}"
    return ""


def finish(
    request: Request, cloudfront: "CloudFrontClient", *, patience: Callable[[], Patience]
) -> bool:
    """Do the work of `is_complete`."""
    live, wanted = LiveDistribution(cloudfront, request.new.distribution_id), request.wanted
    try:
        if not wanted.paths:
            # A Create that still ran when this Delete came may have attached after it.
            _update_until(live, lambda document: decide(document, wanted).document, patience())
        elif decide(live.read().document, wanted).changes:
            raise RefusalError(
                Finding(
                    "changed-meanwhile",
                    "another tool changed the cookie service's behaviors while they were deployed",
                    "deploy again when the other tool has finished",
                )
            )
        return live.is_deployed()
    except _FAILURES as error:
        if is_gone(error) and not wanted.paths:
            return True
        if _may_pass(error):
            return False  # the next look comes in a moment, and the time for all is bounded
        raise AttachmentError(_describe(live, error)) from error


def _describe(live: LiveDistribution, error: Exception) -> str:
    return f"distribution {live.id}: {explain(error)}"


def _wait_until_active(lambda_: "LambdaClient", version_arn: str, patience: Patience) -> None:
    """Return once CloudFront may accept the version; just published, it is Pending for a while."""
    while True:
        configuration = lambda_.get_function_configuration(FunctionName=version_arn)
        if configuration.get("State", "Active") == "Active":
            return
        if configuration["State"] == "Failed" or not patience.wait():
            reason = configuration.get("StateReason", "no reason given")
            raise RefusalError(
                Finding(
                    "version-not-active",
                    f"the function's version is {configuration['State']}: {reason}",
                    "deploy again; if it stays, change a setting, which publishes another version",
                )
            )


def _update_until(
    live: LiveDistribution, edit: Callable[[bytes], bytes], patience: Patience
) -> None:
    """Make the live configuration what `edit` makes of it, whatever it is at that moment.

    Returns only when that is known. Raises what `_FAILURES` lists; UnknownOutcomeError if any
    write before the error may have succeeded.
    """
    is_unsure = False
    try:
        while True:
            present = live.read()
            document = edit(present.document)
            if document == present.document:
                return
            try:
                live.write(document, present.etag)
            except (ClientError, UnknownOutcomeError) as error:
                # After an unknown outcome only another read tells whether it succeeded.
                is_unsure |= isinstance(error, UnknownOutcomeError)
                if not _may_pass(error) or not patience.wait():
                    raise
            else:
                return
    except (*AWS_ERRORS, RefusalError) as error:
        if is_unsure:
            raise UnknownOutcomeError(error) from error
        raise


def _may_pass(error: Exception) -> bool:
    """Return whether the same request may succeed if it is sent again."""
    if isinstance(error, UnknownOutcomeError):
        error = error.cause
    if not isinstance(error, ClientError):
        return isinstance(error, BotoConnectionError | HTTPClientError | ResponseParserError)
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "InvalidLambdaFunctionAssociation":
        # A version still Pending, or a role that edgelambda cannot assume yet.
        return "Active state" in message or "assumable" in message
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return code in {"PreconditionFailed", "Throttling", "ThrottlingException"} or status >= 500
