"""What the attachment is on the template: its resources, its role, its order."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from stacks.config import TrackingConfig
from stacks.cookie_service_stack import CookieServiceStack


def synthesize(distributions: str) -> Template:
    config = TrackingConfig.from_context(
        {
            "domain": "example.com",
            "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
            "site_distribution_id": distributions,
        }
    )
    app = cdk.App(context={"@aws-cdk/aws-iam:minimizePolicies": True})
    return Template.from_stack(CookieServiceStack(app, "Site-CookieService", config=config))


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize("E123,E456")


def attachments(template: Template) -> dict[str, Mapping[str, Any]]:
    """Return the custom resources, distribution id to the whole resource."""
    found = template.find_resources("Custom::DistributionAttachment")
    return {one["Properties"]["DistributionId"]: one for one in found.values()}


def handler_role(template: Template) -> tuple[str, dict[str, Any]]:
    """Return logical id and properties of the role that the handlers run as."""
    handlers = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "runtime.on_event.on_event"}}
    )
    [handler] = handlers.values()
    role_id = handler["Properties"]["Role"]["Fn::GetAtt"][0]
    return role_id, template.to_json()["Resources"][role_id]["Properties"]


def test_each_distribution_has_its_own_resource(template: Template) -> None:
    for distribution_id in ("E123", "E456"):
        properties = attachments(template)[distribution_id]["Properties"]
        assert properties["Paths"] == ["/ht/renew", "/ht/clear"]
        version = template.to_json()["Resources"][properties["VersionArn"]["Ref"]]
        assert version["Type"] == "AWS::Lambda::Version"


def test_a_resource_keeps_its_logical_id_when_the_list_changes(template: Template) -> None:
    """So that CloudFormation deletes the one that is gone and leaves the other alone."""
    both = template.find_resources("Custom::DistributionAttachment")
    [kept] = synthesize("E456").find_resources("Custom::DistributionAttachment")

    assert both[kept]["Properties"]["DistributionId"] == "E456"


def test_without_a_distribution_there_is_no_attachment() -> None:
    template = synthesize("")

    template.resource_count_is("Custom::DistributionAttachment", 0)
    template.resource_count_is("AWS::Lambda::Function", 1)


def test_the_role_may_attach_our_function_and_write_its_logs(template: Template) -> None:
    _, role = handler_role(template)
    [policy] = role["Policies"]
    granted = {
        action: statement["Resource"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }

    assert sorted(granted) == [
        "cloudformation:DescribeStacks",
        "iam:CreateServiceLinkedRole",
        "lambda:DisableReplication*",
        "lambda:EnableReplication*",
        "lambda:GetFunction",
        "lambda:GetFunctionConfiguration",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ]
    [function] = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "lambda_edge.handler.handler"}}
    )
    arn = {"Fn::GetAtt": [function, "Arn"]}
    assert granted["lambda:EnableReplication*"] == [arn, {"Fn::Join": ["", [arn, ":*"]]}]
    assert granted["cloudformation:DescribeStacks"] == {"Ref": "AWS::StackId"}
    account = {"Ref": "AWS::AccountId"}
    assert granted["iam:CreateServiceLinkedRole"] == [
        {"Fn::Join": ["", ["arn:aws:iam::", account, f":role/aws-service-role/{name}"]]}
        for name in (
            "logger.cloudfront.amazonaws.com/AWSServiceRoleForCloudFrontLogger",
            "replicator.lambda.amazonaws.com/AWSServiceRoleForLambdaReplicator",
        )
    ]
    assert "ManagedPolicyArns" not in role


@pytest.mark.parametrize("distribution_id", ["E123", "E456"])
def test_the_permission_for_a_distribution_outlives_its_resource(
    template: Template, distribution_id: str
) -> None:
    """CloudFormation updates first and deletes last.

    In the role itself, the permission for a distribution that is no longer named would be gone
    before it is detached.
    """
    role_id, _ = handler_role(template)
    arn = ["arn:aws:cloudfront::", {"Ref": "AWS::AccountId"}, f":distribution/{distribution_id}"]
    statement = {
        "Effect": "Allow",
        "Action": [
            "cloudfront:GetDistribution",
            "cloudfront:GetDistributionConfig",
            "cloudfront:UpdateDistribution",
        ],
        "Resource": {"Fn::Join": ["", arn]},
    }
    [permission] = template.find_resources(
        "AWS::IAM::Policy",
        {"Properties": {"PolicyDocument": {"Statement": [statement]}, "Roles": [{"Ref": role_id}]}},
    )

    assert permission in attachments(template)[distribution_id]["DependsOn"]


def test_the_attachment_comes_last(template: Template) -> None:
    """After the parameter, which comes after the version; nothing else waits for it."""
    [parameter] = template.find_resources("AWS::SSM::Parameter")
    resources = template.to_json()["Resources"]
    ids = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "Custom::DistributionAttachment"
    }

    for attachment in attachments(template).values():
        assert parameter in attachment["DependsOn"]
    for resource in resources.values():
        if resource["Type"] != "Custom::DistributionAttachment":
            assert not ids & set(resource.get("DependsOn", []))


def test_distributions_are_attached_one_after_the_other(template: Template) -> None:
    """So that none is at work when CloudFormation cancels what runs beside a failure."""
    first = template.find_resources(
        "Custom::DistributionAttachment", {"Properties": {"DistributionId": "E123"}}
    )
    assert set(first) <= set(attachments(template)["E456"]["DependsOn"])


def test_the_wait_for_cloudfront_is_bounded(template: Template) -> None:
    """45 minutes in all, below the hour that CloudFormation waits for a custom resource."""
    [waiter] = template.find_resources("AWS::StepFunctions::StateMachine").values()
    definition = str(waiter["Properties"]["DefinitionString"])

    assert '"IntervalSeconds":15' in definition
    assert '"MaxAttempts":180' in definition


def test_the_handlers_logs_are_kept_for_a_month_and_go_with_the_stack(template: Template) -> None:
    template.has_resource("AWS::Logs::LogGroup", {"DeletionPolicy": "Delete"})
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "runtime.on_event.is_complete",
            "LoggingConfig": {"LogGroup": {"Ref": Match.any_value()}},
        },
    )
