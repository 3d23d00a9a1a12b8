"""The cookie service as a Lambda@Edge function with one numbered version."""

import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IValidation

from lambda_edge.cookie_service import Settings
from stacks import edge_package
from stacks.edge_package import EdgePackage


class CookieFunction(Construct):
    """The edge function, its role, and its numbered version, all three retained.

    CloudFront keeps replicas of a function for hours after it is detached. As long as they exist,
    deleting the function fails, and `cdk destroy` would fail too. Names are generated, so that a
    later deployment never conflicts with a function that an earlier one left.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        role = _role(self)
        package = EdgePackage.of(settings)
        with tempfile.TemporaryDirectory() as folder:
            package.write(Path(folder))
            function = lambda_.Function(
                self,
                "Function",
                code=lambda_.Code.from_asset(folder),
                handler=edge_package.HANDLER,
                runtime=lambda_.Runtime(edge_package.RUNTIME, lambda_.RuntimeFamily.PYTHON),
                architecture=lambda_.Architecture.custom(edge_package.ARCHITECTURE),
                memory_size=edge_package.MEMORY_MB,
                timeout=cdk.Duration.seconds(edge_package.TIMEOUT_SECONDS),
                description=edge_package.DESCRIPTION,
                role=role,
                logging_format=lambda_.LoggingFormat[edge_package.LOG_FORMAT],
                system_log_level_v2=lambda_.SystemLogLevel[edge_package.SYSTEM_LOG_LEVEL],
            )
        function.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # Lambda@Edge accepts only a numbered version, not $LATEST or an alias.
        self.version = lambda_.Version(
            self,
            "Version",
            lambda_=function,
            # Deleted only if the deployment that created it rolls back. Lambda does not publish the
            # same code twice, so the next deployment would fail because of the retained version.
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        published = self.version.node.default_child
        assert isinstance(published, lambda_.CfnVersion)
        published.override_logical_id(package.version_logical_id)
        self.node.add_validation(_EdgeLimits(resource, package.size_bytes))


def _role(scope: Construct) -> iam.Role:
    """Return the function's role, which Lambda@Edge can assume and which can write logs."""
    # A log group is in the Region that ran the function, and has the function's name, which is not
    # known yet. Lambda@Edge exists only in the partition `aws`.
    account = cdk.Stack.of(scope).account
    log_groups = f"arn:aws:logs:*:{account}:log-group:/aws/lambda/us-east-1.*"
    write_logs = iam.PolicyStatement(
        actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[log_groups],
    )
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.CompositePrincipal(
            iam.ServicePrincipal("lambda.amazonaws.com"),
            iam.ServicePrincipal("edgelambda.amazonaws.com"),
        ),
        description="Lets the Hightouch cookie service write its logs",
        # An inline policy outlives the stack together with the role.
        inline_policies={"WriteLogs": iam.PolicyDocument(statements=[write_logs])},
    )
    role.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:logs:*:"
            "<AWS::AccountId>:log-group:/aws/lambda/us-east-1.*]",
            reason="Lambda@Edge logs in the Region where it runs, under a generated name",
        )
    )
    return role


@jsii.implements(IValidation)
class _EdgeLimits:
    """Reports, at synth, settings that Lambda@Edge rejects or that break the function later.

    This construct keeps these rules, but an aspect of a larger app may break them. A validation
    cannot see raw overrides of the template (`add_property_override`).
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html
    """

    def __init__(self, function: lambda_.CfnFunction, package_bytes: int) -> None:
        self._function = function
        self._package_bytes = package_bytes

    def validate(self) -> list[str]:
        def value(attribute: str) -> Any:
            return self._function.stack.resolve(getattr(self._function, attribute))

        absent = (
            "environment",
            "layers",
            "vpc_config",
            "dead_letter_config",
            "tracing_config",
            "ephemeral_storage",
            "file_system_configs",
            "image_config",
            "kms_key_arn",
        )
        problems = [
            f"Lambda@Edge does not support {attribute.replace('_', ' ')}; remove `{attribute}` "
            f"(got: {value(attribute)})"
            for attribute in absent
            if value(attribute)
        ]
        if value("package_type") not in (None, "Zip"):
            problems.append(f"Lambda@Edge supports only zip packages, got: {value('package_type')}")
        if value("architectures") != ["x86_64"]:
            problems.append(f"Lambda@Edge runs only on x86_64, got: {value('architectures')}")
        # The quota applies to the zip file, which is smaller than its files together.
        problems += [
            f"for a viewer event, Lambda@Edge allows {what} up to {most} {unit}, got: {got}"
            for what, got, most, unit in (
                ("memory", value("memory_size"), edge_package.MEMORY_MB, "MB"),
                ("timeout", value("timeout"), edge_package.TIMEOUT_SECONDS, "s"),
                ("package", self._package_bytes, edge_package.MOST_PACKAGE_BYTES, "bytes"),
            )
            if isinstance(got, int | float) and got > most
        ]
        return problems
