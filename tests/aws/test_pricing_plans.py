"""Distributions with a pricing plan: rejected changes, and the output of `plan`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from attachment.live import explain
from tests.support.customer import behavior, create_distribution
from tests.support.distribution_edits import (
    delete_distribution,
    edit,
    set_configuration,
    set_default_behavior,
)
from tests.support.tool_commands import run_tool

WEB_ACL = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/site/12345678"

pytestmark = pytest.mark.usefixtures("aws")


@contextmanager
def subscribed(distribution_id: str, tier: str) -> Iterator[None]:
    """Subscribe a distribution to a pricing plan for the length of the block."""
    manager: Any = boto3.client("pricing-plan-manager")
    started = manager.create_subscription(
        planFamily="CloudFront",
        planTier=tier,
        resourceArns=[f"arn:aws:cloudfront::000000000000:distribution/{distribution_id}", WEB_ACL],
    )["subscription"]
    try:
        yield
    finally:
        manager.cancel_subscription(arn=started["arn"], ifMatch="any")


@pytest.fixture
def site() -> str:
    """A distribution with a web ACL, as the console creates it for a pricing plan."""
    return create_distribution(WebACLId=WEB_ACL)


def plan(aws: dict[str, str], site: str, *options: str) -> Any:
    """Run the command with a name under which nothing is ever deployed."""
    named = f"site_distribution_id={site}"
    return run_tool(aws, "plan", "-c", "domain=example.com", "-c", "name=P", "-c", named, *options)


def add_behaviors(count: int) -> Any:
    """Return a change that replaces a distribution's listed behaviors with this many."""
    items = [behavior(PathPattern=f"/{number}/*") for number in range(count)]
    return set_configuration(CacheBehaviors={"Quantity": count, "Items": items})


def rejected(site: str, change: Any) -> str:
    """Return the code that the tools report after CloudFront rejects the change."""
    with pytest.raises(ClientError) as error:
        edit(site, change)
    return explain(error.value).code


@pytest.mark.parametrize(("tier", "listed"), [("FREE", 4), ("PRO", 9)])
def test_one_behavior_more_than_the_plan_includes_is_rejected(
    site: str, tier: str, listed: int
) -> None:
    with subscribed(site, tier):
        edit(site, add_behaviors(listed))
        assert rejected(site, add_behaviors(listed + 1)) == "pricing-plan-feature"
    edit(site, add_behaviors(listed + 1))


@pytest.mark.parametrize("tier", ["FREE", "PRO"])
def test_custom_policy_is_rejected_in_the_lower_tiers(site: str, tier: str) -> None:
    """All tiers accept a managed policy, and the higher tiers accept custom policies."""
    config: Any = {
        "Name": f"{tier}-without-cookies",
        "HeadersConfig": {"HeaderBehavior": "allViewer"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
    }
    created = boto3.client("cloudfront").create_origin_request_policy(
        OriginRequestPolicyConfig=config
    )
    custom = set_default_behavior(OriginRequestPolicyId=created["OriginRequestPolicy"]["Id"])
    managed = set_default_behavior(OriginRequestPolicyId="216adef6-5c7f-47e4-b989-5492eafa07d3")
    with subscribed(site, tier):
        assert rejected(site, custom) == "pricing-plan-feature"
        edit(site, managed)
    with subscribed(site, "BUSINESS"):
        edit(site, custom)


@pytest.mark.parametrize("arn", ["", WEB_ACL.replace("/site/", "/other/")])
def test_web_acl_cannot_be_removed_or_replaced(site: str, arn: str) -> None:
    with subscribed(site, "PREMIUM"):
        assert rejected(site, set_configuration(WebACLId=arn)) == "pricing-plan-web-acl"
    edit(site, set_configuration(WebACLId=arn))


def test_distribution_with_a_plan_cannot_be_deleted(site: str) -> None:
    with subscribed(site, "FREE"):
        with pytest.raises(ClientError) as error:
            delete_distribution(site)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
        assert explain(error.value).code == "pricing-plan-deletion"
    delete_distribution(site)


def warnings(planned: dict[str, Any]) -> Sequence[str]:
    """Return the codes of the warnings that `plan` printed."""
    return [warning["code"] for warning in planned["warnings"]]


def test_plan_warns_of_a_pricing_plan_that_is_too_small_and_refuses_nothing(
    aws: dict[str, str], site: str
) -> None:
    edit(site, add_behaviors(3))
    with subscribed(site, "FREE"):
        done = plan(aws, site, "--json")
    [planned] = json.loads(done.stdout)
    assert planned["pricing_plan"] == "Free"
    assert "pricing-plan-exceeded" in warnings(planned)
    assert planned["refusal"] is None
    assert done.returncode == 0


def test_plan_does_not_warn_of_a_pricing_plan_that_is_large_enough(
    aws: dict[str, str], site: str
) -> None:
    edit(site, add_behaviors(3))
    with subscribed(site, "PRO"):
        [planned] = json.loads(plan(aws, site, "--json").stdout)
    assert planned["pricing_plan"] == "Pro"
    assert "pricing-plan-exceeded" not in warnings(planned)


def test_plan_shows_the_pricing_plan_in_one_line(aws: dict[str, str], site: str) -> None:
    with subscribed(site, "PRO"):
        assert "\n  pricing plan: Pro\n" in plan(aws, site).stdout
    assert f"\n  pricing plan: none\n  behaviors on {site}: 0 of 75\n" in plan(aws, site).stdout
