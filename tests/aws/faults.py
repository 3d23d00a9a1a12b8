"""The way from boto3 clients to the embedded AWS, where an answer can be replaced, lost or late."""

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

from stacks.constructs.distribution_attachment.runtime.on_event import Patience

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

#: What becomes of a request: it raises, or returns an answer in AWS's place, or None: it goes on.
Fault = Callable[[AWSPreparedRequest], AWSResponse | None]


def connect(*, attempts: int = 1) -> "tuple[CloudFrontClient, LambdaClient]":
    """Return clients of whose requests botocore itself makes so many attempts."""
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    return boto3.client("cloudfront", config=config), boto3.client("lambda", config=config)


class Wire:
    """Two clients, and what happens to their requests under way; all that was sent is kept.

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
            client.meta.events.register("before-send", self._under_way)  # type: ignore[arg-type]

    def close(self) -> None:
        """Leave the clients to the next one."""
        for client in (self.cloudfront, self.lambda_):
            client.meta.events.unregister("before-send", self._under_way)  # type: ignore[arg-type]

    def disturb(self, operation: str, *faults: Fault, then: Iterable[Fault] = ()) -> None:
        """Let the next calls of the operation meet these, one each, and later ones `then`."""
        self._faults[operation] = chain(faults, then)

    def count(self, operation: str) -> int:
        return self.calls.count(operation)

    def _under_way(
        self, request: AWSPreparedRequest, event_name: str, **_: object
    ) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        self.calls.append(operation)
        self.requests.append(request)
        return next(self._faults.get(operation, iter(())), goes_on)(request)


class Clock:
    """A time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def patience(self) -> Patience:
        """Return patience for five tries."""
        return Patience(20, pause=5, now=self.now, sleep=self.sleep)


def goes_on(_request: AWSPreparedRequest) -> None:
    """Nothing happens to the request."""


def answered(status: int, body: str, headers: dict[str, str] | None = None) -> Fault:
    """AWS never sees the request; this is the answer."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        return _answer(request, status, headers or {}, body.encode())

    return fault


def refused(status: int, code: str, message: str) -> Fault:
    """CloudFront's answer to a request that it did not carry out."""
    return answered(
        status,
        '<?xml version="1.0"?>\n'
        '<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>410c2a4b-e435-49c9-8382-3770d80d7d4c</RequestId></ErrorResponse>",
    )


def refused_by_lambda(status: int, code: str, message: str) -> Fault:
    """Lambda's answer to a request that it did not carry out."""
    return answered(status, json.dumps({"Message": message}), {"x-amzn-ErrorType": code})


def function_is(state: str, reason: str) -> Fault:
    """Lambda's answer about a version that is not Active."""
    return answered(200, json.dumps({"State": state, "StateReason": reason}))


def lost(error: type[BotoCoreError]) -> Fault:
    """The request never arrives."""

    def fault(request: AWSPreparedRequest) -> None:
        raise error(endpoint_url=request.url)

    return fault


def carried_out(then: Fault) -> Fault:
    """AWS does what it is asked; the caller hears something else."""

    def fault(request: AWSPreparedRequest) -> AWSResponse | None:
        answer = _send(request)
        assert answer.status_code == 200, answer.text
        return then(request)

    return fault


def after(action: Callable[[], object], then: Fault = goes_on) -> Fault:
    """Something else happens first."""

    def fault(request: AWSPreparedRequest) -> AWSResponse | None:
        action()
        return then(request)

    return fault


def followed_by(action: Callable[[], object]) -> Fault:
    """AWS answers, and something else happens before the caller does anything with it."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        answer = _send(request)
        action()
        return answer

    return fault


def rewritten(old: bytes, new: bytes) -> Fault:
    """AWS answers, and `old` in its answer reads `new`."""

    def fault(request: AWSPreparedRequest) -> AWSResponse:
        answer = _send(request)
        assert old in answer.content
        content = answer.content.replace(old, new)
        return _answer(request, answer.status_code, answer.headers, content)

    return fault


def late(error: type[BotoCoreError]) -> tuple[Fault, Fault]:
    """The caller gives up on the first request, which arrives just before the second."""
    under_way: list[AWSPreparedRequest] = []

    def first(request: AWSPreparedRequest) -> None:
        under_way.append(request)
        raise error(endpoint_url=request.url)

    def second(_request: AWSPreparedRequest) -> None:
        assert _send(under_way[0]).status_code == 200

    return first, second


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
