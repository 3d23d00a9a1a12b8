"""Errors that pass by themselves: the attachment waits, and the request succeeds."""

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.support.another_writer import live
from tests.support.attachment_cases import (
    Case,
    for_attaching,
    for_create,
    for_each_request,
    for_three_requests,
    run,
    stack_of,
)
from tests.support.custom_resource import SUCCEEDED
from tests.support.faults import (
    BROKEN,
    CUT_OFF,
    NOT_ACTIVE,
    NOT_ASSUMABLE,
    OUTDATED,
    THROTTLED,
    UNAVAILABLE,
    Clock,
    Fault,
    Repeated,
    Wire,
    answered,
    carried_out,
    denied,
    function_is,
    goes_on,
    late,
    lost,
    refused,
    refused_by_lambda,
    rewritten,
)

# Writes.


@for_each_request
@pytest.mark.parametrize(
    ("faults", "updates"),
    [
        pytest.param([OUTDATED], 2, id="412"),
        pytest.param([OUTDATED] * 4, 5, id="412 four times"),
        pytest.param([THROTTLED], 2, id="Throttling"),
        pytest.param(
            [refused(400, "ThrottlingException", "Rate exceeded")], 2, id="ThrottlingException"
        ),
        pytest.param([refused(429, "TooManyRequests", "Rate exceeded")], 2, id="429"),
        pytest.param([BROKEN], 2, id="500 without effect"),
        pytest.param([UNAVAILABLE], 2, id="503 without effect"),
        pytest.param([answered(502, "<html>Bad Gateway</html>")], 2, id="502 without XML"),
        pytest.param([answered(504, "")], 2, id="504 without a body"),
        pytest.param([lost(EndpointConnectionError)], 2, id="no connection"),
        pytest.param([lost(ConnectTimeoutError)], 2, id="no connection in time"),
        pytest.param([lost(ConnectionClosedError)], 2, id="connection broken before"),
        pytest.param([lost(ReadTimeoutError)], 2, id="no answer in time, not applied"),
        pytest.param([carried_out(BROKEN)], 1, id="500 after it was applied"),
        pytest.param([carried_out(UNAVAILABLE)], 1, id="503 after it was applied"),
        pytest.param([carried_out(lost(ConnectionClosedError))], 1, id="connection broken after"),
        pytest.param([carried_out(lost(ReadTimeoutError))], 1, id="no answer in time, applied"),
        pytest.param([carried_out(CUT_OFF)], 1, id="answer cut off, applied"),
        pytest.param([BROKEN, OUTDATED, THROTTLED, lost(ReadTimeoutError)], 5, id="all in turn"),
    ],
)
def test_a_write_is_repeated_after_an_error_that_passes(
    case: Case, wire: Wire, clock: Clock, faults: list[Fault], updates: int
) -> None:
    """After an unknown outcome, a read shows whether another write is needed."""
    wire.disturb("UpdateDistribution", *faults)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == updates


@for_each_request
def test_a_first_write_that_arrives_late_is_noticed(case: Case, wire: Wire, clock: Clock) -> None:
    """CloudFront rejects the second write, because the first one changed the ETag."""
    wire.disturb("UpdateDistribution", *late(ReadTimeoutError))
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 2


@for_attaching
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(NOT_ACTIVE, id="Active"),
        pytest.param(NOT_ASSUMABLE, id="assumable"),
        pytest.param(
            refused(
                400,
                "InvalidWebACLId",
                "Unable to verify read permissions on Web ACL. Please retry the request.",
            ),
            id="web ACL",
        ),
    ],
)
def test_a_write_is_repeated_until_cloudfront_accepts_the_resources_that_it_names(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    wire.disturb("UpdateDistribution", fault, fault, fault)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 4


# Permissions that are not in effect yet.


@for_three_requests
@pytest.mark.parametrize("denials", [1, 5])
@pytest.mark.parametrize(
    "operation", ["GetDistributionConfig", "GetDistribution", "UpdateDistribution"]
)
def test_a_permission_of_cloudfront_that_does_not_count_yet_is_waited_for(
    case: Case, wire: Wire, clock: Clock, operation: str, denials: int
) -> None:
    wire.disturb(operation, *[denied(f"cloudfront:{operation}")] * denials)
    assert run(case, wire, clock) == SUCCEEDED


@for_attaching
@pytest.mark.parametrize("denials", [1, 5])
def test_a_permission_of_lambda_that_does_not_count_yet_is_waited_for(
    case: Case, wire: Wire, clock: Clock, denials: int
) -> None:
    denial = refused_by_lambda(403, "AccessDeniedException", "not authorized")
    wire.disturb("GetFunctionConfiguration", *[denial] * denials)
    assert run(case, wire, clock) == SUCCEEDED


# Reads.


@for_each_request
@pytest.mark.parametrize("operation", ["GetDistributionConfig", "GetDistribution"])
@pytest.mark.parametrize("earlier", [pytest.param(0, id="first"), pytest.param(1, id="second")])
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
def test_a_read_is_repeated_after_an_error_that_passes(
    case: Case, wire: Wire, clock: Clock, *, operation: str, earlier: int, fault: Fault
) -> None:
    wire.disturb(operation, *[goes_on] * earlier, fault)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1


@for_attaching
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(function_is("Pending", "It is being created."), id="Pending"),
        pytest.param(
            refused_by_lambda(429, "TooManyRequestsException", "Rate exceeded"), id="throttled"
        ),
        pytest.param(refused_by_lambda(500, "ServiceException", "An error"), id="500"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
    ],
)
def test_a_version_is_waited_for_until_it_is_active(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    wire.disturb("GetFunctionConfiguration", fault, fault)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("GetFunctionConfiguration") >= 3
    assert wire.count("UpdateDistribution") == 1


# Waiting until every edge location has the change.


@for_each_request
def test_a_request_is_complete_when_the_distribution_is_deployed(
    case: Case, wire: Wire, clock: Clock
) -> None:
    in_progress = rewritten(b"Deployed", b"InProgress")
    wire.disturb("GetDistribution", *[in_progress] * 20)
    assert run(case, wire, clock) == SUCCEEDED
    assert clock.time >= 20 * 15
    assert wire.count("GetDistribution") == 21
    assert wire.count("UpdateDistribution") == 1


@for_create
def test_the_status_of_an_older_configuration_does_not_complete_a_request(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """A read may return an older state than the previous read."""
    stale = rewritten(b"Deployed", b"Deployed", etag="E1OLDER")
    wire.disturb("GetDistribution", stale, stale)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("GetDistribution") == 3


@for_each_request
def test_a_distribution_that_is_never_deployed_fails_the_request_after_40_minutes(
    case: Case, wire: Wire, clock: Clock
) -> None:
    in_progress = rewritten(b"Deployed", b"InProgress")
    while_it_lasts = (in_progress for _ in iter(lambda: clock.time <= 40 * 60, False))
    wire.disturb("GetDistribution", then=while_it_lasts)
    stack = stack_of(case, wire, clock, pause_seconds=240)
    assert stack.deploy(case.request).code == "deploying"
    assert live(case.distribution_id) == (case.new if case.deletes else case.old)


@for_each_request
@pytest.mark.parametrize("stale_reads", [1, 2, 8])
def test_a_read_from_before_the_write_changes_nothing(
    case: Case, wire: Wire, clock: Clock, stale_reads: int
) -> None:
    """A stale document has a stale ETag, so CloudFront rejects a write that is based on it."""
    answers = Repeated()
    reads = 2 if case.request.type == "Create" else 1
    wire.disturb("GetDistributionConfig", *[answers.keep] * reads, *[answers.repeat] * stale_reads)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1 + stale_reads
