"""The whole system on this machine: AWS emulator, deployment, local edge, and origins."""

import json
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
from stacks.deployment import SNIPPET_OUTPUT, Deployment
from tools.emulator.emulator import aws_emulator, client_environment
from tools.preview import origins
from tools.preview.certificate import write_certificate
from tools.preview.console import console
from tools.preview.deployment import bootstrapped, deploy, synth
from tools.preview.exchange import Exchange
from tools.preview.http_server import serve
from tools.preview.journal import Journal
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.polling import polled
from tools.preview.site_distribution import create_site_distribution
from tools.preview.snippet import local_snippet
from tools.preview.users_site import LATER_PATH, UsersSite, origin_name, with_later_page

#: The host of the preview's own pages. The site and the two proxies have hosts of their own.
CONSOLE_HOST = "preview.localhost"

# The shop's origin in the site's distribution. It is served in this process.
_SHOP_ORIGIN = "http://origin.shop.localhost"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningPreview:
    """A running preview: its addresses, its snippet, and how other commands connect to it.

    `aws` are the environment variables that connect AWS clients to it. `context` are the items
    `key=value` with which it was deployed. `certificate` is the file of its certificate, if any.
    """

    site: str
    sdk_proxy: str
    events_proxy: str
    console: str
    snippet: str
    aws: Mapping[str, str]
    context: Sequence[str]
    certificate: Path | None


@contextmanager
def preview(
    *,
    deployment: Deployment,
    context: Mapping[str, object],
    items: Sequence[str],
    listener: socket,
    tls: bool,
    site: str | None,
    scratch: Path,
    progress: Callable[[str], None],
    record: Callable[[dict[str, Any]], None],
) -> Iterator[RunningPreview]:
    """Run the system on the socket `listener` until the block ends.

    The app gets `context` instead of the context in the context files, and gets `items` with `-c`.
    `deployment` is the deployment that both describe. `site` is the URL of the site's origin, or
    None for the shop. `record` is called with each exchange as a JSON object.
    Raises EmulatorError, DeploymentError.
    """
    progress("Starting an AWS emulator")
    config = deployment.config
    with aws_emulator(scratch) as aws:
        origin = site or _SHOP_ORIGIN
        items = [*items, *_account(aws, config, origin)]
        outputs = _deployed(aws, context, items, scratch, progress)
        progress("Starting the local edge")
        scheme, port = "https" if tls else "http", listener.getsockname()[1]
        names = [config.domain, config.sdk_domain, config.events_domain, CONSOLE_HOST]
        own_site, sdk_proxy, events_proxy, own_console = (
            f"{scheme}://{name}:{port}" for name in names
        )
        snippet = local_snippet(_output(outputs, SNIPPET_OUTPUT), scheme=scheme, port=port)
        journal = Journal()

        def keep(exchange: Exchange) -> None:
            entry = exchange.as_json()
            journal.add("request", entry)
            record(entry)

        functions = EdgeFunctions(client(aws, "lambda"), scratch)
        with ExitStack() as running:
            running.callback(functions.close)
            edge = LocalEdge(
                running.enter_context(polled(client(aws, "cloudfront"))),
                functions,
                {
                    **origins.hightouch(
                        deployment, lambda event: journal.add("event", _shown(event))
                    ),
                    origin_name(origin): UsersSite(site, own_site)
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
            app: ASGIApp = edge
            shown = {}
            if site:
                app = with_later_page(edge, config.domain, own_console)
                later = own_site + LATER_PATH
                shown = {"origin": site, "address": own_site, "later": later, "snippet": snippet}
            own = console(journal, functions.move_clock, [own_site, own_console], shown)
            running.enter_context(serve(_by_host(own, app), listener, certificate))
            running.callback(journal.close)
            yield RunningPreview(
                site=own_site,
                sdk_proxy=sdk_proxy,
                events_proxy=events_proxy,
                console=own_console,
                snippet=snippet,
                aws=aws,
                context=items,
                certificate=certificate,
            )


def client(aws: Mapping[str, str], service: str) -> Any:
    """Return a boto3 client of the AWS emulator."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name=aws["AWS_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )


def _account(aws: Mapping[str, str], config: TrackingConfig, origin: str) -> list[str]:
    """Create the site's distribution and a certificate, which a customer already has.

    Return the context items that refer to them.
    """
    parts = urlsplit(origin)
    distribution_id = create_site_distribution(
        client(aws, "cloudfront"),
        alias=config.domain,
        origin=origin_name(origin),
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


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    context = event.get("context")
    return {
        "time": datetime.now(UTC).isoformat(),
        **{name: _text(event.get(name)) for name in ("type", "event", "anonymousId", "userId")},
        "restored": isinstance(context, dict) and context.get("restored") is True,
    }


def _text(value: object) -> str | None:
    """Return a value of an event if it is text, or else its JSON. None remains None."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _by_host(own: ASGIApp, edge: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope.get("headers", []) if name == b"host"]
        is_own = hosts and hosts[0].partition(b":")[0].lower() == CONSOLE_HOST.encode()
        await (own if is_own else edge)(scope, receive, send)

    return app
