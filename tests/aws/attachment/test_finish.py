"""The request is complete when every edge location has the change."""

from itertools import repeat

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.support.another_writer import live, set_behaviors
from tests.support.attachment_cases import (
    IN_PROGRESS,
    SUCCEEDED,
    Case,
    Reply,
    finish_once,
    for_attaching,
    for_create_and_delete,
    for_delete,
    for_each_request,
    other_behaviors,
    run,
)
from tests.support.faults import (
    BROKEN,
    CUT_OFF,
    OUTDATED,
    THROTTLED,
    UNAVAILABLE,
    Clock,
    Fault,
    Wire,
    carried_out,
    denied,
    lost,
    not_authorized,
    rewritten,
)

for_both_reads = pytest.mark.parametrize("operation", ["GetDistributionConfig", "GetDistribution"])


@for_each_request
@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        pytest.param([], SUCCEEDED, id="Deployed"),
        pytest.param([rewritten(b"Deployed", b"InProgress")], IN_PROGRESS, id="InProgress"),
    ],
)
def test_a_request_is_complete_when_the_distribution_is_deployed(
    case: Case, wire: Wire, clock: Clock, faults: list[Fault], expected: Reply
) -> None:
    assert run(case, wire, clock) == SUCCEEDED
    wire.disturb("GetDistribution", *faults)
    assert finish_once(case.request, wire, clock) == expected
    assert wire.count("UpdateDistribution") == 1
    assert live(case.distribution_id) == case.new


@for_attaching
def test_a_request_fails_if_another_writer_removed_the_behaviors(
    case: Case, wire: Wire, clock: Clock
) -> None:
    assert run(case, wire, clock) == SUCCEEDED
    set_behaviors(case.distribution_id, other_behaviors())
    assert finish_once(case.request, wire, clock).code == "changed-meanwhile"
    assert wire.count("UpdateDistribution") == 1


# Reads that fail.


@for_create_and_delete
@for_both_reads
def test_a_denied_read_fails_and_changes_nothing(
    case: Case, wire: Wire, clock: Clock, operation: str
) -> None:
    assert run(case, wire, clock) == SUCCEEDED
    wire.disturb(operation, denied(f"cloudfront:{operation}"))
    reply = finish_once(case.request, wire, clock)
    assert reply.code == "aws-denied"
    assert not_authorized(f"cloudfront:{operation}") in reply.text
    assert live(case.distribution_id) == case.new


@for_create_and_delete
@for_both_reads
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500"),
        pytest.param(UNAVAILABLE, id="503"),
        pytest.param(lost(EndpointConnectionError), id="no connection"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
        pytest.param(CUT_OFF, id="answer cut off"),
    ],
)
def test_a_read_whose_error_passes_leaves_the_request_in_progress(
    case: Case, wire: Wire, clock: Clock, operation: str, fault: Fault
) -> None:
    """Provider calls again in a moment; one bad answer fails no good deployment."""
    assert run(case, wire, clock) == SUCCEEDED
    wire.disturb(operation, fault)
    assert finish_once(case.request, wire, clock) == IN_PROGRESS
    assert finish_once(case.request, wire, clock) == SUCCEEDED
    assert live(case.distribution_id) == case.new


# Behaviors that a Create attached after its Delete. The case's own Delete has not run in these
# tests, so its distribution looks as if the Create wrote after it.


@for_delete
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412"),
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500 without effect"),
        pytest.param(carried_out(BROKEN), id="500 after it was applied"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time, not applied"),
        pytest.param(carried_out(lost(ReadTimeoutError)), id="no answer in time, applied"),
    ],
)
def test_a_late_attachment_is_removed_despite_an_error_that_passes(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    wire.disturb("UpdateDistribution", fault)
    assert finish_once(case.request, wire, clock) == SUCCEEDED
    assert live(case.distribution_id) == case.new


@for_delete
def test_a_late_attachment_whose_removal_is_denied_fails_the_request(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", then=repeat(denied("cloudfront:UpdateDistribution")))
    reply = finish_once(case.request, wire, clock)
    assert reply.code == "aws-denied"
    assert "perform: cloudfront:Update" in reply.text
    assert live(case.distribution_id) == case.old


@for_delete
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412 forever"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time, forever"),
    ],
)
def test_a_late_attachment_that_cannot_be_removed_yet_leaves_the_request_in_progress(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    """Provider calls again until its own time is over."""
    wire.disturb("UpdateDistribution", then=repeat(fault))
    assert finish_once(case.request, wire, clock) == IN_PROGRESS
    assert live(case.distribution_id) == case.old
