"""The cookie service as a Lambda@Edge function with one numbered version."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IValidation

import lambda_edge
from lambda_edge.cookie_service import Settings

_SOURCES = Path(lambda_edge.__file__).parent

# Quotas of a function at a viewer event:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
_MEMORY_MB = 128
_TIMEOUT_SECONDS = 5
_PACKAGE_BYTES = 1_000_000
# "You can use the latest versions of Python": AWS, "Restrictions on Lambda@Edge".
_RUNTIME = lambda_.Runtime.PYTHON_3_14
_HANDLER = "lambda_edge.handler.handler"
_DESCRIPTION = "Hightouch cookie service: answers renew and clear at viewer-request"


def write_package(folder: Path, settings: Settings) -> None:
    """Write into `folder` what Lambda unpacks: the package `lambda_edge` with its settings."""
    package = folder / _SOURCES.name
    package.mkdir()
    for source in _SOURCES.glob("*.py"):
        (package / source.name).write_bytes(source.read_bytes())
    values = {name: getattr(settings, name) for name in Settings.__slots__}
    (package / "settings.json").write_text(json.dumps(values, indent=1, sort_keys=True))
    # Lambda runs it as another user, whatever the deployer's umask is.
    package.chmod(0o755)
    for file in package.iterdir():
        file.chmod(0o644)


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
            write_package(Path(folder), settings)
            package_hash, package_bytes = _measure(Path(folder))
            function = lambda_.Function(
                self,
                "Function",
                code=lambda_.Code.from_asset(folder),
                handler=_HANDLER,
                runtime=_RUNTIME,
                architecture=lambda_.Architecture.X86_64,
                memory_size=_MEMORY_MB,
                timeout=cdk.Duration.seconds(_TIMEOUT_SECONDS),
                description=_DESCRIPTION,
                role=role,
                # Lambda's own line for each request would cost more than it tells.
                logging_format=lambda_.LoggingFormat.JSON,
                system_log_level_v2=lambda_.SystemLogLevel.WARN,
            )
        function.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        # The library states the dependency on the role that the reference to it implies.
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})
        # Lambda@Edge takes a numbered version; $LATEST and aliases are refused.
        self.version = lambda_.Version(
            self,
            "Version",
            lambda_=function,
            # Retained, but not when the deployment that made it rolls back: Lambda refuses to
            # publish the same code again, so the next try would fail on the version left over.
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        _pin_logical_id(self.version, package_hash)
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


def _measure(folder: Path) -> tuple[str, int]:
    """Return a hash of the names and contents of the files in `folder`, and their bytes."""
    digest, size = hashlib.sha256(), 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        size += len(content)
        digest.update(f"{file.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest(), size


def _pin_logical_id(version: lambda_.Version, package_hash: str) -> None:
    """Make CloudFormation publish a version when what we state changes, and only then.

    Left to the library, an upgrade or a feature flag can ask for a new version of an unchanged
    function, which Lambda refuses.
    """
    stated = [package_hash, _RUNTIME.name, _HANDLER, _MEMORY_MB, _TIMEOUT_SECONDS, _DESCRIPTION]
    digest = hashlib.sha256(json.dumps(stated).encode()).hexdigest()
    resource = version.node.default_child
    assert isinstance(resource, lambda_.CfnVersion)
    resource.override_logical_id(f"CookieFunctionVersion{digest[:16]}")


@jsii.implements(IValidation)
class _EdgeLimits:
    """Refuses at synth what CloudFront would refuse, or break on, after minutes of deploying.

    Nothing here breaks these rules; an aspect or an escape hatch of a wrapping app may.
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
        if value("architectures") != ["x86_64"]:
            problems.append(f"Lambda@Edge runs on x86_64 alone, got: {value('architectures')}")
        # The package's quota is on the zip, which is smaller than its files together.
        problems += [
            f"{what} at a viewer event is {most} {unit} at most, got: {got}"
            for what, got, most, unit in (
                ("memory", value("memory_size"), _MEMORY_MB, "MB"),
                ("timeout", value("timeout"), _TIMEOUT_SECONDS, "s"),
                ("package", self._package_bytes, _PACKAGE_BYTES, "bytes"),
            )
            if got > most
        ]
        return problems
