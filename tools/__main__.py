"""The project's tools: `python -m tools COMMAND`."""

import dataclasses
import difflib
import json
import shutil
import sys
import tempfile
import textwrap
from importlib.util import find_spec
from pathlib import Path

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from stacks.config import ConfigError, TrackingConfig
from stacks.constructs.distribution_attachment.runtime.live import explain
from tools import snippets
from tools.plan import DistributionPlan, plan
from tools.preview.deployment import DeploymentError, bootstrap, deploy
from tools.preview.local_aws import LocalAwsError, client_environment, local_aws

_ROOT = Path(__file__).parents[1]
_progress = Console(stderr=True, highlight=False)
_result = Console(highlight=False, soft_wrap=True)


def _context(_context: click.Context, _option: click.Option, items: tuple[str, ...]) -> list[str]:
    for item in items:
        if not item.partition("=")[1]:
            raise click.BadParameter(f"got {item!r}, expected KEY=VALUE such as domain=example.com")
    return list(items)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Tools of First-Party Tracking for Hightouch Events on AWS."""


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
    config = _config(context)
    try:
        plans = list(
            plan(config, boto3.client("cloudformation", "us-east-1"), boto3.client("cloudfront"))
        )
    except ClientError as error:
        raise click.ClickException(explain(error)) from error
    except BotoCoreError as error:
        raise click.ClickException(f"AWS cannot be asked: {error}") from error
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in plans], indent=2))
    else:
        _show_plans(plans, (config.renew_path, config.clear_path))
    sys.exit(1 if any(one.refusal for one in plans) else 0)


def _show_plans(plans: list[DistributionPlan], paths: tuple[str, str]) -> None:
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


def _config(items: list[str]) -> TrackingConfig:
    """Return the configuration from cdk.json and `items`. Exits with 2 where it is bad."""
    try:
        context = json.loads((_ROOT / "cdk.json").read_text()).get("context", {})
    except json.JSONDecodeError as error:
        _progress.print(f"cdk.json is not JSON: {error}", soft_wrap=True, markup=False)
        sys.exit(2)
    context |= {key: value for key, _, value in (item.partition("=") for item in items)}
    try:
        return TrackingConfig.from_context(context, without=["certificate_arn"])
    except ConfigError as error:
        _progress.print(str(error), soft_wrap=True, markup=False)
        sys.exit(2)


@main.command("preview")
@_context_option
def preview_command(context: list[str]) -> None:
    """Deploy the app into an embedded AWS on this machine and show the outputs.

    The domain is shop.localhost unless the context says otherwise. Nothing leaves the machine,
    and no AWS account is needed.
    """
    if missing := _missing_part():
        raise click.ClickException(missing)
    given = {item.partition("=")[0] for item in context}
    if "domain" not in given:
        context.append("domain=shop.localhost")
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        scratch = Path(folder)
        try:
            _progress.print("Starting an embedded AWS")
            with local_aws(scratch) as aws:
                environment = client_environment(aws)
                _progress.print("Bootstrapping it: cdk bootstrap")
                bootstrap(environment, scratch)
                if "certificate_arn" not in given:
                    context.append(f"certificate_arn={_certificate(aws)}")
                _progress.print(
                    "Deploying into it: cdk deploy --all "
                    + " ".join(f"-c {item}" for item in context),
                    soft_wrap=True,
                )
                outputs = deploy(environment, scratch, context)
        except (DeploymentError, LocalAwsError) as error:
            raise click.ClickException(str(error)) from error
    for stack, values in outputs.items():
        click.echo(f"\n{stack}")
        for name, value in values.items():
            click.echo(f"  {name}\n{textwrap.indent(value, '    ')}")


def _missing_part() -> str | None:
    if shutil.which("node") is None:
        return "Node.js is not installed: the CDK runs on it, version 20 or later"
    if not (_ROOT / "node_modules" / ".bin" / "cdk").exists():
        return "the CDK CLI is not installed here: run make install-dev"
    if find_spec("ministack") is None:
        return "the embedded AWS is not installed here: run make install-dev"
    return None


def _certificate(aws: dict[str, str]) -> str:
    """Return the ARN of a certificate that the embedded AWS made."""
    acm = boto3.client(
        "acm",
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        region_name=aws["AWS_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )
    return acm.request_certificate(DomainName="*.shop.localhost")["CertificateArn"]


if __name__ == "__main__":
    main(prog_name="python -m tools")
