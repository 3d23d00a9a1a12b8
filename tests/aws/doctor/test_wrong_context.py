"""All checks, called by mistake with the context of another deployment."""

import re
import shlex
from typing import Any

import pytest

from attachment.finding import Finding
from tests.support.deployed_example import DeployedExample, findings, sentences
from tests.support.printed_fixes import commands_of

#: Advice that would take a working service of another deployment offline.
DESTRUCTIVE = re.compile(
    r"take (it|the name) off|taken off|; remove it|update-distribution|associate-alias|"
    r"cdk destroy|delete-|--revert-drift"
)


def test_wrong_name_is_one_finding_whose_option_leads_to_the_deployment(
    deployed: DeployedExample,
) -> None:
    checks = deployed.doctor(name="Acmee").checks()
    [finding] = findings([result for check in checks.values() for result in check()])
    assert finding.code == "other-name"
    assert "account 000000000000" in finding.problem
    assert "Acmee-Proxies" in finding.problem
    assert "Acmee-CookieService" in finding.problem

    [command] = commands_of(finding)
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "tools", "doctor"]
    fixed: dict[str, Any] = dict(item.split("=") for item in words[5::2])
    assert list(deployed.doctor(**fixed).checks()["stacks"]()) == []


def test_credentials_of_another_account_are_one_finding(deployed: DeployedExample) -> None:
    """Doctor compares the account of the credentials with the certificate's."""
    arn = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    checks = deployed.doctor(certificate_arn=arn).checks()
    [finding] = findings([result for check in checks.values() for result in check()])
    assert finding.code == "other-account"
    assert "account 111122223333" in finding.problem
    assert "account 000000000000 (read as arn:aws:" in finding.problem


def test_account_without_the_deployment_is_one_finding(deployed: DeployedExample) -> None:
    """The finding names the account, and the deployments of this project in it."""
    results = deployed.run_check("stacks", domain="second.example", name="Acmee")
    [finding] = findings(results)
    assert finding.code == "not-deployed"
    assert "Acmee-Proxies and Acmee-CookieService do not exist in account 000000000000" in (
        finding.problem
    )
    assert "example.com is deployed there with name=FirstPartyTracking-example-com" in (
        finding.problem
    )


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"name": "Acmee"}, id="another-name"),
        pytest.param({"domain": "second.example"}, id="another-domain"),
        pytest.param(
            {"domain": "second.example", "name": "Acmee", "site_distribution_id": "none"},
            id="another-name-and-domain",
        ),
    ],
)
def test_wrong_context_gets_no_destructive_advice(
    deployed: DeployedExample, context: dict[str, Any]
) -> None:
    """The checked resources belong to the deployment that the user did not name."""
    checks = deployed.doctor(**context).checks()
    results = [result for check in checks.values() for result in check()]
    assert any(isinstance(result, Finding) for result in results)

    advice = [sentence for result in results for sentence in sentences(result)]
    assert [sentence for sentence in advice if DESTRUCTIVE.search(sentence)] == []
