"""The real CDK CLI attaches to customers' distributions in the AWS emulator, and detaches.

Each deployment does what `plan` said before.
"""

import json
import re
import sys
from typing import Any

import boto3
import pytest

from attachment.finding import Finding
from tests.support.checkout import Checkout, options
from tests.support.customer import behavior, behaviors, create_distribution, document

#: The part of CloudFormation's event about a distribution that does not exist.
NO_SUCH_DISTRIBUTION = r"\(NoSuchDistribution: .*site_distribution_id"


def deploy(checkout: Checkout, name: str, *context: str) -> str:
    """Deploy the stack under this name prefix and return the version's ARN."""
    checkout.deploy(f"{name}-CookieService", f"name={name}", *context)
    return checkout.outputs(f"{name}-CookieService")["CookieFunctionVersionArn"]


def plan(checkout: Checkout, name: str, *context: str, status: int = 0) -> dict[str, Any]:
    """Return the plan of each distribution, by its ID."""
    done = checkout.run(
        sys.executable, "-m", "tools", "plan", "--json", *options(f"name={name}", *context)
    )
    assert done.returncode == status, done.stdout
    return {planned["distribution_id"]: planned for planned in json.loads(done.stdout)}


def lines(distribution_id: str) -> list[str]:
    """Return the live behaviors as `plan` writes them, for the origin of `create_distribution`."""
    found = []
    for pattern, version in [*behaviors(distribution_id), ("Default (*)", "")]:
        function = f"  viewer-request {version}" if version else ""
        found.append(f"{pattern}  origin site{function}")
    return found


def expected(planned: list[str], version: str) -> list[str]:
    """Return the planned lines with the version that the deployment published afterwards."""
    unnamed = r"\S*the version that this deployment publishes"
    return [re.sub(unnamed, version, line) for line in planned]


def test_attach_update_and_detach(checkout: Checkout) -> None:
    """Each deployment changes what `plan` lists, and keeps another tool's edit."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    named = f"site_distribution_id={site}"

    planned = plan(checkout, "Life", named)[site]
    assert planned["changes"] == [
        "add behavior /ht/renew with the version that this deployment publishes",
        "add behavior /ht/clear with the version that this deployment publishes",
    ]
    first = deploy(checkout, "Life", named)
    assert behaviors(site) == [("/ht/renew", first), ("/ht/clear", first), ("/api/*", "")]
    assert lines(site) == expected(planned["after"], first)

    # Another tool adds the function to another distribution.
    function = {"LambdaFunctionARN": first, "EventType": "viewer-request", "IncludeBody": False}
    associations = {"Quantity": 1, "Items": [function]}
    other = create_distribution(
        behavior(PathPattern="/ht/renew", LambdaFunctionAssociations=associations)
    )
    plans = plan(checkout, "Life", named)
    assert plans[site]["changes"] == []
    [warning] = plans[other]["warnings"]
    assert warning["code"] == "unmanaged-behaviors"
    assert "/ht/renew" in warning["problem"]

    # Another tool's edit, made through boto3, survives the next deployments.
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=site)
    config = answer["DistributionConfig"]
    config["Comment"] = "edited in between"
    cloudfront.update_distribution(Id=site, IfMatch=answer["ETag"], DistributionConfig=config)

    longer = (named, "cookie_max_age_days=30", "renew_path=/id/renew")
    planned = plan(checkout, "Life", *longer)[site]
    second = deploy(checkout, "Life", *longer)
    assert second != first
    assert behaviors(site) == [("/id/renew", second), ("/ht/clear", second), ("/api/*", "")]
    assert lines(site) == expected(planned["after"], second)

    planned = plan(checkout, "Life")[site]
    assert planned["changes"] == ["remove behavior /id/renew", "remove behavior /ht/clear"]
    deploy(checkout, "Life")
    assert behaviors(site) == [("/api/*", "")]
    assert lines(site) == planned["after"]
    live = cloudfront.get_distribution_config(Id=site)["DistributionConfig"]
    assert live["Comment"] == "edited in between"


def test_several_distributions_are_attached_and_detached_separately(checkout: Checkout) -> None:
    """A deployment detaches one that is no longer named, and `cdk destroy` detaches the rest."""
    shop, blog = create_distribution(behavior(PathPattern="*.css")), create_distribution()
    before = {site: document(site) for site in (shop, blog)}

    version = deploy(checkout, "Two", f"site_distribution_id={shop},{blog}")
    assert behaviors(shop)[:2] == [("/ht/renew", version), ("/ht/clear", version)]
    assert behaviors(blog) == [("/ht/renew", version), ("/ht/clear", version)]

    # Another tool removes the behaviors from the blog, and CloudFormation does not notice.
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=blog)
    config = answer["DistributionConfig"]
    config["CacheBehaviors"] = {"Quantity": 0}
    cloudfront.update_distribution(Id=blog, IfMatch=answer["ETag"], DistributionConfig=config)
    drifted = plan(checkout, "Two", f"site_distribution_id={shop},{blog}")[blog]
    assert drifted["changes"] == []
    assert drifted["warnings"][-1]["code"] == "changed-unnoticed"

    deploy(checkout, "Two", f"site_distribution_id={shop}")
    assert document(blog) == before[blog]
    assert behaviors(shop)[:2] == [("/ht/renew", version), ("/ht/clear", version)]

    checkout.cdk("destroy", "Two-CookieService", "--force", *options("name=Two"))
    assert document(shop) == before[shop]


def test_plan_and_deployment_refuse_a_foreign_behavior_on_the_path(checkout: Checkout) -> None:
    """Both say the same, and the deployment changes nothing."""
    site = create_distribution(behavior(PathPattern="/ht/renew"))
    before = document(site)
    named = f"site_distribution_id={site}"

    refusal = plan(checkout, "Foreign", named, status=1)[site]["refusal"]
    assert refusal["code"] == "behavior-exists"
    assert "'/ht/renew'" in refusal["problem"]
    assert "origin 'site' and runs no function" in refusal["problem"]
    with pytest.raises(AssertionError):
        deploy(checkout, "Foreign", named)
    events = boto3.client("cloudformation").describe_stack_events(
        StackName="Foreign-CookieService"
    )["StackEvents"]
    expected_text = f"distribution {site}: {Finding(**refusal)}"
    assert any(expected_text in event.get("ResourceStatusReason", "") for event in events)
    assert document(site) == before


def test_a_deployment_that_fails_after_attaching_is_rolled_back(checkout: Checkout) -> None:
    """The rollback restores the previous version after the new one was attached."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    named = f"site_distribution_id={site}"
    first = deploy(checkout, "Rolled", named)
    before = document(site)
    cloudfront = boto3.client("cloudfront")
    etag = cloudfront.get_distribution_config(Id=site)["ETag"]

    # A parameter that is created after the attachments has a name that exists already.
    boto3.client("ssm").put_parameter(Name="/Rolled/Taken", Value="other", Type="String")
    stack = checkout.folder / "stacks" / "cookie_service_stack.py"
    source = stack.read_text()
    failing = (
        "            late = ssm.StringParameter(\n"
        '                self, "Late", parameter_name="/Rolled/Taken", string_value="x"\n'
        "            )\n"
        '            late.node.add_dependency(self.node.find_child("Attachments"))\n'
    )
    marker = "            ).node.add_dependency(*first)\n"
    assert source.count(marker) == 1
    stack.write_text(source.replace(marker, marker + failing))
    with pytest.raises(AssertionError, match="ROLLBACK"):
        deploy(checkout, "Rolled", named, "cookie_max_age_days=30")

    assert (
        cloudfront.get_distribution_config(Id=site)["ETag"] != etag
    )  # the new version was attached
    assert document(site) == before
    assert behaviors(site)[0] == ("/ht/renew", first)


def test_a_first_deployment_that_fails_for_one_distribution_leaves_none_attached(
    checkout: Checkout,
) -> None:
    """The other distribution was attached before, and the rollback detaches it."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    before = document(site)
    etag = boto3.client("cloudfront").get_distribution_config(Id=site)["ETag"]

    with pytest.raises(AssertionError, match=NO_SUCH_DISTRIBUTION):
        deploy(checkout, "First", f"site_distribution_id={site},E2QWRUHAPOMQZL")

    assert document(site) == before
    assert boto3.client("cloudfront").get_distribution_config(Id=site)["ETag"] != etag


def test_a_failed_update_rolls_back_even_if_its_cause_remains(checkout: Checkout) -> None:
    """A deleted distribution cannot get the previous version again, and does not need it."""
    site = create_distribution()
    named = f"site_distribution_id={site}"
    deploy(checkout, "Gone", named)
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=site)
    config = answer["DistributionConfig"] | {"Enabled": False}
    disabled = cloudfront.update_distribution(
        Id=site, IfMatch=answer["ETag"], DistributionConfig=config
    )
    cloudfront.delete_distribution(Id=site, IfMatch=disabled["ETag"])

    with pytest.raises(AssertionError, match=NO_SUCH_DISTRIBUTION):
        deploy(checkout, "Gone", named, "cookie_max_age_days=30")
    [stack] = boto3.client("cloudformation").describe_stacks(StackName="Gone-CookieService")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
