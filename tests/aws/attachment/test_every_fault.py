"""A fault at every AWS call of every request, and the death of the process between any two calls.

Each run ends with the old or the new document, and the reply tells which of the two.
"""

from collections import Counter
from dataclasses import replace

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.support.another_writer import live
from tests.support.attachment_cases import Case, for_each_request, stack_of
from tests.support.custom_resource import SUCCEEDED, Died
from tests.support.faults import (
    BROKEN,
    CUT_OFF,
    OUTDATED,
    THROTTLED,
    Clock,
    Fault,
    Wire,
    carried_out,
    denied,
    goes_on,
    lost,
    refused,
)


def dies(_: object) -> None:
    """End the handler's process."""
    raise Died


FAULTS: dict[str, Fault] = {
    "dies before the call": dies,
    "dies after the call": carried_out(dies),
    "500": BROKEN,
    "500 after it was carried out": carried_out(BROKEN),
    "throttled": THROTTLED,
    "412": OUTDATED,
    "connection broken before": lost(ConnectionClosedError),
    "connection broken after": carried_out(lost(ConnectionClosedError)),
    "no answer in time": carried_out(lost(ReadTimeoutError)),
    "answer cut off": carried_out(CUT_OFF),
    "denied": denied("the:Action"),
    "rejected": refused(400, "InvalidArgument", "The parameter is not valid."),
}
#: The number of calls of each request without a fault. A Delete repeats its reads for a minute.
CALLS = {
    "Create": {
        "DescribeStacks": 3,
        "GetDistributionConfig": 3,
        "GetFunctionConfiguration": 1,
        "UpdateDistribution": 1,
        "GetDistribution": 1,
    },
    "Update of the version": {
        "DescribeStacks": 3,
        "GetDistributionConfig": 2,
        "GetFunctionConfiguration": 1,
        "UpdateDistribution": 1,
        "GetDistribution": 1,
    },
    "Delete": {
        "DescribeStacks": 6,
        "GetDistributionConfig": 5,
        "UpdateDistribution": 1,
        "GetDistribution": 4,
    },
}
CALLS["Create that takes over"] = CALLS["Create"]
CALLS["Update of a path"] = CALLS["Update of the version"]
MOMENTS = [
    pytest.param(kind, operation, number, id=f"{kind}, {operation} {number}")
    for kind, calls in CALLS.items()
    for operation, times in calls.items()
    for number in range(1, times + 1)
]


@for_each_request
def test_a_request_makes_exactly_the_known_calls(
    case: Case, wire: Wire, clock: Clock, request: pytest.FixtureRequest
) -> None:
    assert stack_of(case, wire, clock).deploy(case.request) == SUCCEEDED
    assert Counter(wire.calls) == CALLS[request.node.callspec.params["case"]]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("case", "operation", "number"), MOMENTS, indirect=["case"])
def test_a_fault_at_any_call_ends_in_the_old_or_the_new_document(
    case: Case, wire: Wire, clock: Clock, *, operation: str, number: int, fault: str
) -> None:
    """After a failed Create or Update, CloudFormation sends the request that undoes it."""
    stack = stack_of(case, wire, clock)
    wire.disturb(operation, *[goes_on] * (number - 1), FAULTS[fault])
    reply = stack.deploy(case.request)
    document = live(case.distribution_id)
    if reply == SUCCEEDED:
        assert document == case.new
    elif case.deletes:
        assert document in (case.old, case.new)
    else:
        assert document == case.old


@for_each_request
@pytest.mark.parametrize("fault", ["dies before the call", "dies after the call"])
def test_a_delete_that_died_succeeds_when_it_is_repeated(
    case: Case, wire: Wire, clock: Clock, fault: str
) -> None:
    stack = stack_of(case, wire, clock)
    assert stack.deploy(case.request) == SUCCEEDED
    stack.status = "DELETE_IN_PROGRESS"
    deletion = replace(case.request, type="Delete", old=None)
    wire.disturb("UpdateDistribution", FAULTS[fault])
    first = stack.request(deletion)
    assert stack.request(deletion) == SUCCEEDED
    assert "/ht/" not in live(case.distribution_id)
    assert (first.code == "died") != case.deletes
