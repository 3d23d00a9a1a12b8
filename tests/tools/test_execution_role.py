"""`python -m tools review --policy`: the permissions that CloudFormation needs to deploy."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.support.example import EVERY_KEY
from tests.support.templates import MakeApp
from tests.support.tool_commands import run_tool
from tools.review.assembly import read_stacks
from tools.review.execution_role import UnknownTypeError, policy

#: The permissions in the schema that AWS publishes of each type, for creating, reading, updating,
#: and deleting, without those of properties that no template has: `cloudformation describe-type`.
#: AWS::CertificateManager::Certificate, AWS::IAM::Policy, and AWS::Route53::RecordSet have no
#: schema with permissions.
DOCUMENTED = {
    "AWS::CDK::Metadata": "",
    "AWS::CertificateManager::Certificate": """
        acm:AddTagsToCertificate acm:DeleteCertificate acm:DescribeCertificate
        acm:RequestCertificate route53:ChangeResourceRecordSets route53:GetChange""",
    "AWS::CloudFront::Distribution": """
        cloudfront:CreateDistribution cloudfront:DeleteDistribution cloudfront:GetDistribution
        cloudfront:GetDistributionConfig cloudfront:ListTagsForResource cloudfront:TagResource
        cloudfront:UpdateDistribution""",
    "AWS::CloudFront::OriginRequestPolicy": """
        cloudfront:CreateOriginRequestPolicy cloudfront:DeleteOriginRequestPolicy
        cloudfront:GetOriginRequestPolicy cloudfront:UpdateOriginRequestPolicy""",
    "AWS::CloudWatch::Alarm": """
        cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource
        cloudwatch:PutMetricAlarm cloudwatch:TagResource""",
    "AWS::CloudWatch::Dashboard": """
        cloudwatch:DeleteDashboards cloudwatch:GetDashboard cloudwatch:PutDashboard""",
    "AWS::IAM::Policy": "iam:DeleteRolePolicy iam:PutRolePolicy",
    "AWS::IAM::Role": """
        iam:AttachRolePolicy iam:CreateRole iam:DeleteRole iam:DeleteRolePolicy
        iam:DetachRolePolicy iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies
        iam:ListRolePolicies iam:PutRolePolicy iam:TagRole iam:UpdateAssumeRolePolicy
        iam:UpdateRole iam:UpdateRoleDescription""",
    "AWS::Lambda::Function": """
        iam:PassRole lambda:CreateFunction lambda:DeleteFunction lambda:GetFunction
        lambda:GetFunctionCodeSigningConfig lambda:TagResource lambda:UpdateFunctionCode
        lambda:UpdateFunctionConfiguration s3:GetObject""",
    "AWS::Lambda::Version": """
        lambda:DeleteFunction lambda:GetFunctionConfiguration lambda:PublishVersion""",
    "AWS::Logs::LogGroup": """
        logs:CreateLogGroup logs:DeleteLogGroup logs:DescribeLogGroups
        logs:GetDataProtectionPolicy logs:ListTagsForResource logs:PutRetentionPolicy
        logs:TagResource""",
    "AWS::Route53::RecordSet": "route53:ChangeResourceRecordSets route53:GetChange",
    "AWS::SSM::Parameter": """
        ssm:AddTagsToResource ssm:DeleteParameter ssm:GetParameters ssm:PutParameter""",
    "AWS::StepFunctions::StateMachine": """
        iam:PassRole states:CreateStateMachine states:DeleteStateMachine
        states:DescribeStateMachine states:ListTagsForResource states:TagResource
        states:UpdateStateMachine""",
    "Custom::DistributionAttachment": "lambda:InvokeFunction",
}
#: A policy that is attached to a role may have this many characters, without spaces.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
QUOTA = 6_144


@pytest.fixture(scope="module")
def every_key(make_app: MakeApp) -> Path:
    """The folder of a cloud assembly with every resource."""
    return Path(make_app(EVERY_KEY).synth().directory)


def statements(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each action of the policy and the resource that it is allowed on."""
    for statement in policy(read_stacks(folder))["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            yield action, statement["Resource"]


def types(folder: Path) -> set[str]:
    """Return the resource types in the templates."""
    return {
        resource["Type"]
        for file in folder.glob("*.template.json")
        for resource in json.loads(file.read_text())["Resources"].values()
    }


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="example"),
        pytest.param({"site_distribution_id": "E123"}, id="attached"),
        pytest.param({"hosted_zone_id": "Z1D633PJN98FT9"}, id="hosted-zone"),
        pytest.param(EVERY_KEY, id="every-key"),
    ],
)
def test_policy_allows_exactly_the_actions_that_the_templates_need(
    make_app: MakeApp, context: dict[str, str | None]
) -> None:
    folder = Path(make_app(context).synth().directory)
    used = types(folder)
    assert used <= DOCUMENTED.keys(), (
        f"add the permissions for {used - DOCUMENTED.keys()} to DOCUMENTED and to "
        f"tools/review/execution_role.py"
    )
    needed = {action for each in used for action in DOCUMENTED[each].split()}
    # Every template has a parameter with the version of the bootstrap stack.
    needed.add("ssm:GetParameters")
    if "web_acl_arn" in context:
        needed.add("wafv2:GetWebACL")
    assert {action for action, _ in statements(folder)} == needed


def test_policy_names_no_action_with_a_star(every_key: Path) -> None:
    assert [action for action, _ in statements(every_key) if "*" in action] == []


def test_policy_allows_roles_and_functions_only_with_the_stacks_name(every_key: Path) -> None:
    allowed = {
        action: resource
        for action, resource in statements(every_key)
        if action.startswith(("iam:", "lambda:"))
    }
    for resource in allowed.values():
        assert fnmatchcase(
            resource.replace("*", ""), "arn:aws:*:role/FirstPartyTracking-examp"
        ) or fnmatchcase(resource.replace("*", ""), "arn:aws:*:function:FirstPartyTracking-examp")


def test_policy_passes_roles_only_to_lambda_and_step_functions(every_key: Path) -> None:
    [passing] = [
        statement
        for statement in policy(read_stacks(every_key))["Statement"]
        if "iam:PassRole" in statement["Action"]
    ]
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "states.amazonaws.com"]}
    }


def test_policy_covers_only_us_east_1_and_global_services(every_key: Path) -> None:
    allowed = dict(statements(every_key))
    # AWS lists no resource type for this action.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_certificatemanager.html
    assert allowed.pop("acm:RequestCertificate") == "*"
    assert {resource.split(":")[3] for resource in allowed.values()} == {"", "us-east-1"}


def test_stacks_are_in_us_east_1(every_key: Path) -> None:
    regions = [stack.environment.rpartition("/")[2] for stack in read_stacks(every_key)]
    assert regions == ["us-east-1", "us-east-1"]


def test_policy_fits_into_the_quota(every_key: Path) -> None:
    text = json.dumps(policy(read_stacks(every_key)), separators=(",", ":"))
    assert len(text) < QUOTA


def test_policy_names_the_bucket_of_another_qualifier(make_app: MakeApp) -> None:
    app = make_app({"@aws-cdk/core:bootstrapQualifier": "tracking"})
    allowed = dict(statements(Path(app.synth().directory)))
    assert allowed["s3:GetObject"] == "arn:aws:s3:::cdk-tracking-assets-*-us-east-1/*"


def test_resource_type_with_unknown_permissions_is_one_clear_error(
    every_key: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "edited"
    shutil.copytree(every_key, folder)
    [template] = folder.glob("*-Proxies.template.json")
    edited: dict[str, Any] = json.loads(template.read_text())
    edited["Resources"]["Table"] = {"Type": "AWS::DynamoDB::Table"}
    template.write_text(json.dumps(edited))

    with pytest.raises(UnknownTypeError, match=re.escape("AWS::DynamoDB::Table")):
        policy(read_stacks(folder))
    done = run_tool({"PATH": os.environ["PATH"]}, "review", "--policy", "--assembly", str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert "AWS::DynamoDB::Table" in done.stderr
    assert "Traceback" not in done.stderr


def test_command_prints_the_policy(every_key: Path) -> None:
    done = run_tool(
        {"PATH": os.environ["PATH"]}, "review", "--policy", "--assembly", str(every_key)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == policy(read_stacks(every_key))
