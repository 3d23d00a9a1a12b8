"""The real CDK CLI attaches to customers' distributions in the embedded AWS, and detaches.

Before each deployment `plan` says what it will do, and afterwards that is what it did.
"""

import json
import re
import sys
from typing import Any

import boto3
import pytest

from tests.aws.customer import behavior, behaviors, create_distribution, document
from tests.checkout import Checkout, options


def deploy(checkout: Checkout, name: str, *context: str) -> str:
    """Deploy the stack under a prefix of its own and return the version's ARN."""
    checkout.deploy(f"{name}-CookieService", f"name={name}", *context)
    return checkout.outputs(f"{name}-CookieService")["CookieFunctionVersionArn"]


def plan(checkout: Checkout, name: str, *context: str, status: int = 0) -> dict[str, Any]:
    """Return what `plan` says of each distribution, by id."""
    done = checkout.run(
        sys.executable, "-m", "tools", "plan", "--json", *options(f"name={name}", *context)
    )
    assert done.returncode == status, done.stdout
    return {one["distribution_id"]: one for one in json.loads(done.stdout)}


def lines(distribution_id: str) -> list[str]:
    """Return the live behaviors as `plan` writes them, for sites of `create_distribution`."""
    found = []
    for pattern, version in [*behaviors(distribution_id), ("Default (*)", "")]:
        function = f"  viewer-request {version}" if version else ""
        found.append(f"{pattern}  origin site{function}")
    return found


def expected(planned: list[str], version: str) -> list[str]:
    """Return planned lines with the version that the deployment then published."""
    unnamed = r"\S*the version that this deployment publishes"
    return [re.sub(unnamed, version, line) for line in planned]


def test_attach_update_and_detach(checkout: Checkout) -> None:
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

    # Another distribution runs our function without this deployment's doing.
    function = {"LambdaFunctionARN": first, "EventType": "viewer-request", "IncludeBody": False}
    associations = {"Quantity": 1, "Items": [function]}
    other = create_distribution(
        behavior(PathPattern="/ht/renew", LambdaFunctionAssociations=associations)
    )
    plans = plan(checkout, "Life", named)
    assert plans[site]["changes"] == []
    [warning] = plans[other]["warnings"]
    assert warning.startswith(
        "it runs our function on /ht/renew, which no deployment of this stack"
    )

    # Another writer's edit, made through boto3, survives all that follows.
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


def test_several_distributions_each_get_and_lose_their_own(checkout: Checkout) -> None:
    """One that is left out is detached; `cdk destroy` detaches the rest. No byte is lost."""
    shop, blog = create_distribution(behavior(PathPattern="*.css")), create_distribution()
    before = {site: document(site) for site in (shop, blog)}

    version = deploy(checkout, "Two", f"site_distribution_id={shop},{blog}")
    assert behaviors(shop)[:2] == [("/ht/renew", version), ("/ht/clear", version)]
    assert behaviors(blog) == [("/ht/renew", version), ("/ht/clear", version)]

    # Somebody takes ours off the blog by hand; CloudFormation would not notice.
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=blog)
    config = answer["DistributionConfig"]
    config["CacheBehaviors"] = {"Quantity": 0}
    cloudfront.update_distribution(Id=blog, IfMatch=answer["ETag"], DistributionConfig=config)
    drifted = plan(checkout, "Two", f"site_distribution_id={shop},{blog}")[blog]
    assert drifted["changes"] == []
    assert drifted["warnings"][-1].startswith("somebody changed our behaviors since")

    deploy(checkout, "Two", f"site_distribution_id={shop}")
    assert document(blog) == before[blog]
    assert behaviors(shop)[:2] == [("/ht/renew", version), ("/ht/clear", version)]

    checkout.cdk("destroy", "Two-CookieService", "--force", *options("name=Two"))
    assert document(shop) == before[shop]


def test_a_foreign_behavior_on_our_path_is_refused_by_plan_and_deployment_alike(
    checkout: Checkout,
) -> None:
    site = create_distribution(behavior(PathPattern="/ht/renew"))
    before = document(site)
    named = f"site_distribution_id={site}"

    refusal = plan(checkout, "Foreign", named, status=1)[site]["refusal"]
    assert refusal == (
        f"distribution {site}: behavior '/ht/renew' is there already and not ours: it goes to "
        "origin 'site' and runs no function; do not remove it, "
        "because pages may use it, but choose other paths with the context "
        "keys renew_path and clear_path"
    )
    with pytest.raises(AssertionError):
        deploy(checkout, "Foreign", named)
    events = boto3.client("cloudformation").describe_stack_events(
        StackName="Foreign-CookieService"
    )["StackEvents"]
    assert any(refusal in event.get("ResourceStatusReason", "") for event in events)
    assert document(site) == before


def test_a_deployment_that_fails_after_attaching_is_rolled_back(checkout: Checkout) -> None:
    """The version before is back where the new one was already attached."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    named = f"site_distribution_id={site}"
    first = deploy(checkout, "Rolled", named)
    before = document(site)
    cloudfront = boto3.client("cloudfront")
    etag = cloudfront.get_distribution_config(Id=site)["ETag"]

    # A parameter that comes after the attachments has a name that is taken.
    boto3.client("ssm").put_parameter(Name="/Rolled/Taken", Value="other", Type="String")
    stack = checkout.folder / "stacks" / "cookie_service_stack.py"
    source = stack.read_text()
    failing = (
        "            late = ssm.StringParameter(\n"
        '                self, "Late", parameter_name="/Rolled/Taken", string_value="x"\n'
        "            )\n"
        "            late.node.add_dependency(attachments)\n"
    )
    marker = "            attachments.node.add_dependency(*harmless)\n"
    assert marker in source
    stack.write_text(source.replace(marker, marker + failing))
    with pytest.raises(AssertionError, match="ROLLBACK"):
        deploy(checkout, "Rolled", named, "cookie_max_age_days=30")

    assert cloudfront.get_distribution_config(Id=site)["ETag"] != etag  # it was attached before
    assert document(site) == before
    assert behaviors(site)[0] == ("/ht/renew", first)


def test_a_first_deployment_with_one_distribution_refused_leaves_none_attached(
    checkout: Checkout,
) -> None:
    """The other one was attached by then; the rollback takes it off again."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    before = document(site)
    etag = boto3.client("cloudfront").get_distribution_config(Id=site)["ETag"]

    with pytest.raises(AssertionError, match="check the context key site_distribution_id"):
        deploy(checkout, "First", f"site_distribution_id={site},E2QWRUHAPOMQZL")

    assert document(site) == before
    assert boto3.client("cloudfront").get_distribution_config(Id=site)["ETag"] != etag


def test_an_update_that_is_refused_rolls_back_although_its_cause_stays(checkout: Checkout) -> None:
    """A distribution that is gone cannot get the old version back, and need not."""
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

    with pytest.raises(AssertionError, match="check the context key site_distribution_id"):
        deploy(checkout, "Gone", named, "cookie_max_age_days=30")
    [stack] = boto3.client("cloudformation").describe_stacks(StackName="Gone-CookieService")[
        "Stacks"
    ]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
