"""The status of the two stacks. Pure."""

import shlex
from collections.abc import Iterator, Sequence

from attachment.finding import Finding
from tools.deployed import Stack
from tools.doctor.report import Note, Result

#: Stacks in these states must be deleted and deployed again.
_BEYOND_REPAIR = ("CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


def other_name(stacks: Sequence[str], domain: str, names: Sequence[str], caller: str) -> Finding:
    """Return the finding for a context whose `name` is not that of the domain's deployment.

    `stacks` are those that doctor looked for, and `names` those of the deployments that it found.
    """
    options = " or ".join(f"-c name={shlex.quote(name)}" for name in names)
    return Finding(
        "other-name",
        f"there is neither {' nor '.join(stacks)} in {caller}; {domain} is deployed there as "
        f"name={', '.join(names)}",
        f"pass {options}, as for the deployment; change nothing else",
    )


def check_stack(stack: Stack, caller: str) -> Iterator[Result]:
    """Yield what is wrong with a stack's status. `caller` is the account, and who reads it.

    A stack that does not exist is no finding here: proxies may have been built by hand.
    """
    name, status = stack.name, stack.status
    quoted = shlex.quote(name)
    arguments = f"--stack-name {quoted} --region us-east-1"
    see_why = f"see why (aws cloudformation describe-stack-events {arguments})"
    problem = f"{name} is {status}"
    if not status:
        yield Note("no-stack", f"there is no stack {name} in {caller}")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield Finding(
            "stack-rollback-failed",
            problem,
            f"{see_why}, then aws cloudformation continue-update-rollback {arguments}",
        )
    elif status == "UPDATE_FAILED":
        # As `cdk deploy --no-rollback` leaves it, with everything that it serves.
        yield Finding(
            "stack-update-failed",
            problem,
            f"{see_why}, fix that and deploy again, or go back: npx cdk rollback {quoted}",
        )
    elif status in _BEYOND_REPAIR:
        yield Finding(
            "stack-beyond-repair",
            problem,
            f"{see_why}, then aws cloudformation delete-stack {arguments} and "
            f"npx cdk deploy {quoted}",
        )
    elif status.endswith("_FAILED"):
        yield Finding("stack-failed", problem, f"{see_why}; delete nothing before you know")
    elif status.endswith("_IN_PROGRESS"):
        yield Note("stack-in-progress", f"{problem}; what the other checks report may pass")
