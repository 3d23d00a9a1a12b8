"""The cookie service's behaviors on distributions that this app did not create."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources
from constructs import Construct, IConstruct

import attachment
from attachment.request import RESOURCE_TYPE, Attachment
from stacks.edge_package import RUNTIME, sources_of, write_files


class DistributionAttachments(Construct):
    """Behaviors of the cookie service on existing distributions.

    CDK cannot change a distribution that it did not create, so each one has a custom resource; all
    share one provider. A deployment makes each of `distribution_ids` hold behaviors on `paths`; one
    that is no longer named loses them, and all do on destroy.
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
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), sources_of(attachment))
            code = lambda_.Code.from_asset(folder)
            on_event, is_complete = (
                lambda_.Function(
                    self,
                    handler_id,
                    code=code,
                    handler=f"attachment.custom_resource.{function}",
                    runtime=lambda_.Runtime(RUNTIME, lambda_.RuntimeFamily.PYTHON),
                    timeout=cdk.Duration.minutes(15),
                    role=role,
                    log_group=log_group,
                )
                for handler_id, function in (
                    ("OnEvent", "on_event"),
                    ("IsComplete", "is_complete"),
                )
            )
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=cdk.Duration.seconds(15),
            # CloudFront needs some minutes to reach all edge locations, at times a quarter hour.
            total_timeout=cdk.Duration.minutes(45),
        )
        library_functions = [
            provider.node.find_child(f"framework-{name}") for name in ("isComplete", "onTimeout")
        ]
        _acknowledge(
            provider,
            "The library's own part, unchanged; it calls only these functions",
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSLambdaBasicExecutionRole]",
            *map(_any_version, [on_event, is_complete, *library_functions]),
            "SF1",
            "SF2",
        )
        previous: cdk.CustomResource | None = None
        for distribution_id in distribution_ids:
            # The ID follows the distribution, so that CloudFormation itself turns a changed list
            # into creations and deletions.
            parent = Construct(self, distribution_id)
            permission = iam.Policy(
                parent,
                "Permission",
                roles=[role],
                statements=[_distribution_permission(parent, distribution_id)],
            )
            resource = cdk.CustomResource(
                parent,
                "Resource",
                resource_type=RESOURCE_TYPE,
                service_token=provider.service_token,
                properties=Attachment(
                    distribution_id=distribution_id,
                    version_arn=version.function_arn,
                    paths=tuple(paths),
                ).properties(),
            )
            # A statement in the role itself would be removed before the resource is deleted:
            # CloudFormation updates first and deletes last.
            resource.node.add_dependency(permission)
            if previous is not None:
                # One after the other: if one fails, CloudFormation cancels those still in progress,
                # and a Create that was canceled while it waits may attach after its Delete.
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
    """Return the handlers' role, which can attach the function and write its logs."""
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
        "AWS names both actions with a star; a version's ARN is its function's with a number",
        "IAM5[Action::lambda:DisableReplication*]",
        "IAM5[Action::lambda:EnableReplication*]",
        _any_version(function),
    )
    return role


def _any_version(function: IConstruct) -> str:
    """Return the template check's ID for access to all versions of a function."""
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
