"""The project's tools: `python -m tools COMMAND`."""

import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from stacks.config import KEYS_BY_SUBJECT, ConfigError, TrackingConfig
from stacks.context_files import ContextFiles
from stacks.deployment import Deployment
from tools import output, permissions
from tools.commands import Commands
from tools.options import (
    LAST_PORT,
    BaseUrl,
    CertificateFile,
    ContextError,
    LocalSite,
    PagePath,
    PageUrl,
    SiteUrl,
    context_option,
    resolver_option,
)

if TYPE_CHECKING:
    import boto3
    import httpx

    from tools.doctor.report import Check, Report
    from tools.plan import DistributionPlan

# The commands import the libraries that load slowly, so that help and the commands that do not need
# them do not wait.

_ROOT = Path(__file__).parents[1]
# Keys that name AWS resources, or need one. The preview ignores these, and _HOST_KEYS, in files.
_RESOURCE_KEYS = frozenset(
    {
        "alarm_topic_arn",
        "certificate_arn",
        "hosted_zone_id",
        "silence_alarm_hours",
        "site_distribution_id",
        "web_acl_arn",
    }
)
# The preview creates these resources in the emulator, and sets the keys to their IDs.
_SET_BY_PREVIEW = frozenset({"certificate_arn", "site_distribution_id"})
_HOST_KEYS = frozenset({"cookie_domain", "domain", "events_domain", "sdk_domain"})


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Tools of First-Party Tracking for Hightouch Events on AWS."""


@main.command("keys")
def keys_command() -> None:
    """List every context key with its default.

    docs/configuration.md shows these tables.
    """
    for subject, keys in KEYS_BY_SUBJECT.items():
        output.show(f"### {subject}\n\n| key | default | description |\n|---|---|---|")
        for key in keys:
            required = f"required, unless `{key.unless}` is given" if key.unless else "required"
            shown = {None: required, "": "none"}.get(key.default, f"`{key.default}`")
            default = key.default if key.is_optional else shown
            output.show(f"| `{key.name}` | {default} | {key.expected} |")
        output.show("")


@main.command("plan")
@context_option
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--terraform", is_flag=True, help="Also print the behaviors as Terraform blocks.")
@click.option(
    "--detailed-exit-code",
    is_flag=True,
    help="Exit with 3 if something changes, or with 4 if something is detached or moved.",
)
@resolver_option
@click.option("--policy", is_flag=True, help="Print only the IAM policy that plan needs.")
def plan_command(
    context: Sequence[str],
    as_json: bool,
    terraform: bool,
    detailed_exit_code: bool,
    resolver: tuple[str, int] | None,
    policy: bool,
) -> None:
    """Show what the next deployment changes on your distributions.

    It changes nothing itself. For each distribution, it prints one action: ATTACH, UPDATE, MOVE
    (renew_path or clear_path changed), DETACH, or NO CHANGE. If the deployment requests a
    certificate, it first checks that ACM can validate the certificate in the hosted zone.

    Exit status: 0 if the deployment can go ahead, 1 if it is refused or AWS cannot be read, 2 if
    the context cannot be used.
    """
    if policy:
        output.show(permissions.policy((*permissions.PLAN, *permissions.PLAN_CERTIFICATE)))
        return
    deployment = _deployment(context)
    from tools.aws_clients import open_session, read_caller  # noqa: PLC0415
    from tools.limits import read_limits  # noqa: PLC0415
    from tools.plan import plan  # noqa: PLC0415

    with _reading_aws():
        session = open_session()
        _check_zone(deployment, session, resolver)
        cloudformation = session.client("cloudformation", "us-east-1")
        cloudfront = session.client("cloudfront")
        plans = list(
            plan(
                deployment,
                _commands(deployment, context),
                read_caller(session),
                cloudformation,
                cloudfront,
                lambda: read_limits(session),
            )
        )
    if as_json:
        output.show_json([output.plan_as_json(plan) for plan in plans])
    else:
        output.show_plans(plans, deployment.paths, terraform=terraform)
    if any(plan.refusal for plan in plans):
        sys.exit(1)
    sys.exit(_detailed_exit_code(plans) if detailed_exit_code else 0)


def _check_zone(
    deployment: Deployment, session: "boto3.Session", resolver: tuple[str, int] | None
) -> None:
    """Raise RefusalError if ACM would not issue a certificate that the deployment requests."""
    if not (names := deployment.certificate_names):
        return
    from attachment.finding import RefusalError  # noqa: PLC0415
    from tools.doctor.dns_records import DnsError, make_resolver  # noqa: PLC0415
    from tools.hosted_zone import check_zone  # noqa: PLC0415

    zone_id = deployment.config.hosted_zone_id
    try:
        used = make_resolver(*(resolver or ()))
        for finding in check_zone(session.client("route53"), zone_id, names, used):
            raise RefusalError(finding)
    except DnsError as error:
        output.progress(f"could not check whether ACM can validate the certificate: {error}")


def _detailed_exit_code(plans: "Sequence[DistributionPlan]") -> int:
    from tools.plan import Action  # noqa: PLC0415

    actions = {plan.action for plan in plans}
    if actions & {Action.DETACH, Action.MOVE}:
        return 4
    return 3 if actions - {Action.NO_CHANGE} else 0


@main.command("doctor")
@context_option
@click.option(
    "--endpoint",
    type=SiteUrl(),
    help="Check only the cookie service on this host, which may be another program. Needs no AWS "
    "account.",
)
@click.option(
    "--via",
    type=BaseUrl(),
    help="Send all requests to this address without DNS. Each keeps its own Host header.",
)
@resolver_option
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON, at the end.")
@click.option("--policy", is_flag=True, help="Print only the IAM policy that doctor needs.")
def doctor_command(
    context: Sequence[str],
    endpoint: str | None,
    via: str | None,
    resolver: tuple[str, int] | None,
    as_json: bool,
    policy: bool,
) -> None:
    """Check a deployment, and print a fix for each problem.

    It compares the live distributions with Hightouch's tables, and calls the live hosts as a
    browser would. It reads AWS and DNS, and changes nothing. It sends test IDs to the cookie
    service, and no event to Hightouch.

    Exit status: 0 if nothing is wrong, 1 if there are findings, a check crashed, or AWS denied a
    request, 2 if the command or the context cannot be used. Notes, and checks that cannot be made
    now or from here, do not change the exit status.
    """
    if policy:
        output.show(permissions.policy(permissions.DOCTOR))
        return
    if endpoint:
        context = [*context, f"domain={urlsplit(endpoint).hostname}"]
    deployment = _deployment(context)
    from tools.doctor import live_requests  # noqa: PLC0415
    from tools.doctor.report import run  # noqa: PLC0415

    with live_requests.connect(live_requests.Via(via) if via else None) as http:
        checks = (
            _checks_of_endpoint(endpoint, deployment, http)
            if endpoint
            else _checks_of_deployment(
                deployment,
                _commands(deployment, context),
                http,
                resolver,
                is_dns_used=via is None,
            )
        )
        reports = []
        for report in run(checks):
            reports.append(report)
            if not as_json:
                output.show_report(report)
    _end_with(reports, as_json=as_json)


def _checks_of_endpoint(
    endpoint: str, deployment: Deployment, http: "httpx.Client"
) -> "Mapping[str, Check]":
    from tools.doctor import conformance  # noqa: PLC0415

    name = f"cookie service on {urlsplit(endpoint).hostname}"
    return {name: lambda: conformance.check_lone_endpoint(http, endpoint, deployment.settings)}


def _commands(deployment: Deployment, context: Sequence[str]) -> Commands:
    # As in the CDK CLI, the last item of a key wins.
    items = {item.partition("=")[0]: item for item in context}
    config = deployment.config
    # With a hosted zone and no certificate, the deployment requests one.
    has_certificate = bool(config.certificate_arn or config.hosted_zone_id)
    return Commands(tuple(items.values()), has_certificate)


def _checks_of_deployment(
    deployment: Deployment,
    commands: Commands,
    http: "httpx.Client",
    resolver: tuple[str, int] | None,
    *,
    is_dns_used: bool,
) -> "Mapping[str, Check]":
    """Return the checks of the deployment and its account.

    Raises ToolError if AWS or the resolver cannot be used.
    """
    from tools.deployed import certificate_of  # noqa: PLC0415
    from tools.doctor import checks, dns_records  # noqa: PLC0415

    with _reading_aws():
        aws = checks.Aws.connect()
        account = checks.Account.read(aws, deployment)
        complete = commands.completed(certificate_of(deployment, account.distributions))
    try:
        used = dns_records.make_resolver(*(resolver or ())) if is_dns_used else None
    except dns_records.DnsError as error:
        raise output.ToolError(str(error)) from error
    doctor = checks.Doctor(
        deployment=deployment,
        commands=complete,
        account=account,
        aws=aws,
        http=http,
        resolver=used,
    )
    return doctor.checks()


@main.command("review")
@context_option
@click.option(
    "--assembly",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Read this output folder of cdk synth, and synthesize nothing.",
)
@click.option(
    "--policy",
    is_flag=True,
    help="Print only the IAM policy that CloudFormation needs to deploy the templates.",
)
def review_command(context: Sequence[str], assembly: Path | None, policy: bool) -> None:
    """Print a page about what a deployment creates and may do.

    The page is Markdown, made from the synthesized templates for their reviewer. It needs no AWS
    account.

    Exit status: 0 if the page is printed, 1 if the templates cannot be read, 2 if the command
    cannot be used.
    """
    if assembly and context:
        raise click.UsageError(
            "-c does not change an assembly that is synthesized already; leave out -c or --assembly"
        )
    from tools.review import execution_role  # noqa: PLC0415
    from tools.review.assembly import AssemblyError, read_stacks, synthesize  # noqa: PLC0415
    from tools.review.page import page  # noqa: PLC0415

    try:
        if assembly:
            stacks = read_stacks(assembly)
        else:
            with tempfile.TemporaryDirectory(prefix="review-") as folder:
                synthesize(context, Path(folder))
                stacks = read_stacks(Path(folder))
        if policy:
            output.show_json(execution_role.policy(stacks))
            return
        text = page(stacks)
    except (AssemblyError, execution_role.UnknownTypeError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(text, nl=False)


@main.command("preview")
@context_option
@click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    default=8400,
    show_default=True,
    help="Serve on this port. 0 chooses a free one.",
)
@click.option("--tls", is_flag=True, help="Serve HTTPS, with a self-signed certificate.")
@click.option(
    "--site", type=LocalSite(), help="Use your own site at this address instead of the demo shop."
)
@click.option("--json", "as_json", is_flag=True, help="Print each request as a line of JSON.")
def preview_command(
    context: Sequence[str], port: int, tls: bool, site: str | None, as_json: bool
) -> None:
    """Run the whole system on this machine.

    A real cdk deploy creates the app in an AWS emulator, and attaches the cookie service to the
    distribution of a demo shop. A local edge serves the deployed distributions until you press
    Ctrl-C. Nothing leaves the machine, and no AWS account is needed.

    The domain is shop.localhost. To choose another one below localhost, pass -c domain=NAME. The
    preview also uses the settings in context files, except hosts and AWS resources.
    """
    if missing := _missing_part():
        raise output.ToolError(missing)
    from tools.emulator.emulator import EmulatorError  # noqa: PLC0415
    from tools.preview.deployment import DeploymentError  # noqa: PLC0415
    from tools.preview.environment import preview  # noqa: PLC0415
    from tools.preview.http_server import listen  # noqa: PLC0415
    from tools.preview.users_site import SiteError, connect  # noqa: PLC0415

    deployment, files, items = _local_deployment(context)
    given = [part for item in context for part in ("-c", item)]
    given += ["--tls"] * tls + ["--json"] * as_json + (["--site", site] if site else [])
    try:
        if site:
            connect(site)
        listener = listen(port)
    except SiteError as error:
        again = [*given, "--port", str(port)]
        raise output.ToolError(
            f"{error}. Start your site, then run: {_make_preview(again)}"
        ) from error
    except OSError as error:
        free = _make_preview([*given, "--port", "0"])
        raise output.ToolError(
            f"port {port} cannot be used: {os.strerror(error.errno or 0)}. To use a free one, run: "
            f"{free}"
        ) from error
    with listener, tempfile.TemporaryDirectory(prefix="preview-") as folder, _ended_by_signals():
        try:
            with preview(
                deployment=deployment,
                context=files,
                items=items,
                listener=listener,
                tls=tls,
                site=site,
                scratch=Path(folder),
                progress=output.progress,
                record=lambda one: output.show_json(one, indent=None) if as_json else None,
            ) as running:
                output.show_preview(running, site, as_json=as_json)
                while True:
                    # If another thread gets the signal, an endless wait would not notice.
                    time.sleep(0.2)
        except (DeploymentError, EmulatorError) as error:
            raise output.ToolError(str(error)) from error


def _make_preview(options: Sequence[str]) -> str:
    """Return the shell command that starts a preview with these options."""
    # Make replaces `$$` with `$`, and passes the rest to a shell.
    return f"make preview ARGS={shlex.quote(shlex.join(options).replace('$', '$$'))}"


@main.command("visit")
@click.argument("url", type=PageUrl())
@click.option(
    "--click",
    "selector",
    metavar="SELECTOR",
    help="Click the element with this CSS selector on each page, such as '#accept-all' for a "
    "consent banner.",
)
@click.option(
    "--path", "paths", type=PagePath(), multiple=True, help="Also visit this page. Repeatable."
)
@click.option(
    "--trust",
    type=CertificateFile(),
    help="Also trust this certificate (PEM), such as the preview's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON, at the end.")
def visit_command(
    url: str, selector: str | None, paths: tuple[str, ...], trust: Path | None, as_json: bool
) -> None:
    """Check whether tracking works on a site, in real browsers.

    It opens URL as a visitor in each installed browser: Chromium, Firefox, and WebKit with ITP.
    The visitor comes back eight days later. In Firefox, another visitor has an ad blocker. No event
    reaches Hightouch, because this machine answers each one. It needs no AWS account.

    Exit status: 0 if nothing is wrong, 1 if there are findings or a visit crashed, 2 if the command
    cannot be used.
    """
    if any(find_spec(module) is None for module in ("playwright", "starlette", "websocket")):
        raise output.ToolError("the browsers' drivers are not installed here: run make install-dev")
    from tools.visit.engine_visits import Visit  # noqa: PLC0415
    from tools.visit.visits import run  # noqa: PLC0415

    visit = Visit(url=url, paths=paths, click=selector, trusted=trust)
    with _ended_by_signals():
        reports = []
        for report in run(visit, output.progress):
            reports.append(report)
            if not as_json:
                output.show_report(report)
        _end_with(sorted(reports, key=lambda report: report.check), as_json=as_json)
    sys.exit(128 + signal.SIGINT)


def _end_with(reports: "Sequence[Report]", *, as_json: bool) -> NoReturn:
    """Print the reports as JSON, or their summary, and end with the exit status of checks."""
    if as_json:
        output.show_json([report.as_dict() for report in reports])
    else:
        output.show_summary(reports)
    sys.exit(1 if {"finding", "error"} & {report.status for report in reports} else 0)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End the block at Ctrl-C, and the process at SIGTERM or SIGHUP."""
    # A shell makes the programs that it starts in the background ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    try:
        yield
    except KeyboardInterrupt:
        output.progress("\nStopped, and nothing is left running")


def _local_deployment(
    context: Sequence[str],
) -> tuple[Deployment, dict[str, Any], list[str]]:
    """Return the deployment of a preview, the context of the files, and the items that override it.

    Raises ContextError, and UsageError if a key does not fit a preview.
    """
    given = {item.partition("=")[0] for item in context}
    files, settings = _context(context)
    real = {key for key in _RESOURCE_KEYS | _HOST_KEYS if key not in given}
    local = {key: value for key, value in settings.items() if key not in real}
    deployment = _configured({"domain": "shop.localhost", **local})
    if resources := sorted(_RESOURCE_KEYS & given):
        raise click.UsageError(
            "a preview has no AWS account; leave out the keys for AWS resources: "
            f"{', '.join(resources)}"
        )
    config = deployment.config
    hosts = (config.domain, config.sdk_domain, config.events_domain)
    if elsewhere := [host for host in hosts if not host.endswith(".localhost")]:
        raise click.UsageError(
            f"got {', '.join(elsewhere)}, expected names below localhost; for example, run: "
            + _make_preview(["-c", "domain=shop.localhost"])
        )
    # Override these keys of the files, also in the commands that the preview prints.
    hidden = {"domain"} - given | real & settings.keys() - _SET_BY_PREVIEW
    items = [
        f"{key}={'' if key in _RESOURCE_KEYS else getattr(config, key)}" for key in sorted(hidden)
    ]
    return deployment, files, [*items, *context]


@contextmanager
def _reading_aws() -> Iterator[None]:
    """Raise ToolError if the block raises RefusalError, or an error of AWS or its client."""
    from attachment.finding import RefusalError  # noqa: PLC0415
    from attachment.live import AWS_ERRORS, explain  # noqa: PLC0415

    try:
        yield
    except (*AWS_ERRORS, RefusalError) as error:
        meaning = explain(error)
        text = f"{meaning.problem} [{meaning.code}]\nFix: {meaning.fix}"
        raise output.ToolError(text) from error


def _deployment(items: Sequence[str]) -> Deployment:
    """Return the deployment of the context files and of `items`. Raises ContextError."""
    _, settings = _context(items)
    return _configured(settings)


def _context(items: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the context of the files, and the settings if `items` override them.

    The files are those that the CDK CLI reads in this folder. Raises ContextError.
    """
    given = {key: value for key, _, value in (item.partition("=") for item in items)}
    try:
        files = ContextFiles.read(Path.cwd(), Path.home())
        return files.own(files.merged({})), files.settings(files.merged(given))
    except ConfigError as error:
        raise ContextError(str(error)) from error


def _configured(settings: Mapping[str, object]) -> Deployment:
    """Return the deployment with these settings. Raises ContextError."""
    try:
        config = TrackingConfig.from_context(settings, optional=["certificate_arn"])
    except ConfigError as error:
        raise ContextError(str(error)) from error
    return Deployment(config)


def _missing_part() -> str | None:
    if not Path(sys.executable).with_name("node").exists():
        return "Node.js is not installed here: run make install-dev"
    if not (_ROOT / "node_modules" / ".bin" / "cdk").exists():
        return "the CDK CLI is not installed here: run make install-dev"
    if find_spec("ministack") is None:
        return "the AWS emulator is not installed here: run make install-dev"
    return None


if __name__ == "__main__":
    main(prog_name="python -m tools")
