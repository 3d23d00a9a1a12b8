"""`python -m tools plan` with live distributions in the AWS emulator, before any deployment."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.support.customer import behavior, create_distribution
from tests.support.example import deployment
from tests.support.tool_commands import run_tool
from tools.aws_clients import Caller
from tools.commands import Commands
from tools.limits import Limits
from tools.plan import plan as make_plan

TO_PUBLISH = "the version that this deployment publishes"


def plan(aws: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command with a name under which nothing is ever deployed."""
    return run_tool(aws, "plan", "-c", "domain=example.com", "-c", "name=Plan", *arguments)


@pytest.fixture(scope="module")
def owned_by_a_stack(aws: dict[str, str]) -> str:  # noqa: ARG001
    """The ID of a distribution that a CloudFormation stack created."""
    origin = {
        "Id": "site",
        "DomainName": "origin.example.com",
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
    }
    config = {
        "Enabled": True,
        "Aliases": ["www.example.com"],
        "Origins": [origin],
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
    }
    template = {
        "Resources": {
            "Site": {
                "Type": "AWS::CloudFront::Distribution",
                "Properties": {"DistributionConfig": config},
            }
        }
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="their-site", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="their-site", WaiterConfig={"Delay": 1}
    )
    [resource] = cloudformation.describe_stack_resources(StackName="their-site")["StackResources"]
    return resource["PhysicalResourceId"]


def test_plan_only_reads_and_needs_no_certificate(aws: dict[str, str]) -> None:
    site = create_distribution()
    before = boto3.client("cloudfront").get_distribution_config(Id=site)

    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert done.returncode == 0
    assert done.stdout.startswith(
        f"{site}: ATTACH\n"
        f"  + /ht/renew  origin site  viewer-request {TO_PUBLISH}\n"
        f"  + /ht/clear  origin site  viewer-request {TO_PUBLISH}\n"
        "    Default (*)  origin site\n"
    )
    after = boto3.client("cloudfront").get_distribution_config(Id=site)
    assert after["ETag"] == before["ETag"]


def test_plan_shows_other_behaviors_in_their_place(aws: dict[str, str]) -> None:
    site = create_distribution(behavior(PathPattern="/api/*"))

    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert f"\n  + /ht/clear  origin site  viewer-request {TO_PUBLISH}\n" in done.stdout
    assert "\n    /api/*  origin site\n    Default (*)  origin site\n" in done.stdout
    assert done.returncode == 0


def test_warnings_do_not_refuse_the_deployment(aws: dict[str, str]) -> None:
    site = create_distribution(behavior(PathPattern="/ht/*"), alias="www.other.example")

    done = plan(aws, "--json", "-c", f"site_distribution_id={site}")

    assert done.returncode == 0
    [planned] = json.loads(done.stdout)
    assert planned["refusal"] is None
    problems = {warning["code"]: warning["problem"] for warning in planned["warnings"]}
    assert [warning["code"] for warning in planned["warnings"]] == [
        "behavior-answered",
        "behavior-answered",
        "no-site-name",
    ]
    assert "/ht/*" in problems["behavior-answered"]
    assert "example.com" in problems["no-site-name"]
    assert "www.other.example" in problems["no-site-name"]


def test_distribution_of_a_stack_is_a_warning(aws: dict[str, str], owned_by_a_stack: str) -> None:
    """The stack's next update would remove the behaviors."""
    done = plan(aws, "-c", f"site_distribution_id={owned_by_a_stack}")

    assert " their-site" in done.stdout
    assert "[owned-by-stack]\n" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "json"])
def test_no_template_has_a_version_before_the_first_deployment(
    aws: dict[str, str], owned_by_a_stack: str, arguments: tuple[str, ...]
) -> None:
    """A user could paste a placeholder, so no template is printed."""
    ids = f"{create_distribution()},{owned_by_a_stack}"
    done = plan(aws, "--terraform", *arguments, "-c", f"site_distribution_id={ids}")

    assert done.returncode == 0
    assert "lambda_arn" not in done.stdout
    assert "LambdaFunctionARN" not in done.stdout
    if arguments:
        assert [planned["version"] for planned in json.loads(done.stdout)] == ["", ""]


def test_distribution_that_does_not_exist_is_refused(aws: dict[str, str]) -> None:
    done = plan(aws, "-c", "site_distribution_id=E2QWRUHAPOMQZL")

    assert done.returncode == 1
    assert done.stdout.startswith("E2QWRUHAPOMQZL\n")
    assert "(NoSuchDistribution: " in done.stdout
    assert "[no-such-distribution]\n" in done.stdout


def test_refused_distribution_does_not_affect_the_plan_of_another(aws: dict[str, str]) -> None:
    site = create_distribution()
    done = plan(aws, "--json", "-c", f"site_distribution_id=E2QWRUHAPOMQZL,{site}")

    refused, planned = json.loads(done.stdout)
    assert refused["distribution_id"] == "E2QWRUHAPOMQZL"
    assert refused["refusal"]["code"] == "no-such-distribution"
    assert planned["refusal"] is None
    assert len(planned["changes"]) == 2
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("named", "status"),
    [
        pytest.param("none", 0, id="no-change"),
        pytest.param("{site}", 3, id="attach"),
        pytest.param("E2QWRUHAPOMQZL,{site}", 1, id="refused"),
        pytest.param("www.example.com", 2, id="bad-context"),
    ],
)
def test_detailed_exit_code_before_the_first_deployment(
    aws: dict[str, str], named: str, status: int
) -> None:
    ids = named.format(site=create_distribution())
    done = plan(aws, "--detailed-exit-code", "-c", f"site_distribution_id={ids}")
    assert done.returncode == status


def test_plan_without_a_distribution_is_empty(aws: dict[str, str]) -> None:
    done = plan(aws)

    assert done.stdout == (
        "No distribution is given with -c site_distribution_id=…, and the stack attached none.\n"
    )
    assert done.returncode == 0
    assert json.loads(plan(aws, "--json").stdout) == []


def test_template_names_the_origin_that_the_deployment_would_use(aws: dict[str, str]) -> None:
    """CloudFront does not allow POST with an origin group, so the template has its first member."""
    site = create_distribution()
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=site)
    config: Any = answer["DistributionConfig"]
    config["OriginGroups"] = {
        "Quantity": 1,
        "Items": [
            {
                "Id": "group",
                "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
                "Members": {"Quantity": 2, "Items": [{"OriginId": "site"}, {"OriginId": "other"}]},
            }
        ],
    }
    config["DefaultCacheBehavior"]["TargetOriginId"] = "group"
    cloudfront.update_distribution(Id=site, IfMatch=answer["ETag"], DistributionConfig=config)

    done = plan(aws, "--json", "-c", f"site_distribution_id={site}")
    [planned] = json.loads(done.stdout)
    assert planned["origin"] == "site"


def test_tags_that_cannot_be_read_are_a_warning(aws: dict[str, str]) -> None:  # noqa: ARG001
    """The deployment does not need to read the tags."""
    site = create_distribution()
    cloudfront = boto3.client("cloudfront")
    denied = (
        b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: "
        b"cloudfront:ListTagsForResource</Message></Error></ErrorResponse>"
    )

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield denied

    def answer(**_: object) -> Any:
        return AWSResponse("", 403, HTTPHeaders(), Raw())

    cloudfront.meta.events.register("before-send.cloudfront.ListTagsForResource", answer)
    named = deployment(name="Plan", site_distribution_id=site)

    [planned] = make_plan(
        named,
        Commands(),
        Caller("111122223333", "arn:aws:iam::111122223333:user/ann"),
        boto3.client("cloudformation"),
        cloudfront,
        lambda: Limits(tiers={}, quota=75),
    )
    assert planned.refusal is None
    warning = planned.warnings[0]
    assert warning.code == "tags-unreadable"
    assert "cloudfront:ListTagsForResource" in warning.problem
