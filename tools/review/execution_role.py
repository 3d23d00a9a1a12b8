"""The IAM policy that CloudFormation needs to deploy the stacks, and no more.

It is for `cdk bootstrap --cloudformation-execution-policies`. The schema of a resource type lists
actions without saying when AWS calls them, so this policy has those that these templates need.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.review.assembly import Stack

#: CloudFormation shortens the stack's name, and then the logical ID, in a generated name. It was
#: observed to keep at least this many characters.
_KEPT = 24
_KEPT_OF_ID = 20
#: The account can be `*`, because a policy is valid only in its own account.
_LAMBDA = "arn:aws:lambda:us-east-1:*:function:{stack}*"
_ROLE = "arn:aws:iam::*:role/{stack}*"


class UnknownTypeError(Exception):
    """A template has a resource of a type with unknown permissions. The message names the type."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """Actions of a service on a resource.

    In `on`, `{name}` is the deployment's name, `{stack}` is the start of a generated name, and
    `{part}` is a part of a generated name. Other names are properties of the resource.
    """

    service: str
    actions: str
    on: str


#: The `permissions` in the `handlers` of each type's schema are the source:
#: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
_GRANTS: Mapping[str, tuple[_Grant, ...]] = {
    "AWS::CDK::Metadata": (),
    "AWS::CertificateManager::Certificate": (
        _Grant("acm", "RequestCertificate", "*"),
        _Grant(
            "acm",
            "AddTagsToCertificate DeleteCertificate DescribeCertificate",
            "arn:aws:acm:us-east-1:*:certificate/*",
        ),
        _Grant(
            "route53",
            "ChangeResourceRecordSets",
            "arn:aws:route53:::hostedzone/{DomainValidationOptions[0][HostedZoneId]}",
        ),
        _Grant("route53", "GetChange", "arn:aws:route53:::change/*"),
    ),
    "AWS::CloudFront::Distribution": (
        _Grant(
            "cloudfront",
            "CreateDistribution DeleteDistribution GetDistribution GetDistributionConfig "
            "ListTagsForResource TagResource UpdateDistribution",
            "arn:aws:cloudfront::*:distribution/*",
        ),
    ),
    "AWS::CloudFront::OriginRequestPolicy": (
        _Grant(
            "cloudfront",
            "CreateOriginRequestPolicy DeleteOriginRequestPolicy GetOriginRequestPolicy "
            "UpdateOriginRequestPolicy",
            "arn:aws:cloudfront::*:origin-request-policy/*",
        ),
    ),
    "AWS::CloudWatch::Alarm": (
        _Grant(
            "cloudwatch",
            "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource",
            "arn:aws:cloudwatch:us-east-1:*:alarm:{name}-*",
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        _Grant(
            "cloudwatch",
            "DeleteDashboards GetDashboard PutDashboard",
            "arn:aws:cloudwatch::*:dashboard/{name}-*",
        ),
    ),
    "AWS::IAM::Policy": (_Grant("iam", "DeleteRolePolicy PutRolePolicy", _ROLE),),
    "AWS::IAM::Role": (
        _Grant(
            "iam",
            "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole "
            "GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole "
            "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
            _ROLE,
        ),
    ),
    "AWS::Lambda::Function": (
        _Grant(
            "lambda",
            "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig TagResource "
            "UpdateFunctionCode UpdateFunctionConfiguration",
            _LAMBDA,
        ),
        _Grant("iam", "PassRole", _ROLE),
        _Grant("s3", "GetObject", "arn:aws:s3:::{Code[S3Bucket][Fn::Sub]}/*"),
    ),
    "AWS::Lambda::Version": (
        _Grant("lambda", "DeleteFunction GetFunctionConfiguration PublishVersion", _LAMBDA),
    ),
    "AWS::Logs::LogGroup": (
        _Grant(
            "logs",
            "CreateLogGroup DeleteLogGroup GetDataProtectionPolicy ListTagsForResource "
            "PutRetentionPolicy TagResource",
            "arn:aws:logs:us-east-1:*:log-group:*{part}*",
        ),
        _Grant("logs", "DescribeLogGroups", "arn:aws:logs:us-east-1:*:log-group:*"),
    ),
    "AWS::Route53::RecordSet": (
        _Grant(
            "route53", "ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/{HostedZoneId}"
        ),
        _Grant("route53", "GetChange", "arn:aws:route53:::change/*"),
    ),
    "AWS::SSM::Parameter": (
        _Grant(
            "ssm",
            "AddTagsToResource DeleteParameter GetParameters PutParameter",
            "arn:aws:ssm:us-east-1:*:parameter/{name}/*",
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        _Grant(
            "states",
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource "
            "TagResource UpdateStateMachine",
            "arn:aws:states:us-east-1:*:stateMachine:*{part}*",
        ),
        _Grant("iam", "PassRole", _ROLE),
    ),
    "Custom::DistributionAttachment": (_Grant("lambda", "InvokeFunction", _LAMBDA),),
}
_PASSES_ROLE = "iam:PassRole"


def policy(stacks: Sequence[Stack]) -> dict[str, Any]:
    """Return the policy for the stacks. Raises UnknownTypeError."""
    granted: dict[str, set[str]] = {}
    for action, resource in _needed(stacks):
        granted.setdefault(resource, set()).add(action)
    statements = []
    for resource, actions in sorted(granted.items()):
        if _PASSES_ROLE in actions:
            statements.append(_pass_role(resource))
        if others := sorted(actions - {_PASSES_ROLE}):
            statements.append({"Effect": "Allow", "Action": others, "Resource": resource})
    return {"Version": "2012-10-17", "Statement": statements}


def _needed(stacks: Sequence[Stack]) -> Iterator[tuple[str, str]]:
    """Yield each action that the stacks need, with its resource."""
    for stack in stacks:
        for parameter in stack.template.get("Parameters", {}).values():
            if parameter["Type"].startswith("AWS::SSM::Parameter::Value"):
                yield (
                    "ssm:GetParameters",
                    f"arn:aws:ssm:us-east-1:*:parameter{parameter['Default']}",
                )
        for logical_id, resource in stack.resources.items():
            if resource["Type"] not in _GRANTS:
                raise UnknownTypeError(
                    f"{resource['Type']}: the actions that CloudFormation needs for this type are "
                    f"unknown; add them to {__name__}, from the `handlers` of the type's schema"
                )
            properties = resource.get("Properties", {})
            if web_acl := properties.get("DistributionConfig", {}).get("WebACLId"):
                yield "wafv2:GetWebACL", web_acl
            names = properties | {
                "part": logical_id[:_KEPT_OF_ID],
                "name": stack.name.rpartition("-")[0],
                "stack": stack.name[:_KEPT],
            }
            for grant in _GRANTS[resource["Type"]]:
                on = grant.on.format_map(names).replace("${AWS::AccountId}", "*")
                for action in grant.actions.split():
                    yield f"{grant.service}:{action}", on


def _pass_role(resource: str) -> dict[str, Any]:
    services = ["lambda.amazonaws.com", "states.amazonaws.com"]
    return {
        "Effect": "Allow",
        "Action": [_PASSES_ROLE],
        "Resource": resource,
        "Condition": {"StringEquals": {"iam:PassedToService": services}},
    }
