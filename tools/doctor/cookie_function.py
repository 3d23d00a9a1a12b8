"""The newest version of the edge function compared with what this checkout makes. Pure."""

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
    """Yield how a published version differs from the one that this checkout would publish.

    `files` is its unpacked package. A zip's own hash would tell nothing: it differs from machine to
    machine. `deploy` is the command that deploys it.
    """
    fix = f"pass the context with which it was deployed, or deploy this\n{deploy}"
    for path in sorted({*package.files, *files}):
        if files.get(path) != package.files.get(path):
            yield Finding(
                "function-code-differs",
                f"{version_arn} has another {path} than this checkout makes",
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
            "wait, if it is new; otherwise deploy a changed setting, which publishes another one",
        )


def check_parameter(name: str, value: str, version_arn: str) -> Iterator[Finding]:
    """Yield a finding if the SSM parameter, which other stacks read, is not the newest version."""
    if value != version_arn:
        yield Finding(
            "parameter-differs",
            f"the parameter {name} is {value or 'missing'}, but the stack has {version_arn}",
            "set it back\n"
            f"aws ssm put-parameter --name {shlex.quote(name)} --value {shlex.quote(version_arn)} "
            "--type String --overwrite --region us-east-1",
        )
