"""Two deployments of the app behind one local edge, and a site's pages with the real SDK.

One is set up as documented, the other with `restore_after_hours=23`.
"""

import json
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

from tests.checkout import ROOT
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.deployment import bootstrapped, deploy, synth
from tools.preview.distributions import read_distributions
from tools.preview.exchange import Exchange
from tools.preview.local_aws import client_environment, local_aws
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.serving import listen, serving
from tools.preview.site_distribution import create_site_distribution
from tools.preview.snippet import without_cookie_service
from tools.preview.world import client

# Counts the requests under way, so that a test can wait until there are none.
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>shop</title>
<script>
(() => {
  const realFetch = window.fetch;
  window.underWay = 0;
  window.fetch = (...request) => {
    window.underWay += 1;
    return realFetch(...request).finally(() => { window.underWay -= 1; });
  };
})();
</script>
{{snippet}}</head><body><h1>shop</h1></body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One deployment's site. `hosts` are its own name and those of its two proxies."""

    url: str
    hosts: tuple[str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What the browsers meet. `events` are those that the vendor got, `exchanges` the edge's."""

    documented: Site
    restoring_after_23_hours: Site
    port: int
    events: list[dict[str, Any]]
    exchanges: list[Exchange]
    functions: EdgeFunctions

    def move_clock(self, by: timedelta) -> None:
        """Move the clock of both cookie services."""
        self.functions.move_clock(by)


@contextmanager
def running_world(scratch: Path) -> Iterator[World]:
    """Run the world until the end of the block."""
    events: list[dict[str, Any]] = []
    exchanges: list[Exchange] = []
    with local_aws(scratch) as aws:
        snippets = _deployed(
            aws,
            scratch,
            {
                "shop.example": ["name=Documented"],
                "store.example": ["name=Restoring", "restore_after_hours=23"],
            },
        )
        deployed = read_distributions(client(aws, "cloudfront"))
        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        edge = LocalEdge(
            deployed.copy,
            functions,
            {
                **origins.hightouch(events.append),
                **{
                    f"origin.{host}": httpx.ASGITransport(_site(snippet))
                    for host, snippet in snippets.items()
                },
            },
            record=exchanges.append,
            http_as_https=False,
        )
        certificate = scratch / "certificate.pem"
        documented, restoring = (
            Site(url=f"https://{host}", hosts=(host, f"cdn.{host}", f"events.{host}"))
            for host in snippets
        )
        write_certificate(certificate, [*documented.hosts, *restoring.hosts])
        listener = listen(0)
        port = listener.getsockname()[1]
        try:
            with serving(edge, listener, certificate):
                yield World(
                    documented=documented,
                    restoring_after_23_hours=restoring,
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
    """Deploy the app for each site's host with its context, attached to a distribution of its own.

    Returns the client snippet of each.
    """
    environment = client_environment(aws)
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
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
    """Return a site's origin.

    `/` loads the SDK, `/plain` loads it without the cookie service, `/blank` does not load it.
    `?flush=` sets the interval, in ms, in which the SDK sends its calls to the cookie service.
    """

    async def page(request: Request) -> Response:
        own = {"/": snippet, "/plain": without_cookie_service(snippet), "/blank": ""}
        head = own[request.url.path]
        if flush := request.query_params.get("flush"):
            head = head.replace('"renewUrl":', f'"flushInterval":{int(flush)},"renewUrl":')
        return HTMLResponse(
            _PAGE.replace("{{snippet}}", head), headers={"Cache-Control": "no-store"}
        )

    return Starlette(routes=[Route(path, page) for path in ("/", "/plain", "/blank")])
