"""States of a stack, in CloudFormation's words.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import pytest

from tools.deployed import Stack
from tools.doctor.report import Finding, Note
from tools.doctor.stacks import judge


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
)
def test_a_stack_that_is_well(status: str) -> None:
    """After a rollback of an update it is what it was before."""
    assert list(judge(Stack(name="A", status=status))) == []


SEE_WHY = "see why (aws cloudformation describe-stack-events --stack-name A --region us-east-1)"
MAKE_ANEW = (
    f"{SEE_WHY}, then aws cloudformation delete-stack --stack-name A --region us-east-1 and "
    "npx cdk deploy A"
)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (
            "UPDATE_ROLLBACK_FAILED",
            f"{SEE_WHY}, then aws cloudformation continue-update-rollback --stack-name A "
            "--region us-east-1",
        ),
        ("ROLLBACK_FAILED", MAKE_ANEW),
        ("ROLLBACK_COMPLETE", MAKE_ANEW),
        ("CREATE_FAILED", MAKE_ANEW),
        ("DELETE_FAILED", MAKE_ANEW),
        (
            "UPDATE_FAILED",
            f"{SEE_WHY}, mend that and deploy again, or go back: npx cdk rollback A",
        ),
        ("IMPORT_ROLLBACK_FAILED", f"{SEE_WHY}; delete nothing before you know"),
    ],
)
def test_a_stack_that_is_stuck(status: str, remedy: str) -> None:
    """Deleting one that serves visitors is no remedy."""
    assert list(judge(Stack(name="A", status=status))) == [Finding(f"A is {status}", remedy)]


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_under_way(status: str) -> None:
    [note] = judge(Stack(name="A", status=status))
    assert isinstance(note, Note)
    assert status in note.what


def test_no_stack() -> None:
    """Proxies may have been set up by hand."""
    assert list(judge(Stack(name="A"))) == [Note("there is no stack A in this account")]
