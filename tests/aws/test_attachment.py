"""Deployments with the real CDK CLI that attach to distributions in the AWS emulator.

`Checkout.deploy` compares the changes of each deployment with those that `plan` printed before.
"""

import json
import sys
from typing import Any

import boto3

from attachment.finding import Finding
from tests.support.checkout import Checkout, options
from tests.support.customer import behavior, behaviors, create_distribution, document, origin
from tests.support.distribution_edits import delete_distribution, edit, runs, set_configuration
from tests.support.observed_documents import observed


def deploy(checkout: Checkout, name: str, *context: str) -> str:
    """Deploy the stack under this name prefix and return the version's ARN."""
    checkout.deploy(f"{name}-CookieService", f"name={name}", *context)
    return checkout.outputs(f"{name}-CookieService")["CookieFunctionVersionArn"]


WEB_ACL = (
    "arn:aws:wafv2:us-east-1:000000000000:global/webacl/site/12345678-1234-1234-1234-123456789012"
)


def vpc_origin() -> dict[str, Any]:
    """Create a VPC origin and return the settings of an origin that uses it."""
    subnets = boto3.client("ec2").describe_subnets()["Subnets"]
    [balancer] = boto3.client("elbv2").create_load_balancer(
        Name="site", Scheme="internal", Subnets=[subnet["SubnetId"] for subnet in subnets[:2]]
    )["LoadBalancers"]
    created = boto3.client("cloudfront").create_vpc_origin(
        VpcOriginEndpointConfig={
            "Name": "internal",
            "Arn": balancer["LoadBalancerArn"],
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
        }
    )
    settings = origin("internal", VpcOriginConfig={"VpcOriginId": created["VpcOrigin"]["Id"]})
    del settings["CustomOriginConfig"]
    return settings


def test_attach_and_update(checkout: Checkout) -> None:
    """Another tool's edit between two deployments is kept.

    The site has a web ACL and a VPC origin, which CloudFront may require the role to read.
    """
    site = create_distribution(
        behavior(PathPattern="/api/*"),
        Origins={"Quantity": 2, "Items": [origin(), vpc_origin()]},
        WebACLId=WEB_ACL,
    )
    named = f"site_distribution_id={site}"

    first = deploy(checkout, "Life", named)
    assert behaviors(site) == [("/ht/renew", first), ("/ht/clear", first), ("/api/*", "")]

    edit(site, set_configuration(Comment="edited in between"))
    second = deploy(checkout, "Life", named, "cookie_max_age_days=30", "renew_path=/id/renew")
    assert second != first
    assert behaviors(site) == [("/id/renew", second), ("/ht/clear", second), ("/api/*", "")]
    assert b"<Comment>edited in between</Comment>" in document(site)

    # Another tool adds the function to another distribution.
    other = create_distribution(behavior(PathPattern="/ht/renew", **runs(second)))
    planned = checkout.plan("name=Life", named, "cookie_max_age_days=30", "renew_path=/id/renew")
    assert planned.plans[site]["changes"] == []
    [warning] = planned.plans[other]["warnings"]
    assert warning["code"] == "unmanaged-behaviors"
    assert "/ht/renew" in warning["problem"]


def test_plan_reports_the_action_on_each_distribution(checkout: Checkout) -> None:
    """The exit status is 4 if the paths that pages now use are detached or moved."""
    site, other = create_distribution(), create_distribution()
    deploy(checkout, "Said", f"site_distribution_id={site}")

    def planned(*context: str) -> tuple[int, dict[str, str], set[str]]:
        command = ("plan", "--json", "--detailed-exit-code", *options("name=Said", *context))
        done = checkout.run(sys.executable, "-m", "tools", *command)
        plans = json.loads(done.stdout)
        codes = {warning["code"] for plan in plans for warning in plan["warnings"]}
        return (
            done.returncode,
            {plan["distribution_id"]: plan["action"] for plan in plans},
            codes & {"path-changed"},
        )

    both = f"site_distribution_id={site},{other}"
    named = f"site_distribution_id={site}"
    assert planned(named) == (0, {site: "NO CHANGE"}, set())
    assert planned(named, "cookie_max_age_days=30") == (3, {site: "UPDATE"}, set())
    assert planned(both) == (3, {site: "NO CHANGE", other: "ATTACH"}, set())
    assert planned(named, "clear_path=/id/clear") == (4, {site: "MOVE"}, {"path-changed"})
    assert planned(f"site_distribution_id={other}") == (4, {other: "ATTACH", site: "DETACH"}, set())
    assert planned("site_distribution_id=none") == (4, {site: "DETACH"}, set())


def test_plan_and_deployment_refuse_a_foreign_behavior_on_the_path(checkout: Checkout) -> None:
    """Both report the same problem, and the deployment changes nothing."""
    site = create_distribution(behavior(PathPattern="/ht/renew"))
    with observed(site) as documents:
        refusal, _ = checkout.deploy_refused(
            "Foreign-CookieService", "name=Foreign", f"site_distribution_id={site}"
        )
    assert refusal["code"] == "behavior-exists"
    assert "'/ht/renew'" in refusal["problem"]
    assert "origin 'site' and runs no function" in refusal["problem"]
    events = boto3.client("cloudformation").describe_stack_events(
        StackName="Foreign-CookieService"
    )["StackEvents"]
    expected = f"distribution {site}: {Finding(**refusal)}"
    assert any(expected in event.get("ResourceStatusReason", "") for event in events)
    assert documents == [document(site)]


def test_a_failed_update_rolls_back_even_if_its_cause_remains(checkout: Checkout) -> None:
    """The rollback of an attachment to a deleted distribution has nothing to restore."""
    site = create_distribution()
    named = f"site_distribution_id={site}"
    deploy(checkout, "Gone", named)
    delete_distribution(site)

    refusal, printed = checkout.deploy_refused(
        "Gone-CookieService", "name=Gone", named, "cookie_max_age_days=30"
    )
    assert refusal["code"] == "no-such-distribution"
    assert "(NoSuchDistribution: " in printed
    [stack] = boto3.client("cloudformation").describe_stacks(StackName="Gone-CookieService")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
