"""What the local edge adds to a request."""

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
from stacks.cookie_package import HANDLER, package_files
from tools.preview.local_aws import local_aws
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.origins import shop
from tools.preview.serving import listen, serving
from tools.preview.site_distribution import create_site_distribution
from tools.preview.watch import watched
from tools.preview.world import client

TITLE = "The local edge"
COMPARED = (
    "A page from the shop's origin itself, the same page through the preview's local edge, and a "
    "renew call that the function answers, each over a connection of its own that is kept alive; "
    "one right after the other, and after a pause, as a person makes it. Goal: less than 5 ms more."
)

ROUNDS = 500
WARM_UP = 20
PAUSES = 10
PAUSE_SECONDS = 1.2
SITE = "shop.localhost"
ORIGIN = "origin.shop.localhost"
RENEW_PATH = "/ht/renew"


Ask = Callable[[], None]


def measure() -> list[Row]:
    """Return a row for each request: median, 95th percentile and what the median gains."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return [
            *rows_of(measured(Path(folder), rounds=WARM_UP + ROUNDS, pause=0), skip=WARM_UP),
            *rows_of(measured(Path(folder), rounds=1 + PAUSES, pause=PAUSE_SECONDS), skip=1),
        ]


def rows_of(milliseconds: Mapping[str, list[float]], *, skip: int) -> list[Row]:
    """Return a row for each request, the one from the origin first; `skip` are not counted."""
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
    """Return the milliseconds that each request took, the one from the origin itself first.

    Before each there is a pause, in seconds.
    """
    origin = shop("", "", timedelta())
    when = f", {pause} s after the last" if pause else ""
    with local_aws(scratch) as aws, ExitStack() as stack:
        deploy(aws)
        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        stack.callback(functions.close)
        edge = LocalEdge(
            stack.enter_context(watched(client(aws, "cloudfront"))),
            functions,
            {ORIGIN: httpx.ASGITransport(origin)},
            record=lambda _: None,
            http_as_https=True,
        )
        asks = {
            f"page, from the origin{when}": asking(origin, "GET", "/"),
            f"page, through the edge{when}": asking(edge, "GET", "/"),
            f"renew, by the function{when}": asking(edge, "POST", RENEW_PATH),
        }
        opened = {name: stack.enter_context(ask) for name, ask in asks.items()}
        milliseconds: dict[str, list[float]] = {name: [] for name in opened}
        for _ in range(rounds):
            for name, ask in opened.items():
                time.sleep(pause)
                started = time.perf_counter()
                ask()
                milliseconds[name].append((time.perf_counter() - started) * 1000)
    return milliseconds


def deploy(aws: dict[str, str]) -> None:
    """Create the site's distribution with the cookie service at its renew path."""
    settings = Settings(
        cookie_domain=SITE,
        max_age_seconds=31536000,
        restore_after_seconds=0,
        renew_path=RENEW_PATH,
        clear_path="/ht/clear",
    )
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as package:
        for path, content in package_files(settings).items():
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
def asking(app: ASGIApp, method: str, path: str) -> Iterator[Ask]:
    """Serve the app and yield a function that asks it over one connection, kept alive."""
    listener = listen(0)
    port = listener.getsockname()[1]
    headers = {"Host": SITE, "Cookie": "htjs_user_id=u1; htjs_anonymous_id=a1"}
    with serving(app, listener, None):
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def ask() -> None:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{method} {path} was answered with {response.status}")

        yield ask
        connection.close()
