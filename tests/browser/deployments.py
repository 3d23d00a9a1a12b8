"""Four deployments of the app behind one local edge, each with a site that loads the real SDK.

One has the documented default settings, one `restore_after_hours=23`, and one `honor_gpc=true` and
`mark_restored=true`. The fourth runs next to cookie services that were built by hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser import hand_built
from tests.browser.settled import COUNT_REQUESTS
from tests.support import example
from tests.support.checkout import feature_flags
from tools.emulator.emulator import aws_emulator, client_environment
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.deployment import bootstrapped, deploy, synth
from tools.preview.distributions import read_distributions
from tools.preview.environment import client
from tools.preview.exchange import Exchange
from tools.preview.http_server import listen, serve
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.site_distribution import create_site_distribution
from tools.preview.snippet import without_cookie_service

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>shop</title>
<script>{{count_requests}}</script>
{{snippet}}</head><body><h1>shop</h1></body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The site of a deployment. `hosts` are its own host and those of the two proxies."""

    url: str
    hosts: tuple[str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployments:
    """The running deployments. All their hosts are served on `port`.

    The stub of Hightouch received `events`, and the edge recorded `exchanges`.
    """

    documented: Site
    restoring_after_23_hours: Site
    honoring_gpc: Site
    moving: Site
    marking: Site
    port: int
    events: list[dict[str, Any]]
    exchanges: list[Exchange]
    functions: EdgeFunctions

    def move_clock(self, by: timedelta) -> None:
        """Move the clock of all cookie services."""
        self.functions.move_clock(by)


@contextmanager
def running_deployments(scratch: Path) -> Iterator[Deployments]:
    """Run all deployments until the end of the block."""
    events: list[dict[str, Any]] = []
    exchanges: list[Exchange] = []
    with aws_emulator(scratch) as aws:
        snippets = _deployed(
            aws,
            scratch,
            {
                "shop.example": ["name=Documented"],
                "store.example": ["name=Restoring", "restore_after_hours=23"],
                "market.example": ["name=Honoring", "honor_gpc=true", "mark_restored=true"],
                "moving.example": ["name=Moving", "renew_path=/id/renew", "clear_path=/id/clear"],
            },
        )
        distributions = read_distributions(client(aws, "cloudfront"))
        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        edge = LocalEdge(
            distributions.copy,
            functions,
            {
                **origins.hightouch(example.deployment(), events.append),
                **{
                    f"origin.{host}": httpx.ASGITransport(_site(snippet))
                    for host, snippet in snippets.items()
                },
            },
            record=exchanges.append,
            http_as_https=False,
        )
        certificate = scratch / "certificate.pem"
        documented, restoring, honoring, moving = sites = [
            Site(url=f"https://{host}", hosts=(host, f"cdn.{host}", f"events.{host}"))
            for host in snippets
        ]
        write_certificate(certificate, [host for site in sites for host in site.hosts])
        listener = listen(0)
        port = listener.getsockname()[1]
        try:
            with serve(edge, listener, certificate):
                yield Deployments(
                    documented=documented,
                    restoring_after_23_hours=restoring,
                    honoring_gpc=honoring,
                    moving=moving,
                    marking=honoring,
                    port=port,
                    events=events,
                    exchanges=exchanges,
                    functions=functions,
                )
        finally:
            functions.close()


def _deployed(
    aws: dict[str, str], scratch: Path, sites: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Deploy the app for each host with its context, attached to the site's distribution.

    Returns the client snippet of each deployment.
    """
    environment = client_environment(aws)
    flags = feature_flags()
    folders = {host: scratch / host for host in sites}
    assemblies = {}
    with bootstrapped(environment, scratch):
        for host, folder in folders.items():
            folder.mkdir()
            distribution_id = create_site_distribution(
                client(aws, "cloudfront"),
                alias=host,
                origin=f"origin.{host}",
                protocol="https",
                port=443,
            )
            certificate = client(aws, "acm").request_certificate(DomainName=f"*.{host}")
            items = [
                f"domain={host}",
                f"certificate_arn={certificate['CertificateArn']}",
                f"site_distribution_id={distribution_id}",
                *sites[host],
            ]
            assemblies[host] = synth(environment, folder, flags, items)
    outputs = {
        host: deploy(environment, folder, assemblies[host]) for host, folder in folders.items()
    }
    return {
        host: next(stack["ClientSnippet"] for stack in stacks.values() if "ClientSnippet" in stack)
        for host, stacks in outputs.items()
    }


def _site(snippet: str) -> Starlette:
    """Return the origin of a site.

    `/` loads the SDK, `/plain` loads it without the cookie service, and `/blank` does not load it.
    `/old/{service}` loads it with a cookie service of the origin, tests/browser/hand_built.py.
    `?flush=` sets the interval, in ms, at which the SDK sends its calls to the cookie service.
    `?initial=on` sets the SDK's option `initialPageview`.
    """

    async def page(request: Request) -> Response:
        heads = {"/": snippet, "/plain": without_cookie_service(snippet), "/blank": ""}
        service = request.path_params.get("service", "")
        head = hand_built.with_service(snippet, service) if service else heads[request.url.path]
        if flush := request.query_params.get("flush"):
            head = head.replace('"renewUrl":', f'"flushInterval":{int(flush)},"renewUrl":')
        if request.query_params.get("initial") == "on":
            head = head.replace('"apiHost":', '"initialPageview":true,"apiHost":')
        return HTMLResponse(
            _PAGE.replace("{{count_requests}}", COUNT_REQUESTS).replace("{{snippet}}", head),
            headers={"Cache-Control": "no-store"},
        )

    pages = [Route(path, page) for path in ("/", "/plain", "/blank", "/old/{service}")]
    return Starlette(routes=[*pages, *hand_built.ROUTES])
