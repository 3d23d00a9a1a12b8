"""The state of the two stacks. Pure."""

import shlex
from collections.abc import Iterator

from tools.deployed import Stack
from tools.doctor.report import Finding, Note, Remark

#: What is left to a stack in these states is to be made anew.
_BEYOND_REPAIR = ("CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


def judge(stack: Stack) -> Iterator[Remark]:
    """Yield what is wrong with a stack's state.

    That there is none is for others to judge: proxies may have been set up by hand.
    """
    name, status = stack.name, stack.status
    quoted = shlex.quote(name)
    named = f"--stack-name {quoted} --region us-east-1"
    see_why = f"see why (aws cloudformation describe-stack-events {named})"
    if not status:
        yield Note(f"there is no stack {name} in this account")
    elif status == "UPDATE_ROLLBACK_FAILED":
        remedy = f"{see_why}, then aws cloudformation continue-update-rollback {named}"
        yield Finding(f"{name} is {status}", remedy)
    elif status == "UPDATE_FAILED":
        # As `cdk deploy --no-rollback` leaves it, with all that it serves.
        remedy = f"{see_why}, mend that and deploy again, or go back: npx cdk rollback {quoted}"
        yield Finding(f"{name} is {status}", remedy)
    elif status in _BEYOND_REPAIR:
        remedy = (
            f"{see_why}, then aws cloudformation delete-stack {named} and npx cdk deploy {quoted}"
        )
        yield Finding(f"{name} is {status}", remedy)
    elif status.endswith("_FAILED"):
        yield Finding(f"{name} is {status}", f"{see_why}; delete nothing before you know")
    elif status.endswith("_IN_PROGRESS"):
        yield Note(f"{name} is {status}; what the other checks say may pass")
