"""Another tool writes to the distribution while the attachment does."""

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest

from tests.support.another_writer import live, set_behaviors, set_comment, with_comment
from tests.support.attachment_cases import (
    RENEW,
    SUCCEEDED,
    Case,
    delete_of,
    finish_once,
    for_create,
    for_each_request,
    for_update,
    other_behaviors,
    own_behaviors,
    run,
    start,
)
from tests.support.customer import behavior, behaviors
from tests.support.faults import (
    BROKEN,
    Clock,
    Wire,
    after,
    answered,
    carried_out,
    connect,
    followed_by,
    goes_on,
    refused,
)

# Edits of other settings.


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
    wire.disturb("UpdateDistribution", then=repeat(each_time))
    reply = run(case, wire, clock, edited=with_comment("edit 4"))
    assert reply.code == "changed-meanwhile"


@for_each_request
def test_an_edit_between_an_unknown_outcome_and_the_next_read_survives(
    case: Case, wire: Wire, clock: Clock
) -> None:
    broken = after(lambda: set_comment(case.distribution_id, "edited"), BROKEN)
    wire.disturb("UpdateDistribution", carried_out(broken))
    assert run(case, wire, clock, edited=with_comment("edited")) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1


# Edits of the cookie service's behaviors.


@for_update
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda own: own[:1], id="own behavior removed"),
        pytest.param(lambda own: [own[0] | {"Compress": True}, own[1]], id="own setting changed"),
    ],
)
@pytest.mark.parametrize("moment", ["after the first read", "with the refusal"])
def test_a_rejected_update_keeps_an_edit_of_the_cookie_services_behaviors(
    case: Case,
    wire: Wire,
    clock: Clock,
    edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    moment: str,
) -> None:
    """Nothing was written, so nothing has to be undone."""
    assert case.request.old is not None
    version_arn = case.request.old.version_arn
    left: list[str] = []

    def edit_own_behaviors() -> None:
        edited = edit(own_behaviors(version_arn))
        set_behaviors(case.distribution_id, [*edited, *other_behaviors()])
        left.append(live(case.distribution_id))

    refusal = refused(409, "CNAMEAlreadyExists", "taken")
    if moment == "with the refusal":
        wire.disturb("UpdateDistribution", after(edit_own_behaviors, refusal))
    else:
        wire.disturb("GetDistributionConfig", followed_by(edit_own_behaviors))
        wire.disturb("UpdateDistribution", refusal)
    reply = start(case.request, wire, clock)
    assert reply.code == "name-in-use"
    assert "CNAMEAlreadyExists" in reply.text
    assert [live(case.distribution_id)] == left


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
    reply = start(case.request, wire, clock)
    assert reply.code == "behavior-exists"
    assert "'/ht/renew'" in reply.text
    assert wire.count("UpdateDistribution") == 1
    assert behaviors(case.distribution_id) == [(RENEW, ""), ("/api/*", ""), ("/static/*", "")]


# A Delete while a Create runs.


@for_create
def test_a_delete_in_the_middle_of_a_create_wins(case: Case, wire: Wire, clock: Clock) -> None:
    """The Delete runs to its end between the Create's read and write, and finds nothing."""
    deletion, second = delete_of(case.request), Wire(*connect())

    def delete() -> None:
        assert start(deletion, second, clock) == SUCCEEDED
        assert second.count("UpdateDistribution") == 0

    wire.disturb("UpdateDistribution", after(delete))
    assert run(case, wire, clock) == SUCCEEDED

    assert finish_once(deletion, second, clock) == SUCCEEDED
    assert live(case.distribution_id) == case.old
    assert finish_once(case.request, wire, clock).code == "changed-meanwhile"
    assert live(case.distribution_id) == case.old


@for_create
def test_a_delete_before_a_create_knows_that_its_write_succeeded(
    case: Case, wire: Wire, clock: Clock
) -> None:
    deletion, second = delete_of(case.request), Wire(*connect())

    def delete() -> None:
        assert start(deletion, second, clock) == SUCCEEDED
        assert second.count("UpdateDistribution") == 1

    wire.disturb("UpdateDistribution", carried_out(after(delete, answered(200, ""))))
    assert start(case.request, wire, clock) == SUCCEEDED
    assert live(case.distribution_id) == case.old
    assert finish_once(case.request, wire, clock).code == "changed-meanwhile"
