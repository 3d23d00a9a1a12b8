"""A deployment that requests its certificate, and the output of `plan` before it."""

import json
import shlex
import subprocess
from collections.abc import Iterator

import boto3
import pytest

from tests.support.checkout import Checkout
from tests.support.dns_server import dns_server
from tests.support.emulated_account import credentials_with
from tests.support.tool_commands import run_tool
from tools.permissions import PLAN, PLAN_CERTIFICATE

#: Names that no other test module has in the same AWS emulator.
SDK, EVENTS = "cdn.requested.example.com", "events.requested.example.com"


@pytest.fixture(scope="module")
def zone(aws: dict[str, str]) -> str:  # noqa: ARG001
    """The user's hosted zone."""
    route53 = boto3.client("route53")
    created = route53.create_hosted_zone(Name="requested.example.com", CallerReference="requested")
    return created["HostedZone"]["Id"].removeprefix("/hostedzone/")


@pytest.fixture(scope="module")
def options(zone: str) -> list[str]:
    """The context of the deployment, without a certificate."""
    items = ["name=Requested", "domain=requested.example.com", f"hosted_zone_id={zone}"]
    return [option for item in items for option in ("-c", item)]


def plan(
    aws: dict[str, str], options: list[str], *records: str
) -> "subprocess.CompletedProcess[str]":
    """Run `plan` with a resolver that returns these records of the domain."""
    with dns_server({"requested.example.com": records}) as port:
        return run_tool(aws, "plan", "--json", "--resolver", f"127.0.0.1:{port}", *options)


def test_plan_refuses_a_zone_that_public_dns_does_not_answer_from(
    aws: dict[str, str], options: list[str]
) -> None:
    done = plan(aws, options, "NS ns.registrar.example.")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "[zone-not-delegated]" in done.stderr
    assert "ns.registrar.example in public DNS" in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_accepts_a_zone_that_public_dns_answers_from(
    aws: dict[str, str], options: list[str], zone: str
) -> None:
    delegation = boto3.client("route53").get_hosted_zone(Id=zone)["DelegationSet"]
    servers = [f"NS {server.rstrip('.')}." for server in delegation["NameServers"]]
    done = plan(aws, options, *servers)
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", [])


def test_plan_continues_if_the_resolver_fails(aws: dict[str, str], options: list[str]) -> None:
    done = plan(aws, options, "SERVFAIL")
    assert done.returncode == 0
    assert done.stderr.startswith("could not check whether ACM can validate the certificate: ")


def test_plan_with_a_certificate_queries_no_dns(aws: dict[str, str], options: list[str]) -> None:
    certificate = (
        "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
    )
    done = plan(aws, [*options, "-c", f"certificate_arn={certificate}"], "SERVFAIL")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("actions", "is_allowed"),
    [
        pytest.param([*PLAN, *PLAN_CERTIFICATE], True, id="its-policy"),
        pytest.param([*PLAN], False, id="without-the-zone"),
    ],
)
def test_plan_needs_the_zone_in_its_policy(
    aws: dict[str, str], options: list[str], actions: list[str], is_allowed: bool
) -> None:
    """The emulator's denial of Route 53 has no request ID, so plan does not report it as AWS's."""
    done = plan(aws | credentials_with(*actions), options, "SERVFAIL")
    assert ("GetHostedZone with status 403" in done.stderr) != is_allowed
    assert done.returncode == (0 if is_allowed else 1)


def test_deployment_requests_a_certificate_and_destroy_deletes_it(
    checkout: Checkout, options: list[str]
) -> None:
    command = ["--no-notices", "--no-color", *options]
    checkout.deploy_as_typed(shlex.join(["npx", "cdk", "deploy", "Requested-Proxies", *command]))

    [(arn, names)] = certificates()
    assert names == {SDK, EVENTS}
    summaries = boto3.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    used = {
        alias: summary["ViewerCertificate"].get("ACMCertificateArn")
        for summary in summaries
        for alias in summary["Aliases"].get("Items", [])
    }
    assert (used[SDK], used[EVENTS]) == (arn, arn)

    done = checkout.run("npx", "cdk", "destroy", "Requested-Proxies", "--force", *command)
    assert done.returncode == 0, done.stdout
    assert list(certificates()) == []


def certificates() -> Iterator[tuple[str, set[str]]]:
    """Yield ARN and names of each certificate that covers the SDK proxy's name."""
    acm = boto3.client("acm")
    for summary in acm.list_certificates()["CertificateSummaryList"]:
        found = acm.describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
        names = {found["DomainName"], *found.get("SubjectAlternativeNames", [])}
        if SDK in names:
            yield found["CertificateArn"], names
