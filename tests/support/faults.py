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

from attachment.custom_resource import Patience

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

#: What happens to a request on its way: the fault raises, or returns an answer instead of AWS's, or
#: returns None and the request continues.
Fault = Callable[[AWSPreparedRequest], AWSResponse | None]


def connect(*, attempts: int = 1) -> "tuple[CloudFrontClient, LambdaClient]":
    """Return clients for which botocore itself makes at most `attempts` attempts per request."""
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return boto3.client("cloudfront", config=config), boto3.client("lambda", config=config)


class Wire:
    """Two clients, and what happens to their requests on the way. Keeps every request.

    Each of botocore's own attempts counts as a call here.
    """

    def __init__(self, cloudfront: "CloudFrontClient", lambda_: "LambdaClient") -> None:
        self.cloudfront = cloudfront
        self.lambda_ = lambda_
        self.calls: list[str] = []
        self.requests: list[AWSPreparedRequest] = []
        self._faults: dict[str, Iterator[Fault]] = {}
        for client in (cloudfront, lambda_):
            # The stubs do not know that a handler of this event may return the answer.
            client.meta.events.register("before-send", self._intercept)  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop intercepting, so that another test can use the clients."""
        for client in (self.cloudfront, self.lambda_):
            client.meta.events.unregister("before-send", self._intercept)  # type: ignore[arg-type]

    def disturb(self, operation: str, *faults: Fault, then: Iterable[Fault] = ()) -> None:
        """Let each of the next calls of the operation meet one of `faults`, later ones `then`."""
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
        return next(self._faults.get(operation, iter(())), goes_on)(request)


class Clock:
    """A time that passes only when the code under test waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def patience(self) -> Patience:
        """Return patience for five attempts."""
        return Patience(20, pause=5, now=self.now, sleep=self.sleep)


def goes_on(_request: AWSPreparedRequest) -> None:
    """Let the request continue."""


def answered(status: int, body: str, headers: dict[str, str] | None = None) -> Fault:
    """Answer instead of AWS, which never receives the request."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        return _answer(request, status, headers or {}, body.encode())

    return fault


def refused(status: int, code: str, message: str) -> Fault:
    """Answer as CloudFront does if it rejects a request."""
    return answered(
        status,
        '<?xml version="1.0"?>\n'
        '<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>410c2a4b-e435-49c9-8382-3770d80d7d4c</RequestId></ErrorResponse>",
    )


def refused_by_lambda(status: int, code: str, message: str) -> Fault:
    """Answer as Lambda does if it rejects a request."""
    return answered(status, json.dumps({"Message": message}), {"x-amzn-ErrorType": code})


def function_is(state: str, reason: str) -> Fault:
    """Answer as Lambda does for a version that is in this state."""
    return answered(200, json.dumps({"State": state, "StateReason": reason}))


def lost(error: type[BotoCoreError]) -> Fault:
    """Raise this error of the connection; the request never arrives."""

    def fault(request: AWSPreparedRequest) -> None:
        raise error(endpoint_url=request.url)

    return fault


def carried_out(then: Fault) -> Fault:
    """Let AWS carry out the request, and answer the caller with `then`."""

    def fault(request: AWSPreparedRequest) -> AWSResponse | None:
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


def rewritten(old: bytes, new: bytes) -> Fault:
    """Replace `old` in AWS's answer with `new`."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        answer = _send(request)
        assert old in answer.content
        content = answer.content.replace(old, new)
        return _answer(request, answer.status_code, answer.headers, content)

    return fault


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
