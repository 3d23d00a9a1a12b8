"""The text that the tools print: plans, reports, and problems."""

import difflib
import json
import re
import shlex
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from attachment.finding import Finding

if TYPE_CHECKING:
    from tools.doctor.report import Report
    from tools.plan import DistributionPlan
    from tools.preview.environment import RunningPreview

_STATUS_COLORS = {"ok": "green", "finding": "red", "error": "red", "could not check": "yellow"}
# Control characters except the line feed and the tab; characters that reorder or break a line; and
# surrogates, which cannot be printed.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return the text with its control characters as escape sequences, such as `\x1b`.

    Answers of hosts and of AWS may contain control characters, which a terminal would obey.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class ToolError(click.ClickException):
    """An error of a command. Its message may quote a host's or AWS's answer."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def show(text: str, *, err: bool = False, **style: Any) -> None:
    """Print a text, with this style if the output is a terminal."""
    click.secho(printable(text), err=err, **style)


def progress(text: str) -> None:
    """Print progress, or a problem of the command, to stderr."""
    show(text, err=True)


def show_json(value: object, *, indent: int | None = 2) -> None:
    """Print a value as JSON, on one line if `indent` is None."""
    # JSON escapes every other control character by default.
    click.echo(json.dumps(value, indent=indent).replace("\x7f", r"\u007f"))


def plan_as_json(plan: "DistributionPlan") -> dict[str, Any]:
    """Return a plan as JSON values."""
    return {
        "distribution_id": plan.distribution_id,
        "action": None if plan.refusal else plan.action,
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


def show_plans(
    plans: "Sequence[DistributionPlan]", paths: Sequence[str], *, terraform: bool = False
) -> None:
    """Print the plan for each distribution.

    If another stack owns a distribution, also print the behaviors for its template. With
    `terraform`, print them as Terraform blocks for every other distribution.
    """
    if not plans:
        show(
            "No distribution is given with -c site_distribution_id=…, and the stack attached none."
        )
    for plan in plans:
        action = "" if plan.refusal else f": {plan.action}"
        show(f"{plan.distribution_id}{action}", bold=True)
        for line in difflib.ndiff(plan.before, plan.after):
            if not line.startswith("?"):
                show(f"  {line}", fg={"+": "green", "-": "red"}.get(line[0]))
        if plan.refusal:
            _show_finding("refused", plan.refusal, color="red")
        if plan.pricing_plan:
            show(f"  pricing plan: {plan.pricing_plan}\n  {plan.behaviors}")
        for warning in plan.warnings:
            _show_finding("warning", warning, color="yellow")
        if plan.owner_stack or terraform:
            _show_behaviors(plan, paths)


def _show_finding(label: str, finding: Finding, *, color: str) -> None:
    show(f"  {label}: {finding.problem} [{finding.code}]", fg=color)
    if finding.fix:
        show(textwrap.indent(f"fix: {finding.fix}", " " * 4))


def _show_behaviors(plan: "DistributionPlan", paths: Sequence[str]) -> None:
    # Not at the top of the module: its XML parser imports half of the network stack.
    from tools import behavior_templates  # noqa: PLC0415

    if not plan.origin:
        return
    owner = f"the stack {plan.owner_stack}" if plan.owner_stack else "Terraform"
    if not plan.version:
        show(
            f"\n  The behaviors for {owner} need the function's version, which is not published "
            "yet.\n  Run plan again after the next deployment."
        )
        return
    if plan.owner_stack:
        show(f"\n  Add to the top of CacheBehaviors in the stack {plan.owner_stack}:\n")
        text = behavior_templates.cloudformation(paths, plan.origin, plan.version)
    else:
        show("\n  Add to Terraform, before the other ordered_cache_behavior blocks:\n")
        text = behavior_templates.terraform(paths, plan.origin, plan.version)
    show(textwrap.indent(text, "    "))


def show_report(report: "Report") -> None:
    """Print one check with its results."""
    # Not at the top of the module: it imports botocore, and other commands need not wait for that.
    from tools.doctor.report import CheckError, Inconclusive, Note  # noqa: PLC0415

    show(f"{report.status:15}", fg=_STATUS_COLORS[report.status], nl=False)
    show(f"  {report.check}")
    for result in report.results:
        match result:
            case Finding():
                _show_result(result)
            case Note(_, text):
                show(textwrap.indent(text, " " * 4))
            case Inconclusive(_, reason) | CheckError(reason):
                show(textwrap.indent(reason, " " * 4))


def _show_result(finding: Finding) -> None:
    show(textwrap.indent(f"{finding.problem} [{finding.code}]", " " * 4))
    show(textwrap.indent(f"fix: {finding.fix}", " " * 6))


def show_summary(reports: "Sequence[Report]") -> None:
    """Print the findings of all checks again, and how many checks have findings or crashed."""
    for report in reports:
        if report.findings:
            show(f"\n{report.check}", fg="red")
        for finding in report.findings:
            _show_result(finding)
    counts = Counter[str](report.status for report in reports)
    crashed = f", {counts['error']} crashed" if counts["error"] else ""
    show(f"\n{counts['finding']} of {counts.total()} checks with findings{crashed}")


def show_preview(running: "RunningPreview", site: str | None, *, as_json: bool) -> None:
    """Print the address to open to stdout, and how other commands reach the preview to stderr.

    If stdout has JSON, both are on stderr.
    """
    text = f"\nOpen {running.site}\n"
    if site:
        text += (
            f"\nThat is {site} behind the local edge. {running.console} shows its requests.\n"
            "For this preview only, add this to the head of the site's pages:\n\n"
            f"{running.snippet}\n"
        )
    if running.certificate:
        others = "\n".join([running.sdk_proxy, running.events_proxy, running.console])
        text += (
            "\nThe certificate is self-signed. First open these addresses and accept it on each, "
            "or the page\ncannot use them. The first two then show Not Found, as expected:\n\n"
            f"{others}\n"
        )
    show(text, err=as_json)
    address = urlsplit(running.site)
    doctor = [".venv/bin/python", "-m", "tools", "doctor"]
    doctor += [part for item in running.context for part in ("-c", item)]
    doctor += ["--via", f"{address.scheme}://127.0.0.1:{address.port}"]
    visit = "With --tls, the preview also prints a command that visits it in real browsers."
    if running.certificate:
        # Not exported: other programs in that terminal need other certificates.
        doctor = ["env", f"SSL_CERT_FILE={running.certificate}", *doctor]
        command = [".venv/bin/python", "-m", "tools", "visit", running.site]
        visit = f"  {shlex.join([*command, '--trust', str(running.certificate)])}"
    progress(
        "Other commands can use the preview, in another terminal:\n"
        f"  export {shlex.join(f'{name}={value}' for name, value in running.aws.items())}\n"
        f"  {shlex.join(doctor)}\n"
        f"{visit}\n\n"
        "Ctrl-C ends it."
    )
