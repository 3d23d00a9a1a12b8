"""The permissions of a stack's role in ministack's CloudFormation, which ignores `RoleARN`.

With this module, a resource fails if the stack's role is not allowed to make every call of AWS's
handler for its type. Resources of types that are not in `CALLS`, and stacks without a role, are not
checked.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam
from ministack.services.cloudformation import _change_sets, handlers, stacks
from ministack.services.cloudformation.helpers import _error

Properties = dict[str, Any]

#: The calls by resource type and operation. Documented: the `permissions` of each handler in AWS's
#: schema of the type, without those for properties that no template here has, such as a VPC.
#: AWS::CertificateManager::Certificate, AWS::IAM::Policy, and AWS::Route53::RecordSet have no such
#: list, so their calls are assumed.
CALLS: Mapping[str, Mapping[str, str]] = {
    "AWS::CertificateManager::Certificate": {
        "create": "acm:RequestCertificate acm:AddTagsToCertificate acm:DescribeCertificate "
        "route53:ChangeResourceRecordSets route53:GetChange",
        "read": "acm:DescribeCertificate",
        "delete": "acm:DescribeCertificate acm:DeleteCertificate",
    },
    "AWS::CloudFront::Distribution": {
        "create": "cloudfront:CreateDistribution cloudfront:TagResource",
        "read": "cloudfront:GetDistribution cloudfront:GetDistributionConfig "
        "cloudfront:ListTagsForResource",
        "update": "cloudfront:UpdateDistribution",
        "delete": "cloudfront:GetDistribution cloudfront:GetDistributionConfig "
        "cloudfront:DeleteDistribution",
    },
    "AWS::CloudFront::OriginRequestPolicy": {
        "create": "cloudfront:CreateOriginRequestPolicy",
        "read": "cloudfront:GetOriginRequestPolicy",
        "update": "cloudfront:UpdateOriginRequestPolicy",
        "delete": "cloudfront:DeleteOriginRequestPolicy",
    },
    "AWS::CloudWatch::Alarm": {
        "create": "cloudwatch:PutMetricAlarm cloudwatch:TagResource",
        "read": "cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource",
        "update": "cloudwatch:PutMetricAlarm",
        "delete": "cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms",
    },
    "AWS::CloudWatch::Dashboard": {
        "create": "cloudwatch:PutDashboard",
        "read": "cloudwatch:GetDashboard",
        "update": "cloudwatch:PutDashboard",
        "delete": "cloudwatch:GetDashboard cloudwatch:DeleteDashboards",
    },
    "AWS::IAM::Policy": {
        "create": "iam:PutRolePolicy",
        "update": "iam:PutRolePolicy",
        "delete": "iam:DeleteRolePolicy",
    },
    "AWS::IAM::Role": {
        "create": "iam:CreateRole iam:TagRole",
        "read": "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy",
        "delete": "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:DeleteRole",
    },
    "AWS::Lambda::Function": {
        "create": "iam:PassRole s3:GetObject lambda:CreateFunction lambda:TagResource",
        "read": "lambda:GetFunction lambda:GetFunctionCodeSigningConfig",
        "delete": "lambda:GetFunction lambda:DeleteFunction",
    },
    "AWS::Lambda::Version": {
        "create": "lambda:PublishVersion",
        "read": "lambda:GetFunctionConfiguration",
        "delete": "lambda:GetFunctionConfiguration lambda:DeleteFunction",
    },
    "AWS::Logs::LogGroup": {
        "create": "logs:CreateLogGroup logs:PutRetentionPolicy logs:TagResource",
        "read": "logs:DescribeLogGroups logs:ListTagsForResource logs:GetDataProtectionPolicy",
        "update": "logs:PutRetentionPolicy",
        "delete": "logs:DescribeLogGroups logs:DeleteLogGroup",
    },
    "AWS::Route53::RecordSet": {
        "create": "route53:ChangeResourceRecordSets route53:GetChange",
        "update": "route53:ChangeResourceRecordSets route53:GetChange",
        "delete": "route53:ChangeResourceRecordSets route53:GetChange",
    },
    "AWS::SSM::Parameter": {
        "create": "ssm:PutParameter ssm:AddTagsToResource",
        "read": "ssm:GetParameters",
        "update": "ssm:PutParameter",
        "delete": "ssm:DeleteParameter",
    },
    "AWS::StepFunctions::StateMachine": {
        "create": "iam:PassRole states:CreateStateMachine states:TagResource",
        "read": "states:DescribeStateMachine states:ListTagsForResource",
        "update": "iam:PassRole states:UpdateStateMachine",
        "delete": "states:DescribeStateMachine states:DeleteStateMachine",
    },
    "Custom::DistributionAttachment": {
        "create": "lambda:InvokeFunction",
        "update": "lambda:InvokeFunction",
        "delete": "lambda:InvokeFunction",
    },
}
#: The additional calls if a resource has a property, by resource type and operation.
_CALLS_OF_PROPERTIES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("AWS::IAM::Role", "create"): {
        "ManagedPolicyArns": "iam:AttachRolePolicy",
        "Policies": "iam:PutRolePolicy",
    },
    ("AWS::IAM::Role", "delete"): {
        "ManagedPolicyArns": "iam:DetachRolePolicy",
        "Policies": "iam:DeleteRolePolicy",
    },
}
#: The calls of an update that changes a property, by resource type.
_CALLS_OF_CHANGES: Mapping[str, Mapping[str, str]] = {
    "AWS::IAM::Role": {
        "AssumeRolePolicyDocument": "iam:UpdateAssumeRolePolicy",
        "Description": "iam:UpdateRole iam:UpdateRoleDescription",
        "ManagedPolicyArns": "iam:AttachRolePolicy iam:DetachRolePolicy",
        "Policies": "iam:PutRolePolicy",
    },
    "AWS::Lambda::Function": {
        "Code": "s3:GetObject lambda:UpdateFunctionCode",
        "Description": "lambda:UpdateFunctionConfiguration",
        "Environment": "lambda:UpdateFunctionConfiguration",
        "Timeout": "lambda:UpdateFunctionConfiguration",
    },
}
#: The ARNs of resources by type. For other types, the physical ID is the ARN.
_ARNS = {
    "AWS::CloudFront::Distribution": "arn:aws:cloudfront::{Account}:distribution/{Id}",
    "AWS::CloudFront::OriginRequestPolicy": (
        "arn:aws:cloudfront::{Account}:origin-request-policy/{Id}"
    ),
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:us-east-1:{Account}:alarm:{Id}",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::{Account}:dashboard/{Id}",
    "AWS::IAM::Policy": "arn:aws:iam::{Account}:role/{Roles[0]}",
    "AWS::IAM::Role": "arn:aws:iam::{Account}:role/{Id}",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:{Account}:function:{Id}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:{Account}:log-group:{Id}",
    "AWS::Route53::RecordSet": "arn:aws:route53:::hostedzone/{HostedZoneId}",
    "AWS::SSM::Parameter": "arn:aws:ssm:us-east-1:{Account}:parameter{Id}",
}
#: Observed: CloudFormation reads a template's SSM parameters with the stack's role.
#: https://github.com/aws-samples/aws-iam-identity-center-automation/issues/3
_READS_PARAMETERS = "ssm:GetParameters"

# The ARN of the role of each stack, by the stack's name.
_roles: dict[str, str] = {}


def install() -> None:
    """Replace ministack's functions that create, update, and delete the resources of a stack.

    Call this after cloudformation.install(), so that a denied call has no other effect.
    """
    create_change_set = handlers._ACTION_HANDLERS["CreateChangeSet"]
    provision, update, delete = (
        stacks._provision_resource,
        stacks._update_resource,
        stacks._delete_resource,
    )

    def create_change_set_as_role(parameters: dict[str, Any]) -> Any:
        stack_name, role = (handlers._p(parameters, name) for name in ("StackName", "RoleARN"))
        if role:
            _roles[stack_name] = role
        answer = create_change_set(parameters)
        return _parameter_denial(stack_name) or answer

    def provision_as_role(
        resource_type: str, logical_id: str, properties: Properties, stack_name: str
    ) -> Any:
        calls = [*_calls(resource_type, "create", properties), *_calls(resource_type, "read", {})]
        if resource_type.startswith("Custom::"):
            _check(stack_name, calls, resource_type, "", properties)
            return provision(resource_type, logical_id, properties, stack_name)
        made = provision(resource_type, logical_id, properties, stack_name)
        try:
            # ministack generates the name that is in the ARN when it creates the resource.
            _check(stack_name, calls, resource_type, made[0], properties)
        except ValueError:
            delete(resource_type, made[0], properties, stack_name, logical_id)
            raise
        return made

    def update_as_role(
        resource_type: str,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        *more: Any,
    ) -> Any:
        calls = _calls_of_update(resource_type, old, new)
        _check(stack_name, calls, resource_type, physical_id, new)
        return update(resource_type, physical_id, old, new, stack_name, *more)

    def delete_as_role(
        resource_type: str, physical_id: str, properties: Properties, stack_name: str, *more: Any
    ) -> None:
        calls = _calls(resource_type, "delete", properties)
        _check(stack_name, calls, resource_type, physical_id, properties)
        delete(resource_type, physical_id, properties, stack_name, *more)

    handlers._ACTION_HANDLERS["CreateChangeSet"] = create_change_set_as_role
    stacks._provision_resource = provision_as_role
    stacks._update_resource = update_as_role
    stacks._delete_resource = delete_as_role


def denial(stack_name: str, action: str, arn: str, passed_to: str = "") -> str | None:
    """Return IAM's message if the stack's role may not use the action, or None if it may.

    `passed_to` is the service that gets the passed role if the action is `iam:PassRole`.
    """
    if stack_name not in _roles:
        return None
    name = _roles[stack_name].rpartition("/")[2]
    account = get_account_id()
    caller = f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation"
    result = iam_evaluator.evaluate(
        iam_evaluator.EvalContext(
            principal_arn=caller,
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=arn,
            region="us-east-1",
            service_context={"iam:passedtoservice": passed_to},
        ),
        iam_evaluator._gather_role_policies(name, account),
        *iam_evaluator._permissions_boundary(iam._roles, name, account),
    )
    if result.decision == "Allow":
        return None
    message: str = iam_actions.identity_denial_message(
        action, caller, arn, result.decision == "Deny"
    )
    return message


def _parameter_denial(stack_name: str) -> Any:
    """Return an error if the stack's change set has a parameter that the role may not read."""
    for change_set in _change_sets.values():
        if change_set["StackName"] != stack_name:
            continue
        for parameter in change_set["_template"].get("Parameters", {}).values():
            if parameter["Type"].startswith("AWS::SSM::Parameter::Value"):
                arn = f"arn:aws:ssm:us-east-1:{get_account_id()}:parameter{parameter['Default']}"
                if denial(stack_name, _READS_PARAMETERS, arn):
                    return _error(
                        "ValidationError",
                        f"AccessDenied. User doesn't have permission to call {_READS_PARAMETERS}",
                    )
    return None


def _calls_of_update(resource_type: str, old: Properties, new: Properties) -> Iterator[str]:
    if old == new:
        return
    yield from _calls(resource_type, "update", new)
    for name, called in _CALLS_OF_CHANGES.get(resource_type, {}).items():
        if old.get(name) != new.get(name):
            yield from called.split()
    yield from _calls(resource_type, "read", new)


def _calls(resource_type: str, operation: str, properties: Properties) -> Iterator[str]:
    yield from CALLS.get(resource_type, {}).get(operation, "").split()
    for name, called in _CALLS_OF_PROPERTIES.get((resource_type, operation), {}).items():
        if properties.get(name):
            yield from called.split()


def _check(
    stack_name: str,
    calls: Iterable[str],
    resource_type: str,
    physical_id: str,
    properties: Properties,
) -> None:
    """Raise ValueError, so that the resource fails, if the role may not make one of the calls."""
    service = "states" if resource_type == "AWS::StepFunctions::StateMachine" else "lambda"
    for action in calls:
        arn = _arn(action, resource_type, physical_id, properties)
        if message := denial(stack_name, action, arn, passed_to=f"{service}.amazonaws.com"):
            raise ValueError(message)


def _arn(action: str, resource_type: str, physical_id: str, properties: Properties) -> str:
    """Return the ARN on which CloudFormation calls the action for a resource."""
    account = get_account_id()
    match action:
        case "iam:PassRole":
            return str(properties.get("Role") or properties["RoleArn"])
        case "s3:GetObject":
            code = properties["Code"]
            return f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}"
        case "lambda:InvokeFunction":
            return str(properties["ServiceToken"])
        case "lambda:PublishVersion":
            return physical_id.rpartition(":")[0]
        case "acm:RequestCertificate":
            return "*"
        case "logs:DescribeLogGroups":
            return f"arn:aws:logs:us-east-1:{account}:log-group::log-stream:"
        case "route53:GetChange":
            return "arn:aws:route53:::change/C1"
        case "route53:ChangeResourceRecordSets" if "DomainValidationOptions" in properties:
            properties = properties["DomainValidationOptions"][0]
            resource_type = "AWS::Route53::RecordSet"
    names = properties | {"Id": physical_id, "Account": account}
    return _ARNS.get(resource_type, "{Id}").format_map(names)
