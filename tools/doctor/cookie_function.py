"""Checks of the edge function's newest version and of its SSM parameter. Pure."""

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attachment.finding import Finding
from stacks import edge_package

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef


def check_version(
    version_arn: str,
    configuration: "FunctionConfigurationTypeDef",
    files: Mapping[str, bytes],
    package: edge_package.EdgePackage,
    deploy: str,
) -> Iterator[Finding]:
    """Yield the differences of a published version from the one that this checkout would publish.

    `files` is the version's unpacked package; the hash of the zip file differs between machines.
    `deploy` is the command that deploys this checkout.
    """
    fix = f"pass the context with which it was deployed, or deploy\n{deploy}"
    for path in sorted({*package.files, *files}):
        if files.get(path) != package.files.get(path):
            yield Finding(
                "function-code-differs",
                f"{path} in {version_arn} differs from the one that this checkout deploys",
                fix,
            )
    stated: dict[str, object] = {
        "Runtime": edge_package.RUNTIME,
        "Handler": edge_package.HANDLER,
        "Architectures": [edge_package.ARCHITECTURE],
        "MemorySize": edge_package.MEMORY_MB,
        "Timeout": edge_package.TIMEOUT_SECONDS,
    }
    for name, expected in stated.items():
        if (live := configuration.get(name)) != expected:
            yield Finding(
                "function-setting-differs",
                f"{version_arn} has {name} {live}, should be {expected}",
                fix,
            )
    if (state := configuration.get("State", "Active")) != "Active":
        yield Finding(
            "version-not-active",
            f"{version_arn} is {state}: {configuration.get('StateReason', 'no reason given')}",
            "wait if the version is new; otherwise deploy a changed setting, which publishes "
            "another version",
        )


def check_parameter(name: str, value: str, version_arn: str) -> Iterator[Finding]:
    """Yield a finding if the value of the SSM parameter is not the newest version's ARN.

    Other stacks read this parameter.
    """
    if value != version_arn:
        yield Finding(
            "parameter-differs",
            f"the parameter {name} is {value or 'missing'}, but the stack has {version_arn}",
            "set the parameter back\n"
            f"aws ssm put-parameter --name {shlex.quote(name)} --value {shlex.quote(version_arn)} "
            "--type String --overwrite --region us-east-1",
        )
