"""Our behaviors on distributions that belong to somebody else."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources
from constructs import Construct, IConstruct

_FOLDER = Path(__file__).parent


class DistributionAttachments(Construct):
    """Our behaviors on existing distributions: a custom resource for each, on one provider.

    CDK cannot change a distribution that it did not create. A deployment makes each of
    `distribution_ids` hold our behaviors on `paths`; one that is no longer named loses them, and so
    do all on destroy.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        distribution_ids: Sequence[str],
        version: lambda_.Version,
        paths: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self,
            "LogGroup",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        role = _role(self, version.lambda_, log_group)
        code = lambda_.Code.from_asset(str(_FOLDER), exclude=["**", "!runtime", "!runtime/*.py"])
        on_event, is_complete = (
            lambda_.Function(
                self,
                construct_id,
                code=code,
                handler=f"runtime.on_event.{handler}",
                runtime=lambda_.Runtime.PYTHON_3_14,
                timeout=cdk.Duration.minutes(15),
                role=role,
                log_group=log_group,
            )
            for construct_id, handler in (("OnEvent", "on_event"), ("IsComplete", "is_complete"))
        )
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=cdk.Duration.seconds(15),
            # CloudFront takes some minutes to reach all edge locations, at times a quarter hour.
            total_timeout=cdk.Duration.minutes(45),
        )
        library_functions = [
            provider.node.find_child(f"framework-{name}") for name in ("isComplete", "onTimeout")
        ]
        _acknowledge(
            provider,
            "The library's own part, as it comes; it calls these functions alone",
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSLambdaBasicExecutionRole]",
            *map(_any_version, [on_event, is_complete, *library_functions]),
            "SF1",
            "SF2",
        )
        previous: cdk.CustomResource | None = None
        for distribution_id in distribution_ids:
            # The id follows the distribution, so that CloudFormation itself turns a changed list
            # into creations and deletions.
            attachment = Construct(self, distribution_id)
            permission = iam.Policy(
                attachment,
                "Permission",
                roles=[role],
                statements=[_distribution_permission(attachment, distribution_id)],
            )
            resource = cdk.CustomResource(
                attachment,
                "Resource",
                resource_type="Custom::DistributionAttachment",
                service_token=provider.service_token,
                properties={
                    "DistributionId": distribution_id,
                    "VersionArn": version.function_arn,
                    "Paths": list(paths),
                },
            )
            # A statement in the role itself would be gone before the resource is deleted:
            # CloudFormation updates first and deletes last.
            resource.node.add_dependency(permission)
            if previous is not None:
                # One by one: CloudFormation cancels what still runs beside a failure, and a Create
                # that was cancelled while it waits may attach after its Delete.
                resource.node.add_dependency(previous)
            previous = resource


def _distribution_permission(scope: Construct, distribution_id: str) -> iam.PolicyStatement:
    account = cdk.Stack.of(scope).account
    return iam.PolicyStatement(
        actions=[
            "cloudfront:GetDistribution",
            "cloudfront:GetDistributionConfig",
            "cloudfront:UpdateDistribution",
        ],
        resources=[f"arn:aws:cloudfront::{account}:distribution/{distribution_id}"],
    )


def _role(scope: Construct, function: lambda_.IFunction, log_group: logs.LogGroup) -> iam.Role:
    """Return the handlers' role, able to attach our function and to write its logs."""
    account = cdk.Stack.of(scope).account
    # What the caller who attaches a function needs:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    statements = [
        iam.PolicyStatement(
            actions=[
                "lambda:DisableReplication*",
                "lambda:EnableReplication*",
                "lambda:GetFunction",
                "lambda:GetFunctionConfiguration",
            ],
            resources=[function.function_arn, f"{function.function_arn}:*"],
        ),
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[
                f"arn:aws:iam::{account}:role/aws-service-role/{service}/{role}"
                for service, role in (
                    ("logger.cloudfront.amazonaws.com", "AWSServiceRoleForCloudFrontLogger"),
                    ("replicator.lambda.amazonaws.com", "AWSServiceRoleForLambdaReplicator"),
                )
            ],
        ),
        # To tell a rollback from a deployment.
        iam.PolicyStatement(
            actions=["cloudformation:DescribeStacks"], resources=[cdk.Stack.of(scope).stack_id]
        ),
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        ),
    ]
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description="Lets the Hightouch cookie service be attached to the site's distributions",
        inline_policies={"Attach": iam.PolicyDocument(statements=statements)},
    )
    _acknowledge(
        role,
        "AWS names both actions with a star; a version's ARN is its function's and a number",
        "IAM5[Action::lambda:DisableReplication*]",
        "IAM5[Action::lambda:EnableReplication*]",
        _any_version(function),
    )
    return role


def _any_version(function: IConstruct) -> str:
    """Return the template check's id for access to all versions of a function."""
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    return f"IAM5[Resource::<{cdk.Stack.of(function).get_logical_id(resource)}.Arn>:*]"


def _acknowledge(scope: Construct, reason: str, *rules: str) -> None:
    cdk.Validations.of(scope).acknowledge(
        *(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule in rules
        )
    )
