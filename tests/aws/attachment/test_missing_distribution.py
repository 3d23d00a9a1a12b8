"""Requests to a distribution that does not exist, or is deleted while a request runs."""

import pytest

from tests.support.another_writer import delete_distribution
from tests.support.attachment_cases import (
    NO_SUCH_DISTRIBUTION,
    Case,
    for_attaching,
    for_delete,
    properties_of,
    request_of,
    stack_of,
)
from tests.support.custom_resource import SUCCEEDED, CloudFormation
from tests.support.faults import Clock, Wire, after, goes_on


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_attaching_to_a_missing_distribution_fails_at_once(
    versions: tuple[str, str], wire: Wire, clock: Clock, request_type: str
) -> None:
    stack = missing_stack(versions, wire, clock)
    stack.status = "UPDATE_IN_PROGRESS"
    request = request_of(request_type, properties_of(NO_SUCH_DISTRIBUTION, versions[0]))
    reply = stack.request(request)
    assert reply.code == "no-such-distribution"
    assert NO_SUCH_DISTRIBUTION in reply.text
    assert "site_distribution_id" in reply.text
    assert clock.time == 0


def test_detaching_from_a_missing_distribution_succeeds(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    stack = missing_stack(versions, wire, clock)
    stack.status = "DELETE_IN_PROGRESS"
    request = request_of("Delete", properties_of(NO_SUCH_DISTRIBUTION, versions[0]))
    assert stack.request(request) == SUCCEEDED


def missing_stack(versions: tuple[str, str], wire: Wire, clock: Clock) -> CloudFormation:
    """Return a stack with an attachment to a distribution that does not exist."""
    stack = CloudFormation(wire, clock, versions[0].rpartition(":")[0])
    stack.physical_id = NO_SUCH_DISTRIBUTION
    return stack


for_each_moment = pytest.mark.parametrize(
    ("operation", "earlier"),
    [
        pytest.param("GetDistributionConfig", 0, id="first read"),
        pytest.param("GetDistributionConfig", 1, id="second read"),
        pytest.param("UpdateDistribution", 0, id="write"),
        pytest.param("GetDistribution", 0, id="read of the status"),
    ],
)


@for_attaching
@for_each_moment
def test_a_distribution_that_is_deleted_meanwhile_fails_an_attachment(
    case: Case, wire: Wire, clock: Clock, operation: str, earlier: int
) -> None:
    """The rollback then succeeds, because nothing is left to undo."""
    deletion = after(lambda: delete_distribution(case.distribution_id))
    wire.disturb(operation, *[goes_on] * earlier, deletion)
    reply = stack_of(case, wire, clock).deploy(case.request)
    assert reply.code == "no-such-distribution"
    assert "site_distribution_id" in reply.text


@for_delete
@for_each_moment
def test_a_distribution_that_is_deleted_meanwhile_does_not_fail_a_delete(
    case: Case, wire: Wire, clock: Clock, operation: str, earlier: int
) -> None:
    deletion = after(lambda: delete_distribution(case.distribution_id))
    wire.disturb(operation, *[goes_on] * earlier, deletion)
    assert stack_of(case, wire, clock).deploy(case.request) == SUCCEEDED
