"""The whole system on this machine: embedded AWS, deployment, local edge, origins."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from stacks.config import TrackingConfig
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.console import console
from tools.preview.deployment import bootstrapped, deploy, synth
from tools.preview.exchange import Exchange
from tools.preview.journal import Journal
from tools.preview.local_aws import client_environment, local_aws
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.serving import serving
from tools.preview.site_distribution import create_site_distribution
from tools.preview.snippet import local_snippet
from tools.preview.watch import watched

#: The name of the preview's own pages, beside the site and the two proxies.
CONSOLE_HOST = "preview.localhost"

# The shop's origin, as the site's distribution has it. It is served in this process.
_SHOP_ORIGIN = "http://origin.shop.localhost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A running preview: addresses, snippet, and how to reach it with other commands.

    `aws` are the settings that lead AWS clients to it, `context` the items that it was deployed
    with.
    """

    site: str
    sdk_proxy: str
    events_proxy: str
    console: str
    snippet: str
    aws: Mapping[str, str]
    context: Sequence[str]


@contextmanager
def preview(
    *,
    config: TrackingConfig,
    context: Mapping[str, object],
    items: Sequence[str],
    listener: socket,
    tls: bool,
    site: str | None,
    scratch: Path,
    progress: Callable[[str], None],
    record: Callable[[dict[str, Any]], None],
) -> Iterator[Running]:
    """Run the system until the end of the block, on the socket `listener`.

    `context` and `items` are what the app gets as of `cdk.json` and as of `-c`, `config` is what
    they say; `site` is the URL of the site's origin, or None for the shop. `record` gets each
    exchange as a JSON object.
    Raises LocalAwsError, DeploymentError.
    """
    progress("Starting an embedded AWS")
    with local_aws(scratch) as aws:
        origin = site or _SHOP_ORIGIN
        items = [*items, *_account(aws, config, origin)]
        outputs = _deployed(aws, context, items, scratch, progress)
        progress("Starting the local edge")
        scheme, port = "https" if tls else "http", listener.getsockname()[1]
        names = [config.domain, config.sdk_domain, config.events_domain, CONSOLE_HOST]
        own_site, sdk_proxy, events_proxy, own_console = (
            f"{scheme}://{name}:{port}" for name in names
        )
        snippet = local_snippet(_output(outputs, "ClientSnippet"), scheme=scheme, port=port)
        journal = Journal()

        def keep(exchange: Exchange) -> None:
            entry = exchange.as_json()
            journal.add("request", entry)
            record(entry)

        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        with ExitStack() as running:
            running.callback(functions.close)
            edge = LocalEdge(
                running.enter_context(watched(client(aws, "cloudfront"))),
                functions,
                {
                    **origins.hightouch(lambda event: journal.add("event", _shown(event))),
                    _name(origin): httpx.AsyncHTTPTransport()
                    if site
                    else httpx.ASGITransport(
                        origins.shop(snippet, own_console, config.restore_after)
                    ),
                },
                record=keep,
                http_as_https=not tls,
            )
            certificate = None
            if tls:
                certificate = scratch / "certificate.pem"
                write_certificate(certificate, names)
            own = console(journal, functions.move_clock, [own_site, own_console])
            running.enter_context(serving(_by_host(own, edge), listener, certificate))
            running.callback(journal.close)
            yield Running(
                site=own_site,
                sdk_proxy=sdk_proxy,
                events_proxy=events_proxy,
                console=own_console,
                snippet=snippet,
                aws=aws,
                context=items,
            )


def client(aws: Mapping[str, str], service: str) -> Any:
    """Return a boto3 client of the embedded AWS."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name=aws["AWS_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )


def _account(aws: Mapping[str, str], config: TrackingConfig, origin: str) -> list[str]:
    """Make what a customer has before, and return the context items that name it."""
    parts = urlsplit(origin)
    distribution_id = create_site_distribution(
        client(aws, "cloudfront"),
        alias=config.domain,
        origin=_name(origin),
        protocol=parts.scheme,
        port=parts.port or {"http": 80, "https": 443}[parts.scheme],
    )
    certificate = client(aws, "acm").request_certificate(
        DomainName=config.sdk_domain, SubjectAlternativeNames=[config.events_domain]
    )
    return [
        f"certificate_arn={certificate['CertificateArn']}",
        f"site_distribution_id={distribution_id}",
    ]


def _deployed(
    aws: dict[str, str],
    context: Mapping[str, object],
    items: Sequence[str],
    scratch: Path,
    progress: Callable[[str], None],
) -> dict[str, dict[str, str]]:
    """Deploy the app and return the stacks' outputs."""
    environment = client_environment(aws)
    progress("Bootstrapping it and synthesizing the app: cdk bootstrap, cdk synth")
    with bootstrapped(environment, scratch):
        assembly = synth(environment, scratch, context, items)
    options = [part for item in items for part in ("-c", item)]
    progress(f"Deploying: {shlex.join(['cdk', 'deploy', '--all', *options])}")
    return deploy(environment, scratch, assembly)


def _output(outputs: dict[str, dict[str, str]], name: str) -> str:
    return next(values[name] for values in outputs.values() if name in values)


def _name(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": datetime.now(UTC).isoformat(),
        **{name: event.get(name) for name in ("type", "event", "anonymousId", "userId")},
    }


def _by_host(own: ASGIApp, edge: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope.get("headers", []) if name == b"host"]
        is_own = hosts and hosts[0].partition(b":")[0].lower() == CONSOLE_HOST.encode()
        await (own if is_own else edge)(scope, receive, send)

    return app
