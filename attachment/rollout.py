"""Bring a distribution to what a request asks for: one look, and at most one write, per step.

CloudFormation cannot stop CDK's Provider from calling the second handler, not even after a Delete
or a rollback of the same resource has begun, and a process can end at any point. So only the second
handler writes: whatever it wrote, CloudFormation knows the resource's physical ID and sends what
undoes it. And each step first compares the stack's status with that of the request's begin.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from attachment.behaviors import read_configuration
from attachment.edit import Wanted, decide, own_behaviors
from attachment.finding import Finding, RefusalError
from attachment.live import (
    AWS_ERRORS,
    DENIED,
    LiveDistribution,
    explain,
    is_gone,
    is_temporary,
)
from attachment.request import PhysicalId, Request, versions_found

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

_log = logging.getLogger(__name__)
_FAILURES = (*AWS_ERRORS, RefusalError)

#: A policy counts some time after CloudFormation has created it: aws/aws-cdk issue 37675.
PROPAGATION_SECONDS = 120
#: The most that the second handler may take. A step of an earlier request, which saw the status
#: before it changed, is over after that.
STEP_SECONDS = 60
#: CloudFront needs some minutes to reach all edge locations, at times a quarter hour.
TIMEOUT_SECONDS = 40 * 60
_PAUSE_SECONDS = 5

T = TypeVar("T")


class AttachmentError(Exception):
    """The request failed. `finding` says why, and the text goes into CloudFormation's event."""

    def __init__(self, request: Request, finding: Finding) -> None:
        super().__init__(f"distribution {request.new.distribution_id}: {finding}")
        self.finding = finding


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The work of the two handlers.

    `own_function` is the unqualified ARN of the cookie service's function, and `named` are the
    distributions that the stack was deployed with.
    """

    cloudfront: "CloudFrontClient"
    lambda_: "LambdaClient"
    cloudformation: "CloudFormationClient"
    own_function: str
    named: frozenset[str]
    now: Callable[[], float] = field(default=time.time)
    sleep: Callable[[float], None] = field(default=time.sleep)

    def begin(self, request: Request) -> dict[str, Any]:
        """Return what the second handler needs; write nothing. Raises AttachmentError.

        A failure here ends the request before anything changed.
        """
        began = self.now()
        try:
            request.check(self.own_function)
            status = self._until_it_passes(began, lambda: self._stack_status(request))
            physical_id = request.physical_id
            if request.type == "Create":
                physical_id = str(self._until_it_passes(began, lambda: self._found(request)))
        except _FAILURES as error:
            raise AttachmentError(request, explain(error)) from error
        return {"PhysicalResourceId": physical_id, "Began": int(began), "StackStatus": status}

    def step(self, request: Request) -> bool:
        """Take one step, and return whether the request is complete. Raises AttachmentError."""
        try:
            request.check(self.own_function)
            waiting = self._look(request)
        except _FAILURES as error:
            if is_gone(error) and _undoes(request):
                return True
            if not _passes(error, self.now() - request.began):
                raise AttachmentError(request, explain(error)) from error
            waiting = explain(error)
        if waiting is None:
            return True
        if self.now() - request.began >= TIMEOUT_SECONDS:
            minutes = TIMEOUT_SECONDS // 60
            problem = f"not complete after {minutes} minutes: {waiting.problem}"
            raise AttachmentError(request, Finding(waiting.code, problem, waiting.fix))
        _log.info("distribution %s: %s", request.new.distribution_id, waiting.problem)
        return False

    def _look(self, request: Request) -> Finding | None:
        """Look, write if something has to change, and return what to wait for, if anything."""
        if self._stays_attached(request):
            return None
        live = LiveDistribution(self.cloudfront, request.new.distribution_id)
        present = live.read()
        # After the read: a write between the two changes the ETag, and the one below is rejected.
        self._check_status(request)
        target = self._target(request, present.document)
        if target is None:
            return None
        decision = decide(present.document, target)
        for warning in decision.warnings:
            _log.warning("distribution %s: %s", live.id, warning)
        if decision.document != present.document:
            if request.type != "Delete" and (pending := self._pending(request)):
                return pending
            live.write(decision.document, present.etag)
            return Finding("deploying", "CloudFront is deploying the change")
        if not self._is_deployed(live, present.etag, request):
            return Finding("deploying", "CloudFront is deploying the change")
        if _undoes(request) and self.now() - request.began < STEP_SECONDS:
            return Finding("settling", "a step of the request that this one undoes may still run")
        return None

    def _stack_status(self, request: Request) -> str:
        [stack] = self.cloudformation.describe_stacks(StackName=request.stack_id)["Stacks"]
        return stack["StackStatus"]

    def _check_status(self, request: Request) -> None:
        status = self._stack_status(request)
        if status != request.stack_status:
            raise RefusalError(
                Finding(
                    "request-superseded",
                    f"the stack is {status} and was {request.stack_status} when this request "
                    "began, so nothing more is written for it",
                    "see the stack's events for what ended the request",
                )
            )

    def _found(self, request: Request) -> PhysicalId:
        """Return the physical ID of a Create. Raises RefusalError if it could not succeed."""
        document = LiveDistribution(self.cloudfront, request.new.distribution_id).read().document
        decide(document, request.wanted)
        own = own_behaviors(read_configuration(document), request.wanted)
        found = versions_found(own, request.new.paths)
        return PhysicalId(request.new.distribution_id, found)

    def _target(self, request: Request, document: bytes) -> Wanted | None:
        """Return what the distribution has to hold, None if it stays as it is."""
        if request.type != "Delete":
            return request.wanted
        return self._undone(request, document) if _is_rollback(request) else request.detached

    def _stays_attached(self, request: Request) -> bool:
        """Return whether a Delete leaves the behaviors, as the user did not ask to detach them.

        Without the context key, the custom resource leaves the template together with the handlers,
        and these still have the list of the deployment before.
        """
        is_deleted = request.stack_status.startswith("DELETE_") or _is_rollback(request)
        is_named = request.new.distribution_id in self.named
        return request.type == "Delete" and is_named and not is_deleted

    def _undone(self, request: Request, document: bytes) -> Wanted | None:
        """Return what the distribution held before the Create that this Delete undoes."""
        attachment = request.new
        physical_id = PhysicalId.parse(request.physical_id)
        if physical_id is None or physical_id.distribution_id != attachment.distribution_id:
            # CloudFormation's own placeholder: the Create was canceled before CloudFormation knew
            # what it had found. A behavior with another version than the Create's was there before.
            own = own_behaviors(read_configuration(document), request.detached)
            number = attachment.version_arn.rpartition(":")[2]
            is_from_create = {*versions_found(own, attachment.paths)} - {""} == {number}
            return request.detached if is_from_create else None
        versions = {
            path: f"{self.own_function}:{number}"
            for path, number in zip(attachment.paths, physical_id.found, strict=False)
            if number
        }
        return Wanted(
            paths=tuple(versions),
            versions=versions,
            previous_paths=attachment.paths,
            previous_functions=(attachment.version_arn,),
        )

    def _pending(self, request: Request) -> Finding | None:
        """Return what to wait for if CloudFront does not accept the version yet.

        A version that was just published is Pending for a while.
        """
        version_arn = request.new.version_arn
        configuration = self.lambda_.get_function_configuration(FunctionName=version_arn)
        state = configuration.get("State", "Active")
        if state in {"Active", "Inactive"}:
            return None
        finding = Finding(
            "version-not-active",
            f"the function's version is {state}: "
            f"{configuration.get('StateReason', 'no reason given')}",
            "deploy again; if it stays, change a setting, which publishes another version",
        )
        if state == "Failed":
            raise RefusalError(finding)
        return finding

    def _is_deployed(self, live: LiveDistribution, etag: str, request: Request) -> bool:
        try:
            return live.is_deployed(etag)
        except AWS_ERRORS:
            # In a rollback the configuration counts, and not whether AWS lets its status be read.
            if _is_rollback(request):
                return True
            raise

    def _until_it_passes(self, began: float, call: Callable[[], T]) -> T:
        """Return what `call` returns, and try again while its errors may pass."""
        while True:
            try:
                return call()
            except _FAILURES as error:
                elapsed = self.now() - began
                if not _passes(error, elapsed) or elapsed >= PROPAGATION_SECONDS:
                    raise
            self.sleep(_PAUSE_SECONDS)


def _is_rollback(request: Request) -> bool:
    return "ROLLBACK" in request.stack_status


def _undoes(request: Request) -> bool:
    """Return whether the request takes back an earlier one for the same resource.

    That one may have been given up. And a distribution that no longer exists needs nothing.
    """
    return request.type == "Delete" or _is_rollback(request)


def _passes(error: Exception, elapsed: float) -> bool:
    """Return whether the same request may succeed if it is sent again.

    `elapsed` is the time in seconds since the request's begin.
    """
    if is_temporary(error):
        return True
    if not isinstance(error, ClientError):
        return False
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in DENIED or "Update the IAM policy to add permission" in message:
        return elapsed < PROPAGATION_SECONDS
    if code == "InvalidLambdaFunctionAssociation":
        # A version still Pending, or a role that edgelambda cannot assume yet.
        return "Active state" in message or "assumable" in message
    if code == "InvalidWebACLId":
        return "retry" in message
    return code == "PreconditionFailed"
