"""The local edge, with distributions, policies, and functions in an AWS emulator.

Amazon CloudFront Developer Guide, "Request and response behavior for custom origins":
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
If a test relies on another page, it names the page. The details of each rule are tested in
`tests/preview/`.
"""

import asyncio
import gzip
import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.support.customer import create_distribution, origin
from tests.support.emulator import used_by_boto3
from tests.support.local_edge import (
    CACHING_DISABLED,
    Edge,
    allowed_methods,
    create_function,
    custom_origin,
    forwarding_behavior,
    function_behavior,
)
from tools.emulator.emulator import aws_emulator
from tools.preview.http_server import listen, serve
from tools.preview.local_edge import EdgeFunctions

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
USER_AGENT_REFERER_HEADERS = "acba4595-bd28-49b8-b9fe-13317c0390fa"

#: Follows the instructions in the header `x-script`, which it removes. All tests use this function.
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
#: Returns the text in a file of its package.
PACKAGED = """
from pathlib import Path

TEXT = Path(__file__).with_name("text.txt").read_text()

def answer(event, context):
    return {"status": "200", "body": TEXT}
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An AWS emulator for each module, because the edge serves all distributions of an account."""
    scratch = tmp_path_factory.mktemp("aws")
    with aws_emulator(scratch) as settings, used_by_boto3(settings):
        yield settings


def policy_behavior(path_pattern: str, cache: str, origin_request: str | None = None) -> Any:
    """Return a behavior with these policies."""
    behavior = forwarding_behavior(
        path_pattern, CachePolicyId=cache, OriginRequestPolicyId=origin_request
    )
    if origin_request is None:
        del behavior["OriginRequestPolicyId"]
    return behavior


def create_custom_policies() -> tuple[str, str]:
    """Create a cache policy and an origin request policy, and return their IDs."""
    cloudfront = boto3.client("cloudfront")
    cache = cloudfront.create_cache_policy(
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
    origin_request = cloudfront.create_origin_request_policy(
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
    return cache["CachePolicy"]["Id"], origin_request["OriginRequestPolicy"]["Id"]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An origin that returns the request that it received, in compressed chunks, with cookies."""
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
    """Three ports: one of an origin, one that never responds, and one where no server listens."""
    with closing(listen(0)) as dead:
        ports = {"dead": dead.getsockname()[1]}
    with closing(listen(0)) as silent:
        ports["silent"] = silent.getsockname()[1]
        wire = listen(0)
        ports["wire"] = wire.getsockname()[1]
        with serve(echo, wire, None):
            yield ports


@pytest.fixture(scope="module")
def site(aws: dict[str, str], ports: dict[str, int]) -> str:  # noqa: ARG001 - the emulator must run
    """The domain name of the site's distribution, which has a behavior for each rule."""
    scripted = create_function("scripted", {"function.py": SCRIPTED})
    hanging = create_function("hanging", {"function.py": HANGING}, timeout=1)
    missing = create_function("missing", {"function.py": SCRIPTED})
    packaged = create_function(
        "packaged",
        {"own/__init__.py": "", "own/code.py": PACKAGED, "own/text.txt": "größe"},
        "own.code.answer",
    )
    cache_policy, origin_request_policy = create_custom_policies()
    secret = {"HeaderName": "X-Key", "HeaderValue": "secret"}
    origins = [
        origin(),
        custom_origin(
            "old",
            "old.example.com",
            "http-only",
            8080,
            OriginPath="/production",
            CustomHeaders={"Quantity": 1, "Items": [secret]},
        ),
        custom_origin("match", "match.example.com", "match-viewer", 80),
        custom_origin(
            "tls",
            "tls.example.com",
            "https-only",
            80,
            ConnectionTimeout=3,
            CustomOriginConfig={"HTTPSPort": 8443, "OriginReadTimeout": 60},
        ),
        custom_origin("unknown", "unknown.example.com", "https-only", 80),
        custom_origin("dead", "localhost", "http-only", ports["dead"]),
        custom_origin(
            "silent",
            "localhost",
            "http-only",
            ports["silent"],
            CustomOriginConfig={"OriginReadTimeout": 1},
        ),
        custom_origin("wire", "localhost", "http-only", ports["wire"]),
    ]
    group = {
        "Id": "group",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "old"}, {"OriginId": "site"}]},
    }
    default_methods = forwarding_behavior("/methods/default")
    del default_methods["AllowedMethods"]
    distribution_id = create_distribution(
        forwarding_behavior("/https-only", ViewerProtocolPolicy="https-only"),
        function_behavior("/redirect*", scripted) | {"ViewerProtocolPolicy": "redirect-to-https"},
        default_methods,
        forwarding_behavior("/methods/2", AllowedMethods=allowed_methods("HEAD", "GET")),
        forwarding_behavior("/methods/3", AllowedMethods=allowed_methods("HEAD", "GET", "OPTIONS")),
        policy_behavior("/policies/none", CACHING_DISABLED),
        policy_behavior("/policies/optimized", CACHING_OPTIMIZED),
        policy_behavior("/policies/host", CACHING_OPTIMIZED, ALL_VIEWER_EXCEPT_HOST_HEADER),
        policy_behavior("/policies/agent", CACHING_DISABLED, USER_AGENT_REFERER_HEADERS),
        policy_behavior("/policies/own", cache_policy, origin_request_policy),
        forwarding_behavior("/old/*", TargetOriginId="old"),
        forwarding_behavior("/match/*", TargetOriginId="match"),
        forwarding_behavior(
            "/group/*", TargetOriginId="group", AllowedMethods=allowed_methods("HEAD", "GET")
        ),
        forwarding_behavior("/tls", TargetOriginId="tls"),
        forwarding_behavior("/unknown", TargetOriginId="unknown"),
        forwarding_behavior("/wire/*", TargetOriginId="wire"),
        forwarding_behavior("/dead", TargetOriginId="dead"),
        forwarding_behavior("/silent", TargetOriginId="silent"),
        function_behavior("/function*", scripted),
        function_behavior("/origin-request", scripted, "origin-request"),
        function_behavior("/hanging", hanging),
        function_behavior("/packaged", packaged),
        function_behavior("/missing", missing),
        alias="www.example.com",
        DefaultRootObject="",
        DefaultCacheBehavior=forwarding_behavior(),
        Origins={"Quantity": len(origins), "Items": origins},
        OriginGroups={"Quantity": 1, "Items": [group]},
    )
    boto3.client("lambda").delete_function(FunctionName="missing")
    distribution = boto3.client("cloudfront").get_distribution(Id=distribution_id)["Distribution"]
    return distribution["DomainName"]


@pytest.fixture(scope="module")
def pages(aws: dict[str, str]) -> None:  # noqa: ARG001 - the emulator must run
    """A distribution at pages.example.com, with a default root object and custom error pages."""
    responses: list[dict[str, Any]] = [
        {"ErrorCode": 404, "ResponsePagePath": "/errors/404.html", "ResponseCode": "200"},
        {"ErrorCode": 403, "ResponsePagePath": "/errors/403.html", "ResponseCode": "403"},
        {"ErrorCode": 405, "ResponsePagePath": "/errors/deleted.html", "ResponseCode": "405"},
        {"ErrorCode": 502, "ResponsePagePath": "/elsewhere/502.html", "ResponseCode": "502"},
        {"ErrorCode": 500},
    ]
    scripted = create_function("scripted-pages", {"function.py": SCRIPTED})
    origins = [origin(), custom_origin("unknown", "unknown.example.com", "https-only", 80)]
    create_distribution(
        forwarding_behavior("/read-only", AllowedMethods=allowed_methods("HEAD", "GET")),
        function_behavior("/errors/*", scripted),
        function_behavior("/function", scripted),
        forwarding_behavior("/elsewhere/*", TargetOriginId="unknown"),
        alias="pages.example.com",
        DefaultRootObject="index.html",
        DefaultCacheBehavior=forwarding_behavior(),
        Origins={"Quantity": 2, "Items": origins},
        CustomErrorResponses={
            "Quantity": len(responses),
            "Items": [{**response, "ErrorCachingMinTTL": 10} for response in responses],
        },
    )


@pytest.fixture(scope="module")
def functions(
    aws: dict[str, str],  # noqa: ARG001 - the emulator must run
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[EdgeFunctions]:
    """The functions of the module's distributions."""
    functions = EdgeFunctions(boto3.client("lambda"), tmp_path_factory.mktemp("functions"))
    yield functions
    functions.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop that sends all requests."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def shared_edge(
    site: str,  # noqa: ARG001 - the distribution must exist
    pages: None,  # noqa: ARG001 - the distribution must exist
    functions: EdgeFunctions,
    runner: asyncio.Runner,
) -> Iterator[Edge]:
    """The local edge with the two distributions, which no test changes."""
    edge = Edge(functions, runner)
    yield edge
    edge.close()


@pytest.fixture
def edge(shared_edge: Edge) -> Edge:
    """The local edge, without received requests and recorded exchanges."""
    shared_edge.reset()
    return shared_edge


@pytest.fixture
def viewer(edge: Edge) -> Iterator[http.client.HTTPConnection]:
    """A network connection to the edge, which sends exactly the bytes that a test writes."""
    listener = listen(0)
    port = listener.getsockname()[1]
    app = edge.app(http_as_https=True)
    with (
        serve(app, listener, None),
        closing(http.client.HTTPConnection("127.0.0.1", port)) as connection,
    ):
        yield connection
