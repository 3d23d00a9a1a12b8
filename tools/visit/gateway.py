"""The gateway that answers a visit's browser: a sink for events, the real hosts for the rest."""

import re
from datetime import timedelta

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tools.streamed_body import streamed_body
from tools.visit.traffic import BLANK_PATH, Exchange, is_for_the_sink
from tools.visit.upstream import Upstream, UpstreamError

_LARGEST_BODY = 10_000_000
# A page can send any number of requests: further ones are answered but not recorded.
_MOST_EXCHANGES = 5000
_LONGEST_EVENTS = 1_000_000
_LONGEST_URL = 16_384
_LAST_VISIT = re.compile(rb"\b(htjs_seen_srvr=)([0-9]{1,12})(?![^;])")
_BLANK = "<!doctype html><title>blank</title>"
# Headers of one connection (RFC 9110, section 7.6.1).
_NOT_SENT = {"connection", "host", "keep-alive", "proxy-connection", "te", "upgrade"}
# Also headers that would lead the browser around the proxy, and the header that asks for a
# password, for which Firefox would wait.
_NOT_RETURNED = {
    "alt-svc",
    "connection",
    "date",
    "keep-alive",
    "strict-transport-security",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
}


class Gateway:
    """An ASGI application that answers every host, and records each request in `exchanges`.

    Events and their preflights end here: the host receives a TLS handshake, but no byte of a
    request. All other requests go to the real hosts, through `upstream`. The clock of the real
    cookie service does not move, so the time of the last visit in its cookie is moved by `passed`.

    The gateway rejects WebSockets.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.exchanges: list[Exchange] = []
        self.passed = timedelta()
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        request = Request(scope, receive)
        path = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        url = f"https://{request.headers.get('host', '')}{path}{'?' if query else ''}{query}"
        if len(url) > _LONGEST_URL:
            await Response(status_code=414)(scope, receive, send)
            return
        exchange = Exchange(
            method=request.method,
            url=url,
            destination=request.headers.get("sec-fetch-dest", ""),
        )
        if len(self.exchanges) < _MOST_EXCHANGES:
            self.exchanges.append(exchange)
        try:
            response = await self._respond(request, exchange, await _body(request))
            await response(scope, receive, send)
        except (ClientDisconnect, httpx.HTTPError):
            pass  # The browser left the page, or the host broke off its response.
        finally:
            exchange.has_ended = True

    async def _respond(self, request: Request, exchange: Exchange, body: bytes) -> Response:
        if exchange.path == BLANK_PATH:
            return HTMLResponse(_BLANK, headers={"Cache-Control": "no-store"})
        if is_for_the_sink(exchange.method, exchange.url, body):
            exchange.is_sunk, exchange.body = True, body[:_LONGEST_EVENTS]
            return await self._sink(request, exchange)
        return await self._forward(request, exchange, body)

    async def _sink(self, request: Request, exchange: Exchange) -> Response:
        try:
            await self._upstream.shake_hands(exchange.url)
        except UpstreamError as error:
            return _failed(exchange, error)
        allowed = request.headers.get("access-control-request-headers", "*")
        exchange.status = 200
        return JSONResponse(
            {"success": True},
            headers={
                "Access-Control-Allow-Origin": request.headers.get("origin", "*"),
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Headers": allowed,
                "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE",
            },
        )

    async def _forward(self, request: Request, exchange: Exchange, body: bytes) -> Response:
        headers = [
            (name, self._aged(value) if _text(name) == "cookie" else value)
            for name, value in request.headers.raw
            if _text(name) not in _NOT_SENT
        ]
        try:
            answer = await self._upstream.send(exchange.method, exchange.url, headers, body or None)
        except UpstreamError as error:
            return _failed(exchange, error)
        exchange.status = answer.status_code
        exchange.content_type = answer.headers.get("content-type", "")
        exchange.embedder_policy = answer.headers.get("cross-origin-embedder-policy", "")
        response = StreamingResponse(streamed_body(answer), answer.status_code)
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if _text(name) not in _NOT_RETURNED
        ]
        return response

    def _aged(self, cookies: bytes) -> bytes:
        """Return the header `Cookie` with the last visit moved into the past."""
        seconds = int(self.passed.total_seconds())
        return _LAST_VISIT.sub(lambda found: b"%b%d" % (found[1], int(found[2]) - seconds), cookies)


async def _body(request: Request) -> bytes:
    """Return the body of the request. Raises ClientDisconnect if it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_BODY:
            raise ClientDisconnect
    return body


def _failed(exchange: Exchange, error: UpstreamError) -> Response:
    exchange.failure = error.failure
    exchange.reason = str(error)
    return Response("this host did not answer\n", 502, media_type="text/plain")


def _text(name: bytes) -> str:
    return name.decode("latin-1").lower()
