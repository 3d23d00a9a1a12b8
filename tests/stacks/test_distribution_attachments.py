"""The attachments in the template: their resources, the handlers' role, and the order."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from stacks.cookie_service_stack import CookieServiceStack
from tests.support import example


def synthesize(distribution_ids: str) -> Template:
    """Return the template of a cookie service that is attached to these distributions."""
    app = cdk.App(context={"@aws-cdk/aws-iam:minimizePolicies": True})
    deployment = example.deployment(site_distribution_id=distribution_ids)
    stack = CookieServiceStack(app, "Site-CookieService", deployment=deployment)
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template() -> Template:
    """The template with two attachments."""
    return synthesize("E123,E456")


def attachments(template: Template) -> dict[str, Mapping[str, Any]]:
    """Return the custom resources, distribution ID to the whole resource."""
    found = template.find_resources("Custom::DistributionAttachment")
    return {resource["Properties"]["DistributionId"]: resource for resource in found.values()}


def handler_role(template: Template) -> tuple[str, dict[str, Any]]:
    """Return logical ID and properties of the role that the handlers run as."""
    handlers = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "attachment.custom_resource.on_event"}}
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
    """CloudFormation then deletes the resource that was removed and keeps the other."""
    both = template.find_resources("Custom::DistributionAttachment")
    [kept] = synthesize("E456").find_resources("Custom::DistributionAttachment")

    assert both[kept]["Properties"]["DistributionId"] == "E456"


def test_without_a_distribution_there_is_no_attachment() -> None:
    template = synthesize("")

    template.resource_count_is("Custom::DistributionAttachment", 0)
    template.resource_count_is("AWS::Lambda::Function", 1)


def test_the_role_can_attach_the_function_and_write_logs(template: Template) -> None:
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

    In the role itself, the permission for a distribution that is no longer named would be removed
    before the distribution is detached.
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


def test_the_attachments_are_created_last(template: Template) -> None:
    """They wait for the parameter, and it for the version; no other resource waits for them."""
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
    """When an attachment fails, CloudFormation cancels those in progress; then there are none."""
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


def test_the_handlers_logs_are_kept_for_a_month_and_deleted_with_the_stack(
    template: Template,
) -> None:
    template.has_resource("AWS::Logs::LogGroup", {"DeletionPolicy": "Delete"})
    template.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "attachment.custom_resource.is_complete",
            "LoggingConfig": {"LogGroup": {"Ref": Match.any_value()}},
        },
    )
