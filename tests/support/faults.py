"""Faults between boto3 clients and the AWS emulator: an answer is replaced, lost, or late."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from urllib3 import HTTPResponse

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

#: What happens to a request on its way: the fault raises, or returns an answer instead of AWS's, or
#: returns None and the request continues.
Fault = Callable[[AWSPreparedRequest], AWSResponse | None]

_REQUEST_ID = "410c2a4b-e435-49c9-8382-3770d80d7d4c"


def connect() -> "tuple[CloudFrontClient, LambdaClient, CloudFormationClient]":
    """Return clients for which botocore itself makes one attempt per request, as in Lambda."""
    config = Config(retries={"total_max_attempts": 1})
    return (
        boto3.client("cloudfront", config=config),
        boto3.client("lambda", config=config),
        boto3.client("cloudformation", config=config),
    )


class Wire:
    """Three clients whose requests can meet faults. `requests` has every request.

    `stack_status` returns the status that DescribeStacks reports, because no stack exists.
    """

    def __init__(
        self,
        cloudfront: "CloudFrontClient",
        lambda_: "LambdaClient",
        cloudformation: "CloudFormationClient",
    ) -> None:
        self.cloudfront = cloudfront
        self.lambda_ = lambda_
        self.cloudformation = cloudformation
        self.stack_status: Callable[[], str] = lambda: "CREATE_COMPLETE"
        self.calls: list[str] = []
        self.requests: list[AWSPreparedRequest] = []
        self._faults: dict[str, Iterator[Fault]] = {}
        for client in (cloudfront, lambda_, cloudformation):
            # The type stubs do not know that a handler of this event may return the answer.
            client.meta.events.register("before-send", self._intercept)  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop intercepting, so that another test can use the clients."""
        for client in (self.cloudfront, self.lambda_, self.cloudformation):
            client.meta.events.unregister("before-send", self._intercept)  # type: ignore[arg-type]

    def disturb(self, operation: str, *faults: Fault, then: Iterable[Fault] = ()) -> None:
        """Let the next calls of the operation meet one of `faults` each, and later calls `then`."""
        self._faults[operation] = chain(faults, then)

    def count(self, operation: str) -> int:
        """Return how many calls of the operation were sent."""
        return self.calls.count(operation)

    def _intercept(
        self, request: AWSPreparedRequest, event_name: str, **_: object
    ) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        self.calls.append(operation)
        self.requests.append(request)
        fault = next(self._faults.get(operation, iter(())), goes_on)
        answer = fault(request)
        if answer is None and operation == "DescribeStacks":
            return stack_is(self.stack_status())(request)
        return answer


class Clock:
    """A clock that advances only when the code under test sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def goes_on(_request: AWSPreparedRequest) -> None:
    """Let the request continue."""


def answered(status: int, body: str, headers: dict[str, str] | None = None) -> Fault:
    """Answer instead of AWS, which never receives the request."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        own = {"x-amzn-RequestId": _REQUEST_ID, **(headers or {})}
        return _answer(request, status, own, body.encode())

    return fault


def refused(status: int, code: str, message: str) -> Fault:
    """Answer as CloudFront does if it rejects a request."""
    return answered(
        status,
        '<?xml version="1.0"?>\n'
        '<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>",
    )


def refused_by_lambda(status: int, code: str, message: str) -> Fault:
    """Answer as Lambda does if it rejects a request."""
    return answered(status, json.dumps({"Message": message}), {"x-amzn-ErrorType": code})


def function_is(state: str, reason: str) -> Fault:
    """Answer as Lambda does for a version that is in this state."""
    return answered(200, json.dumps({"State": state, "StateReason": reason}))


def stack_is(status: str) -> Fault:
    """Answer as CloudFormation does about a stack in this status."""
    return answered(
        200,
        '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
        "<DescribeStacksResult><Stacks><member><StackName>Shop-CookieService</StackName>"
        "<CreationTime>2026-11-24T00:00:00Z</CreationTime>"
        f"<StackStatus>{status}</StackStatus></member></Stacks></DescribeStacksResult>"
        "</DescribeStacksResponse>",
    )


def lost(error: type[BotoCoreError]) -> Fault:
    """Raise this error of the connection; the request never arrives."""

    def fault(request: AWSPreparedRequest) -> None:
        raise error(endpoint_url=request.url)

    return fault


def carried_out(then: Fault) -> Fault:
    """Let AWS carry out the request, and answer the caller with `then`."""

    def fault(request: AWSPreparedRequest) -> AWSResponse | None:
        # The stack's status is the test's own, and reading it has no effect.
        if "Action=DescribeStacks" not in str(request.body):
            answer = _send(request)
            assert answer.status_code == 200, answer.text
        return then(request)

    return fault


def after(action: Callable[[], object], then: Fault = goes_on) -> Fault:
    """Run `action` before the request meets `then`."""

    def fault(request: AWSPreparedRequest) -> AWSResponse | None:
        action()
        return then(request)

    return fault


def followed_by(action: Callable[[], object]) -> Fault:
    """Run `action` after AWS has answered and before the caller gets the answer."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        answer = _send(request)
        action()
        return answer

    return fault


def rewritten(old: bytes, new: bytes, *, etag: str = "") -> Fault:
    """Replace `old` in AWS's answer with `new`, and with an `etag` its ETag."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        answer = _send(request)
        assert old in answer.content
        content = answer.content.replace(old, new)
        headers = dict(answer.headers) | ({"ETag": etag} if etag else {})
        return _answer(request, answer.status_code, headers, content)

    return fault


class Repeated:
    """A read that does not show a write yet: an earlier answer is kept and sent again."""

    def keep(self, request: AWSPreparedRequest) -> AWSResponse:
        """Let the request continue, and keep its answer instead of an earlier one."""
        answer = _send(request)
        self._kept = answer.status_code, dict(answer.headers), answer.content
        return answer

    def repeat(self, request: AWSPreparedRequest) -> AWSResponse:
        """Return the kept answer; the request never arrives."""
        return _answer(request, *self._kept)


def late(error: type[BotoCoreError]) -> tuple[Fault, Fault]:
    """Let the first request time out at the caller, and arrive just before the second one."""
    delayed: list[AWSPreparedRequest] = []

    def first(request: AWSPreparedRequest) -> None:
        delayed.append(request)
        raise error(endpoint_url=request.url)

    def second(_request: AWSPreparedRequest) -> None:
        assert _send(delayed[0]).status_code == 200

    return first, second


#: CloudFront throttles the request.
THROTTLED = refused(400, "Throttling", "Rate exceeded")
#: The configuration has changed since the ETag was read.
OUTDATED = refused(
    412,
    "PreconditionFailed",
    "The precondition given in one or more of the request-header fields evaluated to false.",
)
BROKEN = refused(500, "InternalError", "We encountered an internal error. Please try again.")
UNAVAILABLE = refused(503, "ServiceUnavailable", "The service is temporarily unavailable.")
CUT_OFF = answered(200, "<Distribution><Id>E1ANYSITE</Id><ARN>arn:aws:clo")
#: The function's version was published a moment ago.
NOT_ACTIVE = refused(
    400,
    "InvalidLambdaFunctionAssociation",
    "The function must be in an Active state. The current state for function "
    "arn:aws:lambda:us-east-1:000000000000:function:edge:1 is Pending.",
)
#: The function's role was created a moment ago.
NOT_ASSUMABLE = refused(
    400,
    "InvalidLambdaFunctionAssociation",
    "The function execution role must be assumable with edgelambda.amazonaws.com as well as "
    "lambda.amazonaws.com principals. Update the IAM role and try again.",
)


def not_authorized(action: str) -> str:
    """Return IAM's message to a caller without the permission."""
    caller = "arn:aws:sts::111122223333:assumed-role/attach/attach"
    return f"User: {caller} is not authorized to perform: {action}"


def denied(action: str) -> Fault:
    """Answer as CloudFront does to a caller without the permission."""
    return refused(403, "AccessDenied", not_authorized(action))


def _answer(
    request: AWSPreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> AWSResponse:
    raw = HTTPResponse(io.BytesIO(body), preload_content=False)
    return AWSResponse(request.url, status, HTTPHeaders.from_dict(dict(headers)), raw)


def _send(request: AWSPreparedRequest) -> AWSResponse:
    session = URLLib3Session()
    try:
        return session.send(request)
    finally:
        session.close()
