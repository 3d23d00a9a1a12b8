"""`python -m tools plan` against live distributions in the embedded AWS, before any deployment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.stub import Stubber

from stacks.config import TrackingConfig
from tests.aws.customer import behavior, create_distribution
from tests.checkout import ROOT, Checkout
from tools.plan import plan as make_plan

TO_PUBLISH = "the version that this deployment publishes"


def plan(
    aws: dict[str, str], *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        # Under a name of its own: nothing of it is ever deployed.
        [
            sys.executable,
            "-m",
            "tools",
            "plan",
            "-c",
            "domain=example.com",
            "-c",
            "name=Plan",
            *arguments,
        ],
        cwd=ROOT,
        env=aws | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def owned_by_a_stack() -> str:
    """Return the id of a distribution that a CloudFormation stack made."""
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
    resources = cloudformation.describe_stack_resources(StackName="their-site")
    return resources["StackResources"][0]["PhysicalResourceId"]


def test_what_comes_is_green_and_what_stays_is_plain(aws: dict[str, str]) -> None:
    site = create_distribution(behavior(PathPattern="/api/*"))
    done = plan(aws, "-c", f"site_distribution_id={site}", FORCE_COLOR="1", TERM="xterm")

    assert (
        f"\x1b[32m  + /ht/renew  origin site  viewer-request {TO_PUBLISH}\x1b[0m\n" in done.stdout
    )
    assert "\n    /api/*  origin site\n" in done.stdout
    assert done.returncode == 0


def test_plan_reads_only_and_needs_no_certificate(aws: dict[str, str]) -> None:
    site = create_distribution()
    before = boto3.client("cloudfront").get_distribution_config(Id=site)

    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert done.returncode == 0
    assert done.stdout.startswith(
        f"{site}\n"
        "  + /ht/renew  origin site  viewer-request the version that this deployment publishes\n"
        "  + /ht/clear  origin site  viewer-request the version that this deployment publishes\n"
        "    Default (*)  origin site\n"
    )
    after = boto3.client("cloudfront").get_distribution_config(Id=site)
    assert after["ETag"] == before["ETag"]


def test_warnings_do_not_stand_in_the_way(aws: dict[str, str]) -> None:
    site = create_distribution(behavior(PathPattern="/ht/*"), alias="www.other.example")
    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert "  warning: behavior /ht/* answered /ht/renew until now\n" in done.stdout
    assert (
        "  warning: no alternate domain name of it is example.com or below "
        "(it has: www.other.example)\n"
    ) in done.stdout
    assert done.returncode == 0


def test_owner_stack_gets_its_snippet(aws: dict[str, str]) -> None:
    site = owned_by_a_stack()
    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert (
        "  warning: it belongs to the CloudFormation stack their-site, whose next change to it "
        "removes our behaviors\n"
    ) in done.stdout
    assert "    - PathPattern: /ht/renew\n      TargetOriginId: site\n" in done.stdout
    assert done.returncode == 0


def test_elsewhere_terraform_gets_its_snippet(aws: dict[str, str]) -> None:
    site = create_distribution()
    done = plan(aws, "-c", f"site_distribution_id={site}")

    assert (
        '    ordered_cache_behavior {\n      path_pattern           = "/ht/renew"\n' in done.stdout
    )


def test_distribution_that_does_not_exist_is_refused(aws: dict[str, str]) -> None:
    done = plan(aws, "-c", "site_distribution_id=E2QWRUHAPOMQZL")

    assert done.returncode == 1
    assert (
        "  refused: distribution E2QWRUHAPOMQZL: there is no such distribution in this account; "
        "check the context key site_distribution_id (NoSuchDistribution: "
    ) in done.stdout


def test_one_refusal_leaves_the_others_planned(aws: dict[str, str]) -> None:
    site = create_distribution()
    done = plan(aws, "--json", "-c", f"site_distribution_id=E2QWRUHAPOMQZL,{site}")

    refused, planned = json.loads(done.stdout)
    assert refused["refusal"].startswith("distribution E2QWRUHAPOMQZL: ")
    assert len(planned["changes"]) == 2
    assert done.returncode == 1


def test_without_a_distribution_there_is_nothing_to_plan(aws: dict[str, str]) -> None:
    done = plan(aws)

    assert done.stdout == (
        "No distribution is named with -c site_distribution_id=…, and the stack attached none.\n"
    )
    assert done.returncode == 0


def test_bad_context_exits_with_2(aws: dict[str, str]) -> None:
    done = plan(aws, "-c", "site_distribution_id=www.example.com")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "site_distribution_id: got 'www.example.com'" in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_starts_without_the_cdk() -> None:
    """`plan` needs neither Node.js nor the CDK's library."""
    code = "import sys, tools.__main__; print('aws_cdk' in sys.modules, 'jsii' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout == "False False\n"


def test_broken_cdk_json_exits_with_2(aws: dict[str, str], tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout", aws)
    (checkout.folder / "cdk.json").write_text('{"context": {"domain": "example.com",}}')
    done = checkout.run(sys.executable, "-m", "tools", "plan")

    assert done.returncode == 2
    assert done.stdout.startswith("cdk.json is not JSON: ")
    assert "line 1 column" in done.stdout
    assert "Traceback" not in done.stdout


def test_snippet_names_the_origin_that_the_deployment_would_use(aws: dict[str, str]) -> None:
    """POST is not allowed with an origin group; its first member is taken."""
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

    done = plan(aws, "-c", f"site_distribution_id={site}")
    assert '      target_origin_id       = "site"\n' in done.stdout


def test_tags_that_cannot_be_read_are_a_warning(aws: dict[str, str]) -> None:  # noqa: ARG001
    """The deployment needs none."""
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
    config = TrackingConfig.from_context(
        {"domain": "example.com", "name": "Plan", "site_distribution_id": site},
        without=["certificate_arn"],
    )

    [planned] = make_plan(config, boto3.client("cloudformation"), cloudfront)
    assert planned.refusal == ""
    assert planned.warnings[0].startswith("its tags, which would name an owning stack, cannot be")
    assert "cloudfront:ListTagsForResource" in planned.warnings[0]


def test_a_stack_that_was_rolled_back_holds_nothing(aws: dict[str, str]) -> None:  # noqa: ARG001
    """CloudFormation goes on listing what it deleted."""
    site = create_distribution()
    cloudformation = boto3.client("cloudformation")
    template = {
        "Resources": {
            "A": {
                "Type": "Custom::DistributionAttachment",
                "Properties": {"DistributionId": site, "Paths": [], "VersionArn": {"Ref": "V"}},
            }
        }
    }
    deleted = [
        {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "ResourceStatus": "DELETE_COMPLETE",
            "Timestamp": datetime.now(UTC),
        }
        for logical_id, physical_id, kind in (
            ("A", site, "Custom::DistributionAttachment"),
            ("V", "arn:aws:lambda:us-east-1:111122223333:function:f:1", "AWS::Lambda::Version"),
        )
    ]
    with Stubber(cloudformation) as stub:
        stub.add_response("describe_stack_resources", {"StackResources": deleted})
        stub.add_response("get_template", {"TemplateBody": json.dumps(template)})
        config = TrackingConfig.from_context({"domain": "example.com"}, without=["certificate_arn"])
        assert list(make_plan(config, cloudformation, boto3.client("cloudfront"))) == []
        stub.assert_no_pending_responses()
