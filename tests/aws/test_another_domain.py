"""Plan and doctor with a context whose name belongs to the deployment of another domain."""

import json
from collections.abc import Iterator

import boto3
import pytest

from tests.support.tool_commands import run_tool

STACK = "Shared-CookieService"
CONTEXT = ("-c", "name=Shared")


@pytest.fixture(autouse=True)
def stack_of_example_com(aws: dict[str, str]) -> Iterator[None]:  # noqa: ARG001
    """A stack with the tag of a deployment for example.com."""
    cloudformation = boto3.client("cloudformation")
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(topic),
        Tags=[{"Key": "FirstPartyTracking:domain", "Value": "example.com"}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1}
    )
    yield
    cloudformation.delete_stack(StackName=STACK)


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["text", "json"])
def test_plan_refuses_the_name_of_another_domain(
    aws: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """Otherwise the deployment would change the other domain's stacks."""
    done = run_tool(aws, "plan", "-c", "domain=shop.example.org", *CONTEXT, *arguments)
    assert done.returncode == 1
    assert "[another-domain]" in done.stderr
    assert "-c domain=example.com" in done.stderr
    assert not done.stdout


def test_plan_accepts_the_name_of_the_same_domain(aws: dict[str, str]) -> None:
    done = run_tool(aws, "plan", "-c", "domain=example.com", *CONTEXT)
    assert (done.returncode, done.stderr) == (0, "")


def test_doctor_reports_the_name_of_another_domain(aws: dict[str, str]) -> None:
    done = run_tool(
        aws, "doctor", "--json", "-c", "domain=shop.localhost", *CONTEXT, "--via", "http://[::1]:1"
    )
    [stacks] = [check for check in json.loads(done.stdout) if check["check"] == "stacks"]
    assert [finding["code"] for finding in stacks["findings"]] == ["another-domain"]
