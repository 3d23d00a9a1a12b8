"""The user's own site as an origin: its redirects, and the preview's page on its host."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from starlette.responses import PlainTextResponse

from tools.preview.users_site import UsersSite, origin_name, with_later_page

SHOWN = "http://shop.localhost:8400"
CONSOLE = "http://preview.localhost:8400"


@contextmanager
def site_that_redirects_to(location: str) -> Iterator[str]:
    """Serve a redirect on a port of this machine, and yield its address. `{port}` is the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", location.replace("{port}", str(port)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("http://127.0.0.1:{port}/b?c=d#e", f"{SHOWN}/b?c=d#e", id="own-address"),
        pytest.param("http://localhost:{port}/b", f"{SHOWN}/b", id="host-that-it-received"),
        pytest.param("/b", "/b", id="path"),
        pytest.param("https://example.com/b", "https://example.com/b", id="another-host"),
        pytest.param("http://localhost:1/b", "http://localhost:1/b", id="another-port"),
        pytest.param("http://localhost:{port}x/b", None, id="invalid"),
    ],
)
def test_redirect_to_the_site_itself_stays_behind_the_edge(
    location: str, expected: str | None
) -> None:
    async def get(site: str) -> httpx.Response:
        transport = UsersSite(site, SHOWN)
        url = httpx.URL(site).copy_with(host="localhost")
        try:
            return await transport.handle_async_request(httpx.Request("GET", url))
        finally:
            await transport.aclose()

    with site_that_redirects_to(location) as site:
        response = asyncio.run(get(site))
        port = site.rpartition(":")[2]
    assert response.headers["location"] == (expected or location.replace("{port}", port))


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("http://localhost:3000", "localhost"),
        ("http://127.0.0.1:3000/", "127.0.0.1"),
        ("http://[::1]:3000", "localhost"),
    ],
)
def test_origin_gets_a_name_that_cloudfront_accepts(site: str, name: str) -> None:
    assert origin_name(site) == name


@pytest.mark.parametrize(
    ("host", "path", "is_page"),
    [
        ("shop.localhost:8400", "/_preview/eight-days-later", True),
        ("SHOP.localhost", "/_preview/eight-days-later", True),
        ("cdn.shop.localhost:8400", "/_preview/eight-days-later", False),
        ("shop.localhost:8400", "/_preview/", False),
    ],
)
def test_page_for_eight_days_later_is_on_the_sites_host(
    host: str, path: str, is_page: bool
) -> None:
    """Only a page on that host can delete the site's cookies."""
    app = with_later_page(PlainTextResponse("the edge"), "shop.localhost", CONSOLE)

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=SHOWN) as viewer:
            return await viewer.get(path, headers={"Host": host})

    text = asyncio.run(get()).text
    assert (f'from "{CONSOLE}/itp.js"' in text) == is_page
    assert (text == "the edge") == (not is_page)
