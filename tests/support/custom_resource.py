"""CloudFormation and CDK's Provider, as the custom resource's handlers see them.

Only `CloudFormation` passes requests to `attachment.rollout`.
Sources: the Lambda code of CDK's Provider (`custom-resources/lib/provider-framework/runtime`), and
AWS CloudFormation's user guide, "Custom resource request types".
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from attachment.live import explain
from attachment.request import Request
from attachment.rollout import AttachmentError, Rollout
from tests.support.faults import Clock, Wire

#: The physical ID of a Create whose first handler failed. Provider ignores a Delete with it.
CREATE_FAILED = "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED"
#: Provider's pause between two calls of the second handler.
PAUSE_SECONDS = 15
#: The Lambda timeout of the second handler.
STEP_TIMEOUT_SECONDS = 60


class Died(BaseException):
    """The end of the handler's process: it reports no error and runs no further code."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The result of a request, as CloudFormation receives it.

    After a failure, `text` is the error, and `code` is the code of its finding, or "died" if the
    process of the handler died.
    """

    status: Literal["succeeded", "failed"]
    text: str = ""
    code: str = ""


SUCCEEDED = Reply(status="succeeded")


class CloudFormation:
    """One stack with one custom resource.

    `status` is the stack's. `named` are the distributions in the environment of the handlers, and
    `own_function` is the function whose versions they accept. `pause_seconds` is the time between
    two calls of the second handler; a longer one makes tests that wait for 40 minutes fast.
    """

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        own_function: str,
        *,
        named: Collection[str] = (),
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.wire = wire
        self.clock = clock
        self.status = "CREATE_COMPLETE"
        self.physical_id = ""
        self._pause_seconds = pause_seconds
        wire.stack_status = lambda: self.status
        self._rollout = Rollout(
            cloudfront=wire.cloudfront,
            lambda_=wire.lambda_,
            cloudformation=wire.cloudformation,
            own_function=own_function,
            named=frozenset(named),
            now=clock.now,
            sleep=clock.sleep,
        )

    def deploy(self, request: Request) -> Reply:
        """Send a request of a deployment and, if it fails, those that CloudFormation sends next.

        A Delete is sent because `site_distribution_id` no longer names the distribution.
        """
        self.status = {
            "Create": "CREATE_IN_PROGRESS",
            "Update": "UPDATE_IN_PROGRESS",
            "Delete": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        }[request.type]
        reply = self.request(request)
        if reply.status == "failed" and request.type != "Delete":
            assert self.roll_back(request) == SUCCEEDED
        return reply

    def roll_back(self, request: Request) -> Reply:
        """Send what CloudFormation sends after a Create or an Update that failed."""
        if request.type == "Create":
            self.status = "ROLLBACK_IN_PROGRESS"
            if self.physical_id == CREATE_FAILED:
                return SUCCEEDED
            return self.request(replace(request, type="Delete", old=None))
        assert request.old is not None
        self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        return self.request(replace(request, new=request.old, old=request.new))

    def request(self, request: Request) -> Reply:
        """Send one request, as Provider passes it to the handlers, and return its reply."""
        begun = self.begin(request)
        if isinstance(begun, Reply):
            return begun
        while True:
            reply = self.step(begun)
            if reply is not None:
                return reply
            self.clock.sleep(self._pause_seconds)

    def begin(self, request: Request) -> Request | Reply:
        """Call the first handler; return the request for the second handler, or the failure."""
        if request.type != "Create":
            request = replace(request, physical_id=self.physical_id)
        else:
            self.physical_id = CREATE_FAILED
        try:
            answer = self._rollout.begin(request)
        except AttachmentError as error:
            return _failure(request, error)
        except Died:
            return Reply(status="failed", code="died")
        self.physical_id = answer["PhysicalResourceId"]
        assert request.type == "Create" or self.physical_id == request.physical_id
        return replace(
            request,
            physical_id=self.physical_id,
            began=answer["Began"],
            stack_status=answer["StackStatus"],
        )

    def step(self, request: Request) -> Reply | None:
        """Call the second handler; return the reply, or None if it has to be called again."""
        began = self.clock.time
        try:
            is_complete = self._rollout.step(request)
        except AttachmentError as error:
            return _failure(request, error)
        except Died:
            return Reply(status="failed", code="died")
        assert self.clock.time - began < STEP_TIMEOUT_SECONDS
        return SUCCEEDED if is_complete else None


def _failure(request: Request, error: AttachmentError) -> Reply:
    """Return the reply for an error, which has to name the distribution and the finding."""
    assert str(error) == f"distribution {request.new.distribution_id}: {error.finding}"
    cause = error.__cause__
    assert isinstance(cause, Exception | None)
    if cause is not None:
        assert error.finding == explain(cause)
    return Reply(status="failed", text=str(error), code=error.finding.code)
