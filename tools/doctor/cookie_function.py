"""The newest version of the edge function against what this checkout makes. Pure."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from lambda_edge.cookie_service import Settings
from stacks import cookie_package
from tools.doctor.report import Finding


def judge(
    version_arn: str,
    configuration: Mapping[str, Any],
    files: Mapping[str, bytes],
    settings: Settings,
    stack: str,
) -> Iterator[Finding]:
    """Yield in what a published version differs from the one that this checkout would publish.

    `configuration` is Lambda's answer about the version, `files` its unpacked package. A zip's own
    hash would tell nothing: it differs from machine to machine.
    """
    remedy = f"npx cdk deploy {shlex.quote(stack)}, or give the context with which it was deployed"
    expected = cookie_package.package_files(settings)
    for path in sorted({*expected, *files}):
        if files.get(path) != expected.get(path):
            yield Finding(f"{version_arn} has another {path} than this checkout makes", remedy)
    stated = {
        "Runtime": cookie_package.RUNTIME,
        "Handler": cookie_package.HANDLER,
        "Architectures": [cookie_package.ARCHITECTURE],
        "MemorySize": cookie_package.MEMORY_MB,
        "Timeout": cookie_package.TIMEOUT_SECONDS,
    }
    for name, value in stated.items():
        if (got := configuration.get(name)) != value:
            yield Finding(f"{version_arn} has {name} {got}, should be {value}", remedy)
    if (state := configuration.get("State", "Active")) != "Active":
        yield Finding(
            f"{version_arn} is {state}: {configuration.get('StateReason', 'no reason given')}",
            "wait, if it is new; else deploy a changed setting, which publishes another",
        )


def judge_parameter(name: str, value: str, version_arn: str) -> Iterator[Finding]:
    """Yield a finding where the SSM parameter, which other stacks read, is not the newest."""
    if value != version_arn:
        yield Finding(
            f"the parameter {name} says {value or 'nothing'}, the stack {version_arn}",
            f"aws ssm put-parameter --name {shlex.quote(name)} --value {shlex.quote(version_arn)} "
            "--type String --overwrite --region us-east-1",
        )
