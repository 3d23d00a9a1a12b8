"""The edge on the network: connections to viewers and origins, and the bytes on them."""

import asyncio
import http.client
import json
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from typing import cast
from unittest.mock import ANY

import httpx
import pytest

from tests.support.local_edge import Edge, origin_response
from tools.preview.http_server import listen, serve


def test_websocket_is_rejected(edge: Edge, viewer: http.client.HTTPConnection) -> None:
    """For example, the live reload of a development server tries to open a WebSocket."""
    headers = {
        "Host": "www.example.com",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    viewer.request("GET", "/", headers=headers)

    assert viewer.getresponse().status == 403
    assert edge.received == []


@pytest.mark.parametrize(
    ("method", "target", "status", "reason"),
    [
        pytest.param("OPTIONS", "*", 400, "cannot be forwarded", id="asterisk"),
        pytest.param("GET", f"/{'x' * 8192}", 413, "longer than 8192", id="long-path"),
        pytest.param("GET", f"/?{'x' * 8192}", 413, "longer than 8192", id="long-query"),
    ],
)
def test_target_that_cannot_be_forwarded_is_rejected(
    edge: Edge,
    viewer: http.client.HTTPConnection,
    method: str,
    target: str,
    status: int,
    reason: str,
) -> None:
    """The guide, "Maximum length of a request and maximum length of a URL"."""
    viewer.putrequest(method, target, skip_host=True)
    viewer.putheader("Host", "www.example.com")
    viewer.endheaders()
    response = viewer.getresponse()

    assert response.status == status
    assert reason in response.read().decode()
    assert edge.received == []


@pytest.mark.parametrize(
    ("size", "status"),
    [
        pytest.param(20_480, 200, id="as-long-as-allowed"),
        pytest.param(20_481, 413, id="one-byte-more"),
        pytest.param(200_000, 413, id="far-more"),
    ],
)
def test_request_over_20480_bytes_is_rejected(
    edge: Edge, viewer: http.client.HTTPConnection, size: int, status: int
) -> None:
    """The guide, "Maximum length of a request and maximum length of a URL".

    The length includes headers, such as cookies, and not the body. CloudFront then closes the
    connection.
    """
    start = (
        "POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 30000\r\nCookie: a=\r\n\r\n"
    )
    viewer.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
    viewer.putheader("Host", "www.example.com")
    viewer.putheader("Content-Length", "30000")
    viewer.putheader("Cookie", f"a={'x' * (size - len(start))}")
    viewer.endheaders(b"b" * 30_000)
    response = viewer.getresponse()

    assert response.status == status
    assert (response.getheader("connection") == "close") == (status == 413)
    assert (f"have {size} bytes" in response.read().decode()) == (status == 413)
    assert len(edge.received) == (status == 200)


def test_request_with_chunks_and_a_length_has_the_body_of_the_chunks(
    edge: Edge, viewer: http.client.HTTPConnection
) -> None:
    """RFC 9112 §6.3. An origin that used the length would read the rest as another request."""
    viewer.putrequest("POST", "/", skip_host=True)
    viewer.putheader("Host", "www.example.com")
    viewer.putheader("Content-Length", "3")
    viewer.putheader("Transfer-Encoding", "chunked")
    viewer.endheaders(b"5\r\nabcde\r\n0\r\n\r\n")

    assert viewer.getresponse().status == 200
    [request] = edge.received
    assert request.content == b"abcde"
    assert "content-length" not in request.headers


def test_response_with_chunks_and_a_length_is_complete(
    edge: Edge, viewer: http.client.HTTPConnection
) -> None:
    """The viewer gets the chunks without the origin's length."""
    edge.respond = origin_response(200, ("Transfer-Encoding", "chunked"), ("Content-Length", "3"))

    viewer.request("GET", "/", headers={"Host": "www.example.com"})
    response = viewer.getresponse()

    assert response.read() == b"from the origin"
    assert response.getheader("content-length") is None


class Reading(httpx.AsyncBaseTransport):
    """An origin that sets `first` at the first part of a body, and responds after the last part."""

    def __init__(self) -> None:
        self.first = threading.Event()
        self.body = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async for part in cast("httpx.AsyncByteStream", request.stream):
            self.body += part
            self.first.set()
        return httpx.Response(201)


def test_body_is_forwarded_while_it_arrives(edge: Edge) -> None:
    """The edge never holds a long upload in memory as a whole."""
    origin = Reading()
    listener = listen(0)
    viewer = http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1])
    app = edge.app(http_as_https=True, origin=origin)
    with serve(app, listener, None), closing(viewer):
        viewer.putrequest("POST", "/", skip_host=True)
        viewer.putheader("Host", "www.example.com")
        viewer.putheader("Content-Length", "10")
        viewer.endheaders(b"first")
        assert origin.first.wait(timeout=10)
        viewer.send(b"after")

        assert viewer.getresponse().status == 201
    assert origin.body == b"firstafter"


def test_viewer_that_disconnects_is_not_recorded(
    edge: Edge, viewer: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """The viewer closes the connection in the middle of its request. No error is logged."""
    viewer.putrequest("POST", "/", skip_host=True)
    viewer.putheader("Host", "www.example.com")
    viewer.putheader("Content-Length", "100")
    viewer.endheaders(b"half of it")
    viewer.close()

    viewer.request("GET", "/", headers={"Host": "www.example.com"})

    assert viewer.getresponse().status == 200
    assert len(edge.exchanges) == 1
    assert [record for record in caplog.records if record.exc_info] == []


def test_response_that_the_origin_breaks_off_is_incomplete_for_the_viewer(
    edge: Edge, viewer: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """No error is logged."""

    async def break_off() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise httpx.RemoteProtocolError("peer closed connection")

    edge.respond = lambda _: httpx.Response(
        200, headers={"content-length": "100"}, content=break_off()
    )

    viewer.request("GET", "/", headers={"Host": "www.example.com"})

    with pytest.raises(http.client.IncompleteRead):
        viewer.getresponse().read()
    assert [record for record in caplog.records if record.exc_info] == []


def test_origin_on_the_network_gets_and_sends_unchanged_bytes(edge: Edge) -> None:
    """The connection also serves the next request."""
    for _ in range(2):
        response = edge.send(
            "/wire/a%2Fb?c=%7B", ("x-own", "v"), method="POST", content=b"\x00\xff"
        )

        assert response.status_code == 200
        received = response.json()
        assert received["target"] == "/wire/a%2Fb?c=%7B"
        assert dict(received["headers"]) == {
            "host": "www.example.com",
            "x-own": "v",
            "content-length": "2",
            "user-agent": "Amazon CloudFront",
            "x-forwarded-for": "192.0.2.2",
            "via": "1.1 local.cloudfront.net (CloudFront)",
            "x-amz-cf-id": ANY,
        }
        assert received["body"] == "00ff"
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_viewer_on_the_network_sends_unchanged_bytes_and_gets_each_header(
    edge: Edge, viewer: http.client.HTTPConnection
) -> None:
    """The target is forwarded unchanged, and no header of the response is missing or doubled."""
    edge.respond = origin_response(
        200,
        ("Date", "Wed, 09 Jun 2021 10:18:14 GMT"),
        ("Server", "own"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    target = "/a/../b//%7e{c}|'?d={e}&f='%zz"

    viewer.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    for name, value in (
        ("Host", "WWW.example.com:8080"),
        ("Cookie", "b=2"),
        ("Cookie", "a=1"),
        ("Keep-Alive", "timeout=5"),
        ("X-Forwarded-For", "192.0.2.4"),
    ):
        viewer.putheader(name, value)
    viewer.endheaders()
    response = viewer.getresponse()

    assert (response.status, response.read()) == (200, b"from the origin")
    headers = [(name.lower(), value) for name, value in response.getheaders()]
    assert [name for name, _ in headers].count("date") == 1
    assert sorted(header for header in headers if header[0] not in ("date", "x-amz-cf-id")) == [
        ("server", "own"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("transfer-encoding", "chunked"),
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-cache", "Miss from cloudfront"),
    ]
    [request] = edge.received
    assert request.extensions["target"] == target.encode()
    assert dict(request.headers) == {
        "host": "WWW.example.com:8080",
        "cookie": "a=1; b=2",
        "user-agent": "Amazon CloudFront",
        "x-forwarded-for": "192.0.2.4,127.0.0.1",
        "via": "1.1 local.cloudfront.net (CloudFront)",
        "x-amz-cf-id": ANY,
    }


def test_head_request_gets_only_headers(edge: Edge, viewer: http.client.HTTPConnection) -> None:
    edge.respond = origin_response(200, ("Content-Length", "15"), body=b"")

    for path, length in (("/", "15"), ("/function", "2")):
        script = json.dumps({"answer": {"status": "200", "body": "{}"}})
        viewer.request("HEAD", path, headers={"Host": "www.example.com", "x-script": script})
        response = viewer.getresponse()
        assert (response.status, response.read()) == (200, b"")
        assert response.headers["content-length"] == length


def test_viewer_that_disconnects_releases_the_origins_connection(
    edge: Edge, viewer: http.client.HTTPConnection
) -> None:
    closed = threading.Event()

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"first part"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            closed.set()

    edge.respond = lambda _: httpx.Response(200, stream=Endless())

    viewer.request("GET", "/", headers={"Host": "www.example.com"})
    response = viewer.getresponse()
    assert response.read(10) == b"first part"
    response.close()
    viewer.close()

    assert closed.wait(timeout=10)
