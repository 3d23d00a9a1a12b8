"""The tools with other names in `stacks/deployment.py`, which the stacks deploy."""

import json
import sys
from typing import Any

import pytest

from tests.support.checkout import Checkout, options
from tests.support.customer import create_distribution
from tests.support.renamed_deployment import rename

#: Names that no other test module has in the same AWS emulator.
CONTEXT = ("name=Other", "sdk_domain=cdn.other.example.com", "events_domain=in.other.example.com")


@pytest.fixture(scope="module")
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution."""
    return create_distribution(alias="www.other.example.com")


@pytest.fixture(scope="module")
def renamed(aws: dict[str, str], site: str, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with other names, deployed and attached to the customer's distribution."""
    checkout = Checkout.make(tmp_path_factory.mktemp("renamed") / "checkout", aws)
    rename(checkout)
    checkout.deploy("--all", *CONTEXT, f"site_distribution_id={site}")
    return checkout


def tool(checkout: Checkout, site: str, *command: str) -> Any:
    """Return the JSON that a command of the tools prints in the checkout."""
    context = options(*CONTEXT, f"site_distribution_id={site}")
    done = checkout.run(sys.executable, "-m", "tools", *command, "--json", *context)
    return json.loads(done.stdout)


def outputs(checkout: Checkout) -> dict[str, dict[str, str]]:
    """Return the outputs of both stacks."""
    values: dict[str, dict[str, str]] = json.loads((checkout.folder / "outputs.json").read_text())
    return values


def test_deployed_stacks_have_the_new_names(renamed: Checkout) -> None:
    assert {stack: set(values) for stack, values in outputs(renamed).items()} == {
        "Other-ProxiesRenamed": {
            "SdkProxyCnameTargetRenamed",
            "EventsProxyCnameTargetRenamed",
            "ClientSnippetRenamed",
        },
        "Other-CookieServiceRenamed": {"CookieFunctionVersionArnRenamed"},
    }


def test_plan_finds_the_stack_and_its_attached_behaviors(renamed: Checkout, site: str) -> None:
    version = outputs(renamed)["Other-CookieServiceRenamed"]["CookieFunctionVersionArnRenamed"]
    behaviors = [
        f"/ht/renew  origin site  viewer-request {version}",
        f"/ht/clear  origin site  viewer-request {version}",
        "Default (*)  origin site",
    ]
    [planned] = tool(renamed, site, "plan")
    assert planned["distribution_id"] == site
    assert planned["action"] == "NO CHANGE"
    assert planned["warnings"] == []
    assert planned["before"] == planned["after"] == behaviors
    assert planned["version"] == version


def test_doctor_finds_stacks_proxies_outputs_and_parameter(renamed: Checkout, site: str) -> None:
    """Only the example's certificate and its hosts, which do not answer, have findings."""
    reports = tool(renamed, site, "doctor", "--via", "http://127.0.0.1:9")

    findings = {
        report["id"]: [finding["code"] for finding in report["findings"]]
        for report in reports
        if report["findings"]
    }
    assert findings == {
        "certificate": ["certificate-missing"],
        "sdk-through-cdn.other.example.com": ["sdk-unreachable"],
        "events-through-in.other.example.com": ["events-unreachable"],
        "cookie-service-on-www.other.example.com": ["service-unreachable"],
        "cookie-service-on-example.com": ["service-unreachable"],
    }
    others = {
        result["code"]
        for report in reports
        for kind in ("could_not_check", "notes", "errors")
        for result in report[kind]
    }
    assert others == {
        "concurrency",
        "dns-not-used",
        "hightouch-region",
        "pricing-plan",
        "quota",
    }
