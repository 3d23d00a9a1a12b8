"""The project's tools: `python -m tools COMMAND`."""

import shutil
import tempfile
import textwrap
from importlib.util import find_spec
from pathlib import Path

import boto3
import click
from rich.console import Console

from tools.preview.deployment import DeploymentError, bootstrap, deploy
from tools.preview.local_aws import LocalAwsError, client_environment, local_aws

_ROOT = Path(__file__).parents[1]
_progress = Console(stderr=True, highlight=False)


def _context(_context: click.Context, _option: click.Option, items: tuple[str, ...]) -> list[str]:
    for item in items:
        if not item.partition("=")[1]:
            raise click.BadParameter(f"got {item!r}, expected KEY=VALUE such as domain=example.com")
    return list(items)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Tools of First-Party Tracking for Hightouch Events on AWS."""


@main.command()
@click.option(
    "-c",
    "--context",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_context,
    help="Context for the app, as for cdk. The domain is shop.localhost unless given here.",
)
def preview(context: list[str]) -> None:
    """Deploy the app into an embedded AWS on this machine and show the outputs.

    Nothing leaves the machine, and no AWS account is needed.
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
            with local_aws(scratch / "aws.log") as aws:
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
