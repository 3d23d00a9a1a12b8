"""Stand-ins for the live hosts that doctor sends requests to.

An `Answer` returns the response to a request. `client` calls it in this process, and `serve` serves
it on a port for a command. The cookie service is the real package, run as CloudFront runs it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tools.doctor.live_requests import connect
from tools.preview.edge_function import EdgeFunction
from tools.preview.generated_response import validate

Answer = Callable[[httpx.Request], httpx.Response]


def edge(function: EdgeFunction, *, then: Answer | None = None) -> Answer:
    """Return the answers of a distribution that runs `function` at viewer-request.

    `then` answers the requests that the function returns, by default with a 404.
    """

    def answer(request: httpx.Request) -> httpx.Response:
        result = function.invoke(_viewer_request(request))
        if "status" not in result:
            return then(request) if then else httpx.Response(404, html="<h1>Not found</h1>")
        generated = validate(result)
        headers = [*generated.headers, ("X-Cache", "LambdaGeneratedResponse from cloudfront")]
        return httpx.Response(generated.status, headers=headers, content=generated.body)

    return answer


def _viewer_request(request: httpx.Request) -> dict[str, Any]:
    headers: dict[str, list[dict[str, str]]] = {}
    for key, value in request.headers.multi_items():
        headers.setdefault(key.lower(), []).append({"key": key, "value": value})
    seen = {
        "clientIp": "203.0.113.178",
        "headers": headers,
        "method": request.method,
        "querystring": request.url.query.decode(),
        "uri": request.url.path,
    }
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": seen}}]}


def sdk_proxy() -> Answer:
    """Return the answers of the SDK proxy. The first answer for a URL is not from the cache."""
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/browser/release/v1-latest/events.min.js":
            return httpx.Response(403, headers={"X-Cache": "Error from cloudfront"})
        found = "Hit" if request.url in asked else "Miss"
        asked.append(request.url)
        headers = {"Content-Type": "application/javascript", "X-Cache": f"{found} from cloudfront"}
        return httpx.Response(200, headers=headers, content=b"!function(){}()")

    return answer


def events_proxy(request: httpx.Request) -> httpx.Response:
    """Answer a preflight as Hightouch's events API does."""
    if (request.method, request.url.path) != ("OPTIONS", "/v1/track"):
        return httpx.Response(404)
    return httpx.Response(
        204,
        headers={
            "Access-Control-Allow-Origin": request.headers["origin"],
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": request.headers["access-control-request-headers"],
            "X-Cache": "Miss from cloudfront",
        },
    )


def redirect(location: str, status: int = 301) -> Answer:
    """Return the answers of a host that redirects every request."""
    return lambda _: httpx.Response(status, headers={"location": location})


def by_host(answers: Mapping[str, Answer]) -> Answer:
    """Return the answers of several hosts. Other hosts get a 421, as from CloudFront."""

    def answer(request: httpx.Request) -> httpx.Response:
        host = request.headers["host"].partition(":")[0]
        return answers[host](request) if host in answers else httpx.Response(421)

    return answer


def client(answer: Answer) -> httpx.Client:
    """Return a client whose requests get these answers."""
    return connect(httpx.MockTransport(answer))


@contextmanager
def serve(answer: Answer) -> Iterator[str]:
    """Serve the answers on a port of this machine and yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            url = f"http://{self.headers['host']}{self.path}"
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = list(self.headers.items())
            response = answer(httpx.Request(self.command, url, headers=headers, content=body))
            self.send_response(response.status_code)
            for name, value in response.headers.multi_items():
                if name != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.content)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
