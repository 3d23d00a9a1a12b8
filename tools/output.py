"""What the tools print: plans, reports and problems as text."""

import difflib
import json
import shlex
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from attachment.finding import Finding

if TYPE_CHECKING:
    from tools.doctor.report import Report
    from tools.plan import DistributionPlan
    from tools.preview.environment import RunningPreview

_STATUS_COLORS = {"ok": "green", "finding": "red", "error": "red", "could not check": "yellow"}


def progress(text: str) -> None:
    """Print to stderr what is under way, or what is wrong with the command."""
    click.echo(text, err=True)


def show_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2))


def plan_as_json(plan: "DistributionPlan") -> dict[str, Any]:
    """Return a plan as JSON values."""
    return {
        "distribution_id": plan.distribution_id,
        "refusal": _finding(plan.refusal) if plan.refusal else None,
        "changes": list(plan.changes),
        "warnings": [_finding(warning) for warning in plan.warnings],
        "before": list(plan.before),
        "after": list(plan.after),
        "owner_stack": plan.owner_stack,
        "origin": plan.origin,
        "version": plan.version,
        "pricing_plan": plan.pricing_plan,
        "behaviors": plan.behaviors,
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {"code": finding.code, "problem": finding.problem, "fix": finding.fix}


def show_plans(plans: "Sequence[DistributionPlan]", paths: Sequence[str]) -> None:
    """Print what happens to each distribution."""
    if not plans:
        click.echo(
            "No distribution is named with -c site_distribution_id=…, and the stack attached none."
        )
    for plan in plans:
        click.secho(plan.distribution_id, bold=True)
        for line in difflib.ndiff(plan.before, plan.after):
            if not line.startswith("?"):
                click.secho(f"  {line}", fg={"+": "green", "-": "red"}.get(line[0]))
        if plan.refusal:
            _show_finding("refused", plan.refusal, color="red")
        elif not plan.changes:
            click.echo("  nothing to change")
        if plan.pricing_plan:
            click.echo(f"  pricing plan: {plan.pricing_plan}\n  {plan.behaviors}")
        for warning in plan.warnings:
            _show_finding("warning", warning, color="yellow")
        if plan.owner_stack or len(plan.after) > len(plan.before):
            _show_behaviors(plan, paths)


def _show_finding(label: str, finding: Finding, *, color: str) -> None:
    click.secho(f"  {label}: {finding.problem} [{finding.code}]", fg=color)
    if finding.fix:
        click.echo(textwrap.indent(f"fix: {finding.fix}", " " * 4))


def _show_behaviors(plan: "DistributionPlan", paths: Sequence[str]) -> None:
    # Not at the top: its XML parser imports half of the network stack.
    from tools import behavior_templates  # noqa: PLC0415

    if plan.owner_stack:
        click.echo(f"\n  For the stack {plan.owner_stack}, at the top of its CacheBehaviors:\n")
        text = behavior_templates.cloudformation(paths, plan.origin, plan.version)
    else:
        click.echo("\n  If Terraform owns it, its next apply removes these behaviors; add there:\n")
        text = behavior_templates.terraform(paths, plan.origin, plan.version)
    click.echo(textwrap.indent(text, "    "))


def show_report(report: "Report") -> None:
    """Print one check with its results."""
    # Not at the top: it imports botocore, which other commands need not wait for.
    from tools.doctor.report import CheckError, Inconclusive, Note  # noqa: PLC0415

    status = click.style(f"{report.status:15}", fg=_STATUS_COLORS[report.status])
    click.echo(f"{status}  {report.check}")
    for result in report.results:
        match result:
            case Finding(code, problem, fix):
                click.echo(textwrap.indent(f"{problem} [{code}]", " " * 4))
                click.echo(textwrap.indent(f"fix: {fix}", " " * 6))
            case Note(_, text):
                click.echo(textwrap.indent(text, " " * 4))
            case Inconclusive(_, reason) | CheckError(reason):
                click.echo(textwrap.indent(reason, " " * 4))


def show_summary(statuses: Mapping[str, int]) -> None:
    """Print how many checks ended in which status."""
    counts = Counter(statuses)
    crashed = f", {counts['error']} crashed" if counts["error"] else ""
    click.echo(f"\n{counts['finding']} of {counts.total()} checks with findings{crashed}")


def show_preview(running: "RunningPreview", site: str | None, *, as_json: bool) -> None:
    """Print the address to open, and how other commands reach the preview.

    The address is on stdout, or on stderr if stdout has JSON.
    """
    text = f"\nOpen {running.site}\n"
    if site:
        text += (
            f"\nThat is {site} behind the local edge. What happens is shown at {running.console}\n"
            "Add this to the head of its pages, only for this preview:\n\n"
            f"{running.snippet}\n"
        )
    scheme, port = urlsplit(running.site).scheme, urlsplit(running.site).port
    if scheme == "https":
        others = "\n".join([running.sdk_proxy, running.events_proxy, running.console])
        text += (
            "\nIts certificate is self-signed. Open these first and accept it on each, or the page "
            f"cannot\nuse them:\n\n{others}\n"
        )
    click.echo(text, err=as_json)
    doctor = [".venv/bin/python", "-m", "tools", "doctor"]
    doctor += [part for item in running.context for part in ("-c", item)]
    doctor += ["--via", f"{scheme}://127.0.0.1:{port}"]
    progress(
        "Other commands reach it too, in another terminal:\n"
        f"  export {shlex.join(f'{name}={value}' for name, value in running.aws.items())}\n"
        f"  {shlex.join(doctor)}\n\n"
        "Ctrl-C ends it."
    )
