"""CloudFormation's requests to custom resources, and the stack's status at each request."""

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.support.emulated_account import make_function, make_role, policy

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# Answers as CDK's Provider does, and records each request and the stack's status in a parameter.
_CODE = """
import json, os, urllib.request
import boto3

def handler(event, context):
    status = boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])
    entry = {
        "request": event["RequestType"],
        "physical_id": event.get("PhysicalResourceId", ""),
        "stack": status["Stacks"][0]["StackStatus"],
    }
    properties = event["ResourceProperties"]
    ssm = boto3.client("ssm")
    log = json.loads(ssm.get_parameter(Name=properties["Log"])["Parameter"]["Value"])
    ssm.put_parameter(Name=properties["Log"], Value=json.dumps([*log, entry]), Overwrite=True)
    is_failing = properties.get("Fails") == event["RequestType"]
    answer = {
        "Status": "FAILED" if is_failing else "SUCCESS",
        "Reason": "as asked",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "PhysicalResourceId": properties["Id"],
    }
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(answer).encode(), {"content-type": ""}, method="PUT"
    )
    urllib.request.urlopen(request)
"""


class Stack:
    """A stack of custom resources, and the requests that CloudFormation sent for them."""

    def __init__(self, function_arn: str) -> None:
        self.name = f"stack-{uuid.uuid4()}"
        self._function_arn = function_arn
        self._cloudformation: CloudFormationClient = boto3.client("cloudformation")
        boto3.client("ssm").put_parameter(Name=self.name, Value="[]", Type="String")

    def deploy(self, **resources: dict[str, str]) -> str:
        """Create or update the stack with these custom resources, and return its status."""
        body: dict[str, Any] = {"Parameter": {"Type": "AWS::SSM::Parameter"}}
        body["Parameter"]["Properties"] = {"Type": "String", "Value": str(len(resources))}
        for name, properties in resources.items():
            own = {"ServiceToken": self._function_arn, "Log": self.name, **properties}
            body[name] = {"Type": "Custom::Test", "Properties": own, "DependsOn": "Parameter"}
        template = json.dumps({"Resources": body})
        exists = boto3.client("ssm").get_parameter(Name=self.name)["Parameter"]["Value"] != "[]"
        if exists:
            self._cloudformation.update_stack(StackName=self.name, TemplateBody=template)
        else:
            self._cloudformation.create_stack(StackName=self.name, TemplateBody=template)
        return self._settled()

    def _settled(self) -> str:
        """Wait until no operation runs, and return the stack's status."""
        waiter = self._cloudformation.get_waiter("stack_exists")
        while True:
            waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1})
            [stack] = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack["StackStatus"]

    def requests(self) -> list[tuple[str, str, str]]:
        """Return the type, the physical ID, and the stack's status of each request."""
        value = boto3.client("ssm").get_parameter(Name=self.name)["Parameter"]["Value"]
        return [tuple(entry.values()) for entry in json.loads(value)]


@pytest.fixture(scope="module")
def function_arn() -> str:
    """The ARN of the function that handles the custom resources."""
    role = make_role("lambda.amazonaws.com")
    iam = boto3.client("iam")
    made = iam.create_policy(
        PolicyName=f"of-{role}",
        PolicyDocument=policy("cloudformation:DescribeStacks", "ssm:*Parameter"),
    )
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
    name = make_function(_CODE, role=role, Timeout=60)
    return boto3.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]


def test_create_that_failed_under_a_physical_id_is_deleted(function_arn: str) -> None:
    stack = Stack(function_arn)

    assert stack.deploy(One={"Id": "one"}, Two={"Id": "two", "Fails": "Create"}) == (
        "ROLLBACK_COMPLETE"
    )
    assert stack.requests() == [
        ("Create", "", "CREATE_IN_PROGRESS"),
        ("Create", "", "CREATE_IN_PROGRESS"),
        ("Delete", "two", "ROLLBACK_IN_PROGRESS"),
        ("Delete", "one", "ROLLBACK_IN_PROGRESS"),
    ]


def test_create_that_failed_in_an_update_is_deleted_in_the_rollbacks_cleanup(
    function_arn: str,
) -> None:
    stack = Stack(function_arn)
    assert stack.deploy(One={"Id": "one"}) == "CREATE_COMPLETE"

    assert stack.deploy(One={"Id": "one"}, Two={"Id": "two", "Fails": "Create"}) == (
        "UPDATE_ROLLBACK_COMPLETE"
    )
    assert stack.requests()[1:] == [
        ("Create", "", "UPDATE_IN_PROGRESS"),
        ("Delete", "two", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
    ]


def test_update_removes_resources_in_its_cleanup(function_arn: str) -> None:
    stack = Stack(function_arn)
    assert stack.deploy(One={"Id": "one"}, Two={"Id": "two"}) == "CREATE_COMPLETE"

    assert stack.deploy(One={"Id": "one"}) == "UPDATE_COMPLETE"
    assert stack.requests()[2:] == [("Delete", "two", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")]


def test_failed_update_is_not_followed_by_a_delete(function_arn: str) -> None:
    """Instead, CloudFormation sends an Update with the previous properties."""
    stack = Stack(function_arn)
    assert stack.deploy(One={"Id": "one"}) == "CREATE_COMPLETE"

    failing = {"Id": "one", "Fails": "Update"}
    assert stack.deploy(One=failing) == "UPDATE_ROLLBACK_COMPLETE"
    assert [request for request, _, _ in stack.requests()] == ["Create", "Update", "Update"]
