"""The local edge before distributions, policies and functions of the embedded AWS.

What it must do is in the Amazon CloudFront Developer Guide; where a test rests on one sentence, the
test names the page. How each rule works in detail is in `tests/preview/test_distributions.py`,
`test_origin_request.py`, `test_viewer_request.py` and `test_generated_response.py`.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

import asyncio
import gzip
import http.client
import io
import json
import threading
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import boto3
import httpx
import pytest
from botocore.exceptions import EndpointConnectionError
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.aws.customer import behavior, create_distribution, origin
from tests.aws.embedded import used_by_boto3
from tools.preview.distributions import Distribution, distribution_for, read_distributions
from tools.preview.exchange import Exchange
from tools.preview.local_aws import local_aws
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.serving import listen, serving
from tools.preview.watch import watched

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
USER_AGENT_REFERER_HEADERS = "acba4595-bd28-49b8-b9fe-13317c0390fa"

#: Does what the header `x-script` says, which it takes away: so one function serves all tests.
SCRIPTED = """
import json, os, time

def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    if "x-script" not in request["headers"]:
        return request
    script = json.loads(request["headers"].pop("x-script")[0]["value"])
    if "raise" in script:
        raise ValueError(script["raise"])
    if "exit" in script:
        os._exit(script["exit"])
    if "show" in script:
        shown = {"event": event, "time": time.time()}[script["show"]]
        return {"status": "200", "body": json.dumps(shown)}
    if "answer" in script:
        return script["answer"]
    if "repeat" in script:
        return {"status": "200", "body": "x" * script["repeat"]}
    request["headers"].update(script.pop("headers", {}))
    return request | script
"""
HANGING = """
import threading

def handler(event, context):
    threading.Event().wait()
"""
#: Reads a file of its package, and its settings as Lambda gives them.
PACKAGED = """
import os
from pathlib import Path

TEXT = Path(__file__).with_name("text.txt").read_text()

def answer(event, context):
    return {"status": "200", "body": TEXT}
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An embedded AWS for this module: the edge reads all distributions that there are."""
    scratch = tmp_path_factory.mktemp("aws")
    with local_aws(scratch) as settings, used_by_boto3(settings):
        yield settings


def methods(*listed: str) -> dict[str, Any]:
    """Return the element of a behavior that allows these methods."""
    cached = {"Quantity": 2, "Items": ["HEAD", "GET"]}
    return {"Quantity": len(listed), "Items": list(listed), "CachedMethods": cached}


ALL_METHODS = methods("HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH")


def forwarding(path_pattern: str | None = None, **own: Any) -> dict[str, Any]:
    """Return a behavior that lets all through; without a path pattern it is the default one."""
    if path_pattern is not None:
        own["PathPattern"] = path_pattern
    defaults: dict[str, Any] = {
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": ALL_METHODS,
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER,
    }
    return behavior(**(defaults | own))


def with_policies(path_pattern: str, cache: str, origin_request: str | None = None) -> Any:
    """Return a behavior with these policies."""
    own = forwarding(path_pattern, CachePolicyId=cache, OriginRequestPolicyId=origin_request)
    if origin_request is None:
        del own["OriginRequestPolicyId"]
    return own


def function_at(path_pattern: str, arn: str, event_type: str = "viewer-request") -> dict[str, Any]:
    """Return a behavior that lets all through, with a function."""
    association = {"LambdaFunctionARN": arn, "EventType": event_type, "IncludeBody": False}
    listed = {"Quantity": 1, "Items": [association]}
    return forwarding(path_pattern, LambdaFunctionAssociations=listed)


def upload(
    name: str, files: dict[str, str], handler: str = "made.handler", *, timeout: int = 5
) -> str:
    """Create a Lambda function from these files and return the ARN of its version."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as package:
        for path, text in files.items():
            package.writestr(path, text)
    created = boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/edge",
        Handler=handler,
        Code={"ZipFile": zipped.getvalue()},
        Timeout=timeout,
        Publish=True,
    )
    return f"{created['FunctionArn']}:{created['Version']}"


def own_policies() -> tuple[str, str]:
    """Create a cache policy and an origin request policy and return their ids."""
    cloudfront = boto3.client("cloudfront")
    cached = cloudfront.create_cache_policy(
        CachePolicyConfig={
            "Name": "cached",
            "MinTTL": 0,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingGzip": True,
                "EnableAcceptEncodingBrotli": False,
                "HeadersConfig": {
                    "HeaderBehavior": "whitelist",
                    "Headers": {"Quantity": 1, "Items": ["X-Cached"]},
                },
                "CookiesConfig": {
                    "CookieBehavior": "whitelist",
                    "Cookies": {"Quantity": 1, "Items": ["cached"]},
                },
                "QueryStringsConfig": {
                    "QueryStringBehavior": "allExcept",
                    "QueryStrings": {"Quantity": 2, "Items": ["sent", "dropped"]},
                },
            },
        }
    )
    sent = cloudfront.create_origin_request_policy(
        OriginRequestPolicyConfig={
            "Name": "sent",
            "HeadersConfig": {
                "HeaderBehavior": "whitelist",
                "Headers": {"Quantity": 1, "Items": ["X-Sent"]},
            },
            "CookiesConfig": {
                "CookieBehavior": "allExcept",
                "Cookies": {"Quantity": 2, "Items": ["cached", "dropped"]},
            },
            "QueryStringsConfig": {
                "QueryStringBehavior": "whitelist",
                "QueryStrings": {"Quantity": 1, "Items": ["sent"]},
            },
        }
    )
    return cached["CachePolicy"]["Id"], sent["OriginRequestPolicy"]["Id"]


def custom(origin_id: str, domain_name: str, protocol: str, port: int, **own: Any) -> Any:
    """Return an origin that is reached with this protocol at this port."""
    own.setdefault("CustomOriginConfig", {})
    own["CustomOriginConfig"] |= {"OriginProtocolPolicy": protocol, "HTTPPort": port}
    return origin(origin_id, DomainName=domain_name, **own)


async def on_the_wire(scope: Scope, receive: Receive, send: Send) -> None:
    """An origin that tells what came over the wire, in chunks, compressed, with cookies."""
    request = Request(scope, receive)
    received = {
        "target": f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}",
        "headers": request.headers.items(),
        "body": (await request.body()).hex(),
    }

    async def parts() -> AsyncIterator[bytes]:
        compressed = gzip.compress(json.dumps(received).encode())
        yield compressed[:10]
        yield compressed[10:]

    response = StreamingResponse(parts(), headers={"content-encoding": "gzip"})
    response.headers.append("set-cookie", "a=1")
    response.headers.append("set-cookie", "b=2")
    await response(scope, receive, send)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Ports of this machine: of an origin, and where nobody answers or even listens."""
    with closing(listen(0)) as dead:
        ports = {"dead": dead.getsockname()[1]}
    with closing(listen(0)) as silent:
        ports["silent"] = silent.getsockname()[1]
        wire = listen(0)
        ports["wire"] = wire.getsockname()[1]
        with serving(on_the_wire, wire, None):
            yield ports


@pytest.fixture(scope="module")
def site(aws: dict[str, str], ports: dict[str, int]) -> str:  # noqa: ARG001 - it must run
    """The site's distribution, a behavior for each rule; its domain name."""
    scripted = upload("scripted", {"made.py": SCRIPTED})
    cached, sent = own_policies()
    origins = [
        origin(),
        custom(
            "old",
            "old.example.com",
            "http-only",
            8080,
            OriginPath="/production",
            CustomHeaders={
                "Quantity": 1,
                "Items": [{"HeaderName": "X-Key", "HeaderValue": "secret"}],
            },
        ),
        custom("match", "match.example.com", "match-viewer", 80),
        custom(
            "tls",
            "tls.example.com",
            "https-only",
            80,
            ConnectionTimeout=3,
            CustomOriginConfig={"HTTPSPort": 8443, "OriginReadTimeout": 60},
        ),
        custom("unknown", "unknown.example.com", "https-only", 80),
        custom("dead", "localhost", "http-only", ports["dead"]),
        custom(
            "silent",
            "localhost",
            "http-only",
            ports["silent"],
            CustomOriginConfig={"OriginReadTimeout": 1},
        ),
    ]
    origins.append(custom("wire", "localhost", "http-only", ports["wire"]))
    members = [{"OriginId": "old"}, {"OriginId": "site"}]
    group = {
        "Id": "group",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
        "Members": {"Quantity": 2, "Items": members},
    }
    default_methods = forwarding("/methods/default")
    del default_methods["AllowedMethods"]
    distribution_id = create_distribution(
        forwarding("/https-only", ViewerProtocolPolicy="https-only"),
        function_at("/redirect*", scripted) | {"ViewerProtocolPolicy": "redirect-to-https"},
        default_methods,
        forwarding("/methods/2", AllowedMethods=methods("HEAD", "GET")),
        forwarding("/methods/3", AllowedMethods=methods("HEAD", "GET", "OPTIONS")),
        with_policies("/policies/none", CACHING_DISABLED),
        with_policies("/policies/optimized", CACHING_OPTIMIZED),
        with_policies("/policies/host", CACHING_OPTIMIZED, ALL_VIEWER_EXCEPT_HOST_HEADER),
        with_policies("/policies/agent", CACHING_DISABLED, USER_AGENT_REFERER_HEADERS),
        with_policies("/policies/own", cached, sent),
        forwarding("/old/*", TargetOriginId="old"),
        forwarding("/match/*", TargetOriginId="match"),
        forwarding("/group/*", TargetOriginId="group"),
        forwarding("/tls", TargetOriginId="tls"),
        forwarding("/unknown", TargetOriginId="unknown"),
        forwarding("/wire/*", TargetOriginId="wire"),
        forwarding("/dead", TargetOriginId="dead"),
        forwarding("/silent", TargetOriginId="silent"),
        function_at("/function*", scripted),
        function_at("/origin-request", scripted, "origin-request"),
        function_at("/hanging", upload("hanging", {"made.py": HANGING}, timeout=1)),
        function_at(
            "/packaged",
            upload(
                "packaged",
                {"own/__init__.py": "", "own/code.py": PACKAGED, "own/text.txt": "größe"},
                "own.code.answer",
            ),
        ),
        function_at("/missing", scripted.replace(":scripted:", ":missing:")),
        alias="www.example.com",
        DefaultRootObject="",
        DefaultCacheBehavior=forwarding(),
        Origins={"Quantity": len(origins), "Items": origins},
        OriginGroups={"Quantity": 1, "Items": [group]},
    )
    distribution = boto3.client("cloudfront").get_distribution(Id=distribution_id)["Distribution"]
    return distribution["DomainName"]


@pytest.fixture(scope="module")
def pages(aws: dict[str, str]) -> None:  # noqa: ARG001 - it must run
    """A distribution at pages.example.com, with a default root object and custom error pages."""
    responses: list[dict[str, Any]] = [
        {"ErrorCode": 404, "ResponsePagePath": "/errors/404.html", "ResponseCode": "200"},
        {"ErrorCode": 403, "ResponsePagePath": "/errors/403.html", "ResponseCode": "403"},
        {"ErrorCode": 405, "ResponsePagePath": "/errors/deleted.html", "ResponseCode": "405"},
        {"ErrorCode": 502, "ResponsePagePath": "/elsewhere/502.html", "ResponseCode": "502"},
        {"ErrorCode": 500},
    ]
    scripted = upload("scripted-pages", {"made.py": SCRIPTED})
    origins = [origin(), custom("unknown", "unknown.example.com", "https-only", 80)]
    create_distribution(
        forwarding("/read-only", AllowedMethods=methods("HEAD", "GET")),
        function_at("/errors/*", scripted),
        function_at("/function", scripted),
        forwarding("/elsewhere/*", TargetOriginId="unknown"),
        alias="pages.example.com",
        DefaultRootObject="index.html",
        DefaultCacheBehavior=forwarding(),
        Origins={"Quantity": 2, "Items": origins},
        CustomErrorResponses={
            "Quantity": len(responses),
            "Items": [{**one, "ErrorCachingMinTTL": 10} for one in responses],
        },
    )


@pytest.fixture(scope="module")
def functions(
    aws: dict[str, str],  # noqa: ARG001 - it must run
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[EdgeFunctions]:
    """The functions of this module's distributions."""
    functions = EdgeFunctions(boto3.client("lambda"), tmp_path_factory.mktemp("functions"))
    yield functions
    functions.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of all requests."""
    with asyncio.Runner() as runner:
        yield runner


def answering(
    status: int = 200, *headers: tuple[str, str], body: bytes = b"from the origin"
) -> Callable[[httpx.Request], httpx.Response]:
    """Return an origin that always answers so."""
    return lambda _: httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


class Edge:
    """The local edge, the origins behind it and what they got.

    Every origin but the two on the network answers with `answer`, which a test may replace.
    """

    def __init__(self, functions: EdgeFunctions, runner: asyncio.Runner) -> None:
        self._functions = functions
        self._runner = runner
        self.received: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []
        self.answer = answering()
        here = httpx.MockTransport(self._take)
        self._network = httpx.AsyncHTTPTransport()
        self._origins = {
            "origin.example.com": here,
            "old.example.com": here,
            "match.example.com": here,
            "tls.example.com": here,
            "localhost": self._network,
        }
        self._deployed = read_distributions(boto3.client("cloudfront"))
        self.app = self.make()

    def forget(self) -> None:
        """Begin anew."""
        self.received.clear()
        self.exchanges.clear()
        self.answer = answering()

    def make(
        self,
        *,
        http_as_https: bool = False,
        distributions: Callable[[], Sequence[Distribution]] | None = None,
    ) -> LocalEdge:
        """Return another edge before the same origins."""
        return LocalEdge(
            distributions or self._deployed.copy,
            self._functions,
            self._origins,
            record=self.exchanges.append,
            http_as_https=http_as_https,
        )

    def ask(
        self,
        url: str,
        *headers: tuple[str, str],
        method: str = "GET",
        content: bytes = b"",
        app: ASGIApp | None = None,
    ) -> httpx.Response:
        """Return the answer for a viewer at 192.0.2.2; a path alone is one at www.example.com."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app or self.app, client=("192.0.2.2", 50000))
            base_url = "https://www.example.com"
            async with httpx.AsyncClient(transport=transport, base_url=base_url) as viewer:
                viewer.headers.clear()
                return await viewer.request(method, url, headers=headers, content=content)

        return self._runner.run(ask())

    def script(self, path: str = "/function", /, **script: Any) -> httpx.Response:
        """Return the answer for a request whose function does this."""
        return self.ask(path, ("x-script", json.dumps(script)))

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine in the loop of the requests."""
        return self._runner.run(coroutine)

    def close(self) -> None:
        """Close the connections to the network."""
        self._runner.run(self._network.aclose())

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return self.answer(request)


@pytest.fixture(scope="module")
def shared_edge(
    site: str,  # noqa: ARG001 - it must be there
    pages: None,  # noqa: ARG001 - it must be there
    functions: EdgeFunctions,
    runner: asyncio.Runner,
) -> Iterator[Edge]:
    """The local edge before the two distributions, which stay as they are."""
    edge = Edge(functions, runner)
    yield edge
    edge.close()


@pytest.fixture
def edge(shared_edge: Edge) -> Edge:
    """The local edge, with nothing received or recorded so far."""
    shared_edge.forget()
    return shared_edge


@pytest.mark.parametrize("host", ["www.example.com", "WWW.Example.COM", "www.example.com:8443"])
def test_a_distribution_answers_to_its_alternate_domain_name(edge: Edge, host: str) -> None:
    answer = edge.ask("/", ("host", host))

    assert (answer.status_code, answer.text) == (200, "from the origin")


def test_a_distribution_answers_to_the_name_that_cloudfront_gave(edge: Edge, site: str) -> None:
    assert edge.ask(f"https://{site}/").text == "from the origin"


def test_no_distribution_answers_to_another_name(edge: Edge) -> None:
    answer = edge.ask("https://other.example.com/")

    assert answer.status_code == 403
    assert "no distribution has the alternate domain name other.example.com" in answer.text
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []


def test_what_cloudfront_holds_now_counts(edge: Edge) -> None:
    """A new distribution answers at once, a disabled one no more, a changed one as changed."""
    cloudfront = boto3.client("cloudfront")
    url = "https://new.example.com/"
    app = edge.make(distributions=lambda: read_distributions(cloudfront))
    assert edge.ask(url, app=app).status_code == 403

    created = create_distribution(alias="new.example.com", DefaultCacheBehavior=forwarding())
    assert edge.ask(url, app=app).status_code == 200
    changes: list[tuple[dict[str, Any], int]] = [
        ({"Enabled": False}, 403),
        ({"Enabled": True}, 200),
        ({"Aliases": {"Quantity": 0}, "Enabled": True}, 403),
    ]
    for change, status in changes:
        got = cloudfront.get_distribution_config(Id=created)
        config: Any = got["DistributionConfig"] | change
        cloudfront.update_distribution(Id=created, IfMatch=got["ETag"], DistributionConfig=config)
        assert edge.ask(url, app=app).status_code == status


def wait_until(holds: Callable[[], bool]) -> None:
    """Return when the condition holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_request_waits_for_what_cloudfront_holds() -> None:
    """It is read beside them: what is new shows by itself, and a failure leaves what was there."""
    cloudfront = boto3.client("cloudfront")
    fails = threading.Event()

    def fail(**_: object) -> None:
        if fails.is_set():
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    cloudfront.meta.events.register("before-call.cloudfront.ListDistributions", fail)
    with watched(cloudfront, every=timedelta(milliseconds=10)) as distributions:
        known = len(distributions())
        create_distribution(alias="later.example.com", DefaultCacheBehavior=forwarding())
        wait_until(lambda: len(distributions()) == known + 1)
        fails.set()
        create_distribution(alias="latest.example.com", DefaultCacheBehavior=forwarding())
        assert distribution_for("later.example.com", distributions())
        fails.clear()
        wait_until(lambda: len(distributions()) == known + 2)


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
def test_the_viewer_protocol_policy_holds(
    edge: Edge, path: str, scheme: str, method: str, status: int, location: str | None
) -> None:
    """The guide, "Require HTTPS for communication between viewers and CloudFront"."""
    answer = edge.ask(f"{scheme}://www.example.com{path}", method=method)

    assert (answer.status_code, answer.headers.get("location")) == (status, location)
    assert len(edge.received) == (1 if status == 200 else 0)


def test_https_only_is_named_as_the_reason(edge: Edge) -> None:
    assert "HTTPS only" in edge.ask("http://www.example.com/https-only").text


def test_a_redirect_runs_no_function(edge: Edge) -> None:
    """The guide, "CloudFront events that can trigger a Lambda@Edge function"."""
    url = "http://www.example.com/redirect"

    answer = edge.ask(url, ("x-script", '{"raise": "it ran"}'))

    assert answer.status_code == 301
    assert answer.headers["x-cache"] == "Redirect from cloudfront"


@pytest.mark.parametrize("path", ["/https-only", "/redirect"])
def test_plain_http_can_count_as_https(edge: Edge, path: str) -> None:
    """For a preview without certificates; an origin that matches the viewer gets https too."""
    app = edge.make(http_as_https=True)

    assert edge.ask(f"http://www.example.com{path}", app=app).status_code == 200
    assert edge.ask("http://www.example.com/match/", app=app).status_code == 200
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
        assert edge.ask(path, method=method).status_code == 200, method
    assert [request.method for request in edge.received] == allowed
    for method in forbidden:
        answer = edge.ask(path, method=method)
        assert answer.status_code == 403, method
        assert f"not configured to allow the method {method}" in answer.text
    assert len(edge.received) == len(allowed)


def test_a_get_with_a_body_gets_403(edge: Edge) -> None:
    """The guide, "GET requests that include a body"."""
    answer = edge.ask("/", content=b"a")

    assert answer.status_code == 403
    assert "a GET request must not have a body" in answer.text
    assert edge.received == []


def test_without_policies_but_caching_disabled_nothing_goes(edge: Edge) -> None:
    edge.ask(
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


def test_all_viewer_lets_all_through(edge: Edge) -> None:
    """As the events proxy has it, `Host` too."""
    edge.ask(
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
    """As the SDK proxy has it, with CachingOptimized, which normalizes `Accept-Encoding`."""
    edge.ask(
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


def test_caching_optimized_alone_lets_encodings_through(edge: Edge) -> None:
    edge.ask("/policies/optimized?a=1", ("cookie", "a=1"), ("accept-encoding", "gzip, br, zstd"))

    [request] = edge.received
    assert request.headers["accept-encoding"] == "br,gzip"
    assert "cookie" not in request.headers
    assert request.url.query == b""


def test_user_agent_referer_headers_lets_those_two_through(edge: Edge) -> None:
    edge.ask(
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


def test_policies_of_ones_own_let_the_listed_through(edge: Edge) -> None:
    """What the cache policy lets through and what the origin request policy does."""
    edge.ask(
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
def test_the_behaviors_origin_gets_the_request(edge: Edge, url: str, origin_url: str) -> None:
    edge.ask(url)

    assert [str(request.url) for request in edge.received] == [origin_url]


def test_the_origins_https_port_and_timeouts_hold(edge: Edge) -> None:
    edge.ask("/tls")

    [request] = edge.received
    assert str(request.url) == "https://tls.example.com:8443/tls"
    timeout = {"connect": 3, "pool": 3, "read": 60, "write": 60}
    assert request.extensions["timeout"] == timeout


def test_the_origins_custom_headers_are_added(edge: Edge) -> None:
    edge.ask("/old/", ("x-key", "forged"))

    assert edge.received[0].headers.get_list("x-key") == ["secret"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/unknown", 502, "the origin unknown.example.com is not among those of this machine"),
        ("/dead", 502, "the origin localhost cannot be reached"),
        ("/silent", 504, "the origin localhost did not answer in time"),
    ],
)
def test_an_origin_that_does_not_answer(edge: Edge, path: str, status: int, reason: str) -> None:
    """The guide, "HTTP 502 status code" and "HTTP 504 status code", and "Response timeout"."""
    started = time.monotonic()
    answer = edge.ask(path)

    assert answer.status_code == status
    assert reason in answer.text
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert (time.monotonic() - started > 1) is (status == 504)


def test_the_answer_of_the_origin_goes_to_the_viewer(edge: Edge) -> None:
    edge.answer = answering(
        201,
        ("Content-Type", "application/octet-stream"),
        ("X-Own", "1"),
        ("X-Own", "2"),
        ("ETag", '"e"'),
        body=b"\x00\xff\r\n\x80",
    )

    answer = edge.ask("/", method="POST", content=b"a")

    assert (answer.status_code, answer.content) == (201, b"\x00\xff\r\n\x80")
    assert answer.headers.get_list("x-own") == ["1", "2"]
    assert answer.headers["etag"] == '"e"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-cache"] == "Miss from cloudfront"
    assert answer.headers["via"] == "1.1 local.cloudfront.net (CloudFront)"


@pytest.mark.parametrize("status", [204, 301, 304, 400, 404, 500, 503])
def test_the_status_of_the_origin_goes_to_the_viewer(edge: Edge, status: int) -> None:
    edge.answer = answering(status, ("location", "/elsewhere"), body=b"")

    answer = edge.ask("/")

    assert answer.status_code == status
    assert answer.headers["location"] == "/elsewhere"
    shown = "Miss" if status < 400 else "Error"
    assert answer.headers["x-cache"] == f"{shown} from cloudfront"


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
def test_a_header_of_the_origin_that_goes_no_further(edge: Edge, name: str, value: str) -> None:
    """The guide, "HTTP response headers that CloudFront removes or replaces", and RFC 9110 §7.6."""
    edge.answer = answering(200, (name, value))

    assert name not in edge.ask("/").headers


@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("via", "1.1 local.cloudfront.net (CloudFront)"),
        ("x-cache", "Miss from cloudfront"),
    ],
)
def test_a_header_of_the_origin_that_is_replaced(edge: Edge, name: str, replaced: str) -> None:
    edge.answer = answering(200, (name, "the origin's"))

    assert edge.ask("/").headers.get_list(name) == [replaced]


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
def test_set_cookie_comes_back_where_cookies_are_forwarded(
    edge: Edge, path: str, expected: list[str]
) -> None:
    """The guide, "Cache content based on cookies": or CloudFront removes the header."""
    edge.answer = answering(
        200, ("Set-Cookie", "theme=light"), ("Set-Cookie", "session=1; Path=/; HttpOnly")
    )

    assert edge.ask(path).headers.get_list("set-cookie") == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_reaches_the_origin_byte_for_byte(edge: Edge, method: str) -> None:
    body = bytes(range(256)) * 300

    edge.ask("/", method=method, content=body)

    assert edge.received[0].content == body
    assert edge.received[0].headers["content-length"] == "76800"


def test_a_function_gets_cloudfronts_event(edge: Edge, site: str) -> None:
    answer = edge.ask(
        "/function/a%20b?size=large",
        ("cookie", "a=1"),
        ("x-script", '{"show": "event"}'),
        ("cookie", "b=2"),
        ("x-edge-location", "hidden"),
        method="POST",
        content=b"not shown",
    )

    [record] = answer.json()["Records"]
    config, request = record["cf"]["config"], record["cf"]["request"]
    assert config.pop("requestId")
    assert boto3.client("cloudfront").get_distribution(Id=config.pop("distributionId"))
    assert config == {"distributionDomainName": site, "eventType": "viewer-request"}
    assert request == {
        "clientIp": "192.0.2.2",
        "headers": {
            "host": [{"key": "host", "value": "www.example.com"}],
            "cookie": [{"key": "cookie", "value": "a=1"}, {"key": "cookie", "value": "b=2"}],
            "content-length": [{"key": "content-length", "value": "9"}],
        },
        "method": "POST",
        "querystring": "size=large",
        "uri": "/function/a%20b",
    }


def test_each_request_has_an_id_of_its_own(edge: Edge) -> None:
    shown = [edge.script(show="event").json() for _ in range(2)]

    ids = {one["Records"][0]["cf"]["config"]["requestId"] for one in shown}
    assert len(ids) == 2


def test_a_request_that_a_function_returns_goes_on_to_the_origin(edge: Edge) -> None:
    answer = edge.ask(
        "/function/a%20b?size=large",
        ("cookie", "a=1"),
        ("x-edge-location", "hidden"),
        method="POST",
        content=b"\x00\xff",
    )

    assert answer.text == "from the origin"
    assert answer.headers["x-cache"] == "Miss from cloudfront"
    [request] = edge.received
    assert request.method == "POST"
    assert str(request.url) == "https://origin.example.com/function/a%20b?size=large"
    assert request.headers["cookie"] == "a=1"
    assert request.content == b"\x00\xff"


def test_what_a_function_changes_reaches_the_origin(edge: Edge) -> None:
    """The guide: a changed URI changes neither the behavior nor the origin."""
    script = {
        "uri": "/old/new",
        "querystring": "size=small",
        "headers": {
            "cookie": [{"key": "Cookie", "value": "b=2"}],
            "x-new": [{"value": "1"}, {"value": "2"}],
        },
    }

    edge.ask("/function?size=large", ("cookie", "a=1"), ("x-script", json.dumps(script)))

    [request] = edge.received
    assert str(request.url) == "https://origin.example.com/old/new?size=small"
    assert request.headers["cookie"] == "b=2"
    assert request.headers.get_list("x-new") == ["1", "2"]
    assert "x-script" not in request.headers


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param({"method": "PUT"}, "method and clientIp are read-only", id="method"),
        pytest.param({"uri": "new"}, "uri must be a path", id="uri"),
        pytest.param(
            {"headers": {"host": [{"value": "origin.example.com"}]}},
            "header host is read-only",
            id="read-only-header",
        ),
        pytest.param(
            {"headers": {"x-edge-a": [{"value": "1"}]}},
            "header x-edge-a is disallowed",
            id="disallowed-header",
        ),
        pytest.param({"answer": None}, "must be an object, got None", id="null"),
        pytest.param({"answer": {}}, "status must be a string", id="neither"),
        pytest.param({"answer": {"status": 200}}, "status must be a string", id="status"),
        pytest.param(
            {"answer": {"status": "200", "headers": {"connection": [{"value": "close"}]}}},
            "header connection is disallowed",
            id="header-of-a-response",
        ),
        pytest.param({"repeat": 40 * 1024 + 1}, "the limit is 40960", id="more-than-40-KB"),
    ],
)
def test_an_invalid_answer_of_a_function_is_a_502(
    edge: Edge, script: dict[str, Any], reason: str
) -> None:
    """The guide, "HTTP 502 status code", "Lambda validation error"."""
    answer = edge.script(**script)

    assert answer.status_code == 502
    assert "is invalid" in answer.text
    assert reason in answer.text
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []


def test_the_response_of_a_function_goes_to_the_viewer(edge: Edge) -> None:
    answer = edge.script(
        answer={
            "status": "201",
            "statusDescription": "Made",
            "headers": {
                "set-cookie": [
                    {"key": "Set-Cookie", "value": "a=1; Path=/"},
                    {"key": "Set-Cookie", "value": "b=2; Expires=Wed, 09 Jun 2021 10:18:14 GMT"},
                ],
                "cache-control": [{"key": "Cache-Control", "value": "no-store"}],
            },
            "body": "AP8=",
            "bodyEncoding": "base64",
        }
    )

    assert answer.status_code == 201
    assert answer.headers.get_list("set-cookie") == [
        "a=1; Path=/",
        "b=2; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
    ]
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.content, answer.headers["content-length"]) == (b"\x00\xff", "2")
    assert answer.headers["x-cache"] == "LambdaGeneratedResponse from cloudfront"
    assert "content-type" not in answer.headers
    assert edge.received == []


def test_40_kb_are_no_more_than_40_kb(edge: Edge) -> None:
    assert len(edge.script(repeat=40 * 1024).content) == 40960


@pytest.mark.parametrize("status", ["204", "304"])
def test_a_response_that_cannot_have_a_body_has_no_length(edge: Edge, status: str) -> None:
    """RFC 9110 §8.6: none with 204, and with 304 only the length that a 200 would have."""
    answer = edge.script(answer={"status": status})

    assert answer.status_code == int(status)
    assert "content-length" not in answer.headers


def test_an_empty_body_has_a_length_of_0(edge: Edge) -> None:
    assert edge.script(answer={"status": "200"}).headers["content-length"] == "0"


def test_a_function_that_raises_is_a_503_and_runs_on(edge: Edge) -> None:
    """The guide, "HTTP 503 status code": it "returns an error during runtime"."""
    answer = edge.script(**{"raise": "no luck"})

    assert answer.status_code == 503
    assert "function:scripted:1 failed: ValueError: no luck" in answer.text
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []
    assert edge.ask("/function").status_code == 200


def test_a_function_that_ends_its_process_is_a_503_and_runs_on(edge: Edge) -> None:
    answer = edge.script(exit=7)

    assert answer.status_code == 503
    assert "exit status 7" in answer.text
    assert edge.ask("/function").status_code == 200


def test_a_function_has_its_own_timeout(edge: Edge) -> None:
    answer = edge.ask("/hanging")

    assert answer.status_code == 503
    assert "function:hanging:1 failed: timed out after 1 s" in answer.text


def test_a_function_that_lambda_does_not_have_is_a_503(edge: Edge) -> None:
    answer = edge.ask("/missing")

    assert answer.status_code == 503
    assert "function:missing:1 failed: Lambda does not hand it out" in answer.text
    assert "ResourceNotFoundException" in answer.text


def test_a_package_runs_as_it_was_uploaded(edge: Edge) -> None:
    """With its files and its handler, not those of another."""
    assert edge.ask("/packaged").text == "größe"


def test_a_function_of_another_event_does_not_run(edge: Edge) -> None:
    answer = edge.ask("/origin-request", ("x-script", '{"raise": "it ran"}'))

    assert answer.status_code == 200
    assert edge.received[0].headers["x-script"] == '{"raise": "it ran"}'


def test_the_clock_of_all_functions_moves(
    edge: Edge, functions: EdgeFunctions, tmp_path: Path
) -> None:
    """Of those that run already and of those that start later; each move adds to the one before."""
    lambda_ = boto3.client("lambda")
    others = EdgeFunctions(lambda_, tmp_path)
    arn = lambda_.get_function(FunctionName="scripted", Qualifier="1")["Configuration"]
    event = {
        "Records": [{"cf": {"request": {"headers": {"x-script": [{"value": '{"show": "time"}'}]}}}}]
    }

    def ahead() -> float:
        answer: Any = others.invoke(arn["FunctionArn"], event)
        return float(json.loads(answer["body"])) - time.time()

    assert others.move_clock(timedelta(days=1)) == timedelta(days=1)
    assert ahead() == pytest.approx(86400, abs=60)
    assert others.move_clock(timedelta(days=7)) == timedelta(days=8)
    assert ahead() == pytest.approx(691200, abs=60)
    others.close()
    assert abs(float(edge.script(show="time").text) - time.time()) < 60
    assert functions.move_clock(timedelta()) == timedelta()


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
def test_the_default_root_object_is_for_the_root_alone(
    edge: Edge, method: str, path: str, origin_path: str
) -> None:
    """The guide, "Specify a default root object"."""
    edge.ask(f"https://pages.example.com{path}", method=method)

    assert edge.received[0].url.raw_path == origin_path.encode()
    assert edge.received[0].method == method


def with_pages(request: httpx.Request) -> httpx.Response:
    """Answer for an origin that has error pages and nothing else, but for one deleted page."""
    name = request.url.path.removeprefix("/errors/")
    if request.url.path.startswith("/errors/") and name != "deleted.html":
        return answering(200, ("x-page", name), body=f"page {name}".encode())(request)
    status = 410 if name == "deleted.html" else int(request.url.path.strip("/"))
    return answering(status, body=b"the origin's own")(request)


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
def test_custom_error_pages_replace_an_origins_errors(
    edge: Edge, path: str, status: int, body: str
) -> None:
    """The guide, "Generate custom error responses"."""
    edge.answer = with_pages

    answer = edge.ask(f"https://pages.example.com{path}")

    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["x-cache"] == "Error from cloudfront"


def test_custom_error_pages_replace_cloudfronts_own_errors(edge: Edge) -> None:
    edge.answer = with_pages

    answer = edge.ask("https://pages.example.com/read-only", method="POST", content=b"a")

    assert (answer.status_code, answer.text) == (403, "page 403.html")


def test_custom_error_pages_replace_a_functions_errors(edge: Edge) -> None:
    edge.answer = with_pages

    answer = edge.script("https://pages.example.com/function", answer={"status": "404"})

    assert (answer.status_code, answer.text) == (200, "page 404.html")


def test_a_custom_error_page_is_fetched_without_function_query_and_body(edge: Edge) -> None:
    """The guide, "CloudFront events that can trigger a Lambda@Edge function": none runs."""
    edge.answer = with_pages

    answer = edge.ask(
        "https://pages.example.com/404?a=b",
        ("x-script", '{"raise": "it ran"}'),
        method="POST",
        content=b"abc",
    )

    assert answer.text == "page 404.html"
    page = edge.received[1]
    assert (page.method, page.url.raw_path, page.content) == ("GET", b"/errors/404.html", b"")
    assert "content-length" not in page.headers


def test_a_replaced_answer_gives_its_connection_back(edge: Edge) -> None:
    class Body(httpx.AsyncByteStream):
        closed = 0

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"the origin's own"

        async def aclose(self) -> None:
            Body.closed += 1

    edge.answer = lambda _: httpx.Response(404, stream=Body())

    assert edge.ask("https://pages.example.com/").status_code == 404
    assert len(edge.received) == 2
    assert Body.closed == 2


def test_an_exchange_is_recorded(edge: Edge) -> None:
    edge.answer = answering(200, ("set-cookie", "htjs_a=1; HttpOnly"), ("set-cookie", "session=s"))

    edge.ask(
        "https://WWW.example.com:8443/methods/2?a=b", ("cookie", "htjs_user_id=u1; session=secret")
    )

    [exchange] = edge.exchanges
    shown = exchange.as_json()
    assert 0 < shown.pop("milliseconds") < 60_000
    assert shown.pop("time")
    assert boto3.client("cloudfront").get_distribution(Id=shown.pop("distribution"))
    assert shown == {
        "host": "www.example.com",
        "method": "GET",
        "path": "/methods/2?a=b",
        "behavior": "/methods/2",
        "action": "sent to origin.example.com",
        "status": 200,
        "cookies_in": [
            {"name": "htjs_user_id", "value": "u1"},
            {"name": "session", "value": None},
        ],
        "cookies_out": [
            {"name": "htjs_a", "value": "1", "http_only": True, "max_age": None},
            {"name": "session", "value": None, "http_only": False, "max_age": None},
        ],
    }


@pytest.mark.parametrize(
    ("url", "script", "behavior", "action"),
    [
        ("https://www.example.com/", {}, "Default (*)", "sent to origin.example.com"),
        (
            "https://www.example.com/function",
            {"answer": {"status": "200"}},
            "/function*",
            "answered by scripted:1",
        ),
        ("http://www.example.com/redirect", {}, "/redirect*", "redirected to https"),
        (
            "http://www.example.com/https-only",
            {},
            "/https-only",
            "refused: this distribution allows HTTPS only",
        ),
        (
            "https://other.example.com/",
            {},
            None,
            "refused: no distribution has the alternate domain name other.example.com",
        ),
    ],
)
def test_a_record_says_what_the_edge_did(
    edge: Edge, url: str, script: dict[str, Any], behavior: str | None, action: str
) -> None:
    edge.script(url, **script)

    [exchange] = edge.exchanges
    assert (exchange.behavior, exchange.action) == (behavior, action)


def test_a_record_says_what_was_replaced(edge: Edge) -> None:
    edge.answer = with_pages

    edge.ask("https://pages.example.com/404")

    [exchange] = edge.exchanges
    assert exchange.status == 200
    assert exchange.action == (
        "sent to origin.example.com; replaced by the custom error response /errors/404.html"
    )


def test_a_websocket_is_refused(edge: Edge, viewer: http.client.HTTPConnection) -> None:
    """Without a word on the terminal: the servers that developers run try again and again."""
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
        pytest.param("OPTIONS", "*", 400, "cannot be sent on", id="asterisk"),
        pytest.param("GET", f"/{'x' * 8192}", 413, "longer than 8192", id="long-path"),
        pytest.param("GET", f"/?{'x' * 8192}", 413, "longer than 8192", id="long-query"),
    ],
)
def test_a_target_that_cannot_be_sent_on_is_refused(
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
    answer = viewer.getresponse()

    assert answer.status == status
    assert reason in answer.read().decode()
    assert edge.received == []


def test_a_viewer_that_leaves_is_forgotten(
    edge: Edge, viewer: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    viewer.putrequest("POST", "/", skip_host=True)
    viewer.putheader("Host", "www.example.com")
    viewer.putheader("Content-Length", "100")
    viewer.endheaders(b"half of it")
    viewer.close()

    viewer.request("GET", "/", headers={"Host": "www.example.com"})

    assert viewer.getresponse().status == 200
    assert len(edge.exchanges) == 1
    assert [one for one in caplog.records if one.exc_info] == []


def test_an_answer_that_the_origin_cuts_is_cut_for_the_viewer(
    edge: Edge, viewer: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"half of it"
        raise httpx.RemoteProtocolError("peer closed connection")

    edge.answer = lambda _: httpx.Response(200, headers={"content-length": "100"}, content=cut())

    viewer.request("GET", "/", headers={"Host": "www.example.com"})

    with pytest.raises(http.client.IncompleteRead):
        viewer.getresponse().read()
    assert [one for one in caplog.records if one.exc_info] == []


def test_an_origin_on_the_network(edge: Edge) -> None:
    """Whole, with each byte as it came, over a connection that serves further requests."""
    for _ in range(2):
        answer = edge.ask("/wire/a%2Fb?c=%7B", ("x-own", "v"), method="POST", content=b"\x00\xff")

        assert answer.status_code == 200
        received = answer.json()
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
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.fixture
def viewer(edge: Edge) -> Iterator[http.client.HTTPConnection]:
    """A connection to the edge that sends what it is told, byte for byte."""
    listener = listen(0)
    port = listener.getsockname()[1]
    app = edge.make(http_as_https=True)
    with serving(app, listener, None), closing(http.client.HTTPConnection("127.0.0.1", port)) as it:
        yield it


def test_a_viewer_on_the_network(edge: Edge, viewer: http.client.HTTPConnection) -> None:
    """The target goes on as it came, and the answer has each header as often as it should."""
    edge.answer = answering(
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
    answer = viewer.getresponse()

    assert (answer.status, answer.read()) == (200, b"from the origin")
    headers = [(name.lower(), value) for name, value in answer.getheaders()]
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


def test_a_head_request_gets_headers_alone(edge: Edge, viewer: http.client.HTTPConnection) -> None:
    edge.answer = answering(200, ("Content-Length", "15"), body=b"")

    for path, length in (("/", "15"), ("/function", "2")):
        script = json.dumps({"answer": {"status": "200", "body": "{}"}})
        viewer.request("HEAD", path, headers={"Host": "www.example.com", "x-script": script})
        answer = viewer.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert answer.headers["content-length"] == length


def test_a_viewer_that_leaves_gives_the_origins_connection_back(
    edge: Edge, viewer: http.client.HTTPConnection
) -> None:
    closed = threading.Event()

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"first part"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            closed.set()

    edge.answer = lambda _: httpx.Response(200, stream=Endless())

    viewer.request("GET", "/", headers={"Host": "www.example.com"})
    answer = viewer.getresponse()
    assert answer.read(10) == b"first part"
    answer.close()
    viewer.close()

    assert closed.wait(timeout=10)
