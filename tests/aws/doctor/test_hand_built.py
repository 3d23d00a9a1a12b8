"""Hand-built proxies, and the commands of doctor and plan that move them into a stack."""

from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from attachment.finding import Finding
from tests.support.checkout import Checkout
from tests.support.deployed_example import DeployedExample
from tests.support.hand_built import (
    EVENTS_PROXY,
    SDK_PROXY,
    WEB_ACL,
    build_proxy,
    configuration_of,
    request_certificate,
)
from tests.support.printed_fixes import commands_of
from tools.doctor.report import Note

STACK = "FirstPartyTracking-built-example-Proxies"
NAMES = "alternate domain names"


@pytest.fixture(scope="module")
def built(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> DeployedExample:
    """An account without a deployment, but with both proxies, built by hand with a web ACL."""
    certificate = request_certificate("*.built.example")
    build_proxy(SDK_PROXY, "cdn.built.example", certificate, WebACLId=WEB_ACL)
    build_proxy(EVENTS_PROXY, "events.built.example", certificate, WebACLId=WEB_ACL)
    context = {"domain": "built.example"}
    checkout = Checkout.make(tmp_path_factory.mktemp("built") / "checkout", aws)
    return DeployedExample(checkout=checkout, site="", context=context, outputs={})


def live(example: DeployedExample) -> dict[str, str]:
    """Return the distribution ID of each proxy, by its alternate domain name."""
    names = {proxy.domain_name for proxy in example.doctor().deployment.proxies}
    listed = boto3.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    return {
        name: summary["Id"]
        for summary in listed
        for name in names & {*summary["Aliases"].get("Items", [])}
    }


def warning_of_plan(example: DeployedExample) -> Mapping[str, Any]:
    """Return the only warning of `plan`."""
    items = [f"{key}={value}" for key, value in example.context.items()]
    [planned] = example.checkout.plan(*items).plans.values()
    [warning] = planned["warnings"]
    assert planned["action"] == "NO CHANGE"
    return dict(warning)


def test_doctor_and_plan_print_the_same_commands(built: DeployedExample) -> None:
    """Only the context in the commands differs."""
    note, *_ = built.run_check(NAMES)
    assert isinstance(note, Note)
    assert note.code == "hand-built-proxies"
    found = live(built)
    ids = f"{found['cdn.built.example']} and {found['events.built.example']}"
    assert note.text.startswith(f"the distributions of the proxies ({ids}) ")
    warning = Finding(**warning_of_plan(built))
    assert warning.code == "hand-built-proxies"
    for of_doctor, of_plan in zip(commands(note), commands_of(warning), strict=True):
        assert of_doctor.split(" -c ")[0] == of_plan.split(" -c ")[0]


def commands(note: Note) -> list[str]:
    """Return the commands in a note."""
    return commands_of(Finding(note.code, "", note.text))


def test_fix_of_hand_built_proxies_moves_them_into_the_stack(built: DeployedExample) -> None:
    """The commands keep the certificate and the web ACL. The last one is the deployment."""
    note, *_ = built.run_check(NAMES)
    assert isinstance(note, Note)
    move, deploy = commands(note)
    found = live(built)
    done = built.checkout.shell(move)
    assert done.returncode == 0, done.stdout
    [unfinished, *_] = built.run_check(NAMES)
    assert isinstance(unfinished, Finding)
    assert unfinished.code == "import-unfinished"
    assert [result.code for result in built.run_check("SDK proxy")] == ["web-acl"]
    built.checkout.deploy_as_typed(deploy)
    assert live(built) == found
    for distribution_id in found.values():
        assert configuration_of(distribution_id)["WebACLId"] == WEB_ACL
    assert built.run_check(NAMES, web_acl_arn=WEB_ACL) == []
    for check in ("SDK proxy", "events proxy"):
        assert [result.code for result in built.run_check(check, web_acl_arn=WEB_ACL)] == [
            "web-acl"
        ]


def test_fix_of_an_unfinished_import_deploys_it(
    aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The command has the context of the check, here without a web ACL."""
    certificate = request_certificate("*.half.example")
    build_proxy(SDK_PROXY, "cdn.half.example", certificate)
    build_proxy(EVENTS_PROXY, "events.half.example", certificate)
    context = {"domain": "half.example"}
    checkout = Checkout.make(tmp_path_factory.mktemp("half") / "checkout", aws)
    half = DeployedExample(checkout=checkout, site="", context=context, outputs={})
    note, *_ = half.run_check(NAMES)
    assert isinstance(note, Note)
    done = checkout.shell(commands(note)[0])
    assert done.returncode == 0, done.stdout
    [finding] = half.run_check(NAMES)
    assert isinstance(finding, Finding)
    [deploy] = commands_of(finding)
    checkout.deploy_as_typed(deploy)
    assert half.run_check(NAMES) == []
