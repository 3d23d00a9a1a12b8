"""What passes by itself: the attachment tries again, and the request succeeds."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.support.attachment_cases import (
    SUCCEEDED,
    Case,
    for_attaching,
    for_each_request,
    for_three_requests,
    run,
)
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
    Wire,
    answered,
    carried_out,
    connect,
    function_is,
    goes_on,
    late,
    lost,
    refused,
)


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
        pytest.param([BROKEN], 2, id="500 without effect"),
        pytest.param([UNAVAILABLE], 2, id="503 without effect"),
        pytest.param([answered(502, "<html>Bad Gateway</html>")], 2, id="502 that is no XML"),
        pytest.param([answered(504, "")], 2, id="504 that is empty"),
        pytest.param([lost(EndpointConnectionError)], 2, id="no connection"),
        pytest.param([lost(ConnectTimeoutError)], 2, id="no connection in time"),
        pytest.param([lost(ConnectionClosedError)], 2, id="connection broken before"),
        pytest.param([lost(ReadTimeoutError)], 2, id="no answer in time, not applied"),
        pytest.param([carried_out(BROKEN)], 1, id="500 after it was applied"),
        pytest.param([carried_out(UNAVAILABLE)], 1, id="503 after it was applied"),
        pytest.param([carried_out(lost(ConnectionClosedError))], 1, id="connection broken after"),
        pytest.param([carried_out(lost(ReadTimeoutError))], 1, id="no answer in time, applied"),
        pytest.param([carried_out(CUT_OFF)], 1, id="answer cut off, applied"),
        pytest.param([carried_out(OUTDATED)], 1, id="412 to botocore's own second attempt"),
        pytest.param([BROKEN, OUTDATED, THROTTLED, lost(ReadTimeoutError)], 5, id="all in turn"),
    ],
)
def test_a_write_is_retried_after_an_error_that_passes(
    case: Case, wire: Wire, clock: Clock, faults: list[Fault], updates: int
) -> None:
    """After an unknown outcome, a read tells whether another write is needed."""
    wire.disturb("UpdateDistribution", *faults)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == updates


@for_each_request
def test_a_first_write_that_arrives_late_is_noticed(case: Case, wire: Wire, clock: Clock) -> None:
    """The second write meets the ETag that the first one left behind."""
    wire.disturb("UpdateDistribution", *late(ReadTimeoutError))
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 2


@for_each_request
def test_botocores_second_attempt_at_an_applied_write_is_no_failure(
    case: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Botocore sends the same ETag again, and CloudFront answers 412."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    wire.disturb("UpdateDistribution", carried_out(BROKEN))
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 2


@for_attaching
@pytest.mark.parametrize(
    "fault", [pytest.param(NOT_ACTIVE, id="Active"), pytest.param(NOT_ASSUMABLE, id="assumable")]
)
def test_a_fresh_function_is_retried_until_cloudfront_accepts_its_version(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    wire.disturb("UpdateDistribution", fault, fault, fault)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 4


@for_attaching
def test_a_pending_version_is_waited_for(case: Case, wire: Wire, clock: Clock) -> None:
    """The attachment reads the distribution only when the version is Active."""
    pending = function_is("Pending", "The function is being created.")
    wire.disturb("GetFunctionConfiguration", pending, pending)
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.calls[:4] == [*["GetFunctionConfiguration"] * 3, "GetDistributionConfig"]


@for_three_requests
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
    ],
)
def test_botocore_retries_a_read(
    case: Case, clock: Clock, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    wire.disturb("GetDistributionConfig", fault, goes_on, fault)
    assert run(case, wire, clock) == SUCCEEDED
