"""Deletes, which remove the behaviors only if that was requested."""

from dataclasses import replace

import pytest

from tests.support.another_writer import live
from tests.support.attachment_cases import Case, for_delete, for_takeover, stack_of
from tests.support.custom_resource import SUCCEEDED
from tests.support.faults import Clock, Wire

CLEANUP = (
    # The first is the status on AWS, the second in the AWS emulator.
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
)


@for_delete
@pytest.mark.parametrize("status", CLEANUP)
@pytest.mark.parametrize("physical_id", ["", "@7,7"])
def test_a_cleanup_keeps_the_behaviors_of_a_distribution_that_is_still_named(
    case: Case, wire: Wire, clock: Clock, status: str, physical_id: str
) -> None:
    """Without the context key, the template has no handlers, and the old ones keep their list."""
    stack = stack_of(case, wire, clock, named=[case.distribution_id, "E1ANOTHERSITE"])
    stack.physical_id = case.distribution_id + physical_id
    stack.status = status
    assert stack.request(case.request) == SUCCEEDED
    assert live(case.distribution_id) == case.old
    assert set(wire.calls) == {"DescribeStacks"}


@for_delete
@pytest.mark.parametrize("status", CLEANUP)
@pytest.mark.parametrize("named", [[], ["E1ANOTHERSITE"]])
def test_a_cleanup_removes_the_behaviors_of_a_distribution_that_is_no_longer_named(
    case: Case, wire: Wire, clock: Clock, status: str, named: list[str]
) -> None:
    stack = stack_of(case, wire, clock, named=named)
    stack.status = status
    assert stack.request(case.request) == SUCCEEDED
    assert live(case.distribution_id) == case.new


@for_delete
@pytest.mark.parametrize(
    "status",
    [
        "DELETE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    ],
)
def test_a_deleted_stack_and_an_undone_create_remove_the_behaviors(
    case: Case, wire: Wire, clock: Clock, status: str
) -> None:
    stack = stack_of(case, wire, clock, named=[case.distribution_id])
    stack.status = status
    assert stack.request(case.request) == SUCCEEDED
    assert live(case.distribution_id) == case.new


@for_takeover
@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", *CLEANUP])
def test_a_detachment_after_a_takeover_removes_the_behaviors(
    case: Case, wire: Wire, clock: Clock, status: str
) -> None:
    """Only a rollback restores the version that the Create found."""
    stack = stack_of(case, wire, clock)
    assert stack.deploy(case.request) == SUCCEEDED
    assert stack.physical_id.endswith("@1,1")
    stack.status = status
    assert stack.request(replace(case.request, type="Delete")) == SUCCEEDED
    assert "/ht/" not in live(case.distribution_id)


@for_delete
@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_delete_that_is_repeated_writes_once(
    case: Case, wire: Wire, clock: Clock, status: str
) -> None:
    stack = stack_of(case, wire, clock)
    stack.status = status
    for _ in range(2):
        assert stack.request(case.request) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1
