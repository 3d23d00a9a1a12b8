"""Fixes that doctor and plan print, run as by a user until the finding no longer exists.

Deployments are run as printed. A shell runs every other command.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from attachment.finding import Finding
from tests.support.checkout import ROOT, Checkout
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import (
    drop_behaviors,
    edit,
    put_first,
    service_behavior,
    set_configuration,
)
from tests.support.printed_fixes import commands_of
from tools.doctor.checks import Doctor
from tools.doctor.report import run
from tools.limits import Limits

PAGE = (ROOT / "docs" / "doctor.md").read_text()
RENEW, CLEAR = "/ht/renew", "/ht/clear"
WEB_ACL = (
    "arn:aws:wafv2:us-east-1:000000000000:global/webacl/shop/12345678-1234-1234-1234-123456789012"
)

#: The test in this folder that runs the fix of each code.
RUN = {
    "another-domain": "test_fix_of_another_domain_checks_the_existing_deployment",
    "attachment-differs": "test_fix_of_removed_behaviors_writes_them_again",
    "changed-unnoticed": "test_fix_of_removed_behaviors_writes_them_again",
    "function-code-differs": "test_fix_of_other_settings_deploys_them",
    "function-setting-differs": "test_fix_of_an_older_checkout_deploys_this_one",
    "function-without-stack": "test_each_leftover_has_the_command_that_deletes_it",
    "hand-built-proxies": "test_fix_of_hand_built_proxies_moves_them_into_the_stack",
    "import-unfinished": "test_fix_of_an_unfinished_import_deploys_it",
    "left-attached": "test_fix_of_a_key_left_out_keeps_the_attachment",
    "no-stack": "test_fixes_of_missing_stacks_deploy_them",
    "not-attached": "test_fix_of_no_attachment_attaches_the_likely_distribution",
    "not-deployed": "test_fixes_of_missing_stacks_deploy_them",
    "other-name": "test_fix_of_another_name_checks_the_existing_deployment",
    "parameter-differs": "test_fix_of_a_changed_parameter_restores_it",
    "pricing-plan-without-policies": "test_fix_of_a_plan_without_policies_forwards_cookies",
    "proxy-missing": "test_fixes_of_missing_stacks_deploy_them",
    "stack-beyond-repair": "test_fix_of_a_failed_stack_deploys_it_again",
    "unmanaged-behaviors": "test_fixes_of_unmanaged_behaviors_manage_or_remove_them",
    "web-acl-differs": "test_fix_of_another_web_acl_deploys_it",
    "web-acl-set-by-hand": "test_fix_of_a_web_acl_that_was_set_by_hand_keeps_it",
}


def codes_in(pattern: str, text: str = PAGE) -> set[str]:
    """Return the codes in the first cells of the rows that match the pattern."""
    rows = re.findall(pattern, text, re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])}


def test_every_fix_is_run_by_a_test_or_has_a_reason() -> None:
    tables, reasons = PAGE.split("## Which fixes have no tested command")
    found = {
        code
        for table in re.findall(r"^\| code \| problem \| fix \|\n(?:\|.*\n)+", tables, re.MULTILINE)
        for code in codes_in(r"^\| `.*", table)
    }
    with_reason = codes_in(r"^\| `.*", reasons)
    assert {*RUN} | with_reason == found
    assert {*RUN} & with_reason == set()
    sources = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in RUN.values() if f"\ndef {name}(" not in sources] == []


@pytest.fixture(scope="module")
def shop(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> DeployedExample:
    """A site. The tests of this module create and change its deployment."""
    certificate = boto3.client("acm").request_certificate(DomainName="*.shop.example")
    site = create_distribution(behavior(PathPattern="/api/*"), alias="www.shop.example")
    context = {"domain": "shop.example", "certificate_arn": certificate["CertificateArn"]}
    checkout = Checkout.make(tmp_path_factory.mktemp("shop") / "checkout", aws)
    return DeployedExample(checkout=checkout, site=site, context=context, outputs={})


def found_in(doctor: Doctor) -> list[Finding]:
    """Return all findings of the checks that call no live host."""
    checks = {
        name: check
        for name, check in doctor.checks().items()
        if " through " not in name and " on " not in name
    }
    return [finding for report in run(checks) for finding in report.findings]


def finding_of(code: str, doctor: Doctor) -> Finding:
    """Return doctor's first finding with this code. Both proxies may have the same one."""
    found = {finding.code: finding for finding in reversed(found_in(doctor))}
    return found[code]


def run_commands(checkout: Checkout, commands: list[str]) -> str:
    """Run the commands of a fix in order. Each has to succeed."""
    printed = ""
    for command in commands:
        if "cdk deploy" in command:
            printed += checkout.deploy_as_typed(command)
            continue
        done = checkout.shell(command)
        assert done.returncode == 0, done.stdout
        printed += done.stdout
    return printed


def context_of(command: str) -> dict[str, Any]:
    """Return the context in a printed command."""
    return dict(item.split("=", 1) for item in re.findall(r" -c (\S+)", command))


def test_fixes_of_missing_stacks_deploy_them(shop: DeployedExample) -> None:
    """At first both stacks are missing, then each one separately."""
    [everything] = commands_of(finding_of("not-deployed", shop.doctor()))
    run_commands(shop.checkout, [everything])
    for stack, code in (("CookieService", "no-stack"), ("Proxies", "proxy-missing")):
        shop.checkout.destroy(f"FirstPartyTracking-shop-example-{stack}", "domain=shop.example")
        [command] = commands_of(finding_of(code, shop.doctor()))
        assert command.startswith(f"npx cdk deploy FirstPartyTracking-shop-example-{stack} ")
        run_commands(shop.checkout, [command])
    assert [finding.code for finding in found_in(shop.doctor())] == ["not-attached"]


def test_fix_of_no_attachment_attaches_the_likely_distribution(shop: DeployedExample) -> None:
    [command] = commands_of(finding_of("not-attached", shop.doctor()))
    assert context_of(command)["site_distribution_id"] == shop.site
    run_commands(shop.checkout, [command])
    assert found_in(shop.doctor(**context_of(command))) == []
    assert [path for path, _ in behaviors(shop.site)] == [RENEW, CLEAR, "/api/*"]


def test_fix_of_a_key_left_out_keeps_the_attachment(shop: DeployedExample) -> None:
    """`plan` warns before a deployment without site_distribution_id."""
    [planned] = shop.checkout.plan(*items(shop)).plans.values()
    [warning] = planned["warnings"]
    assert warning["code"] == "left-attached"
    [command] = commands_of(Finding(**warning))
    run_commands(shop.checkout, [command])
    [again] = shop.checkout.plan(*items(shop, site_distribution_id=shop.site)).plans.values()
    assert again["warnings"] == []


def items(example: DeployedExample, **more: str) -> list[str]:
    """Return the example's context as items of a command."""
    return [f"{key}={value}" for key, value in {**example.context, **more}.items()]


def test_fix_of_removed_behaviors_writes_them_again(shop: DeployedExample) -> None:
    """Doctor and plan print the same command."""
    edit(shop.site, drop_behaviors(RENEW, CLEAR))
    doctor = shop.doctor(site_distribution_id=shop.site)
    [command] = commands_of(finding_of("attachment-differs", doctor))
    [planned] = shop.checkout.plan(*items(shop, site_distribution_id=shop.site)).plans.values()
    warning = next(one for one in planned["warnings"] if one["code"] == "changed-unnoticed")
    assert commands_of(Finding(**warning)) == [command]
    run_commands(shop.checkout, [command])
    assert found_in(shop.doctor(**context_of(command))) == []


def test_fix_of_other_settings_deploys_them(shop: DeployedExample) -> None:
    doctor = shop.doctor(site_distribution_id=shop.site, repair="1", cookie_max_age_days="30")
    [command] = commands_of(finding_of("function-code-differs", doctor))
    run_commands(shop.checkout, [command])
    assert found_in(shop.doctor(**context_of(command))) == []


def test_fix_of_an_older_checkout_deploys_this_one(
    shop: DeployedExample, aws: dict[str, str], tmp_path: Path
) -> None:
    older = Checkout.make(tmp_path / "older", aws)
    package = older.folder / "stacks" / "edge_package.py"
    source = package.read_text()
    assert "TIMEOUT_SECONDS = 5" in source
    package.write_text(source.replace("TIMEOUT_SECONDS = 5", "TIMEOUT_SECONDS = 4"))
    older.deploy(
        "FirstPartyTracking-shop-example-CookieService",
        *items(shop, site_distribution_id=shop.site),
    )
    doctor = shop.doctor(site_distribution_id=shop.site)
    [command] = commands_of(finding_of("function-setting-differs", doctor))
    run_commands(shop.checkout, [command])
    assert found_in(shop.doctor(**context_of(command))) == []


def add_behaviors(distribution_id: str, version: str) -> None:
    for path in (CLEAR, RENEW):
        edit(distribution_id, put_first(service_behavior(path, version)))


def test_fixes_of_unmanaged_behaviors_manage_or_remove_them(shop: DeployedExample) -> None:
    """The first printed command manages the behaviors; the others remove them."""
    version = shop.doctor().account.newest_version
    blog = create_distribution(behavior(PathPattern="/api/*"), alias="blog.shop.example")
    add_behaviors(blog, version)

    def commands() -> list[str]:
        plans = shop.checkout.plan(*items(shop, site_distribution_id=shop.site)).plans
        [warning] = plans[blog]["warnings"]
        assert warning["code"] == "unmanaged-behaviors"
        return commands_of(Finding(**warning))

    _, *remove = commands()
    run_commands(shop.checkout, remove)
    assert [path for path, _ in behaviors(blog)] == ["/api/*"]

    add_behaviors(blog, version)
    manage = commands()[0]
    assert context_of(manage)["site_distribution_id"] == f"{shop.site},{blog}"
    run_commands(shop.checkout, [manage])
    assert found_in(shop.doctor(**context_of(manage))) == []
    assert [path for path, _ in behaviors(blog)] == [RENEW, CLEAR, "/api/*"]


def test_fix_of_another_name_checks_the_existing_deployment(shop: DeployedExample) -> None:
    [command] = commands_of(finding_of("other-name", shop.doctor(name="Shopp")))
    assert found_with(shop, command).isdisjoint({"other-name", "not-deployed"})


def test_fix_of_another_domain_checks_the_existing_deployment(shop: DeployedExample) -> None:
    doctor = shop.doctor(domain="other.example", name="FirstPartyTracking-shop-example")
    [command] = commands_of(finding_of("another-domain", doctor))
    assert found_with(shop, command).isdisjoint({"another-domain", "not-deployed"})


def found_with(example: DeployedExample, command: str) -> set[str]:
    """Run a doctor command, and return the codes of the findings that it prints."""
    nowhere = "--via http://127.0.0.1:9 --json"  # the hosts of the example do not exist
    done = example.checkout.shell(f"{command} {nowhere}")
    assert done.returncode in {0, 1}
    return {finding["code"] for report in json.loads(done.stdout) for finding in report["findings"]}


def test_fix_of_a_web_acl_that_was_set_by_hand_keeps_it(shop: DeployedExample) -> None:
    for summary in shop.doctor().account.distributions:
        if {"cdn.shop.example", "events.shop.example"} & {*summary["Aliases"].get("Items", [])}:
            edit(summary["Id"], set_configuration(WebACLId=WEB_ACL))
    [command] = commands_of(finding_of("web-acl-set-by-hand", shop.doctor()))
    run_commands(shop.checkout, [command])
    doctor = shop.doctor(**context_of(command))
    assert {finding.code for finding in found_in(doctor)}.isdisjoint(
        {"web-acl-set-by-hand", "web-acl-differs"}
    )


def test_fix_of_another_web_acl_deploys_it(shop: DeployedExample) -> None:
    other = WEB_ACL.replace("webacl/shop", "webacl/other")
    [command] = commands_of(finding_of("web-acl-differs", shop.doctor(web_acl_arn=other)))
    run_commands(shop.checkout, [command])
    assert "web-acl-differs" not in {
        finding.code for finding in found_in(shop.doctor(**context_of(command)))
    }


def test_fix_of_a_plan_without_policies_forwards_cookies(shop: DeployedExample) -> None:
    own_policies = {**shop.context, "web_acl_arn": WEB_ACL, "forward_cookies": "false"}
    private = replace(shop, context=own_policies)
    shop.checkout.deploy("FirstPartyTracking-shop-example-Proxies", *items(private))
    doctor = private.doctor()
    free = {summary["Id"]: "FREE" for summary in doctor.account.distributions}
    account = replace(doctor.account, limits=Limits(tiers=free, quota=75))
    found = finding_of("pricing-plan-without-policies", replace(doctor, account=account))
    [command] = commands_of(found)
    run_commands(shop.checkout, [command])
    assert context_of(command)["forward_cookies"] == "true"
    codes = {finding.code for finding in found_in(shop.doctor(**context_of(command)))}
    assert codes.isdisjoint({"pricing-plan-without-policies", "row-differs"})


def test_fix_of_a_failed_stack_deploys_it_again(
    shop: DeployedExample, aws: dict[str, str], tmp_path: Path
) -> None:
    checkout = Checkout.make(tmp_path / "broken", aws)
    broken = replace(shop, checkout=checkout, context={**shop.context, "domain": "broken.example"})
    template = {"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "X"}}}}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName="FirstPartyTracking-broken-example-Proxies", TemplateBody=json.dumps(template)
    )
    commands = commands_of(finding_of("stack-beyond-repair", broken.doctor()))
    run_commands(checkout, commands)
    assert "stack-beyond-repair" not in {
        finding.code for finding in found_in(broken.doctor(**context_of(commands[-1])))
    }
