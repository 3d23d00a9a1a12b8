"""A distribution that does not exist, or is deleted while a request runs."""

import pytest

from tests.support.another_writer import delete_distribution
from tests.support.attachment_cases import (
    NO_SUCH_DISTRIBUTION,
    SUCCEEDED,
    Case,
    finish_once,
    for_attaching,
    for_delete,
    for_each_request,
    properties_of,
    request_of,
    run,
    start,
)
from tests.support.faults import BROKEN, Clock, Wire, after, carried_out, goes_on


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_attaching_to_a_missing_distribution_fails_at_once(
    versions: tuple[str, str], wire: Wire, clock: Clock, request_type: str
) -> None:
    request = request_of(request_type, properties_of(NO_SUCH_DISTRIBUTION, versions[0]))
    reply = start(request, wire, clock)
    assert reply.code == "no-such-distribution"
    assert NO_SUCH_DISTRIBUTION in reply.text
    assert "site_distribution_id" in reply.text
    assert clock.time == 0


def test_detaching_from_a_missing_distribution_succeeds(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    request = request_of("Delete", properties_of(NO_SUCH_DISTRIBUTION, versions[0]))
    assert start(request, wire, clock) == SUCCEEDED
    assert wire.calls == ["GetDistributionConfig"]


@for_attaching
def test_a_distribution_deleted_between_read_and_write_fails_the_attaching(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", after(lambda: delete_distribution(case.distribution_id)))
    reply = start(case.request, wire, clock)
    assert reply.code == "no-such-distribution"
    assert "site_distribution_id" in reply.text


@for_attaching
@pytest.mark.parametrize(
    "written", [pytest.param(False, id="before the write"), pytest.param(True, id="after it")]
)
def test_nothing_has_to_be_undone_on_a_deleted_distribution(
    case: Case, wire: Wire, clock: Clock, written: bool
) -> None:
    def delete() -> None:
        delete_distribution(case.distribution_id)

    fault = carried_out(after(delete, BROKEN)) if written else after(delete)
    wire.disturb("UpdateDistribution", fault)
    reply = start(case.request, wire, clock)
    assert reply.status == "failed"
    assert reply.undo_failure == ""


@for_delete
@pytest.mark.parametrize(
    "operation", ["GetDistributionConfig", "second GetDistributionConfig", "UpdateDistribution"]
)
def test_a_distribution_deleted_during_a_delete_is_no_failure(
    case: Case, wire: Wire, clock: Clock, operation: str
) -> None:
    deletion = after(lambda: delete_distribution(case.distribution_id))
    earlier = [goes_on] * operation.count("second")
    wire.disturb(operation.removeprefix("second "), *earlier, deletion)
    assert start(case.request, wire, clock) == SUCCEEDED


@for_delete
def test_a_distribution_deleted_after_an_unknown_outcome_of_a_delete_is_no_failure(
    case: Case, wire: Wire, clock: Clock
) -> None:
    deletion = after(lambda: delete_distribution(case.distribution_id), BROKEN)
    wire.disturb("UpdateDistribution", carried_out(deletion))
    assert start(case.request, wire, clock) == SUCCEEDED


@for_each_request
def test_a_distribution_deleted_while_the_change_is_deployed_fails_all_but_a_delete(
    case: Case, wire: Wire, clock: Clock
) -> None:
    assert run(case, wire, clock) == SUCCEEDED
    delete_distribution(case.distribution_id)
    reply = finish_once(case.request, wire, clock)
    if case.deletes:
        assert reply == SUCCEEDED
    else:
        assert reply.code == "no-such-distribution"
        assert "site_distribution_id" in reply.text


@for_delete
def test_a_distribution_deleted_between_the_two_reads_of_a_finish_is_no_failure(
    case: Case, wire: Wire, clock: Clock
) -> None:
    assert run(case, wire, clock) == SUCCEEDED
    wire.disturb("GetDistribution", after(lambda: delete_distribution(case.distribution_id)))
    assert finish_once(case.request, wire, clock) == SUCCEEDED
