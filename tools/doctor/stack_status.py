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
    """Return the finding for an account that has neither proxies nor these stacks.

    `others` are this project's deployments in the account.
    """
    elsewhere = "".join(
        f"; {other.domain} is deployed there with name={other.name}" for other in others
    )
    return Finding(
        "not-deployed",
        f"{' and '.join(stacks)} do not exist in {caller}{elsewhere}",
        "if this is the wrong account, use credentials for the right one, for example with "
        f"AWS_PROFILE; to deploy to this account\n{commands.deploy('--all')}",
    )


def check_stack(stack: Stack, caller: object, commands: Commands) -> Iterator[Result]:
    """Yield a finding or a note for a stack's status. `caller` is the account and its reader.

    A stack that does not exist is only a note, because proxies may have been built by hand.
    """
    name, status = stack.name, stack.status
    quoted = shlex.quote(name)
    arguments = f"--stack-name {quoted} --region us-east-1"
    see_why = f"read why in its events\naws cloudformation describe-stack-events {arguments}"
    problem = f"{name} is {status}"
    if not status:
        yield Note("no-stack", f"the stack {name} does not exist in {caller}")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield Finding(
            "stack-rollback-failed",
            problem,
            f"{see_why}\nthen fix the cause, and continue the rollback\n"
            f"aws cloudformation continue-update-rollback {arguments}",
        )
    elif status == "UPDATE_FAILED":
        # `cdk deploy --no-rollback` leaves a stack in this state, and it still serves visitors.
        yield Finding(
            "stack-update-failed",
            problem,
            f"{see_why}\nthen fix the cause and deploy again, or roll back\n"
            f"{commands.roll_back(name)}",
        )
    elif status in _BEYOND_REPAIR:
        yield Finding(
            "stack-beyond-repair",
            problem,
            f"{see_why}\nthen fix the cause, delete the stack, and deploy it again\n"
            f"aws cloudformation delete-stack {arguments}\n"
            f"aws cloudformation wait stack-delete-complete {arguments}\n"
            f"{commands.deploy(name)}",
        )
    elif status.endswith("_FAILED"):
        yield Finding("stack-failed", problem, f"delete nothing, and {see_why}")
    elif status.endswith("_IN_PROGRESS"):
        yield Note("stack-in-progress", f"{problem}; other findings may disappear when it is done")
