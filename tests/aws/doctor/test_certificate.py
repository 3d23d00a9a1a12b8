"""The checks of the certificate and of the alternate domain names."""

from dataclasses import replace

import boto3

from attachment.finding import Finding
from tests.support.customer import create_distribution
from tests.support.deployed_example import DeployedExample, findings
from tests.support.distribution_edits import (
    Configuration,
    delete_distribution,
    edited,
    set_configuration,
)
from tools.doctor.report import Inconclusive


def request_certificate(name: str) -> str:
    """Request a certificate for this name and return its ARN."""
    return boto3.client("acm").request_certificate(DomainName=name)["CertificateArn"]


def test_certificate_that_covers_both_names_is_accepted(deployed: DeployedExample) -> None:
    assert deployed.run_check("certificate") == []


def test_certificate_for_one_name_of_two_is_a_finding(deployed: DeployedExample) -> None:
    arn = request_certificate("cdn.example.com")
    [finding] = findings(deployed.run_check("certificate", certificate_arn=arn))
    assert finding.code == "certificate-name-missing"
    assert finding.problem.startswith(f"{arn} ")
    assert "events.example.com" in finding.problem


def test_missing_certificate_is_a_finding(deployed: DeployedExample) -> None:
    arn = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
    assert deployed.run_check("certificate", certificate_arn=arn) == [
        Finding(
            "certificate-missing",
            f"{arn} does not exist in us-east-1 of this account",
            "copy the ARN from the ACM console in us-east-1",
        )
    ]


def test_live_certificates_are_checked_if_the_context_names_none(
    deployed: DeployedExample,
) -> None:
    arn = request_certificate("www.example.com")

    def change(configuration: Configuration) -> None:
        configuration["ViewerCertificate"]["ACMCertificateArn"] = arn

    context = {key: value for key, value in deployed.context.items() if "certificate" not in key}
    without_key = replace(deployed, context=context)
    assert without_key.run_check("certificate") == []
    with edited(deployed.events_proxy, change):
        [finding] = findings(without_key.run_check("certificate"))
    assert finding.code == "certificate-name-missing"
    assert finding.problem.startswith(f"{arn} ")
    assert "events.example.com" in finding.problem


def test_certificate_could_not_be_checked_before_the_first_deployment(
    deployed: DeployedExample,
) -> None:
    context = {"domain": "example.org", "name": "Absent"}
    [result] = replace(deployed, context=context).run_check("certificate")
    assert isinstance(result, Inconclusive)
    assert result.code == "no-certificate"


def test_alternate_domain_names_of_the_proxies_are_accepted(deployed: DeployedExample) -> None:
    assert deployed.run_check("alternate domain names") == []


def test_alternate_domain_name_on_another_distribution_is_a_finding(
    deployed: DeployedExample,
) -> None:
    """Only one distribution can have a name, so the proxy does not have it."""
    with edited(deployed.events_proxy, set_configuration(Aliases={"Quantity": 0})):
        other = create_distribution(alias="events.example.com")
        try:
            [finding] = findings(deployed.run_check("alternate domain names"))
        finally:
            delete_distribution(other)
    assert finding.code == "name-on-another-distribution"
    assert finding.problem.startswith("events.example.com ")
    assert other in finding.problem


def test_alternate_domain_name_in_use_before_the_first_deployment_is_a_finding(
    deployed: DeployedExample,
) -> None:
    """The distribution with the name is not a hand-built proxy, because it has another origin."""
    other = create_distribution(alias="cdn.example.org")
    first = replace(deployed, context={"domain": "example.org", "name": "Absent"})
    try:
        [in_use, *rest] = first.run_check("alternate domain names")
        [proxy] = first.run_check("SDK proxy")
    finally:
        delete_distribution(other)
    [finding] = findings([in_use])
    assert finding.code == "name-on-another-distribution"
    assert finding.problem.startswith("cdn.example.org ")
    assert other in finding.problem
    assert all(isinstance(result, Inconclusive) for result in rest)
    assert proxy.code == "no-proxy-yet"
