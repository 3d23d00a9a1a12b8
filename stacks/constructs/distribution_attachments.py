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
from attachment.rollout import PROPAGATION_SECONDS, STEP_SECONDS, TIMEOUT_SECONDS
from stacks.edge_package import RUNTIME, sources_of, write_files


class DistributionAttachments(Construct):
    """Behaviors of the cookie service on existing distributions.

    CDK cannot change a distribution that it did not create, so each has a custom resource, and all
    of these share one provider. A deployment adds behaviors on `paths` to each distribution in
    `distribution_ids`, and removes them from a distribution that is no longer in the list. A
    destroy removes them from all. A new value of `repair` makes a deployment check each
    distribution again.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        distribution_ids: Sequence[str],
        version: lambda_.Version,
        paths: Sequence[str],
        repair: str,
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
                    timeout=timeout,
                    environment={
                        "FUNCTION_ARN": version.lambda_.function_arn,
                        "DISTRIBUTION_IDS": ",".join(distribution_ids),
                    },
                    role=role,
                    log_group=log_group,
                )
                for handler_id, function, timeout in (
                    # The handler may wait for IAM's propagation, and then for one more call.
                    ("OnEvent", "on_event", cdk.Duration.seconds(2 * PROPAGATION_SECONDS)),
                    ("IsComplete", "is_complete", cdk.Duration.seconds(STEP_SECONDS)),
                )
            )
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=cdk.Duration.seconds(15),
            # The handlers stop sooner, with an error that names what they waited for.
            total_timeout=cdk.Duration.seconds(TIMEOUT_SECONDS + 5 * 60),
            log_group=log_group,
        )
        library_functions = [
            provider.node.find_child(f"framework-{name}") for name in ("isComplete", "onTimeout")
        ]
        _acknowledge(
            provider,
            "CDK's Provider framework, unchanged; it calls only these functions",
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AWSLambdaBasicExecutionRole]",
            *map(_any_version, [on_event, is_complete, *library_functions]),
            "SF1",
            "SF2",
        )
        previous: cdk.CustomResource | None = None
        for distribution_id in distribution_ids:
            # The construct's ID is the distribution's, so that CloudFormation itself turns a
            # changed list into creations and deletions.
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
                    repair=repair,
                ).properties(),
            )
            # A policy of its own: a statement in the role's policy would be removed before the
            # resource is deleted, because CloudFormation updates first and deletes last.
            resource.node.add_dependency(permission)
            if previous is not None:
                # One after the other: if one fails, CloudFormation cancels all that are still in
                # progress, and a canceled Create cannot report which version it found.
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
    """Return the handlers' role, which can attach the edge function and write their logs."""
    account = cdk.Stack.of(scope).account
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    statements = [
        # CloudFront checks that the caller of UpdateDistribution can use the attached function.
        iam.PolicyStatement(
            sid="AttachFunction",
            actions=[
                "lambda:DisableReplication*",
                "lambda:EnableReplication*",
                "lambda:GetFunction",
            ],
            resources=[function.function_arn, f"{function.function_arn}:*"],
        ),
        # CloudFront accepts a version only once it is Active.
        iam.PolicyStatement(
            sid="SeeVersionState",
            actions=["lambda:GetFunctionConfiguration"],
            resources=[function.function_arn, f"{function.function_arn}:*"],
        ),
        # The first association in an account creates these roles.
        iam.PolicyStatement(
            sid="CreateEdgeRoles",
            actions=["iam:CreateServiceLinkedRole"],
            resources=[
                f"arn:aws:iam::{account}:role/aws-service-role/{service}/{role}"
                for service, role in (
                    ("logger.cloudfront.amazonaws.com", "AWSServiceRoleForCloudFrontLogger"),
                    ("replicator.lambda.amazonaws.com", "AWSServiceRoleForLambdaReplicator"),
                )
            ],
        ),
        # UpdateDistribution sends the whole configuration. If it has a web ACL or a VPC origin,
        # CloudFront may check that the caller can read these, even if they do not change. AWS's own
        # AwsCommunity::CloudFront::WebACLAssociation declares the permission for web ACLs.
        iam.PolicyStatement(
            sid="ReadWebAcl",
            actions=["wafv2:GetWebACL"],
            resources=[f"arn:aws:wafv2:us-east-1:{account}:global/webacl/*"],
        ),
        iam.PolicyStatement(
            sid="ReadVpcOrigin",
            actions=["cloudfront:GetVpcOrigin"],
            resources=[f"arn:aws:cloudfront::{account}:vpcorigin/*"],
        ),
        # The stack's status tells a rollback or a deletion of the stack from a deployment.
        iam.PolicyStatement(
            sid="SeeStackStatus",
            actions=["cloudformation:DescribeStacks"],
            resources=[cdk.Stack.of(scope).stack_id],
        ),
        iam.PolicyStatement(
            sid="WriteLogs",
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
        "AWS names both actions with a star; a version's ARN adds a number to its function's ARN",
        "IAM5[Action::lambda:DisableReplication*]",
        "IAM5[Action::lambda:EnableReplication*]",
        _any_version(function),
    )
    _acknowledge(
        role,
        "Read-only; which web ACL or VPC origin a distribution uses is not known at synth",
        "IAM5[Resource::arn:aws:wafv2:us-east-1:<AWS::AccountId>:global/webacl/*]",
        "IAM5[Resource::arn:aws:cloudfront::<AWS::AccountId>:vpcorigin/*]",
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
