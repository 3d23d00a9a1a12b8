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
from stacks import cookie_package


class CookieFunction(Construct):
    """The edge function with its role and its numbered version, all three retained.

    CloudFront keeps replicas for hours after a function is detached, and until then deleting it
    fails, which would take `cdk destroy` with it. Names are generated, so that a later deployment
    never meets what an earlier one left.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        role = _role(self)
        with tempfile.TemporaryDirectory() as folder:
            cookie_package.write_package(Path(folder), settings)
            function = lambda_.Function(
                self,
                "Function",
                code=lambda_.Code.from_asset(folder),
                handler=cookie_package.HANDLER,
                runtime=lambda_.Runtime(cookie_package.RUNTIME, lambda_.RuntimeFamily.PYTHON),
                architecture=lambda_.Architecture.custom(cookie_package.ARCHITECTURE),
                memory_size=cookie_package.MEMORY_MB,
                timeout=cdk.Duration.seconds(cookie_package.TIMEOUT_SECONDS),
                description=cookie_package.DESCRIPTION,
                role=role,
                logging_format=lambda_.LoggingFormat[cookie_package.LOG_FORMAT],
                system_log_level_v2=lambda_.SystemLogLevel[cookie_package.SYSTEM_LOG_LEVEL],
            )
        function.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # Lambda@Edge takes a numbered version; $LATEST and aliases are refused.
        self.version = lambda_.Version(
            self,
            "Version",
            lambda_=function,
            # Retained, but not when the deployment that made it rolls back: Lambda refuses to
            # publish the same code again, so the next try would fail on the version left over.
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        published = self.version.node.default_child
        assert isinstance(published, lambda_.CfnVersion)
        published.override_logical_id(cookie_package.version_logical_id(settings))
        package_bytes = sum(map(len, cookie_package.package_files(settings).values()))
        self.node.add_validation(_EdgeLimits(resource, package_bytes))


def _role(scope: Construct) -> iam.Role:
    """Return the function's role: assumable by Lambda@Edge, able to write its logs."""
    # The log groups lie in whichever region ran the function. Its name is not known yet here.
    # Lambda@Edge exists in the partition `aws` alone.
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
        # Inline, so that it outlives the stack with the role.
        inline_policies={"WriteLogs": iam.PolicyDocument(statements=[write_logs])},
    )
    role.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    cdk.Validations.of(role).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:logs:*:"
            "<AWS::AccountId>:log-group:/aws/lambda/us-east-1.*]",
            reason="Lambda@Edge logs in the region where it ran, under the generated name",
        )
    )
    return role


@jsii.implements(IValidation)
class _EdgeLimits:
    """Refuses at synth what CloudFront would refuse, or break on, after minutes of deploying.

    Nothing here breaks these rules; an aspect of an app around this one may. Raw overrides of the
    template (`add_property_override`) are beyond what a construct can see.
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
            f"Lambda@Edge allows no {attribute}, got: {value(attribute)}"
            for attribute in absent
            if value(attribute)
        ]
        if value("package_type") not in (None, "Zip"):
            problems.append(f"Lambda@Edge takes a zip alone, got: {value('package_type')}")
        if value("architectures") != ["x86_64"]:
            problems.append(f"Lambda@Edge runs on x86_64 alone, got: {value('architectures')}")
        # The package's quota is on the zip, which is smaller than its files together.
        problems += [
            f"{what} at a viewer event is {most} {unit} at most, got: {got}"
            for what, got, most, unit in (
                ("memory", value("memory_size"), cookie_package.MEMORY_MB, "MB"),
                ("timeout", value("timeout"), cookie_package.TIMEOUT_SECONDS, "s"),
                ("package", self._package_bytes, cookie_package.MOST_PACKAGE_BYTES, "bytes"),
            )
            if isinstance(got, int | float) and got > most
        ]
        return problems
