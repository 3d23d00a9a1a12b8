"""The time that the local edge adds to a request."""

import http.client
import io
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from bench.document import Row
from lambda_edge.cookie_service import Settings
from stacks.edge_package import HANDLER, EdgePackage
from tools.emulator.emulator import aws_emulator
from tools.preview.environment import client
from tools.preview.http_server import listen, serve
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.origins import shop
from tools.preview.polling import polled
from tools.preview.site_distribution import create_site_distribution

TITLE = "What the preview's local edge adds to a request"
COMPARED = (
    "Three requests: a page directly from the shop's origin, the same page through the preview's "
    "local edge, and a renew call that the function answers. Each uses its own keep-alive "
    "connection. The bench sends the requests first without a pause, and then with a pause, as "
    "when a user clicks. Goal: the edge adds less than 5 ms."
)

ROUNDS = 500
WARM_UP = 20
PAUSES = 10
PAUSE_SECONDS = 1.2
SITE = "shop.localhost"
ORIGIN = "origin.shop.localhost"
RENEW_PATH = "/ht/renew"

#: Sends one request and reads the response.
Send = Callable[[], None]


def measure() -> list[Row]:
    """Return a row for each request: median, 95th percentile, and the time added to the median."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return [
            *rows_of(measured(Path(folder), rounds=WARM_UP + ROUNDS, pause=0), skip=WARM_UP),
            *rows_of(measured(Path(folder), rounds=1 + PAUSES, pause=PAUSE_SECONDS), skip=1),
        ]


def rows_of(milliseconds: Mapping[str, list[float]], *, skip: int) -> list[Row]:
    """Return a row for each request, the origin's first. The first `skip` rounds do not count."""
    counted = {name: taken[skip:] for name, taken in milliseconds.items()}
    direct, *_ = (statistics.median(taken) for taken in counted.values())
    return [
        {
            "request": name,
            "median, ms": statistics.median(taken),
            "p95, ms": statistics.quantiles(taken, n=20, method="inclusive")[-1],
            "added, ms": statistics.median(taken) - direct,
        }
        for name, taken in counted.items()
    ]


def measured(scratch: Path, *, rounds: int, pause: float) -> dict[str, list[float]]:
    """Return the milliseconds that each request took, the origin's first.

    Each request follows a pause of `pause` seconds.
    """
    origin = shop("", "", timedelta())
    when = f", after {pause} s" if pause else ""
    with aws_emulator(scratch) as aws, ExitStack() as stack:
        deploy(aws)
        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        stack.callback(functions.close)
        edge = LocalEdge(
            stack.enter_context(polled(client(aws, "cloudfront"))),
            functions,
            {ORIGIN: httpx.ASGITransport(origin)},
            record=lambda _: None,
            http_as_https=True,
        )
        clients = {
            f"page, from the origin{when}": client_of(origin, "GET", "/"),
            f"page, through the edge{when}": client_of(edge, "GET", "/"),
            f"renew, by the function{when}": client_of(edge, "POST", RENEW_PATH),
        }
        requests = {name: stack.enter_context(opened) for name, opened in clients.items()}
        milliseconds: dict[str, list[float]] = {name: [] for name in requests}
        for _ in range(rounds):
            for name, send in requests.items():
                time.sleep(pause)
                started = time.perf_counter()
                send()
                milliseconds[name].append((time.perf_counter() - started) * 1000)
    return milliseconds


def deploy(aws: dict[str, str]) -> None:
    """Create a site's distribution with the cookie service at the renew path."""
    settings = Settings(
        cookie_domain=SITE,
        cookie_domain_is_registrable=True,
        max_age_seconds=31536000,
        restore_after_seconds=0,
        honor_gpc=False,
        mark_restored=False,
        renew_path=RENEW_PATH,
        clear_path="/ht/clear",
    )
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as package:
        for path, content in EdgePackage.of(settings).files.items():
            package.writestr(path, content)
    function = client(aws, "lambda").create_function(
        FunctionName="cookies",
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/edge",
        Handler=HANDLER,
        Code={"ZipFile": zipped.getvalue()},
        Timeout=5,
        Publish=True,
    )
    cloudfront = client(aws, "cloudfront")
    distribution_id = create_site_distribution(
        cloudfront, alias=SITE, origin=ORIGIN, protocol="http", port=80
    )
    got = cloudfront.get_distribution_config(Id=distribution_id)
    config: dict[str, Any] = got["DistributionConfig"]
    renew = {
        **config["DefaultCacheBehavior"],
        "PathPattern": RENEW_PATH,
        "LambdaFunctionAssociations": {
            "Quantity": 1,
            "Items": [
                {
                    "LambdaFunctionARN": f"{function['FunctionArn']}:{function['Version']}",
                    "EventType": "viewer-request",
                    "IncludeBody": False,
                }
            ],
        },
    }
    config["CacheBehaviors"] = {"Quantity": 1, "Items": [renew]}
    cloudfront.update_distribution(
        Id=distribution_id, IfMatch=got["ETag"], DistributionConfig=config
    )


@contextmanager
def client_of(app: ASGIApp, method: str, path: str) -> Iterator[Send]:
    """Serve the app and yield a function that sends it a request over one keep-alive connection."""
    listener = listen(0)
    port = listener.getsockname()[1]
    headers = {"Host": SITE, "Cookie": "htjs_user_id=u1; htjs_anonymous_id=a1"}
    with serve(app, listener, None):
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def send() -> None:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{method} {path} was answered with {response.status}")

        yield send
        connection.close()
