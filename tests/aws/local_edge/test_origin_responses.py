"""Responses of origins, and the edge's errors if an origin does not respond."""

import time

import pytest

from tests.support.local_edge import Edge, origin_response


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/unknown", 502, "the origin unknown.example.com is not available on this machine"),
        ("/dead", 502, "the origin localhost cannot be reached"),
        ("/silent", 504, "the origin localhost did not answer in time"),
    ],
)
def test_origin_without_a_response_is_an_error_with_the_reason(
    edge: Edge, path: str, status: int, reason: str
) -> None:
    """The guide, "HTTP 502 status code" and "HTTP 504 status code", and "Response timeout"."""
    started = time.monotonic()
    response = edge.send(path)

    assert response.status_code == status
    assert reason in response.text
    assert response.headers["x-cache"] == "Error from cloudfront"
    assert (time.monotonic() - started > 1) is (status == 504)


def test_response_of_the_origin_reaches_the_viewer(edge: Edge) -> None:
    edge.respond = origin_response(
        201,
        ("Content-Type", "application/octet-stream"),
        ("X-Own", "1"),
        ("X-Own", "2"),
        ("ETag", '"e"'),
        body=b"\x00\xff\r\n\x80",
    )

    response = edge.send("/", method="POST", content=b"a")

    assert (response.status_code, response.content) == (201, b"\x00\xff\r\n\x80")
    assert response.headers.get_list("x-own") == ["1", "2"]
    assert response.headers["etag"] == '"e"'
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-cache"] == "Miss from cloudfront"
    assert response.headers["via"] == "1.1 local.cloudfront.net (CloudFront)"


@pytest.mark.parametrize("status", [204, 301, 304, 400, 404, 500, 503])
def test_status_of_the_origin_reaches_the_viewer(edge: Edge, status: int) -> None:
    edge.respond = origin_response(status, ("location", "/elsewhere"), body=b"")

    response = edge.send("/")

    assert response.status_code == status
    assert response.headers["location"] == "/elsewhere"
    x_cache = "Miss" if status < 400 else "Error"
    assert response.headers["x-cache"] == f"{x_cache} from cloudfront"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("trailer", "x-own"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
    ],
)
def test_connection_headers_of_the_origin_are_removed(edge: Edge, name: str, value: str) -> None:
    """The guide, "HTTP response headers that CloudFront removes or replaces", and RFC 9110 §7.6."""
    edge.respond = origin_response(200, (name, value))

    assert name not in edge.send("/").headers


def test_header_that_connection_of_the_origin_names_is_removed(edge: Edge) -> None:
    """RFC 9110 §7.6.1."""
    edge.respond = origin_response(
        200, ("connection", "X-Secret"), ("x-secret", "1"), ("x-own", "v")
    )

    headers = edge.send("/").headers

    assert "x-secret" not in headers
    assert headers["x-own"] == "v"


@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-cache", "Miss from cloudfront"),
    ],
)
def test_cloudfronts_headers_replace_the_origins(edge: Edge, name: str, replaced: str) -> None:
    edge.respond = origin_response(200, (name, "the origin's"))

    assert edge.send("/").headers.get_list(name) == [replaced]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/", ["theme=light", "session=1; Path=/; HttpOnly"], id="all-cookies"),
        pytest.param(
            "/policies/own", ["theme=light", "session=1; Path=/; HttpOnly"], id="some-cookies"
        ),
        pytest.param("/policies/none", [], id="no-cookies"),
        pytest.param("/policies/optimized", [], id="no-cookies-and-cached"),
    ],
)
def test_set_cookie_is_removed_unless_cookies_are_forwarded(
    edge: Edge, path: str, expected: list[str]
) -> None:
    """The guide, "Cache content based on cookies"."""
    edge.respond = origin_response(
        200, ("Set-Cookie", "theme=light"), ("Set-Cookie", "session=1; Path=/; HttpOnly")
    )

    assert edge.send(path).headers.get_list("set-cookie") == expected
