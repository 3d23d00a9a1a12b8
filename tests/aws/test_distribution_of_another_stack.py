"""A distribution of another stack, whose template gets the behaviors by the printed steps.

After these steps, only the other stack manages the behaviors. The site always has them.
"""

import json
import sys
import textwrap
from typing import Any

import boto3
import yaml

from tests.support.checkout import Checkout, options
from tests.support.customer import behaviors
from tests.support.observed_documents import observed


class SiteStack:
    """The other stack. At first, its template has no behaviors."""

    def __init__(self) -> None:
        self._cloudformation = boto3.client("cloudformation")
        self._cloudformation.create_stack(StackName="TheirSite", TemplateBody=site_template([]))
        self._cloudformation.get_waiter("stack_create_complete").wait(
            StackName="TheirSite", WaiterConfig={"Delay": 1}
        )
        [resource] = self._cloudformation.describe_stack_resources(StackName="TheirSite")[
            "StackResources"
        ]
        self.distribution_id = resource["PhysicalResourceId"]

    def update(self, behaviors: list[dict[str, Any]]) -> None:
        """Deploy the template with these behaviors."""
        self._cloudformation.update_stack(
            StackName="TheirSite", TemplateBody=site_template(behaviors)
        )
        self._cloudformation.get_waiter("stack_update_complete").wait(
            StackName="TheirSite", WaiterConfig={"Delay": 1}
        )


def site_template(behaviors: list[dict[str, Any]]) -> str:
    """Return a template of a distribution with these behaviors."""
    origin = {
        "Id": "site",
        "DomainName": "origin.example.com",
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
    }
    config = {
        "Enabled": True,
        "Comment": f"{len(behaviors)} behaviors",
        "Aliases": ["theirs.example.com"],
        "Origins": [origin],
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        "CacheBehaviors": behaviors,
    }
    distribution = {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {"DistributionConfig": config},
    }
    return json.dumps({"Resources": {"Site": distribution}})


def snippet(checkout: Checkout, *context: str) -> list[dict[str, Any]]:
    """Return the behaviors for the other stack's template that `plan` prints."""
    done = checkout.run(sys.executable, "-m", "tools", "plan", *options(*context))
    _, _, printed = done.stdout.partition(
        "Add to the top of CacheBehaviors in the stack TheirSite:"
    )
    found: list[dict[str, Any]] = yaml.safe_load(textwrap.dedent(printed))
    return found


def test_printed_steps_never_leave_the_site_without_behaviors(checkout: Checkout) -> None:
    theirs = SiteStack()
    site = theirs.distribution_id
    named = f"site_distribution_id={site}"
    checkout.deploy("Moved-CookieService", "name=Moved", named)
    version = checkout.outputs("Moved-CookieService")["CookieFunctionVersionArn"]
    attached = behaviors(site)
    assert attached == [("/ht/renew", version), ("/ht/clear", version)]

    planned = checkout.plan("name=Moved", named)
    [warning] = planned.plans[site]["warnings"]
    assert warning["code"] == "owned-by-stack"
    assert "deploy without site_distribution_id" in warning["fix"]
    while_attached = snippet(checkout, "name=Moved", named)

    with observed(site) as documents:
        checkout.deploy("Moved-CookieService", "name=Moved")
        assert snippet(checkout, "name=Moved") == while_attached
        theirs.update(while_attached)
    assert len(documents) == 2
    for found in documents:
        for path in ("/ht/renew", "/ht/clear"):
            assert found.count(f"<PathPattern>{path}</PathPattern>".encode()) == 1
        assert found.count(f"<LambdaFunctionARN>{version}</LambdaFunctionARN>".encode()) == 2
    assert behaviors(site) == attached
