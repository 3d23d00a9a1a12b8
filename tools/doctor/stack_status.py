"""The status of the two stacks. Pure."""

import shlex
from collections.abc import Iterator, Sequence

from attachment.finding import Finding
from tools.commands import Commands
from tools.deployed import DeploymentId, Stack
from tools.doctor.report import Note, Result

#: Stacks in these states must be deleted and deployed again.
_BEYOND_REPAIR = ("CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


def not_deployed(
    stacks: Sequence[str], others: Sequence[DeploymentId], caller: object, commands: Commands
) -> Finding:
    """Return the finding for an account without proxies and without these stacks.

    `others` are the deployments of this project that the account has.
    """
    elsewhere = "".join(
        f"; this project is deployed there for {other.domain} as name={other.name}"
        for other in others
    )
    return Finding(
        "not-deployed",
        f"there is neither {' nor '.join(stacks)} in {caller}{elsewhere}",
        "if that is the wrong account, use credentials of the right one, for example with "
        f"AWS_PROFILE; to deploy there\n{commands.deploy('--all')}",
    )


def check_stack(stack: Stack, caller: object, commands: Commands) -> Iterator[Result]:
    """Yield what is wrong with a stack's status. `caller` is the account, and who reads it.

    A stack that does not exist is no finding here: proxies may have been built by hand.
    """
    name, status = stack.name, stack.status
    quoted = shlex.quote(name)
    arguments = f"--stack-name {quoted} --region us-east-1"
    see_why = f"see why\naws cloudformation describe-stack-events {arguments}"
    problem = f"{name} is {status}"
    if not status:
        yield Note("no-stack", f"there is no stack {name} in {caller}")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield Finding(
            "stack-rollback-failed",
            problem,
            f"{see_why}\nthen fix that and continue\n"
            f"aws cloudformation continue-update-rollback {arguments}",
        )
    elif status == "UPDATE_FAILED":
        # As `cdk deploy --no-rollback` leaves it, with everything that it serves.
        yield Finding(
            "stack-update-failed",
            problem,
            f"{see_why}\nthen fix that and deploy again, or go back\n{commands.roll_back(name)}",
        )
    elif status in _BEYOND_REPAIR:
        yield Finding(
            "stack-beyond-repair",
            problem,
            f"{see_why}\nthen fix that, delete the stack and deploy it again\n"
            f"aws cloudformation delete-stack {arguments}\n"
            f"aws cloudformation wait stack-delete-complete {arguments}\n"
            f"{commands.deploy(name)}",
        )
    elif status.endswith("_FAILED"):
        yield Finding("stack-failed", problem, f"delete nothing before you {see_why}")
    elif status.endswith("_IN_PROGRESS"):
        yield Note("stack-in-progress", f"{problem}; what the other checks report may pass")
