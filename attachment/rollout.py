"""Bring a distribution to the state that a request asks for, with at most one write per step.

CloudFormation cannot stop CDK's Provider from calling the second handler, even after a Delete or a
rollback of the same resource has begun, and a process can end at any point. So only the second
handler writes: by then, CloudFormation knows the resource's physical ID and can send the request
that undoes the write. Before it writes, each step checks that the stack's status is still the same
as when the request began.
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

#: A policy takes effect some time after CloudFormation has created it: aws/aws-cdk issue 37675.
PROPAGATION_SECONDS = 120
#: The timeout of the second handler. After this time, a step of an earlier request, which saw the
#: stack's status before it changed, has ended.
STEP_SECONDS = 60
#: CloudFront needs some minutes to reach all edge locations, sometimes a quarter of an hour.
TIMEOUT_SECONDS = 40 * 60
_PAUSE_SECONDS = 5

T = TypeVar("T")


class AttachmentError(Exception):
    """The request failed. CloudFormation shows the message in the stack's events."""

    def __init__(self, request: Request, finding: Finding) -> None:
        super().__init__(f"distribution {request.new.distribution_id}: {finding}")
        self.finding = finding


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The work of the two handlers.

    `own_function` is the unqualified ARN of the cookie service's function. `named` has the IDs of
    the distributions with which the stack was deployed.
    """

    cloudfront: "CloudFrontClient"
    lambda_: "LambdaClient"
    cloudformation: "CloudFormationClient"
    own_function: str
    named: frozenset[str]
    now: Callable[[], float] = field(default=time.time)
    sleep: Callable[[float], None] = field(default=time.sleep)

    def begin(self, request: Request) -> dict[str, Any]:
        """Return the data that the second handler needs, without writing. Raises AttachmentError.

        A failure here ends the request before anything has changed.
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
        """Read, write if the distribution must change, and return what to wait for, if anything."""
        if self._stays_attached(request):
            return None
        live = LiveDistribution(self.cloudfront, request.new.distribution_id)
        present = live.read()
        # After the read: if another step writes between the two, the ETag changes, and CloudFront
        # rejects the write below.
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
                    f"the stack's status is {status}, and was {request.stack_status} when this "
                    "request began, so this request writes nothing more",
                    "see the stack's events for the cause",
                )
            )

    def _found(self, request: Request) -> PhysicalId:
        """Return the physical ID of a Create. Raises RefusalError if the Create cannot succeed."""
        document = LiveDistribution(self.cloudfront, request.new.distribution_id).read().document
        decide(document, request.wanted)
        own = own_behaviors(read_configuration(document), request.wanted)
        found = versions_found(own, request.new.paths)
        return PhysicalId(request.new.distribution_id, found)

    def _target(self, request: Request, document: bytes) -> Wanted | None:
        """Return the behaviors that the distribution must have, None if it must not change."""
        if request.type != "Delete":
            return request.wanted
        return self._undone(request, document) if _is_rollback(request) else request.detached

    def _stays_attached(self, request: Request) -> bool:
        """Return whether a Delete leaves the behaviors, because the user did not ask to detach.

        If the context key is not given, the custom resource leaves the template together with the
        handlers, which still have the previous deployment's list.
        """
        is_deleted = request.stack_status.startswith("DELETE_") or _is_rollback(request)
        is_named = request.new.distribution_id in self.named
        return request.type == "Delete" and is_named and not is_deleted

    def _undone(self, request: Request, document: bytes) -> Wanted | None:
        """Return the behaviors that the distribution had before the Create that this undoes."""
        attachment = request.new
        physical_id = PhysicalId.parse(request.physical_id)
        if physical_id is None or physical_id.distribution_id != attachment.distribution_id:
            # The ID is CloudFormation's placeholder: the Create was canceled before CloudFormation
            # knew which versions it had found. If a behavior runs another version than the
            # Create's, the Create did not add it.
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
            "deploy again; if it fails again, change a setting, which publishes another version",
        )
        if state == "Failed":
            raise RefusalError(finding)
        return finding

    def _is_deployed(self, live: LiveDistribution, etag: str, request: Request) -> bool:
        try:
            return live.is_deployed(etag)
        except AWS_ERRORS:
            # A rollback needs only the right configuration. It must not fail because the status
            # cannot be read.
            if _is_rollback(request):
                return True
            raise

    def _until_it_passes(self, began: float, call: Callable[[], T]) -> T:
        """Return what `call` returns, and try again while its errors can be temporary."""
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
    """Return whether the request undoes an earlier one for the same resource.

    CloudFormation may have given up waiting for the earlier one, so one of its steps may still run.
    If the distribution no longer exists, there is nothing to undo.
    """
    return request.type == "Delete" or _is_rollback(request)


def _passes(error: Exception, elapsed: float) -> bool:
    """Return whether the same request may succeed if it is sent again.

    `elapsed` is the time in seconds since the request began.
    """
    if is_temporary(error):
        return True
    if not isinstance(error, ClientError):
        return False
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in DENIED or "Update the IAM policy to add permission" in message:
        return elapsed < PROPAGATION_SECONDS
    if code == "InvalidLambdaFunctionAssociation":
        # The version is still Pending, or edgelambda cannot assume the role yet.
        return "Active state" in message or "assumable" in message
    if code == "InvalidWebACLId":
        return "retry" in message
    return code == "PreconditionFailed"
