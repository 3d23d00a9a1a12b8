"""Rollbacks after a failure or a cancellation, which restore the distribution exactly."""

from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.another_writer import (
    delete_distribution,
    live,
)
from tests.support.attachment_cases import (
    CLEAR,
    RENEW,
    Case,
    case_of,
    for_attaching,
    for_create,
    for_takeover,
    for_update,
    other_behaviors,
    own_behaviors,
    run,
    stack_of,
)
from tests.support.custom_resource import CREATE_FAILED, SUCCEEDED, CloudFormation, Died, Reply
from tests.support.faults import (
    BROKEN,
    Clock,
    Fault,
    Wire,
    after,
    carried_out,
    connect,
    denied,
    lost,
    not_authorized,
    refused,
)

#: CloudFormation's ID for a resource whose Create it canceled before it received an ID.
PLACEHOLDER = "Shop-CookieService-Attachments-1ABCDEFGHIJKL"


def dies(_: object) -> None:
    """End the handler's process."""
    raise Died


# A fault at one request, and the rollback after its failure.


@for_attaching
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(dies, id="dies before the write"),
        pytest.param(carried_out(dies), id="dies right after the write"),
        pytest.param(
            carried_out(refused(403, "ExpiredToken", "expired")),
            id="written, then an error",
        ),
    ],
)
def test_a_failed_request_is_undone(case: Case, wire: Wire, clock: Clock, fault: Fault) -> None:
    wire.disturb("UpdateDistribution", fault)
    assert run(case, wire, clock).status == "failed"


@for_attaching
def test_a_request_whose_waiter_never_starts_has_written_nothing(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """Provider starts the waiter after the first handler, when a Create has no physical ID yet."""
    stack = stack_of(case, wire, clock)
    stack.status = "CREATE_IN_PROGRESS"
    stack.begin(case.request)
    assert wire.count("UpdateDistribution") == 0
    assert live(case.distribution_id) == case.old


@for_create
def test_a_create_returns_the_distributions_id(case: Case, wire: Wire, clock: Clock) -> None:
    stack = stack_of(case, wire, clock)
    stack.deploy(case.request)
    assert stack.physical_id == case.distribution_id


@for_takeover
def test_a_takeover_returns_the_version_that_it_found(case: Case, wire: Wire, clock: Clock) -> None:
    stack = stack_of(case, wire, clock)
    stack.deploy(case.request)
    assert stack.physical_id == f"{case.distribution_id}@1,1"


@pytest.mark.parametrize(
    ("found", "physical_id"),
    [
        pytest.param([RENEW], "@1,-", id="only renew"),
        pytest.param([CLEAR], "@-,1", id="only clear"),
    ],
)
def test_an_undone_takeover_of_one_behavior_removes_the_other(
    versions: tuple[str, str], wire: Wire, clock: Clock, found: list[str], physical_id: str
) -> None:
    first, second = versions
    case = case_of(
        "Create",
        version_arn=second,
        old=[*other_behaviors(), *own_behaviors(first, *found)],
        new=[],
    )
    stack = stack_of(case, wire, clock)
    wire.disturb("UpdateDistribution", carried_out(dies))
    assert stack.deploy(case.request).code == "died"
    assert stack.physical_id == case.distribution_id + physical_id
    assert live(case.distribution_id) == case.old


# A Create or an Update that is still running when CloudFormation begins to undo it.


def superseded(case: Case, wire: Wire, clock: Clock, operation: str, number: int) -> Reply:
    """Deploy the request, which CloudFormation cancels at its `number`th `operation`.

    The rollback runs for up to 59 seconds before that call continues, because the second handler
    runs for a minute at most. Return the reply to the rollback.
    """
    stack = stack_of(case, wire, clock)
    stack.status = "CREATE_IN_PROGRESS" if case.request.type == "Create" else "UPDATE_IN_PROGRESS"
    second = CloudFormation(
        Wire(*connect()), clock, case.request.new.version_arn.rpartition(":")[0]
    )
    replies: list[Reply | None] = []
    undone: list[Any] = []

    begun = stack.begin(case.request)
    assert not isinstance(begun, Reply)

    def cancel() -> None:
        is_create = case.request.type == "Create"
        stack.status = second.status = (
            "ROLLBACK_IN_PROGRESS" if is_create else "UPDATE_ROLLBACK_IN_PROGRESS"
        )
        second.physical_id = begun.physical_id
        old = case.request.old
        undo = (
            replace(case.request, type="Delete")
            if old is None
            else replace(case.request, new=old, old=case.request.new)
        )
        undone.append(second.begin(undo))
        for _ in range(4):  # at 0, 15, 30 and 45 seconds
            replies.append(second.step(undone[0]))
            clock.sleep(15 if len(replies) < 4 else 14)

    faults: list[Fault] = [lambda _: None] * (number - 1)
    wire.disturb(operation, *faults, after(cancel))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.custom_resource.STEP_TIMEOUT_SECONDS", 61)
        while not undone:
            last = stack.step(begun)
            clock.sleep(15)
    for _ in range(10):
        # Provider's waiter does not know about the rollback, and continues.
        if last is None:
            last = stack.step(begun)
        if replies[-1] is None:
            replies.append(second.step(undone[0]))
        clock.sleep(15)
    assert last is not None
    assert replies[-1] is not None
    return replies[-1]


@for_attaching
@pytest.mark.parametrize(
    ("operation", "number"),
    [
        pytest.param("GetDistributionConfig", 1, id="first read"),
        pytest.param("DescribeStacks", 1, id="first read of the stack"),
        pytest.param("GetFunctionConfiguration", 1, id="read of the version"),
        pytest.param("UpdateDistribution", 1, id="write"),
        pytest.param("GetDistributionConfig", 2, id="second read"),
        pytest.param("DescribeStacks", 2, id="second read of the stack"),
        pytest.param("GetDistribution", 1, id="read of the status"),
    ],
)
def test_a_rollback_wins_over_the_request_that_it_undoes(
    case: Case, wire: Wire, clock: Clock, operation: str, number: int
) -> None:
    assert superseded(case, wire, clock, operation, number) == SUCCEEDED
    assert live(case.distribution_id) == case.old


@for_attaching
def test_a_request_ends_with_an_error_once_its_rollback_has_begun(
    case: Case, wire: Wire, clock: Clock
) -> None:
    stack = stack_of(case, wire, clock)
    stack.status = "UPDATE_IN_PROGRESS"
    begun = stack.begin(case.request)
    assert not isinstance(begun, Reply)
    stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    reply = stack.step(begun)
    assert reply is not None
    assert reply.code == "request-superseded"
    assert wire.count("UpdateDistribution") == 0


@for_attaching
def test_a_rollback_is_not_complete_before_the_last_step_of_its_request_has_ended(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """Lambda ends that step after 60 seconds at the latest."""
    stack = stack_of(case, wire, clock)
    wire.disturb("UpdateDistribution", dies)
    assert stack.deploy(case.request).code == "died"
    assert clock.time >= 60


# A Create that CloudFormation canceled before it received the physical ID.


for_foreign_ids = pytest.mark.parametrize(
    "physical_id", [PLACEHOLDER, "E1ANOTHERSITE", "E1ANOTHERSITE@9,9"]
)


@for_create
@for_foreign_ids
@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_canceled_create_is_undone_by_its_properties(
    case: Case, wire: Wire, clock: Clock, physical_id: str, status: str
) -> None:
    """The Create has written, but CloudFormation did not receive the physical ID."""
    stack = stack_of(case, wire, clock)
    assert stack.deploy(case.request) == SUCCEEDED
    stack.physical_id, stack.status = physical_id, status
    assert stack.request(replace(case.request, type="Delete")) == SUCCEEDED
    assert live(case.distribution_id) == case.old


@for_takeover
@for_foreign_ids
def test_a_takeover_that_was_canceled_before_it_wrote_leaves_the_behaviors(
    case: Case, wire: Wire, clock: Clock, physical_id: str
) -> None:
    """The behaviors do not run the Create's version, so they existed before it."""
    stack = stack_of(case, wire, clock)
    stack.physical_id, stack.status = physical_id, "UPDATE_ROLLBACK_IN_PROGRESS"
    assert stack.request(replace(case.request, type="Delete")) == SUCCEEDED
    assert live(case.distribution_id) == case.old


@for_takeover
@for_foreign_ids
def test_a_takeover_that_was_canceled_after_it_wrote_is_detached(
    case: Case, wire: Wire, clock: Clock, physical_id: str
) -> None:
    """The version that it found is in the physical ID that CloudFormation did not receive."""
    stack = stack_of(case, wire, clock)
    assert stack.deploy(case.request) == SUCCEEDED
    stack.physical_id, stack.status = physical_id, "UPDATE_ROLLBACK_IN_PROGRESS"
    assert stack.request(replace(case.request, type="Delete")) == SUCCEEDED
    assert "/ht/" not in live(case.distribution_id)


def test_provider_ignores_the_delete_of_a_create_whose_first_handler_failed(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    """For this reason, the first handler writes nothing."""
    case = case_of("Create", version_arn=versions[0], old=other_behaviors(), new=[])
    stack = stack_of(case, wire, clock)
    wire.disturb("GetDistributionConfig", dies)
    assert stack.deploy(case.request).code == "died"
    assert stack.physical_id == CREATE_FAILED
    assert live(case.distribution_id) == case.old


# A rollback that does not succeed, which is reported as failed.


@for_attaching
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(denied("cloudfront:UpdateDistribution"), "aws-denied", id="denied"),
        pytest.param(BROKEN, "aws-unavailable", id="500"),
        pytest.param(lost(ReadTimeoutError), "aws-unreachable", id="no answer in time"),
        pytest.param(
            refused(400, "InvalidLambdaFunctionAssociation", "The function is broken."),
            "function-rejected",
            id="function rejected",
        ),
        pytest.param(
            refused(409, "CNAMEAlreadyExists", "already associated"),
            "name-in-use",
            id="name in use",
        ),
    ],
)
def test_a_rollback_that_cannot_write_fails(
    case: Case, wire: Wire, clock: Clock, fault: Fault, code: str
) -> None:
    stack = stack_of(case, wire, clock, pause_seconds=240)
    stack.status = "UPDATE_IN_PROGRESS"
    assert stack.request(case.request) == SUCCEEDED
    wire.disturb("UpdateDistribution", then=repeat(fault))
    reply = stack.roll_back(case.request)
    assert reply.status == "failed"
    assert reply.code == code
    assert live(case.distribution_id) == case.new


@for_update
def test_a_rollback_that_cannot_read_fails(case: Case, wire: Wire, clock: Clock) -> None:
    stack = stack_of(case, wire, clock)
    stack.status = "UPDATE_IN_PROGRESS"
    assert stack.request(case.request) == SUCCEEDED
    wire.disturb("GetDistributionConfig", then=repeat(denied("cloudfront:GetDistributionConfig")))
    assert not_authorized("cloudfront:GetDistributionConfig") in stack.roll_back(case.request).text


@for_attaching
def test_a_rollback_that_has_written_does_not_depend_on_the_distributions_status(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """CloudFront has accepted the configuration, and a failed rollback would need manual work."""
    stack = stack_of(case, wire, clock)
    stack.status = "UPDATE_IN_PROGRESS"
    assert stack.request(case.request) == SUCCEEDED
    wire.disturb("GetDistribution", then=repeat(denied("cloudfront:GetDistribution")))
    assert stack.roll_back(case.request) == SUCCEEDED
    assert live(case.distribution_id) == case.old


@for_attaching
def test_a_rollback_on_a_deleted_distribution_succeeds(
    case: Case, wire: Wire, clock: Clock
) -> None:
    stack = stack_of(case, wire, clock)
    stack.status = "UPDATE_IN_PROGRESS"
    assert stack.request(case.request) == SUCCEEDED
    delete_distribution(case.distribution_id)
    assert stack.roll_back(case.request) == SUCCEEDED


# Settings that the distribution's owner changed on the cookie service's behaviors.


@pytest.mark.parametrize(
    "moved",
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
def test_an_undone_update_keeps_places_and_settings(
    versions: tuple[str, str], wire: Wire, clock: Clock, moved: Any
) -> None:
    first, second = versions
    case = case_of(
        "Update",
        version_arn=second,
        old=moved(own_behaviors(first), other_behaviors()),
        new=moved(own_behaviors(second), other_behaviors()),
        old_version_arn=first,
    )
    wire.disturb("UpdateDistribution", carried_out(dies))
    assert run(case, wire, clock).code == "died"
