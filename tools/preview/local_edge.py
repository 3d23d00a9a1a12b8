"""A CloudFront edge location on this machine: it serves the distributions in CloudFront's API.

It caches nothing. It rejects the requests that CloudFront rejects, with CloudFront's status. Unlike
CloudFront, it gives the reason, in plain text.
"""

import asyncio
import io
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from botocore.exceptions import ClientError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from attachment.behaviors import DEFAULT_BEHAVIOR
from attachment.live import explain
from tools.preview import viewer_request
from tools.preview.distributions import Behavior, Distribution, distribution_for
from tools.preview.edge_function import EdgeFunction, FunctionError
from tools.preview.exchange import Exchange, cookies_in, cookies_out
from tools.preview.generated_response import InvalidResponse, validate
from tools.preview.origin_request import VIA, forwards_cookies, origin_request
from tools.preview.viewer_request import ViewerRequest, list_items
from tools.streamed_body import streamed_body

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Headers of the connection with the origin, and the date, which the local server writes itself.
_NOT_PASSED_ON = ("connection", "date", "keep-alive", "trailer", "transfer-encoding", "upgrade")
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#RequestCustomMaxRequestStringLength
_LONGEST_URL = 8192
_LONGEST_REQUEST = 20_480


class EdgeError(Exception):
    """CloudFront itself answers with an error. The message is the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """A response to the viewer. `x_cache` is the start of CloudFront's header `X-Cache`.

    `origin` is the origin's open response that `response` forwards, or None.
    """

    response: Response
    x_cache: str
    action: str
    origin: httpx.Response | None = None


class LocalEdge:
    """An ASGI application that serves all distributions.

    `distributions` returns the present distributions. `origins` maps the domain name of an origin
    to the transport that reaches it; no other origin can be reached. `record` is called with each
    exchange when its response begins. If `http_as_https` is true, plain HTTP from the viewer counts
    as HTTPS.

    It rejects WebSockets, which CloudFront would forward.
    """

    def __init__(
        self,
        distributions: Callable[[], Sequence[Distribution]],
        functions: "EdgeFunctions",
        origins: Mapping[str, httpx.AsyncBaseTransport],
        *,
        record: Callable[[Exchange], None],
        http_as_https: bool,
    ) -> None:
        self._distributions = distributions
        self._functions = functions
        self._origins = origins
        self._record = record
        self._http_as_https = http_as_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        # The viewer may disconnect, or the origin may break off its response.
        with suppress(ClientDisconnect, httpx.TransportError):
            response = await self._respond(Request(scope, receive))
            await response(scope, receive, send)

    async def _respond(self, received: Request) -> Response:
        started = time.perf_counter()
        request = ViewerRequest(
            method=received.method,
            uri=received.scope["raw_path"].decode("latin-1"),
            query_string=received.scope["query_string"].decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in received.headers.raw
            ),
            body=received.stream() if _has_body(received) else b"",
            client_ip=received.client.host if received.client else "127.0.0.1",
            id=uuid.uuid4().hex,
        )
        host = received.headers.get("host", "")
        exchange = Exchange(
            host=host.partition(":")[0].lower(),
            method=request.method,
            path=request.target,
            cookies_in=cookies_in(request.values("cookie")),
        )
        scheme = "https" if self._http_as_https else received.url.scheme
        answer = await self._answer(request, exchange, scheme, host)
        response = answer.response
        response.headers["x-amz-cf-id"] = request.id
        response.headers["x-cache"] = f"{answer.x_cache} from cloudfront"
        response.headers["via"] = VIA
        exchange.action = answer.action
        exchange.status = response.status_code
        exchange.cookies_out = cookies_out(
            value.decode("latin-1") for name, value in response.raw_headers if name == b"set-cookie"
        )
        exchange.milliseconds = (time.perf_counter() - started) * 1000
        self._record(exchange)
        return response

    async def _answer(
        self, request: ViewerRequest, exchange: Exchange, scheme: str, host: str
    ) -> _Answer:
        try:
            if len(host) + len(exchange.path) > _LONGEST_URL:
                raise EdgeError(413, f"the URL is longer than {_LONGEST_URL} characters")
            if request.length > _LONGEST_REQUEST:
                raise EdgeError(
                    413,
                    f"the request line and the headers, with cookies, have {request.length} bytes;"
                    f" CloudFront accepts {_LONGEST_REQUEST}",
                )
            distribution = self._distribution(exchange.host)
            exchange.distribution = distribution.id
            behavior = distribution.behavior_for(request.uri)
            is_default = behavior is distribution.behaviors[-1]
            exchange.behavior = DEFAULT_BEHAVIOR if is_default else behavior.path_pattern
        except EdgeError as error:
            return _rejected(error)
        try:
            if redirect := _protocol(behavior, request, scheme, host):
                return redirect
            answer = await self._by_behavior(request, distribution, behavior, scheme)
        except EdgeError as error:
            answer = _rejected(error)
        return await self._with_error_page(answer, request, distribution, scheme)

    def _distribution(self, host: str) -> Distribution:
        if distribution := distribution_for(host, self._distributions()):
            return distribution
        raise EdgeError(403, f"no distribution has the alternate domain name {host}")

    async def _by_behavior(
        self, request: ViewerRequest, distribution: Distribution, behavior: Behavior, scheme: str
    ) -> _Answer:
        if request.method not in behavior.allowed_methods:
            raise EdgeError(
                403,
                f"this distribution is not configured to allow the method {request.method};"
                f" it allows {', '.join(sorted(behavior.allowed_methods))}",
            )
        if behavior.requires_signature:
            raise EdgeError(
                403,
                "viewers must sign requests to this behavior, which the local edge cannot verify",
            )
        if request.method == "GET" and request.body:
            raise EdgeError(403, "a GET request must not have a body")
        if request.uri == "/" and distribution.default_root_object:
            request = replace(request, uri=f"/{distribution.default_root_object}")
        if behavior.viewer_request is None:
            return await self._from_origin(request, behavior, scheme)
        arn = behavior.viewer_request
        event = viewer_request.event(
            request,
            distribution_id=distribution.id,
            domain_name=distribution.domain_name,
        )
        try:
            answer = await asyncio.to_thread(self._functions.invoke, arn, event)
            if viewer_request.is_request(answer):
                changed = viewer_request.continued(request, answer)
                return await self._from_origin(changed, behavior, scheme)
            generated = validate(answer)
        except FunctionError as error:
            raise EdgeError(503, f"the function {arn} failed: {error}") from error
        except InvalidResponse as error:
            raise EdgeError(502, f"the result of the function {arn} is invalid: {error}") from error
        response = Response(generated.body, generated.status)
        response.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in generated.headers
        ]
        if generated.status not in (204, 304):
            response.headers["content-length"] = str(len(generated.body))
        return _Answer(
            response=response,
            x_cache="LambdaGeneratedResponse",
            action=f"answered by {arn.partition(':function:')[2]}",
        )

    async def _from_origin(
        self, request: ViewerRequest, behavior: Behavior, scheme: str
    ) -> _Answer:
        name = behavior.origin.domain_name
        if (transport := self._origins.get(name)) is None:
            raise EdgeError(502, f"the origin {name} is not available on this machine")
        try:
            answer = await transport.handle_async_request(
                origin_request(request, behavior, scheme=scheme)
            )
        except httpx.InvalidURL as error:
            raise EdgeError(400, f"the request's target cannot be forwarded: {error}") from error
        except httpx.TimeoutException as error:
            raise EdgeError(504, f"the origin {name} did not answer in time") from error
        except httpx.TransportError as error:
            raise EdgeError(502, f"the origin {name} cannot be reached: {error}") from error
        response = StreamingResponse(streamed_body(answer), answer.status_code)
        dropped = {*_NOT_PASSED_ON, *list_items(answer.headers.get_list("connection"))}
        if "transfer-encoding" in answer.headers:
            # RFC 9112 §6.3: it overrides the length.
            dropped.add("content-length")
        response.raw_headers = [
            (key.lower(), value)
            for key, value in answer.headers.raw
            if key.lower().decode("latin-1") not in dropped
            and (key.lower() != b"set-cookie" or forwards_cookies(behavior))
        ]
        return _Answer(
            response=response,
            x_cache="Miss" if answer.status_code < 400 else "Error",
            action=f"sent to {name}",
            origin=answer,
        )

    async def _with_error_page(
        self, answer: _Answer, request: ViewerRequest, distribution: Distribution, scheme: str
    ) -> _Answer:
        error = distribution.error_responses.get(answer.response.status_code)
        if error is None:
            return answer
        page = replace(
            request,
            method="GET",
            uri=error.page,
            query_string="",
            headers=tuple(
                header for header in request.headers if not header[0].startswith("content-")
            ),
            body=b"",
        )
        try:
            replaced = await self._from_origin(page, distribution.behavior_for(error.page), scheme)
        except EdgeError:
            return answer
        if answer.origin is not None:
            await answer.origin.aclose()
        # If the origin does not have the page, the viewer gets the status of that response.
        if replaced.response.status_code < 400:
            replaced.response.status_code = error.status
        action = f"{answer.action}; replaced by the custom error response {error.page}"
        return replace(replaced, x_cache="Error", action=action)


def _protocol(behavior: Behavior, request: ViewerRequest, scheme: str, host: str) -> _Answer | None:
    """Return a redirect to HTTPS if the behavior requires it, otherwise None. Raises EdgeError."""
    if scheme == "https" or behavior.viewer_protocol_policy == "allow-all":
        return None
    if behavior.viewer_protocol_policy == "https-only":
        raise EdgeError(403, "this distribution allows only HTTPS")
    status = 301 if request.method in ("GET", "HEAD") else 307
    location = f"https://{host}{request.uri}"
    if request.query_string:
        location += f"?{request.query_string}"
    return _Answer(
        response=Response(status_code=status, headers={"location": location}),
        x_cache="Redirect",
        action="redirected to HTTPS",
    )


def _has_body(request: Request) -> bool:
    is_chunked = "transfer-encoding" in request.headers
    return is_chunked or request.headers.get("content-length", "0") != "0"


def _rejected(error: EdgeError) -> _Answer:
    text = f"{error.status} from the local edge: {error}\n"
    # CloudFront closes the connection after a 413.
    headers = {"connection": "close"} if error.status == 413 else None
    response = Response(text, error.status, headers, media_type="text/plain")
    return _Answer(response=response, x_cache="Error", action=f"rejected: {error}")


class EdgeFunctions:
    """The Lambda@Edge functions of the distributions. Each runs from its uploaded package.

    The folder `scratch` gets their packages and logs.
    """

    def __init__(self, lambda_: "LambdaClient", scratch: Path) -> None:
        self._lambda = lambda_
        self._scratch = scratch
        self._running: dict[str, EdgeFunction] = {}
        self._starting = threading.Lock()
        self._clock = timedelta()

    def invoke(self, arn: str, event: object) -> object:
        """Return the function's result for `event`. Raises FunctionError."""
        return self._function(arn).invoke(event)

    def move_clock(self, by: timedelta) -> timedelta:
        """Move the clock of all functions, and return how far ahead it is now."""
        with self._starting:
            self._clock += by
            for function in self._running.values():
                function.move_clock(self._clock)
            return self._clock

    def close(self) -> None:
        """End all functions."""
        with self._starting:
            for function in self._running.values():
                function.close()
            self._running.clear()

    def _function(self, arn: str) -> EdgeFunction:
        with self._starting:
            if arn not in self._running:
                try:
                    uploaded = self._lambda.get_function(FunctionName=arn)
                    zipped = httpx.get(uploaded["Code"]["Location"]).raise_for_status().content
                except ClientError as error:
                    reason = explain(error).problem
                    raise FunctionError(f"Lambda does not return its package: {reason}") from error
                except httpx.HTTPError as error:
                    # The error's text may contain the URL with its token.
                    reason = f"its package cannot be downloaded ({type(error).__name__})"
                    raise FunctionError(reason) from error
                package = self._scratch / uuid.uuid4().hex
                with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
                    archive.extractall(package)
                configuration = uploaded["Configuration"]
                function = EdgeFunction(
                    package,
                    configuration["Handler"],
                    timeout=timedelta(seconds=configuration["Timeout"]),
                    scratch=self._scratch,
                )
                function.move_clock(self._clock)
                self._running[arn] = function
            return self._running[arn]
