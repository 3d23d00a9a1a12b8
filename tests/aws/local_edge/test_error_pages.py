"""Custom error responses: the pages that replace errors.

The guide, "Generate custom error responses".
"""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.local_edge import Edge, origin_response


def respond_with_error_pages(request: httpx.Request) -> httpx.Response:
    """Respond as an origin with only error pages, of which `deleted.html` is missing.

    Any other path is the status of its response, such as `/404`.
    """
    name = request.url.path.removeprefix("/errors/")
    if request.url.path.startswith("/errors/") and name != "deleted.html":
        return origin_response(200, ("x-page", name), body=f"page {name}".encode())(request)
    status = 410 if name == "deleted.html" else int(request.url.path.strip("/"))
    return origin_response(status, body=b"the origin's own")(request)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        pytest.param("/404", 200, "page 404.html", id="another-status"),
        pytest.param("/403", 403, "page 403.html", id="its-own-status"),
        pytest.param("/500", 500, "the origin's own", id="no-page"),
        pytest.param("/410", 410, "the origin's own", id="not-listed"),
        pytest.param("/405", 410, "the origin's own", id="guide-status-of-a-missing-page"),
        pytest.param("/502", 502, "the origin's own", id="origin-of-the-page-unreachable"),
    ],
)
def test_error_page_replaces_an_error_of_the_origin(
    edge: Edge, path: str, status: int, body: str
) -> None:
    edge.respond = respond_with_error_pages

    response = edge.send(f"https://pages.example.com{path}")

    assert (response.status_code, response.text) == (status, body)
    assert response.headers["x-cache"] == "Error from cloudfront"


def test_error_page_replaces_an_error_of_cloudfront(edge: Edge) -> None:
    edge.respond = respond_with_error_pages

    response = edge.send("https://pages.example.com/read-only", method="POST", content=b"a")

    assert (response.status_code, response.text) == (403, "page 403.html")


def test_error_page_replaces_an_error_of_a_function(edge: Edge) -> None:
    edge.respond = respond_with_error_pages

    response = edge.send_script("https://pages.example.com/function", answer={"status": "404"})

    assert (response.status_code, response.text) == (200, "page 404.html")


def test_error_page_is_requested_without_function_query_and_body(edge: Edge) -> None:
    """The guide, "CloudFront events that can trigger a Lambda@Edge function"."""
    edge.respond = respond_with_error_pages

    response = edge.send(
        "https://pages.example.com/404?a=b",
        ("x-script", '{"raise": "it ran"}'),
        method="POST",
        content=b"abc",
    )

    assert response.text == "page 404.html"
    page = edge.received[1]
    assert (page.method, page.url.raw_path, page.content) == ("GET", b"/errors/404.html", b"")
    assert "content-length" not in page.headers


def test_replaced_response_releases_its_connection(edge: Edge) -> None:
    class Body(httpx.AsyncByteStream):
        closed = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"the origin's own"

        async def aclose(self) -> None:
            Body.closed += 1

    edge.respond = lambda _: httpx.Response(404, stream=Body())

    assert edge.send("https://pages.example.com/").status_code == 404
    assert len(edge.received) == 2
    assert Body.closed == 2


def test_exchange_names_the_error_page(edge: Edge) -> None:
    edge.respond = respond_with_error_pages

    edge.send("https://pages.example.com/404")

    [exchange] = edge.exchanges
    assert exchange.status == 200
    assert exchange.action == (
        "sent to origin.example.com; replaced by the custom error response /errors/404.html"
    )
