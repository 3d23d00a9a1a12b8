"""Remove one permission at a time, and print how a deployment from CI then fails.

Run `python -m tests.least_permissions`. The permissions are those of the deployer (docs/ci.md) and
of CloudFormation (`python -m tools review --policy`). For each permission, a new AWS emulator
starts, and a deployment with all optional parts is created, updated, and destroyed in it without
the permission. A row without a failure shows a permission that nothing needs, or that the emulator
does not check.
"""

import argparse
import copy
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.checkout import Checkout
from tests.support.deployer import (
    Policy,
    documented_policy,
    environment_of_role,
    restrict_cloudformation,
)
from tests.support.deployments import cdk, make_customer, of_customer, synthesize, updated
from tests.support.emulator import used_by_boto3
from tools.emulator.emulator import aws_emulator, client_environment
from tools.preview.deployment import bootstrapped
from tools.review.assembly import read_stacks
from tools.review.execution_role import policy


def permissions(document: Policy) -> list[str]:
    """Return the actions of the policy. Roles that it can assume replace `sts:AssumeRole`."""
    found = {
        each
        for statement in document["Statement"]
        for each in (
            statement["Resource"]
            if statement["Action"] == "sts:AssumeRole"
            else statement["Action"]
        )
    }
    return sorted(found)


def without(document: Policy, permission: str) -> Policy:
    """Return the policy without one of its permissions."""
    smaller = copy.deepcopy(document)
    for statement in smaller["Statement"]:
        for field in ("Action", "Resource"):
            if isinstance(statement[field], list) and permission in statement[field]:
                # IAM accepts no empty list.
                statement[field] = [e for e in statement[field] if e != permission] or [
                    {"Action": "sts:GetCallerIdentity", "Resource": "arn:aws:iam::1:none"}[field]
                ]
    return smaller


def first_failure(assembly: Path, removed: str = "") -> tuple[str, str]:
    """Return the first command that fails and the reason. If none fails, both are empty."""
    with tempfile.TemporaryDirectory(prefix="least-") as name:
        scratch = Path(name)
        with aws_emulator(scratch) as settings, used_by_boto3(settings):
            root = client_environment(settings) | {"CDK_VALIDATION": "false"}
            with bootstrapped(root, scratch):
                pass
            first = of_customer(assembly, scratch / "first.out", *make_customer())
            second = updated(first, scratch / "second.out")
            restrict_cloudformation(without(policy(read_stacks(first)), removed))
            deployer = environment_of_role(root, without(documented_policy(), removed))
            return _failure(first, second, deployer, scratch)


def _failure(
    first: Path, second: Path, environment: Mapping[str, str], scratch: Path
) -> tuple[str, str]:
    for what, verb, assembly in (
        ("create", "deploy", first),
        ("update", "deploy", second),
        ("destroy", "destroy", second),
    ):
        printed = cdk(verb, assembly, environment, scratch)
        if printed.startswith("FAILED"):
            return what, _reason(printed)
    return "", ""


def _reason(printed: str) -> str:
    """Return the action that was denied, or the role that could not be assumed."""
    for pattern in (
        r"not\s+authorized to perform: (\S+)",
        r"permission to call (\S+)",
        r"could not be used to assume '\S+:(role/\S+)'",
    ):
        if found := re.search(pattern, printed):
            return found[1]
    return printed[-400:]


def table(assembly: Path, only: str) -> Iterator[str]:
    """Yield the table, row by row."""
    if failed := "".join(first_failure(assembly)):
        sys.exit(f"a deployment fails with all permissions: {failed}")
    yield "| removed | command that fails | denied |"
    yield "|---|---|---|"
    every = [*permissions(documented_policy()), *permissions(policy(read_stacks(assembly)))]
    for removed in every:
        if only in removed:
            what, why = first_failure(assembly, removed)
            yield f"| `{removed}` | {what or '**none**'} | {json.dumps(why) if why else ''} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.least_permissions", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="permissions that contain this")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory(prefix="least-") as folder:
        environment = dict(os.environ) | {"CDK_VALIDATION": "false"}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        checkout = Checkout.make(Path(folder) / "checkout", environment)
        for line in table(synthesize(checkout), only):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
