"""Requests of viewers, which the edge redirects, rejects, or accepts."""

import pytest

from tests.support.local_edge import Edge


@pytest.mark.parametrize(
    ("path", "scheme", "method", "status", "location"),
    [
        ("/https-only", "https", "GET", 200, None),
        ("/https-only", "http", "GET", 403, None),
        ("/https-only", "http", "POST", 403, None),
        ("/redirect", "https", "POST", 200, None),
        ("/redirect", "http", "GET", 301, "https://www.example.com/redirect"),
        ("/redirect", "http", "HEAD", 301, "https://www.example.com/redirect"),
        ("/redirect", "http", "POST", 307, "https://www.example.com/redirect"),
        ("/redirect", "http", "PUT", 307, "https://www.example.com/redirect"),
        ("/redirect", "http", "DELETE", 307, "https://www.example.com/redirect"),
        ("/redirect", "http", "OPTIONS", 307, "https://www.example.com/redirect"),
        ("/redirect", "http", "PATCH", 307, "https://www.example.com/redirect"),
        (
            "/redirect/a%2Fb%20c?d=e%26f&g",
            "http",
            "GET",
            301,
            "https://www.example.com/redirect/a%2Fb%20c?d=e%26f&g",
        ),
        ("/allow-all", "https", "GET", 200, None),
        ("/allow-all", "http", "GET", 200, None),
    ],
)
def test_viewer_protocol_policy_redirects_rejects_or_accepts(
    edge: Edge, path: str, scheme: str, method: str, status: int, location: str | None
) -> None:
    """The guide, "Require HTTPS for communication between viewers and CloudFront"."""
    response = edge.send(f"{scheme}://www.example.com{path}", method=method)

    assert (response.status_code, response.headers.get("location")) == (status, location)
    assert len(edge.received) == (1 if status == 200 else 0)


def test_rejection_of_plain_http_gives_the_reason(edge: Edge) -> None:
    assert "allows only HTTPS" in edge.send("http://www.example.com/https-only").text


def test_redirect_runs_no_function(edge: Edge) -> None:
    """The guide, "CloudFront events that can trigger a Lambda@Edge function"."""
    url = "http://www.example.com/redirect"

    response = edge.send(url, ("x-script", '{"raise": "it ran"}'))

    assert response.status_code == 301
    assert response.headers["x-cache"] == "Redirect from cloudfront"


@pytest.mark.parametrize("path", ["/https-only", "/redirect"])
def test_plain_http_can_count_as_https(edge: Edge, path: str) -> None:
    """A preview without certificates needs this. An origin that matches the viewer gets HTTPS."""
    app = edge.app(http_as_https=True)

    assert edge.send(f"http://www.example.com{path}", app=app).status_code == 200
    assert edge.send("http://www.example.com/match/", app=app).status_code == 200
    assert edge.received[-1].url == "https://match.example.com/match/"


@pytest.mark.parametrize(
    ("path", "allowed", "forbidden"),
    [
        pytest.param(
            "/methods/default",
            ["GET", "HEAD"],
            ["OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            id="none-stated",
        ),
        pytest.param(
            "/methods/2",
            ["GET", "HEAD"],
            ["OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            id="get-head",
        ),
        pytest.param(
            "/methods/3",
            ["GET", "HEAD", "OPTIONS"],
            ["PUT", "POST", "PATCH", "DELETE"],
            id="get-head-options",
        ),
        pytest.param(
            "/methods/7",
            ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            ["TRACE", "PURGE"],
            id="all",
        ),
    ],
)
def test_allowed_methods_reach_the_origin_and_others_get_403(
    edge: Edge, path: str, allowed: list[str], forbidden: list[str]
) -> None:
    for method in allowed:
        assert edge.send(path, method=method).status_code == 200, method
    assert [request.method for request in edge.received] == allowed
    for method in forbidden:
        response = edge.send(path, method=method)
        assert response.status_code == 403, method
        assert f"not configured to allow the method {method}" in response.text
    assert len(edge.received) == len(allowed)


def test_get_with_a_body_gets_403(edge: Edge) -> None:
    """The guide, "GET requests that include a body"."""
    response = edge.send("/", content=b"a")

    assert response.status_code == 403
    assert "a GET request must not have a body" in response.text
    assert edge.received == []


@pytest.mark.parametrize(
    ("method", "path", "origin_path"),
    [
        pytest.param("GET", "/", "/index.html", id="root"),
        pytest.param("GET", "/?a=b", "/index.html?a=b", id="root-with-query"),
        pytest.param("POST", "/", "/index.html", id="every-method"),
        pytest.param("GET", "/install/", "/install/", id="guide-subdirectory"),
        pytest.param("GET", "/index.html", "/index.html", id="itself"),
    ],
)
def test_default_root_object_is_only_for_the_root(
    edge: Edge, method: str, path: str, origin_path: str
) -> None:
    """The guide, "Specify a default root object"."""
    edge.send(f"https://pages.example.com{path}", method=method)

    assert edge.received[0].url.raw_path == origin_path.encode()
    assert edge.received[0].method == method
