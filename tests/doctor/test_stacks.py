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


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name A"),
        ("ROLLBACK_FAILED", "aws cloudformation delete-stack --stack-name A"),
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name A"),
        ("CREATE_FAILED", "aws cloudformation delete-stack --stack-name A"),
        ("DELETE_FAILED", "aws cloudformation delete-stack --stack-name A"),
    ],
)
def test_a_stack_that_is_stuck(status: str, command: str) -> None:
    [found] = judge(Stack(name="A", status=status))
    assert isinstance(found, Finding)
    assert found.what == f"A is {status}"
    assert command in found.remedy


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_under_way(status: str) -> None:
    [note] = judge(Stack(name="A", status=status))
    assert isinstance(note, Note)
    assert status in note.what


def test_no_stack() -> None:
    """Proxies may have been set up by hand."""
    assert list(judge(Stack(name="A"))) == [Note("there is no stack A in this account")]
