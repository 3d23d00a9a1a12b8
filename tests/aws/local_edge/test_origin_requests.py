"""Requests to origins, which depend on the behavior's policies and the origin's settings."""

from unittest.mock import ANY

import pytest

from tests.support.local_edge import Edge


def test_without_policies_only_cloudfronts_own_headers_are_sent(edge: Edge) -> None:
    """The behavior has the cache policy CachingDisabled and no origin request policy."""
    edge.send(
        "/policies/none?a=1",
        ("cookie", "session=1"),
        ("user-agent", "curl/7.66.0"),
        ("accept-encoding", "gzip, br"),
        ("x-own", "v"),
    )

    [request] = edge.received
    assert str(request.url) == "https://origin.example.com/policies/none"
    assert dict(request.headers) == {
        "host": "origin.example.com",
        "user-agent": "Amazon CloudFront",
        "x-forwarded-for": "192.0.2.2",
        "via": "1.1 local.cloudfront.net (CloudFront)",
        "x-amz-cf-id": ANY,
    }


def test_all_viewer_forwards_everything(edge: Edge) -> None:
    """The events proxy has this policy, which also forwards `Host`."""
    edge.send(
        "/all?a=1&b",
        ("cookie", "session=1"),
        ("user-agent", "curl/7.66.0"),
        ("accept-encoding", "gzip, deflate"),
        ("x-own", "v"),
    )

    [request] = edge.received
    assert str(request.url) == "https://origin.example.com/all?a=1&b"
    assert dict(request.headers) == {
        "host": "www.example.com",
        "user-agent": "curl/7.66.0",
        "accept-encoding": "gzip, deflate",
        "x-own": "v",
        "cookie": "session=1",
        "x-forwarded-for": "192.0.2.2",
        "via": "1.1 local.cloudfront.net (CloudFront)",
        "x-amz-cf-id": ANY,
    }


def test_all_viewer_except_host_header_replaces_host(edge: Edge) -> None:
    """The SDK proxy has this policy, and CachingOptimized, which normalizes `Accept-Encoding`."""
    edge.send(
        "/policies/host?a=1&b",
        ("cookie", "session=1"),
        ("user-agent", "curl/7.66.0"),
        ("accept-encoding", "gzip, deflate, br"),
        ("x-own", "v"),
    )

    [request] = edge.received
    assert str(request.url) == "https://origin.example.com/policies/host?a=1&b"
    assert dict(request.headers) == {
        "host": "origin.example.com",
        "user-agent": "curl/7.66.0",
        "accept-encoding": "br,gzip",
        "x-own": "v",
        "cookie": "session=1",
        "x-forwarded-for": "192.0.2.2",
        "via": "1.1 local.cloudfront.net (CloudFront)",
        "x-amz-cf-id": ANY,
    }


def test_caching_optimized_forwards_only_encodings(edge: Edge) -> None:
    edge.send("/policies/optimized?a=1", ("cookie", "a=1"), ("accept-encoding", "gzip, br, zstd"))

    [request] = edge.received
    assert request.headers["accept-encoding"] == "br,gzip"
    assert "cookie" not in request.headers
    assert request.url.query == b""


def test_user_agent_referer_headers_forwards_only_those_headers(edge: Edge) -> None:
    edge.send(
        "/policies/agent?a=1",
        ("user-agent", "curl/7.66.0"),
        ("referer", "https://www.example.com/"),
        ("accept", "*/*"),
        ("cookie", "a=1"),
    )

    [request] = edge.received
    assert request.headers["user-agent"] == "curl/7.66.0"
    assert request.headers["referer"] == "https://www.example.com/"
    assert not {"accept", "cookie"} & set(request.headers)
    assert request.url.query == b""


def test_custom_policies_forward_what_either_of_them_lists(edge: Edge) -> None:
    """The cache policy and the origin request policy list different names."""
    edge.send(
        "/policies/own?sent=1&dropped=2&other=3",
        ("cookie", "cached=1; dropped=2; other=3"),
        ("x-cached", "1"),
        ("x-sent", "2"),
        ("x-own", "3"),
        ("accept-encoding", "br, gzip"),
    )

    [request] = edge.received
    assert request.url.query == b"sent=1&other=3"
    assert request.headers["cookie"] == "cached=1; other=3"
    assert (request.headers["x-cached"], request.headers["x-sent"]) == ("1", "2")
    assert "x-own" not in request.headers
    assert request.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("url", "origin_url"),
    [
        pytest.param(
            "https://www.example.com/old/a?b",
            "http://old.example.com:8080/production/old/a?b",
            id="protocol-port-path",
        ),
        pytest.param(
            "https://www.example.com/match/", "https://match.example.com/match/", id="match-https"
        ),
        pytest.param(
            "http://www.example.com/match/", "http://match.example.com/match/", id="match-http"
        ),
        pytest.param(
            "https://www.example.com/group/",
            "http://old.example.com:8080/production/group/",
            id="first-of-a-group",
        ),
        pytest.param(
            "https://www.example.com/other", "https://origin.example.com/other", id="default"
        ),
    ],
)
def test_request_goes_to_the_origin_of_its_behavior(edge: Edge, url: str, origin_url: str) -> None:
    edge.send(url)

    assert [str(request.url) for request in edge.received] == [origin_url]


def test_https_port_and_timeouts_of_the_origin_are_used(edge: Edge) -> None:
    edge.send("/tls")

    [request] = edge.received
    assert str(request.url) == "https://tls.example.com:8443/tls"
    timeout = {"connect": 3, "pool": 3, "read": 60, "write": 60}
    assert request.extensions["timeout"] == timeout


def test_custom_headers_of_the_origin_replace_the_viewers(edge: Edge) -> None:
    edge.send("/old/", ("x-key", "forged"))

    assert edge.received[0].headers.get_list("x-key") == ["secret"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_body_reaches_the_origin_unchanged(edge: Edge, method: str) -> None:
    body = bytes(range(256)) * 300

    edge.send("/", method=method, content=body)

    assert edge.received[0].content == body
    assert edge.received[0].headers["content-length"] == "76800"
