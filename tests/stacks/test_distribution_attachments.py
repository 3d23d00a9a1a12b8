"""The attachments in the template: their resources, their order, and the handlers' role."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.cookie_service_stack import CookieServiceStack
from tests.support import example


def synthesize(**context: str) -> Template:
    """Return the template of the cookie service for the example context with `context` added."""
    app = cdk.App(context={"@aws-cdk/aws-iam:minimizePolicies": True})
    deployment = example.deployment(**context)
    stack = CookieServiceStack(app, "Site-CookieService", deployment=deployment)
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def template() -> Template:
    """The template with two attachments."""
    return synthesize(site_distribution_id="E123,E456")


def attachments(template: Template) -> dict[str, Mapping[str, Any]]:
    """Return the custom resources by distribution ID."""
    found = template.find_resources("Custom::DistributionAttachment")
    return {resource["Properties"]["DistributionId"]: resource for resource in found.values()}


def cookie_function(template: Template) -> str:
    """Return the logical ID of the edge function."""
    [function] = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "lambda_edge.handler.handler"}}
    )
    return function


def handlers(template: Template) -> dict[str, dict[str, Any]]:
    """Return the properties of the two handlers by the last part of their name."""
    functions = template.find_resources("AWS::Lambda::Function").values()
    found = [function["Properties"] for function in functions]
    prefix = "attachment.custom_resource."
    return {
        handler["Handler"].removeprefix(prefix): handler
        for handler in found
        if handler["Handler"].startswith(prefix)
    }


def listed(action: str | list[str]) -> list[str]:
    """Return the actions of a statement, which is a string if it has only one."""
    return [action] if isinstance(action, str) else action


def handler_role(template: Template) -> tuple[str, dict[str, Any]]:
    """Return the logical ID and the properties of the role of both handlers."""
    [role_id] = {handler["Role"]["Fn::GetAtt"][0] for handler in handlers(template).values()}
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
    fewer = synthesize(site_distribution_id="E456")
    [kept] = fewer.find_resources("Custom::DistributionAttachment")

    assert both[kept]["Properties"]["DistributionId"] == "E456"


def test_without_the_key_there_are_neither_attachments_nor_handlers() -> None:
    """The last deployment's handlers keep their list, so that a Delete leaves the behaviors."""
    template = synthesize()

    template.resource_count_is("Custom::DistributionAttachment", 0)
    template.resource_count_is("AWS::Lambda::Function", 1)


def test_with_none_there_are_handlers_without_distributions() -> None:
    """Their empty list makes the Delete of an earlier attachment detach."""
    template = synthesize(site_distribution_id="none")

    template.resource_count_is("Custom::DistributionAttachment", 0)
    assert {
        name: handler["Environment"]["Variables"]["DISTRIBUTION_IDS"]
        for name, handler in handlers(template).items()
    } == {"on_event": "", "is_complete": ""}


def test_the_handlers_know_the_distributions_and_their_own_function(template: Template) -> None:
    function = {"Fn::GetAtt": [cookie_function(template), "Arn"]}
    variables = {"FUNCTION_ARN": function, "DISTRIBUTION_IDS": "E123,E456"}
    assert {
        name: handler["Environment"]["Variables"] for name, handler in handlers(template).items()
    } == {"on_event": variables, "is_complete": variables}


def test_the_handlers_timeouts_leave_time_to_retry(template: Template) -> None:
    """The first may wait two minutes for IAM and send one more call. The second does one check."""
    timeouts = {name: handler["Timeout"] for name, handler in handlers(template).items()}
    assert timeouts == {"on_event": 240, "is_complete": 60}


def test_a_new_repair_changes_each_resource_and_nothing_else(template: Template) -> None:
    """CloudFormation updates a resource only if a property changes."""
    changed = synthesize(site_distribution_id="E123,E456", repair="2").to_json()

    for resource in changed["Resources"].values():
        if resource["Type"] == "Custom::DistributionAttachment":
            assert resource["Properties"].pop("Repair") == "2"
    assert changed == template.to_json()


def test_the_role_has_these_permissions_and_no_others(template: Template) -> None:
    _, role = handler_role(template)
    [policy] = role["Policies"]
    function = {"Fn::GetAtt": [cookie_function(template), "Arn"]}
    [log_group] = template.find_resources("AWS::Logs::LogGroup")
    account = {"Ref": "AWS::AccountId"}
    versions = [function, {"Fn::Join": ["", [function, ":*"]]}]

    assert {
        action: statement["Resource"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
    } == {
        "cloudformation:DescribeStacks": {"Ref": "AWS::StackId"},
        "cloudfront:GetVpcOrigin": {
            "Fn::Join": ["", ["arn:aws:cloudfront::", account, ":vpcorigin/*"]]
        },
        "iam:CreateServiceLinkedRole": [
            {"Fn::Join": ["", ["arn:aws:iam::", account, f":role/aws-service-role/{name}"]]}
            for name in (
                "logger.cloudfront.amazonaws.com/AWSServiceRoleForCloudFrontLogger",
                "replicator.lambda.amazonaws.com/AWSServiceRoleForLambdaReplicator",
            )
        ],
        "lambda:DisableReplication*": versions,
        "lambda:EnableReplication*": versions,
        "lambda:GetFunction": versions,
        "lambda:GetFunctionConfiguration": versions,
        "logs:CreateLogStream": {"Fn::GetAtt": [log_group, "Arn"]},
        "logs:PutLogEvents": {"Fn::GetAtt": [log_group, "Arn"]},
        "wafv2:GetWebACL": {
            "Fn::Join": ["", ["arn:aws:wafv2:us-east-1:", account, ":global/webacl/*"]]
        },
    }
    statements = policy["PolicyDocument"]["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Allow"}
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
    """They depend on the parameter, which depends on the version. Nothing depends on them."""
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
    """When an attachment fails, no other one is in progress that CloudFormation would cancel."""
    first = template.find_resources(
        "Custom::DistributionAttachment", {"Properties": {"DistributionId": "E123"}}
    )
    assert set(first) <= set(attachments(template)["E456"]["DependsOn"])


def test_the_wait_for_cloudfront_is_bounded(template: Template) -> None:
    """The limit is 45 minutes, below the hour that CloudFormation waits for a custom resource."""
    [waiter] = template.find_resources("AWS::StepFunctions::StateMachine").values()
    definition = str(waiter["Properties"]["DefinitionString"])

    assert '"IntervalSeconds":15' in definition
    assert '"MaxAttempts":180' in definition


def test_the_attachments_logs_are_kept_for_a_month_and_deleted_with_the_stack(
    template: Template,
) -> None:
    """They are the logs of the handlers and of CDK's own three functions.

    For a function without a log group, Lambda creates a group that never expires and that no stack
    deletes. Only the edge function has none, because it logs in every Region where it runs.
    """
    [(log_group, resource)] = template.find_resources("AWS::Logs::LogGroup").items()
    groups = {
        function["Properties"]["Handler"]: function["Properties"]["LoggingConfig"].get("LogGroup")
        for function in template.find_resources("AWS::Lambda::Function").values()
    }
    machines = template.find_resources("AWS::StepFunctions::StateMachine").values()

    assert resource["Properties"]["RetentionInDays"] == 30
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Delete"
    assert groups.pop("lambda_edge.handler.handler") is None
    assert groups == {
        "attachment.custom_resource.on_event": {"Ref": log_group},
        "attachment.custom_resource.is_complete": {"Ref": log_group},
        "framework.onEvent": {"Ref": log_group},
        "framework.isComplete": {"Ref": log_group},
        "framework.onTimeout": {"Ref": log_group},
    }
    assert [
        machine for machine in machines if "LoggingConfiguration" in machine["Properties"]
    ] == []
