"""The plan and its command without an AWS account."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from tests.support.checkout import Checkout, clean_folder
from tests.support.example import deployment
from tests.support.tool_commands import run_tool
from tools.aws_clients import Caller
from tools.commands import Commands
from tools.limits import Limits
from tools.plan import plan


@pytest.fixture
def no_account(tmp_path: Path) -> dict[str, str]:
    """An environment without an AWS account."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}


def test_plan_starts_without_cdk() -> None:
    """It needs neither Node.js nor the library of CDK."""
    code = "import sys, tools.__main__; print('aws_cdk' in sys.modules, 'jsii' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=clean_folder(),
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout == "False False\n"


def test_bad_context_exits_with_2(no_account: dict[str, str]) -> None:
    done = run_tool(
        no_account,
        "plan",
        "-c",
        "domain=example.com",
        "-c",
        "site_distribution_id=www.example.com",
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert "site_distribution_id: got 'www.example.com'" in done.stderr
    assert "Traceback" not in done.stderr


def test_broken_cdk_json_exits_with_2(no_account: dict[str, str], tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout", no_account)
    (checkout.folder / "cdk.json").write_text('{"context": {"domain": "example.com",}}')
    done = checkout.run(sys.executable, "-m", "tools", "plan")

    assert done.returncode == 2
    assert f"{checkout.folder / 'cdk.json'}: it cannot be read: " in done.stdout
    assert "line 1 column" in done.stdout
    assert "Traceback" not in done.stdout


CALLER = Caller("111122223333", "arn:aws:iam::111122223333:user/ann")


def test_plan_ignores_the_deleted_resources_of_a_rolled_back_stack() -> None:
    """CloudFormation still lists the resources that it deleted."""
    account = boto3.Session("test", "test", region_name="us-east-1")
    cloudformation, cloudfront = account.client("cloudformation"), account.client("cloudfront")
    properties = {"DistributionId": "E123", "Paths": [], "VersionArn": {"Ref": "V"}}
    template = {
        "Resources": {"A": {"Type": "Custom::DistributionAttachment", "Properties": properties}}
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
            ("A", "E123", "Custom::DistributionAttachment"),
            ("V", "arn:aws:lambda:us-east-1:111122223333:function:f:1", "AWS::Lambda::Version"),
        )
    ]
    with Stubber(cloudformation) as stub, Stubber(cloudfront) as distributions:
        none = {
            "DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}
        }
        distributions.add_response("list_distributions", none)
        for name in ("Proxies", "CookieService"):
            stack = {
                "StackName": f"FirstPartyTracking-example-com-{name}",
                "StackStatus": "ROLLBACK_COMPLETE",
                "CreationTime": datetime.now(UTC),
            }
            stub.add_response("describe_stacks", {"Stacks": [stack]})
        stub.add_response("describe_stack_resources", {"StackResources": deleted})
        stub.add_response("get_template", {"TemplateBody": json.dumps(template)})

        def limits() -> Limits:
            return Limits(tiers={}, quota=75)

        assert (
            list(plan(deployment(), Commands(), CALLER, cloudformation, cloudfront, limits)) == []
        )
        stub.assert_no_pending_responses()
