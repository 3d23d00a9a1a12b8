"""The cookie service's behaviors on a site whose default behavior is protected.

CloudFront chooses the behavior by the normalized path, but sends the original path to the origin.
A path that only normalizes to `/ht/renew` must not reach the origin without the protection.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
"""

import asyncio
import http.client
from collections.abc import Iterator
from contextlib import closing

import pytest

from stacks.edge_package import HANDLER, EdgePackage
from tests.support.customer import create_distribution
from tests.support.example import make_settings
from tests.support.local_edge import (
    Edge,
    allowed_methods,
    create_function,
    forwarding_behavior,
    function_behavior,
)
from tools.preview.http_server import listen, serve
from tools.preview.local_edge import EdgeFunctions

PASSWORD = """
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    if "authorization" in request["headers"]:
        return request
    return {"status": "401", "headers": {"www-authenticate": [{"value": "Basic"}]}}
"""
#: The host of each site, and the status with which its default behavior rejects a POST.
REFUSED = {"password.example.com": 401, "keys.example.com": 403, "read-only.example.com": 403}
SITES = pytest.mark.parametrize("host", REFUSED)


@pytest.fixture(scope="module")
def guarded(
    aws: dict[str, str],  # noqa: ARG001 - the emulator must run
    functions: EdgeFunctions,
    runner: asyncio.Runner,
) -> Iterator[Edge]:
    """The local edge, with a distribution for each kind of protection."""
    package = {path: text.decode() for path, text in EdgePackage.of(make_settings()).files.items()}
    cookie_service = create_function("cookies", package, HANDLER)
    password = function_behavior("*", create_function("password", {"function.py": PASSWORD}))
    del password["PathPattern"]
    defaults = {
        "password.example.com": password,
        "keys.example.com": forwarding_behavior(
            TrustedKeyGroups={"Enabled": True, "Quantity": 1, "Items": ["key-group"]}
        ),
        "read-only.example.com": forwarding_behavior(AllowedMethods=allowed_methods("HEAD", "GET")),
    }
    for alias, default in defaults.items():
        create_distribution(
            function_behavior("/ht/renew", cookie_service),
            function_behavior("/ht/clear", cookie_service),
            alias=alias,
            DefaultRootObject="",
            DefaultCacheBehavior=default,
        )
    edge = Edge(functions, runner)
    yield edge
    edge.close()


@pytest.fixture
def connection(guarded: Edge) -> Iterator[http.client.HTTPConnection]:
    """A connection that sends paths unchanged."""
    guarded.reset()
    listener = listen(0)
    port = listener.getsockname()[1]
    with (
        serve(guarded.app(http_as_https=True), listener, None),
        closing(http.client.HTTPConnection("127.0.0.1", port)) as connection,
    ):
        yield connection


def status(
    connection: http.client.HTTPConnection, host: str, path: str, method: str = "POST"
) -> int:
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    return response.status


@SITES
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_path_that_only_normalizes_to_a_route_does_not_reach_the_origin(
    guarded: Edge, connection: http.client.HTTPConnection, host: str, method: str
) -> None:
    for path in (
        "/private/../ht/renew",
        "/x/%2e%2e/ht/renew",
        "/ht//renew",
        "/ht/%72enew",
        "/ht/./clear",
        "//ht/clear",
    ):
        assert status(connection, host, path, method) == 404
        assert guarded.exchanges[-1].behavior in ("/ht/renew", "/ht/clear")
    assert guarded.received == []


@SITES
@pytest.mark.parametrize(
    "path", ["/private", "/ht/renew/", "/ht%2Frenew", "/ht/%2572enew", "/HT/renew", "/ht/renew;x"]
)
def test_other_path_gets_the_sites_own_protection(
    guarded: Edge, connection: http.client.HTTPConnection, host: str, path: str
) -> None:
    assert status(connection, host, path) == REFUSED[host]
    assert guarded.received == []


@SITES
def test_cookie_service_answers_on_a_protected_site(
    guarded: Edge, connection: http.client.HTTPConnection, host: str
) -> None:
    assert status(connection, host, "/ht/renew") == 200
    assert status(connection, host, "/ht/clear") == 200
    assert guarded.received == []
