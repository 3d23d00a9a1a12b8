"""The states of a stack, as CloudFormation names them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import pytest

from attachment.finding import Finding
from tests.support.printed_fixes import commands_of
from tools.commands import Commands
from tools.deployed import Stack
from tools.doctor.report import Note
from tools.doctor.stack_status import check_stack


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_complete_stack_has_no_finding(status: str) -> None:
    """After a rollback of an update, the stack is as it was before the update."""
    assert list(check_stack(Stack(name="A", status=status), "account 111122223333", COMMANDS)) == []


COMMANDS = Commands(("domain=example.com",))
SEE_WHY = "aws cloudformation describe-stack-events --stack-name A --region us-east-1"
DEPLOY_AGAIN = [
    SEE_WHY,
    "aws cloudformation delete-stack --stack-name A --region us-east-1",
    "aws cloudformation wait stack-delete-complete --stack-name A --region us-east-1",
    "npx cdk deploy A -c domain=example.com",
]


@pytest.mark.parametrize(
    ("status", "code", "commands"),
    [
        (
            "UPDATE_ROLLBACK_FAILED",
            "stack-rollback-failed",
            [
                SEE_WHY,
                "aws cloudformation continue-update-rollback --stack-name A --region us-east-1",
            ],
        ),
        ("ROLLBACK_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        ("ROLLBACK_COMPLETE", "stack-beyond-repair", DEPLOY_AGAIN),
        ("CREATE_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        ("DELETE_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        (
            "UPDATE_FAILED",
            "stack-update-failed",
            [SEE_WHY, "npx cdk rollback A -c domain=example.com"],
        ),
        (
            "IMPORT_ROLLBACK_FAILED",
            "stack-failed",
            [SEE_WHY],
        ),
    ],
)
def test_failed_stack_is_a_finding_with_the_commands_that_fix_it(
    status: str, code: str, commands: list[str]
) -> None:
    """Deleting a stack that serves visitors fixes nothing."""
    [finding] = check_stack(Stack(name="A", status=status), "account 111122223333", COMMANDS)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.problem) == (code, f"A is {status}")
    assert commands_of(finding) == commands


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_stack_in_progress_is_a_note(status: str) -> None:
    [note] = check_stack(Stack(name="A", status=status), "account 111122223333", COMMANDS)
    assert isinstance(note, Note)
    assert note.code == "stack-in-progress"
    assert status in note.text


def test_absent_stack_is_a_note() -> None:
    """Proxies can be built by hand."""
    [note] = check_stack(Stack(name="A"), "account 111122223333", COMMANDS)
    assert isinstance(note, Note)
    assert note.code == "no-stack"
    assert " A " in note.text
    assert "account 111122223333" in note.text
