"""The project's tools: `python -m tools COMMAND`."""

import dataclasses
import difflib
import json
import os
import re
import shlex
import signal
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.markup import escape

from stacks.config import KEYS, ConfigError, TrackingConfig

if TYPE_CHECKING:
    import httpx

    from tools.doctor.report import Check, Report
    from tools.plan import DistributionPlan
    from tools.preview.world import Running

_ROOT = Path(__file__).parents[1]
# Context that names AWS resources, or hosts, of the user's own: a preview has neither.
_RESOURCE_KEYS = frozenset(
    {"alarm_topic_arn", "certificate_arn", "hosted_zone_id", "site_distribution_id"}
)
_HOST_KEYS = frozenset({"cookie_domain", "domain", "events_domain", "sdk_domain"})
_LAST_PORT = 65535
_progress = Console(stderr=True, highlight=False)
_result = Console(highlight=False, soft_wrap=True)


def _context(_context: click.Context, _option: click.Option, items: tuple[str, ...]) -> list[str]:
    for item in items:
        if not item.partition("=")[1]:
            raise click.BadParameter(f"got {item!r}, expected KEY=VALUE such as domain=example.com")
    return list(items)


def _site(_context: click.Context, _option: click.Option, url: str | None) -> str | None:
    if url is None:
        return None
    address = re.fullmatch(r"https?://[A-Za-z0-9.-]+(?::([0-9]{1,5}))?/?", url)
    if not address or not 1 <= int(address[1] or 80) <= _LAST_PORT:
        raise click.BadParameter(f"got {url!r}, expected an address such as http://localhost:3000")
    return url


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Tools of First-Party Tracking for Hightouch Events on AWS."""


@main.command("keys")
def keys_command() -> None:
    """List every context key with its default and its rule, as README.md has them."""
    click.echo("| key | default | rule |\n|---|---|---|")
    for key in KEYS:
        default = {None: "required", "": "none"}.get(key.default, f"`{key.default}`")
        click.echo(f"| `{key.name}` | {default} | {key.expected} |")


_context_option = click.option(
    "-c",
    "--context",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_context,
    help="Context for the app, as for cdk.",
)


@main.command("plan")
@_context_option
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan_command(context: list[str], as_json: bool) -> None:
    """Show what the next deployment changes on the site's distributions. Reads only.

    Exit status: 0 nothing is in the way, 1 refused or AWS said no, 2 bad context.
    """
    config = _config(_cdk_json(), context)
    # Not at the top: boto3 takes longer to import than all the rest, and help needs none of it.
    import boto3  # noqa: PLC0415

    from tools.plan import plan  # noqa: PLC0415

    with _asking_aws():
        plans = list(
            plan(config, boto3.client("cloudformation", "us-east-1"), boto3.client("cloudfront"))
        )
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in plans], indent=2))
    else:
        _show_plans(plans, (config.renew_path, config.clear_path))
    sys.exit(1 if any(one.refusal for one in plans) else 0)


@contextmanager
def _asking_aws() -> Iterator[None]:
    """Turn what AWS or its client refuses in the block into a ClickException."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from stacks.constructs.distribution_attachment.runtime.live import explain  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise click.ClickException(explain(error)) from error
    except BotoCoreError as error:
        raise click.ClickException(f"AWS cannot be asked: {error}") from error


def _show_plans(plans: "list[DistributionPlan]", paths: tuple[str, str]) -> None:
    from tools import snippets  # noqa: PLC0415 - its XML parser brings half of the network stack

    if not plans:
        _result.print(
            "No distribution is named with -c site_distribution_id=…, and the stack attached none."
        )
    for one in plans:
        _result.print(f"[bold]{one.distribution_id}[/]")
        for line in difflib.ndiff(one.before, one.after):
            if not line.startswith("?"):
                style = {"+": "green", "-": "red"}.get(line[0])
                _result.print(f"  {escape(line)}", style=style)
        if one.refusal:
            _result.print(f"  refused: {escape(one.refusal)}", style="red")
        elif not one.changes:
            _result.print("  nothing to change")
        for warning in one.warnings:
            _result.print(f"  warning: {escape(warning)}", style="yellow")
        adds = len(one.after) > len(one.before)
        if adds and one.owner_stack:
            _result.print(f"\n  For the stack {one.owner_stack}, in front of its CacheBehaviors:\n")
            snippet = snippets.cloudformation(paths, one.origin, one.version)
            _result.print(textwrap.indent(escape(snippet), "    "))
        elif adds:
            _result.print("\n  Where Terraform owns it, its next apply removes ours; use there:\n")
            snippet = snippets.terraform(paths, one.origin, one.version)
            _result.print(textwrap.indent(escape(snippet), "    "))


def _cdk_json() -> dict[str, object]:
    """Return the context in cdk.json. Exits with 2 where the file is bad."""
    try:
        context: dict[str, object] = json.loads((_ROOT / "cdk.json").read_text()).get("context", {})
    except json.JSONDecodeError as error:
        _progress.print(f"cdk.json is not JSON: {error}", soft_wrap=True, markup=False)
        sys.exit(2)
    return context


def _config(context: Mapping[str, object], items: list[str]) -> TrackingConfig:
    """Return the configuration from `context` and `items`. Exits with 2 where it is bad."""
    given = {key: value for key, _, value in (item.partition("=") for item in items)}
    try:
        return TrackingConfig.from_context({**context, **given}, without=["certificate_arn"])
    except ConfigError as error:
        _progress.print(str(error), soft_wrap=True, markup=False)
        sys.exit(2)


def _address(_context: click.Context, _option: click.Option, url: str) -> str:
    if not url:
        return url
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise click.BadParameter(f"got {url!r}, which is no URL: {error}") from error
    if not re.fullmatch(r"https?://[^/?#@\s]+/?", url) or not parts.hostname:
        raise click.BadParameter(f"got {url!r}, expected a URL without a path: https://example.com")
    if port == 0:
        raise click.BadParameter(f"got {url!r}, expected a port from 1 to {_LAST_PORT}")
    return url


def _endpoint(context: click.Context, option: click.Option, url: str) -> str:
    _address(context, option, url)
    host = urlsplit(url).hostname or ""
    if url and (_is_ip_address(host) or "." not in host):
        raise click.BadParameter(
            f"{host!r} is no host name of a site; name that, and where it is served: "
            f"--endpoint https://www.example.com --via {shlex.quote(url)}"
        )
    return url


def _resolver(_context: click.Context, _option: click.Option, value: str | None) -> tuple[str, int]:
    """Return address and port; an empty address where none is given."""
    if not value:
        return "", 53
    host, _, port = value.rpartition(":")
    if _is_ip_address(value.strip("[]")):
        host, port = value, "53"
    address = host.strip("[]")
    if not _is_ip_address(address) or not re.fullmatch("[0-9]{1,5}", port):
        raise click.BadParameter(f"got {value!r}, expected an address such as 1.1.1.1 or [::1]:53")
    if not 1 <= int(port) <= _LAST_PORT:
        raise click.BadParameter(f"got {value!r}, expected a port from 1 to {_LAST_PORT}")
    return address, int(port)


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@main.command("doctor")
@_context_option
@click.option(
    "--endpoint",
    metavar="URL",
    default="",
    callback=_endpoint,
    help="Check the cookie service on this host alone, whoever made it. Needs no AWS account.",
)
@click.option(
    "--via",
    metavar="URL",
    default="",
    callback=_address,
    help="Send all requests to this address, with the Host that each is for; ask no DNS.",
)
@click.option(
    "--resolver",
    metavar="ADDRESS",
    callback=_resolver,
    help="Ask this DNS resolver, such as 1.1.1.1, in place of this machine's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON, at the end.")
@click.option("--policy", is_flag=True, help="Print the IAM policy that it needs, alone.")
def doctor_command(
    context: list[str],
    endpoint: str,
    via: str,
    resolver: tuple[str, int],
    as_json: bool,
    policy: bool,
) -> None:
    """Hold what runs against the vendor's tables and against what a browser needs. Reads only.

    It asks AWS, DNS and the live hosts, where it sends made-up ids and no event. Each check ends in
    "ok", in findings with their remedies, or in "not checkable" with the reason.

    Exit status: 0 no finding, 1 findings, a check that crashed, or AWS refused to be read, 2 bad
    usage or context. What is not checkable by its nature, and what lies unused, is shown and
    changes nothing.
    """
    if policy:
        from tools.doctor import permissions  # noqa: PLC0415

        click.echo(permissions.policy())
        return
    host = urlsplit(endpoint).hostname
    config = _config(_cdk_json(), [*context, f"domain={host}"] if host else context)
    # Their libraries take half a second to load, which other commands need not wait for.
    from tools.doctor import live_requests  # noqa: PLC0415
    from tools.doctor.report import run  # noqa: PLC0415

    with live_requests.connect(live_requests.Via(via) if via else None) as http:
        to_run = (
            _checks_of_endpoint(endpoint, config, http)
            if host
            else _checks_of_deployment(config, http, None if via else resolver)
        )
        reports = {}
        for finished in run(to_run):
            reports[finished.check] = finished
            if not as_json:
                _show_report(finished)
    counts = Counter(one.status for one in reports.values())
    if as_json:
        click.echo(json.dumps([reports[check].as_dict() for check in to_run], indent=2))
    else:
        crashed = f", {counts['error']} crashed" if counts["error"] else ""
        _result.print(f"\n{counts['finding']} of {len(reports)} checks with findings{crashed}")
    sys.exit(1 if counts["finding"] or counts["error"] else 0)


def _checks_of_endpoint(
    endpoint: str, config: TrackingConfig, http: "httpx.Client"
) -> "Mapping[str, Check]":
    from stacks.cookie_package import settings_of  # noqa: PLC0415
    from tools.doctor import conformance  # noqa: PLC0415

    settings = settings_of(config)
    name = f"cookie service on {urlsplit(endpoint).hostname}"
    return {name: lambda: conformance.check(http, endpoint, settings)}


def _checks_of_deployment(
    config: TrackingConfig, http: "httpx.Client", resolver: tuple[str, int] | None
) -> "Mapping[str, Check]":
    """Raises ClickException where AWS or the resolver cannot be asked."""
    from tools.doctor import checks, dns_records  # noqa: PLC0415

    with _asking_aws():
        aws = checks.Aws.connect()
        account = checks.Account.read(aws, config.name)
    try:
        asked = dns_records.make_resolver(*resolver) if resolver else None
    except dns_records.DnsError as error:
        raise click.ClickException(str(error)) from error
    return checks.Doctor(
        config=config, account=account, aws=aws, http=http, resolver=asked
    ).checks()


def _show_report(report: "Report") -> None:
    from tools.doctor.report import Finding  # noqa: PLC0415

    style = {"ok": "green", "not checkable": "yellow"}.get(report.status, "red")
    _result.print(f"[{style}]{report.status:13}[/]  {escape(report.check)}")
    for remark in report.remarks:
        _result.print(textwrap.indent(escape(remark.what), " " * 4))
        if isinstance(remark, Finding):
            _result.print(textwrap.indent(escape(f"to mend: {remark.remedy}"), " " * 6))


@main.command("preview")
@_context_option
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=8400,
    show_default=True,
    help="0: any free.",
)
@click.option("--tls", is_flag=True, help="Serve https, with a certificate made on the spot.")
@click.option(
    "--site", metavar="URL", callback=_site, help="Your own site's address, in the shop's place."
)
@click.option("--json", "as_json", is_flag=True, help="Print each request as a line of JSON.")
def preview_command(
    context: list[str], port: int, tls: bool, site: str | None, as_json: bool
) -> None:
    """Run the whole system on this machine until Ctrl-C.

    The real cdk deploy puts the app into an embedded AWS, attached to the distribution of a shop,
    and a local edge serves what CloudFront then holds. Nothing leaves the machine, and no AWS
    account is needed.

    The domain is shop.localhost; -c may name another one below localhost. Other keys count from
    cdk.json too, but not those that name hosts or AWS resources.
    """
    if missing := _missing_part():
        raise click.ClickException(missing)
    from tools.preview.deployment import DeploymentError  # noqa: PLC0415 - development only
    from tools.preview.local_aws import LocalAwsError  # noqa: PLC0415
    from tools.preview.serving import listen  # noqa: PLC0415
    from tools.preview.world import preview  # noqa: PLC0415

    real = _RESOURCE_KEYS | _HOST_KEYS
    settings = {key: value for key, value in _cdk_json().items() if key not in real}
    given = {item.partition("=")[0] for item in context}
    if "domain" not in given:
        context = ["domain=shop.localhost", *context]
    config = _config(settings, context)
    if resources := sorted(_RESOURCE_KEYS & given):
        raise click.UsageError(
            f"{', '.join(resources)} names what is in an AWS account, and a preview has none: "
            "leave it out"
        )
    hosts = (config.domain, config.sdk_domain, config.events_domain)
    if elsewhere := [host for host in hosts if not host.endswith(".localhost")]:
        raise click.UsageError(
            f"{', '.join(elsewhere)} is not on this machine: write names below localhost, such as "
            "-c domain=shop.localhost"
        )
    try:
        listener = listen(port)
    except OSError as error:
        raise click.ClickException(
            f"port {port} cannot be used: {os.strerror(error.errno or 0)};"
            " choose another with --port, 0 for any"
        ) from error
    # A shell starts what it puts into the background with Ctrl-C's signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    with listener, tempfile.TemporaryDirectory(prefix="preview-") as folder:
        try:
            with preview(
                config=config,
                context=settings,
                items=context,
                listener=listener,
                tls=tls,
                site=site,
                scratch=Path(folder),
                progress=lambda text: _progress.print(text, soft_wrap=True, markup=False),
                record=lambda exchange: click.echo(json.dumps(exchange)) if as_json else None,
            ) as running:
                _show_preview(running, site, as_json)
                while True:
                    # Where another thread gets the signal, an endless wait would not notice.
                    time.sleep(0.2)
        except (DeploymentError, LocalAwsError) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            _progress.print("\nEnded, nothing is left running")


def _show_preview(running: "Running", site: str | None, as_json: bool) -> None:
    """Print the address to open; with JSON on stdout, on stderr."""
    text = f"\nOpen {running.site}\n"
    if site:
        text += (
            f"\nThat is {site} behind the local edge. What happens is at {running.console}\n"
            f"Into the head of its pages, for this preview alone:\n\n{running.snippet}\n"
        )
    scheme, port = urlsplit(running.site).scheme, urlsplit(running.site).port
    if scheme == "https":
        others = "\n".join([running.sdk_proxy, running.events_proxy, running.console])
        text += (
            "\nNo browser knows its certificate. Open these first and accept it on each, or the "
            f"page\nstays without them:\n\n{others}\n"
        )
    click.echo(text, err=as_json)
    doctor = [".venv/bin/python", "-m", "tools", "doctor"]
    doctor += [part for item in running.context for part in ("-c", item)]
    doctor += ["--via", f"{scheme}://127.0.0.1:{port}"]
    _progress.print(
        "Other commands reach it too, in another terminal:\n"
        f"  export {shlex.join(f'{name}={value}' for name, value in running.aws.items())}\n"
        f"  {shlex.join(doctor)}\n\n"
        "Ctrl-C ends it.",
        soft_wrap=True,
        markup=False,
    )


def _missing_part() -> str | None:
    if not Path(sys.executable).with_name("node").exists():
        return "Node.js is not installed here: run make install-dev"
    if not (_ROOT / "node_modules" / ".bin" / "cdk").exists():
        return "the CDK CLI is not installed here: run make install-dev"
    if find_spec("ministack") is None:
        return "the embedded AWS is not installed here: run make install-dev"
    return None


if __name__ == "__main__":
    main(prog_name="python -m tools")
