"""The time from opening a page to the answer to its first event."""

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserType, Page, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Host, Mount, Route

from bench.distant_server import DistantServer
from bench.document import Row
from stacks.config import TrackingConfig
from stacks.deployment import Deployment
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.environment import RunningPreview, preview
from tools.preview.http_server import listen, serve
from tools.preview.snippet import without_cookie_service

TITLE = "What a page view costs the visitor"
COMPARED = (
    "The time from opening a page until the first event is answered, in Chromium with an empty "
    "cache, for three round-trip times between the browser and all servers. There are four pages: "
    "with Hightouch's own hosts (stubs on the same network), with the two proxies, with the cookie "
    "service as well, and also with a `preconnect` to the events proxy. The preview serves all of "
    "them over HTTPS and HTTP/1.1. A proxy on this machine delays the data of each side by half of "
    "the round-trip time, and delays each new connection by one round trip. DNS resolution takes "
    "no time, and bandwidth is not limited. The bound is the round-trip time multiplied by the "
    "round trips, which the last column lists by URL: a new connection takes two (TCP and TLS "
    "1.3), and each request takes one. The rest of the time is the work of the browser and of all "
    "servers on this machine. Goal: at 50 ms, the cookie service adds at most one round trip."
)

ROUNDS = 5
ROUND_TRIPS_MS = (0, 50, 150)
_CDN = "cdn.hightouch-events.com"
_EVENTS = "us-east-1.hightouch-events.com"
_ITEMS = ["domain=shop.localhost"]
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">
{head}
</head><body><h1>shop</h1></body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """A request before the first event's answer.

    `is_connected` is true if the request used an open connection. `started` and `ended` are seconds
    of the browser's clock.
    """

    method: str
    url: str
    is_connected: bool
    started: float
    ended: float

    @property
    def round_trips(self) -> int:
        """One for the request, one for TCP, and one for TLS."""
        return 1 if self.is_connected else 3

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        count = f" ({self.round_trips})" if self.round_trips > 1 else ""
        return f"{self.method} {parts.hostname}{parts.path}{count}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageView:
    """A page view: the milliseconds until the first event is answered, and the requests so far."""

    milliseconds: float
    exchanges: Sequence[Exchange]


def measure() -> list[Row]:
    """Return a row for each page and round-trip time."""
    if shutil.which("chromium") is None:
        raise RuntimeError("chromium is not installed: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        _distant_site(Path(folder)) as view,
    ):
        rows: list[Row] = []
        for round_trip in ROUND_TRIPS_MS:
            views: dict[str, list[PageView]] = {name: [] for name in PAGES}
            for number in range(1 + ROUNDS):
                for name in PAGES:
                    one = view(name, round_trip)
                    if number:
                        views[name].append(one)
            rows += rows_of(views, round_trip)
        return rows


def rows_of(views: Mapping[str, Sequence[PageView]], round_trip_ms: int) -> list[Row]:
    """Return a row for each page. The first page is the one without this project."""
    taken = {name: statistics.median(one.milliseconds for one in of) for name, of in views.items()}
    without = next(iter(taken.values()))
    rows: list[Row] = []
    for name, of in views.items():
        chains = sorted((critical(one.exchanges) for one in of), key=_round_trips)
        needed = chains[len(chains) // 2]
        round_trips = _round_trips(needed)
        rows.append(
            {
                "round trip, ms": round_trip_ms,
                "page": name,
                "first event, ms": taken[name],
                "added, ms": taken[name] - without,
                "bound, ms": round_trips * round_trip_ms,
                "round trips": round_trips,
                "of which": ", ".join(f"`{exchange}`" for exchange in needed),
            }
        )
    return rows


def critical(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Return the requests for which the first event had to wait, and the event, in their order.

    Going back from the event, each is the request that ended last before the next one started.
    """
    chain = [max(exchanges, key=lambda exchange: exchange.ended)]
    while before := [one for one in exchanges if one.ended <= chain[0].started]:
        chain.insert(0, max(before, key=lambda exchange: exchange.ended))
    return chain


def _without_this_project(running: RunningPreview) -> str:
    snippet = without_cookie_service(running.snippet)
    events = running.events_proxy.removeprefix("https://")
    return snippet.replace(running.sdk_proxy, f"https://{_CDN}").replace(events, _EVENTS)


def _round_trips(exchanges: Sequence[Exchange]) -> int:
    return sum(exchange.round_trips for exchange in exchanges)


def preconnect(events_proxy: str) -> str:
    """Return the line of docs/operate.md that makes the browser connect to the events proxy."""
    return f'<link rel="preconnect" href="{events_proxy}" crossorigin>'


#: The name of each page, and a function that returns the content of its head.
PAGES: Mapping[str, Callable[[RunningPreview], str]] = {
    "without this project": _without_this_project,
    "proxies": lambda running: without_cookie_service(running.snippet),
    "proxies and cookie service": lambda running: running.snippet,
    "the same with `preconnect`": lambda running: (
        preconnect(running.events_proxy) + running.snippet
    ),
}


@contextmanager
def _distant_site(scratch: Path) -> Iterator[Callable[[str, int], PageView]]:
    """Yield a function that opens a page with a round-trip time in milliseconds."""
    heads: dict[str, str] = {}
    with ExitStack() as stack:
        site = listen(0)
        stack.enter_context(serve(_site(heads), site, None))
        edge = listen(0)
        running = stack.enter_context(
            preview(
                deployment=Deployment(
                    TrackingConfig.from_context(
                        dict(item.split("=") for item in _ITEMS), optional=["certificate_arn"]
                    )
                ),
                context={},
                items=_ITEMS,
                listener=edge,
                tls=True,
                site=f"http://127.0.0.1:{site.getsockname()[1]}",
                scratch=scratch,
                progress=lambda _: None,
                record=lambda _: None,
            )
        )
        heads |= {f"/{number}": head(running) for number, head in enumerate(PAGES.values())}
        own = stack.enter_context(DistantServer.before(edge.getsockname()[1]))
        hightouch = stack.enter_context(_hightouch(scratch))
        names = [running.site, running.sdk_proxy, running.events_proxy]
        routes = {urlsplit(name).netloc: own.port for name in names}
        routes |= {f"{name}:443": hightouch.port for name in (_CDN, _EVENTS)}
        chromium = stack.enter_context(sync_playwright()).chromium

        def view(name: str, round_trip_ms: int) -> PageView:
            for server in (own, hightouch):
                server.round_trip_seconds = round_trip_ms / 1000
            return _view(chromium, routes, f"{running.site}/{[*PAGES].index(name)}")

        yield view


def _site(heads: Mapping[str, str]) -> Starlette:
    """Return the origin of the site. `heads` are the heads of its pages, by path."""

    async def page(request: Request) -> Response:
        text = _PAGE.format(head=heads[request.url.path])
        return HTMLResponse(text, headers={"Cache-Control": "no-store"})

    return Starlette(routes=[Route("/{number:int}", page)])


@contextmanager
def _hightouch(scratch: Path) -> Iterator[DistantServer]:
    """Serve stubs of Hightouch's hosts."""
    certificate = scratch / "hightouch.pem"
    write_certificate(certificate, [_CDN, _EVENTS])
    stubs = Starlette(
        routes=[
            Host(_CDN, Mount("/", origins.sdk_cdn())),
            Host(_EVENTS, Mount("/", origins.events_api(lambda _: None))),
        ]
    )
    listener = listen(0)
    with (
        serve(stubs, listener, certificate),
        DistantServer.before(listener.getsockname()[1]) as distant,
    ):
        yield distant


def _view(chromium: BrowserType, routes: Mapping[str, int], url: str) -> PageView:
    """Open a page in a new profile and wait for the answer to its first event.

    `routes` maps a host with its port to the port on this machine that is used instead.
    """
    rules = ",".join(f"MAP {host} 127.0.0.1:{port}" for host, port in routes.items())
    with (
        tempfile.TemporaryDirectory(prefix="chromium-") as profile,
        # Playwright's other contexts are incognito, and Chromium ignores `preconnect` in these.
        chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            # With Playwright's own option, each connection would begin twice.
            args=[f"--host-resolver-rules={rules}", "--ignore-certificate-errors"],
        ) as context,
    ):
        page = context.new_page()
        record = _recorded(page)
        with page.expect_response(lambda got: "/v1/" in got.url and got.request.method == "POST"):
            page.goto(url)
        [milliseconds] = page.evaluate(
            """async () => {
              const events = () => performance.getEntriesByType("resource")
                .filter(({ name, responseEnd }) => name.includes("/v1/") && responseEnd > 0);
              while (!events().length) await new Promise((resolve) => setTimeout(resolve, 10));
              return events().slice(0, 1).map(({ responseEnd }) => responseEnd);
            }"""
        )
        return PageView(milliseconds=milliseconds, exchanges=record())


def _recorded(page: Page) -> Callable[[], list[Exchange]]:
    """Record the requests of a page. The function returns those that have been answered."""
    sent: dict[str, dict[str, Any]] = {}
    answered: list[Exchange] = []
    session = page.context.new_cdp_session(page)

    def on_request(event: dict[str, Any]) -> None:
        sent[event["requestId"]] = event

    def on_response(event: dict[str, Any]) -> None:
        request, timing = sent[event["requestId"]], event["response"].get("timing")
        if timing is None:  # not from the network
            return
        start = timing["requestTime"]
        answered.append(
            Exchange(
                method=request["request"]["method"],
                url=request["request"]["url"],
                is_connected=timing["connectStart"] < 0,
                started=start,
                ended=start + timing["receiveHeadersEnd"] / 1000,
            )
        )

    session.on("Network.requestWillBeSent", on_request)
    session.on("Network.responseReceived", on_response)
    session.send("Network.enable")
    return lambda: list(answered)
