"""All checks with the context of another deployment, by mistake."""

import re
import shlex
from typing import Any

import pytest

from attachment.finding import Finding
from tests.support.deployed_example import DeployedExample, findings, sentences

#: Advice that takes a working service offline if what doctor examines is another deployment's.
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

    option, name = shlex.split(finding.fix.removeprefix("pass ").partition(",")[0])
    assert option == "-c"
    with_fix: dict[str, Any] = {"name": "Acmee"} | dict([name.split("=")])
    assert list(deployed.doctor(**with_fix).checks()["stacks"]()) == []


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
    """What doctor then examines belongs to the deployment whose name was mistyped."""
    checks = deployed.doctor(**context).checks()
    results = [result for check in checks.values() for result in check()]
    assert any(isinstance(result, Finding) for result in results)

    advice = [sentence for result in results for sentence in sentences(result)]
    assert [sentence for sentence in advice if DESTRUCTIVE.search(sentence)] == []
