"""A site that the preview serves over TLS, as `make preview ARGS="--tls --site=…"` does.

A test plants a fault by changing the pages of the site.
"""

import json
import re
import shlex
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Host, Mount, Route

from lambda_edge.cookie_service import Settings, respond
from tests.support.started_preview import preview
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.http_server import listen, serve

SITE, SDK_PROXY, EVENTS_PROXY = (f"{label}.shop.localhost" for label in ("www", "cdn", "events"))
#: Other hosts, which this process serves over TLS: Hightouch's two hosts, a host of the SDK whose
#: name filter lists match, another site, and a host that redirects to the site.
HIGHTOUCH_SDK, HIGHTOUCH_EVENTS = "cdn.hightouch-events.com", "us-east-1.hightouch-events.com"
LISTED, OTHER_SITE, BARE = "analytics.shop.localhost", "other.example", "shop.localhost"
#: A renew path that the site's own server answers.
OWN_RENEW = "/own/renew"

Answer = Callable[[Request], Response | Awaitable[Response]]
#: Returns the content of a page's `<head>`, made from the snippet that the preview prints.
Head = Callable[[str], str]


def page(head: Head = str, body: str = "", **headers: str) -> Answer:
    """Return an answer with this page. A name in `headers` has `_` instead of `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(request: Request) -> Response:
        snippet = head(request.app.state.snippet)
        text = f"<!doctype html><html><head><title>shop</title>{snippet}</head><body>{body}</body>"
        return HTMLResponse(text, headers={"Cache-Control": "no-store", **named})

    return answer


async def no_answer(request: Request) -> Response:
    """Do not answer before the viewer disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def cookie_service(settings: Settings) -> Answer:
    """Return the answer of the cookie service with these settings, run by the site itself."""

    def answer(request: Request) -> Response:
        headers: dict[str, list[dict[str, str]]] = {}
        for name, value in request.headers.items():
            headers.setdefault(name, []).append({"key": name, "value": value})
        sent = {"method": request.method, "uri": request.url.path, "headers": headers}
        generated = respond(sent, settings, 1_000_000_000.0)
        assert generated
        response = Response(generated.get("body", ""), int(generated["status"]))
        for name, values in generated["headers"].items():
            for value in values:
                response.headers.append(name, value["value"])
        return response

    return answer


@dataclass(kw_only=True, slots=True)
class VisitedSite:
    """A running site at `url`. `trusted` has the certificates of all its hosts.

    `addresses` has the port of each host that the preview does not serve. `answers` has the answer
    of the site's own server for each path, and `received` the method and path of each request to
    that server.
    """

    url: str
    trusted: Path
    addresses: dict[str, int]
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[tuple[str, str]] = field(default_factory=list)

    def reset(self) -> None:
        """Serve only the page without faults, at `/`, and forget the received requests."""
        self.answers = {"/": page()}
        self.received = []


@contextmanager
def visited_site(scratch: Path) -> Iterator[VisitedSite]:
    """Run the site until the end of the block."""
    trusted, elsewhere = scratch / "trusted.pem", scratch / "elsewhere.pem"
    hosts = [HIGHTOUCH_SDK, HIGHTOUCH_EVENTS, LISTED, OTHER_SITE, BARE]
    write_certificate(elsewhere, hosts)
    listener, origin = listen(0), listen(0)
    site = VisitedSite(
        url="", trusted=trusted, addresses=dict.fromkeys(hosts, listener.getsockname()[1])
    )
    site.reset()
    own = _own_server(site)
    address = f"http://127.0.0.1:{origin.getsockname()[1]}"
    names = [f"domain={SITE}", f"sdk_domain={SDK_PROXY}", f"events_domain={EVENTS_PROXY}"]
    options = ["--tls", "--port=0", f"--site={address}", *(f"-c{name}" for name in names)]
    (scratch / "preview").mkdir()
    with (
        serve(own, origin, None),
        serve(_elsewhere(site), listener, elsewhere),
        preview(*options, scratch=scratch / "preview") as started,
    ):
        started.wait_for("Ctrl-C ends it")
        [command] = [line for line in started.stderr.splitlines() if " visit " in line]
        *_, site.url, _, certificate = shlex.split(command)
        trusted.write_text(Path(certificate).read_text() + elsewhere.read_text())
        started.read_line("</script>")
        own.state.snippet = started.stdout[started.stdout.index("<script") :]
        yield site


def _own_server(site: VisitedSite) -> Starlette:
    """Return the server behind the site's distribution."""

    async def answer(request: Request) -> Response:
        path = request.url.path
        site.received.append((request.method, path))
        if path not in site.answers:
            return Response("no such page\n", 404)
        response = site.answers[path](request)
        return await response if isinstance(response, Awaitable) else response

    return Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST", "OPTIONS"])])


def _elsewhere(site: VisitedSite) -> Starlette:
    """Return the server of the hosts that the preview does not serve."""

    async def other(_: Request) -> Response:
        return HTMLResponse("<!doctype html><title>other</title>")

    async def redirect(_: Request) -> Response:
        return RedirectResponse(site.url)

    sdk, events = Mount("/", origins.sdk_cdn()), Mount("/", origins.events_api(lambda _: None))
    return Starlette(
        routes=[
            Host(HIGHTOUCH_SDK, sdk),
            Host(LISTED, sdk),
            Host(HIGHTOUCH_EVENTS, events),
            Host(OTHER_SITE, Route("/{rest:path}", other)),
            Host(BARE, Route("/{rest:path}", redirect)),
        ]
    )


def with_hosts(*, sdk: str, events: str = "") -> Head:
    """Return a head whose snippet has another host for the SDK, and for events if given."""

    def head(snippet: str) -> str:
        changed = re.sub(rf"{re.escape(SDK_PROXY)}:\d+", sdk, snippet)
        return re.sub(rf"{re.escape(EVENTS_PROXY)}:\d+", events, changed) if events else changed

    return head


def with_options(**changes: Any) -> Head:
    """Return a head whose snippet passes changed options to `load`. None removes an option."""

    def head(snippet: str) -> str:
        start = snippet.index('e.load("WRITE_KEY",') + len('e.load("WRITE_KEY",')
        options, end = json.JSONDecoder().raw_decode(snippet, start)
        changed = {name: value for name, value in (options | changes).items() if value is not None}
        return snippet[:start] + json.dumps(changed) + snippet[end:]

    return head


def with_own_renew() -> Head:
    """Return a head whose snippet calls `OWN_RENEW` instead of the cookie service."""
    return with_options(httpCookieServiceOptions={"renewUrl": OWN_RENEW, "clearUrl": "/own/clear"})
