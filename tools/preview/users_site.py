"""The user's own site as an origin, and the preview's page on the site's host."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: The path of the preview's own page on the site's host, which has access to the site's cookies.
LATER_PATH = "/_preview/eight-days-later"

_LATER = Path(__file__).parent / "page" / "later.html"
_CONNECT_SECONDS = 5


class SiteError(Exception):
    """The user's site does not answer. The message is the reason."""


def connect(site: str) -> None:
    """Connect to the site's address to check that it can be reached. Raises SiteError."""
    parts = urlsplit(site)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        socket.create_connection((parts.hostname, port), _CONNECT_SECONDS).close()
    except OSError as error:
        raise SiteError(f"{site} does not answer: {error.strerror or error}") from error


def origin_name(site: str) -> str:
    """Return the domain name of the site's origin, because CloudFront accepts no IPv6 address."""
    name = urlsplit(site).hostname or ""
    return "localhost" if ":" in name else name


class UsersSite(httpx.AsyncBaseTransport):
    """The transport to the site at the address `site`.

    Redirects to the site's own address lead to `shown`, the site's address behind the edge.
    """

    def __init__(self, site: str, shown: str) -> None:
        self._site = httpx.URL(site)
        self._shown = httpx.URL(shown)
        self._transport = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        known = (request.url, self._site)
        request.url = request.url.copy_with(host=self._site.host)
        response = await self._transport.handle_async_request(request)
        try:
            location = httpx.URL(response.headers.get("location", ""))
        except httpx.InvalidURL:
            return response
        if any((location.host, location.port) == (url.host, url.port) for url in known):
            behind = location.copy_with(
                scheme=self._shown.scheme, host=self._shown.host, port=self._shown.port
            )
            response.headers["location"] = str(behind)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


def with_later_page(edge: ASGIApp, host: str, console: str) -> ASGIApp:
    """Return an app that answers "Eight days later" on `host`, and passes the rest to `edge`.

    `console` is the address of the preview's own server.
    """
    page = HTMLResponse(_LATER.read_text().replace("{{console}}", console))
    page.headers["cache-control"] = "no-store"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope.get("headers", []) if name == b"host"]
        is_on_site = hosts and hosts[0].partition(b":")[0].decode("latin-1").lower() == host
        is_page = is_on_site and scope.get("path") == LATER_PATH
        await (page if is_page else edge)(scope, receive, send)

    return app
