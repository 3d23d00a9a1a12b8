"""The local edge with a viewer and origins in this process, and the distributions it serves."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import boto3
import httpx
from starlette.types import ASGIApp

from tests.support.customer import behavior, origin
from tests.support.emulated_account import ACCOUNT, EDGE_SERVICES, make_role
from tools.preview.distributions import Distribution, read_distributions
from tools.preview.exchange import Exchange
from tools.preview.local_edge import EdgeFunctions, LocalEdge

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"


def allowed_methods(*methods: str) -> dict[str, Any]:
    """Return the element of a behavior that allows these methods."""
    cached = {"Quantity": 2, "Items": ["HEAD", "GET"]}
    return {"Quantity": len(methods), "Items": list(methods), "CachedMethods": cached}


def forwarding_behavior(path_pattern: str | None = None, **own: Any) -> dict[str, Any]:
    """Return a behavior that forwards everything; `own` replaces some of its settings.

    Without a path pattern it is a default behavior.
    """
    if path_pattern is not None:
        own["PathPattern"] = path_pattern
    defaults: dict[str, Any] = {
        "ViewerProtocolPolicy": "allow-all",
        "AllowedMethods": allowed_methods(
            "HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"
        ),
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER,
    }
    return behavior(**(defaults | own))


def function_behavior(
    path_pattern: str, function_arn: str, event_type: str = "viewer-request"
) -> dict[str, Any]:
    """Return a behavior that runs a function and forwards everything."""
    association = {
        "LambdaFunctionARN": function_arn,
        "EventType": event_type,
        "IncludeBody": False,
    }
    return forwarding_behavior(
        path_pattern, LambdaFunctionAssociations={"Quantity": 1, "Items": [association]}
    )


def custom_origin(
    origin_id: str, domain_name: str, protocol: str, http_port: int, **own: Any
) -> dict[str, Any]:
    """Return an origin with this protocol and port; `own` replaces some of its settings."""
    own.setdefault("CustomOriginConfig", {})
    own["CustomOriginConfig"] |= {"OriginProtocolPolicy": protocol, "HTTPPort": http_port}
    return origin(origin_id, DomainName=domain_name, **own)


def create_function(
    name: str, files: dict[str, str], handler: str = "function.handler", *, timeout: int = 5
) -> str:
    """Create a Lambda function from these files and return the ARN of its version."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as package:
        for path, text in files.items():
            package.writestr(path, text)
    lambda_ = boto3.client("lambda")
    created = lambda_.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{make_role(*EDGE_SERVICES)}",
        Handler=handler,
        Code={"ZipFile": zipped.getvalue()},
        Timeout=timeout,
        Publish=True,
    )
    arn = f"{created['FunctionArn']}:{created['Version']}"
    lambda_.get_waiter("published_version_active").wait(FunctionName=arn, WaiterConfig={"Delay": 1})
    return arn


def origin_response(
    status: int = 200, *headers: tuple[str, str], body: bytes = b"from the origin"
) -> Callable[[httpx.Request], httpx.Response]:
    """Return a function that answers every request with this response."""
    return lambda _: httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


class Edge:
    """The local edge, the requests that its origins received, and the exchanges that it recorded.

    A test can set `respond`, which returns the origins' response. Only the origin `localhost` is on
    the network; the others are in this process.
    """

    def __init__(self, functions: EdgeFunctions, runner: asyncio.Runner) -> None:
        self._functions = functions
        self._runner = runner
        self.received: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []
        self.respond = origin_response()
        in_this_process = httpx.MockTransport(self._receive)
        self._network = httpx.AsyncHTTPTransport()
        self._origins = {
            "origin.example.com": in_this_process,
            "old.example.com": in_this_process,
            "match.example.com": in_this_process,
            "tls.example.com": in_this_process,
            "localhost": self._network,
        }
        self._distributions = read_distributions(boto3.client("cloudfront"))
        self._app = self.app()

    def reset(self) -> None:
        """Forget all requests and exchanges, and use the default response again."""
        self.received.clear()
        self.exchanges.clear()
        self.respond = origin_response()

    def app(
        self,
        *,
        http_as_https: bool = False,
        distributions: Callable[[], Sequence[Distribution]] | None = None,
        origin: httpx.AsyncBaseTransport | None = None,
    ) -> LocalEdge:
        """Return another local edge with the same origins, or with another default origin."""
        return LocalEdge(
            distributions or self._distributions.copy,
            self._functions,
            self._origins | ({"origin.example.com": origin} if origin else {}),
            record=self.exchanges.append,
            http_as_https=http_as_https,
        )

    def send(
        self,
        url: str,
        *headers: tuple[str, str],
        method: str = "GET",
        content: bytes = b"",
        app: ASGIApp | None = None,
    ) -> httpx.Response:
        """Return the response to a viewer at 192.0.2.2.

        The host of `url` may be left out: it is www.example.com. `app` is used instead of the edge.
        """

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app or self._app, client=("192.0.2.2", 50000))
            base_url = "https://www.example.com"
            async with httpx.AsyncClient(transport=transport, base_url=base_url) as viewer:
                viewer.headers.clear()
                return await viewer.request(method, url, headers=headers, content=content)

        return self._runner.run(send())

    def send_script(self, path: str = "/function", /, **script: Any) -> httpx.Response:
        """Return the response to a request that tells the scripted function what to do."""
        return self.send(path, ("x-script", json.dumps(script)))

    def close(self) -> None:
        """Close the connections to the network."""
        self._runner.run(self._network.aclose())

    def _receive(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return self.respond(request)
