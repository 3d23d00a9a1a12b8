"""Another tool that writes to the distribution during a request."""

import pytest

from tests.support.another_writer import set_behaviors, set_comment, with_comment
from tests.support.attachment_cases import (
    RENEW,
    Case,
    for_attaching,
    for_create,
    for_each_request,
    for_update,
    other_behaviors,
    run,
    stack_of,
)
from tests.support.custom_resource import SUCCEEDED
from tests.support.customer import behavior, behaviors
from tests.support.faults import BROKEN, Clock, Wire, after, carried_out, followed_by, goes_on

# Edits to other settings.


@for_each_request
def test_an_edit_right_before_the_write_survives(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("UpdateDistribution", after(lambda: set_comment(case.distribution_id, "edited")))
    assert run(case, wire, clock, edited=with_comment("edited")) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 2


@for_each_request
@pytest.mark.parametrize("read", [pytest.param(1, id="first"), pytest.param(2, id="second")])
def test_an_edit_right_after_a_read_survives(
    case: Case, wire: Wire, clock: Clock, read: int
) -> None:
    edit = followed_by(lambda: set_comment(case.distribution_id, "edited"))
    wire.disturb("GetDistributionConfig", *[goes_on] * (read - 1), edit)
    assert run(case, wire, clock, edited=with_comment("edited")) == SUCCEEDED


@for_each_request
def test_an_edit_at_each_write_survives_the_failure(case: Case, wire: Wire, clock: Clock) -> None:
    edits = iter(range(100))
    each_time = after(lambda: set_comment(case.distribution_id, f"edit {next(edits)}"))
    while_it_lasts = (each_time for _ in iter(lambda: clock.time <= 40 * 60, False))
    wire.disturb("UpdateDistribution", then=while_it_lasts)
    reply = run(case, wire, clock, edited=with_comment("edit 10"), pause_seconds=240)
    assert reply.code == "changed-meanwhile"


@for_each_request
def test_an_edit_between_an_unknown_outcome_and_the_next_read_survives(
    case: Case, wire: Wire, clock: Clock
) -> None:
    broken = after(lambda: set_comment(case.distribution_id, "edited"), BROKEN)
    wire.disturb("UpdateDistribution", carried_out(broken))
    assert run(case, wire, clock, edited=with_comment("edited")) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1


# Edits to the cookie service's behaviors.


@for_attaching
def test_behaviors_that_another_writer_removes_after_the_write_are_added_again(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """The request is not complete until a read shows the behaviors."""

    def remove() -> None:
        set_behaviors(case.distribution_id, other_behaviors())

    wire.disturb("UpdateDistribution", carried_out(after(remove, BROKEN)))
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 2


@for_update
def test_behaviors_that_another_writer_removes_meanwhile_are_added(
    case: Case, wire: Wire, clock: Clock
) -> None:
    removal = after(lambda: set_behaviors(case.distribution_id, other_behaviors()))
    wire.disturb("UpdateDistribution", removal)
    assert run(case, wire, clock) == SUCCEEDED


@for_create
def test_a_behavior_that_another_writer_adds_on_the_path_meanwhile_is_refused(
    case: Case, wire: Wire, clock: Clock
) -> None:
    foreign = {"PathPattern": RENEW, **behavior()}
    addition = after(lambda: set_behaviors(case.distribution_id, [foreign, *other_behaviors()]))
    wire.disturb("UpdateDistribution", addition)
    reply = stack_of(case, wire, clock).deploy(case.request)
    assert reply.code == "behavior-exists"
    assert "'/ht/renew'" in reply.text
    assert wire.count("UpdateDistribution") == 1
    assert behaviors(case.distribution_id) == [(RENEW, ""), ("/api/*", ""), ("/static/*", "")]
