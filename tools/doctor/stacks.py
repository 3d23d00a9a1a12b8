"""The state of the two stacks. Pure."""

from collections.abc import Iterator

from tools.deployed import Stack
from tools.doctor.report import Finding, Note, Remark


def judge(stack: Stack) -> Iterator[Remark]:
    """Yield what is wrong with a stack's state.

    That there is none is for others to judge: proxies may have been set up by hand.
    """
    name, status = stack.name, stack.status
    if not status:
        yield Note(f"there is no stack {name} in this account")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield Finding(
            f"{name} is {status}",
            f"see why (aws cloudformation describe-stack-events --stack-name {name}), then "
            f"aws cloudformation continue-update-rollback --stack-name {name}",
        )
    elif status.endswith("_FAILED") or status == "ROLLBACK_COMPLETE":
        yield Finding(
            f"{name} is {status}",
            f"see why (aws cloudformation describe-stack-events --stack-name {name}), then "
            f"aws cloudformation delete-stack --stack-name {name} and npx cdk deploy {name}",
        )
    elif status.endswith("_IN_PROGRESS"):
        yield Note(f"{name} is {status}; what the other checks say may pass")
