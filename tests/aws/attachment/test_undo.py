"""A write whose outcome is unknown is undone before the request fails."""

from collections.abc import Callable, Iterable
from itertools import repeat
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.support.another_writer import (
    COMMENT,
    configuration,
    live,
    set_behaviors,
    set_comment,
    with_comment,
)
from tests.support.attachment_cases import (
    CLEAR,
    RENEW,
    SUCCEEDED,
    Case,
    case_of,
    for_each_request,
    for_three_requests,
    for_update,
    other_behaviors,
    own_behaviors,
    rollback_of,
    run,
    start,
    unseen,
)
from tests.support.customer import behavior, behaviors
from tests.support.faults import (
    BROKEN,
    CUT_OFF,
    OUTDATED,
    THROTTLED,
    Clock,
    Fault,
    Wire,
    after,
    carried_out,
    connect,
    denied,
    lost,
    not_authorized,
)

# When a change is undone.


@for_three_requests
@pytest.mark.parametrize(
    ("answer", "read"),
    [
        pytest.param(
            BROKEN, denied("cloudfront:GetDistributionConfig"), id="500, then the read is denied"
        ),
        pytest.param(BROKEN, BROKEN, id="500 twice"),
        pytest.param(BROKEN, lost(ReadTimeoutError), id="500, then no answer in time"),
        pytest.param(
            lost(ConnectionClosedError), lost(EndpointConnectionError), id="connection broken twice"
        ),
        pytest.param(lost(ReadTimeoutError), THROTTLED, id="no answer in time, then Throttling"),
        pytest.param(CUT_OFF, CUT_OFF, id="answer cut off twice"),
    ],
)
def test_a_write_that_no_read_can_confirm_is_undone(
    case: Case, wire: Wire, clock: Clock, answer: Fault, read: Fault
) -> None:
    wire.disturb("UpdateDistribution", unseen(wire, read, answer=answer))
    reply = run(case, wire, clock)
    assert reply.status == "failed"
    assert reply.undo_failure == ""


@for_each_request
def test_a_write_that_is_applied_too_late_for_another_read_is_undone(
    case: Case, wire: Wire, clock: Clock
) -> None:
    slow = after(lambda: clock.sleep(60), lost(ReadTimeoutError))
    wire.disturb("UpdateDistribution", carried_out(slow))
    assert "Read timeout" in run(case, wire, clock).text


@for_three_requests
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(BROKEN, id="500"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
    ],
)
def test_a_write_that_botocores_first_attempt_applied_is_undone_when_its_second_is_denied(
    case: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch, first: Fault
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    refusal = denied("cloudfront:UpdateDistribution")
    wire.disturb("UpdateDistribution", carried_out(first), refusal)
    assert not_authorized("cloudfront:UpdateDistribution") in run(case, wire, clock).text


@for_each_request
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412"),
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500 without effect"),
        pytest.param(carried_out(BROKEN), id="500 after it was applied"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time, not applied"),
        pytest.param(carried_out(lost(ReadTimeoutError)), id="no answer in time, applied"),
        pytest.param(carried_out(lost(ConnectionClosedError)), id="connection broken after"),
    ],
)
def test_the_undo_is_retried_too(case: Case, wire: Wire, clock: Clock, fault: Fault) -> None:
    wire.disturb("UpdateDistribution", unseen(wire), fault)
    assert run(case, wire, clock).undo_failure == ""


# When the undo fails.


@for_each_request
@pytest.mark.parametrize(
    ("operation", "fault", "message"),
    [
        pytest.param("GetDistributionConfig", BROKEN, "InternalError", id="500 to its read"),
        pytest.param("GetDistributionConfig", lost(ReadTimeoutError), "Read timeout", id="unseen"),
        pytest.param("UpdateDistribution", OUTDATED, "PreconditionFailed", id="412 forever"),
        pytest.param("UpdateDistribution", THROTTLED, "Throttling", id="Throttling forever"),
        pytest.param(
            "UpdateDistribution",
            denied("cloudfront:UpdateDistribution"),
            "cloudfront:UpdateDistribution",
            id="denied",
        ),
        pytest.param(
            "UpdateDistribution",
            lost(EndpointConnectionError),
            "Could not connect",
            id="no connection forever",
        ),
    ],
)
def test_an_undo_that_fails_is_reported_with_the_failure(
    case: Case, wire: Wire, clock: Clock, *, operation: str, fault: Fault, message: str
) -> None:
    """The error names both, and the live configuration is the new one, whole."""
    later: dict[str, Iterable[Fault]] = {operation: repeat(fault)}
    read = denied("cloudfront:GetDistributionConfig")
    write = unseen(wire, read, then=later.get("GetDistributionConfig", ()))
    wire.disturb("UpdateDistribution", write, then=later.get("UpdateDistribution", ()))
    reply = start(case.request, wire, clock)
    assert "cloudfront:GetDistributionConfig" in reply.text
    assert message in reply.undo_failure
    assert live(case.distribution_id) == case.new


@for_three_requests
def test_an_undo_that_cannot_read_is_reported_even_if_nothing_was_applied(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """Without a read, the attachment does not know that nothing was applied."""
    blind = after(
        lambda: wire.disturb("GetDistributionConfig", then=repeat(BROKEN)), lost(ReadTimeoutError)
    )
    wire.disturb("UpdateDistribution", blind)
    assert "(InternalError" in run(case, wire, clock).undo_failure


# What the undo keeps and restores.


@for_each_request
def test_the_undo_keeps_what_another_writer_wrote_before_it(
    case: Case, wire: Wire, clock: Clock
) -> None:
    read = after(lambda: set_comment(case.distribution_id, "edited"), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, read))
    assert run(case, wire, clock, edited=with_comment("edited")).status == "failed"


@for_each_request
def test_the_undo_keeps_a_behavior_that_another_writer_added_before_it(
    case: Case, wire: Wire, clock: Clock
) -> None:
    before = behaviors(case.distribution_id)

    def add_behavior() -> None:
        listed = configuration(case.distribution_id)["CacheBehaviors"]["Items"]
        added = {"PathPattern": "/new/*", **behavior()}
        set_behaviors(case.distribution_id, [*listed, added])

    wire.disturb("UpdateDistribution", unseen(wire, after(add_behavior, BROKEN)))
    assert start(case.request, wire, clock).status == "failed"
    assert behaviors(case.distribution_id) == [*before, ("/new/*", "")]


@for_each_request
def test_the_undo_is_repeated_after_another_writers_edit(
    case: Case, wire: Wire, clock: Clock
) -> None:
    edit = after(lambda: set_comment(case.distribution_id, "edited"))
    wire.disturb("UpdateDistribution", unseen(wire), edit)
    assert run(case, wire, clock, edited=with_comment("edited")).status == "failed"


@for_update
def test_the_rollback_after_an_undone_update_writes_nothing(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", unseen(wire))
    assert run(case, wire, clock).status == "failed"
    quiet = Wire(*connect())
    assert start(rollback_of(case.request), quiet, clock) == SUCCEEDED
    assert quiet.count("UpdateDistribution") == 0
    assert live(case.distribution_id) == case.old


for_undo_after_an_edit = pytest.mark.parametrize(
    "comment",
    [
        pytest.param(COMMENT, id="that changes nothing"),
        pytest.param("edited", id="of the comment"),
    ],
)


@for_undo_after_an_edit
@pytest.mark.parametrize(
    "arrange",
    [
        pytest.param(lambda own, others: [*others, *own], id="own behaviors last"),
        pytest.param(
            lambda own, others: [own[0], *others, own[1]], id="others between own behaviors"
        ),
        pytest.param(
            lambda own, others: [own[0] | {"Compress": True}, own[1], *others],
            id="setting of an own behavior changed",
        ),
        pytest.param(
            lambda own, others: [own[0], own[1] | {"PathPattern": "ht/clear"}, *others],
            id="path pattern without its slash",
        ),
    ],
)
def test_an_undone_delete_restores_places_and_settings_of_the_cookie_services_behaviors(
    versions: tuple[str, str],
    wire: Wire,
    clock: Clock,
    arrange: Callable[[list[dict[str, Any]], list[dict[str, Any]]], list[dict[str, Any]]],
    comment: str,
) -> None:
    """The distribution's owner may have changed both, and a failed Delete keeps them."""
    version_arn, _ = versions
    arranged = arrange(own_behaviors(version_arn), other_behaviors())
    case = case_of("Delete", version_arn=version_arn, old=arranged, new=other_behaviors())
    read = after(lambda: set_comment(case.distribution_id, comment), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, read))
    assert run(case, wire, clock, edited=with_comment(comment)).status == "failed"


@for_undo_after_an_edit
def test_an_undone_update_restores_different_versions(
    versions: tuple[str, str], wire: Wire, clock: Clock, comment: str
) -> None:
    """An edit in the console may have left two versions."""
    first, second = versions
    mixed = [*own_behaviors(first, RENEW), *own_behaviors(second, CLEAR), *other_behaviors()]
    case = case_of(
        "Update",
        version_arn=second,
        old=mixed,
        new=[*own_behaviors(second), *other_behaviors()],
        old_version_arn=first,
    )
    read = after(lambda: set_comment(case.distribution_id, comment), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, read))
    assert run(case, wire, clock, edited=with_comment(comment)).status == "failed"
