"""The states of a stack, as CloudFormation names them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import pytest

from attachment.finding import Finding
from tools.deployed import Stack
from tools.doctor.report import Note
from tools.doctor.stack_status import check_stack


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_complete_stack_has_no_finding(status: str) -> None:
    """After a rollback of an update, the stack is what it was before."""
    assert list(check_stack(Stack(name="A", status=status), "account 111122223333")) == []


SEE_WHY = "see why (aws cloudformation describe-stack-events --stack-name A --region us-east-1)"
DEPLOY_AGAIN = (
    f"{SEE_WHY}, then aws cloudformation delete-stack --stack-name A --region us-east-1 and "
    "npx cdk deploy A"
)


@pytest.mark.parametrize(
    ("status", "code", "fix"),
    [
        (
            "UPDATE_ROLLBACK_FAILED",
            "stack-rollback-failed",
            f"{SEE_WHY}, then aws cloudformation continue-update-rollback --stack-name A "
            "--region us-east-1",
        ),
        ("ROLLBACK_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        ("ROLLBACK_COMPLETE", "stack-beyond-repair", DEPLOY_AGAIN),
        ("CREATE_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        ("DELETE_FAILED", "stack-beyond-repair", DEPLOY_AGAIN),
        (
            "UPDATE_FAILED",
            "stack-update-failed",
            f"{SEE_WHY}, fix that and deploy again, or go back: npx cdk rollback A",
        ),
        (
            "IMPORT_ROLLBACK_FAILED",
            "stack-failed",
            f"{SEE_WHY}; delete nothing before you know",
        ),
    ],
)
def test_failed_stack_is_a_finding_with_the_commands_that_fix_it(
    status: str, code: str, fix: str
) -> None:
    """Deleting a stack that serves visitors fixes nothing."""
    [finding] = check_stack(Stack(name="A", status=status), "account 111122223333")
    assert finding == Finding(code, f"A is {status}", fix)


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_stack_in_progress_is_a_note(status: str) -> None:
    [note] = check_stack(Stack(name="A", status=status), "account 111122223333")
    assert isinstance(note, Note)
    assert note.code == "stack-in-progress"
    assert status in note.text


def test_absent_stack_is_a_note() -> None:
    """Proxies can be built by hand."""
    [note] = check_stack(Stack(name="A"), "account 111122223333")
    assert isinstance(note, Note)
    assert note.code == "no-stack"
    assert " A " in note.text
    assert "account 111122223333" in note.text
