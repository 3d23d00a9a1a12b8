"""Foreign behaviors on the cookie service's paths, and requests that have nothing to change."""

from typing import Any

import pytest

from tests.support.attachment_cases import (
    CLEAR,
    FORGET,
    RENEW,
    Case,
    associated,
    case_of,
    for_delete,
    for_each_request,
    other_behaviors,
    own_behaviors,
    run,
)
from tests.support.custom_resource import SUCCEEDED
from tests.support.customer import behavior
from tests.support.faults import Clock, Wire

ANOTHER_VERSION = "arn:aws:lambda:us-east-1:000000000000:function:auth:7"


@pytest.mark.parametrize("path", [RENEW, CLEAR, "ht/renew"])
@pytest.mark.parametrize(
    ("own", "runs"),
    [
        pytest.param({}, "runs no function", id="without a function"),
        pytest.param(
            {"LambdaFunctionAssociations": associated("viewer-request", ANOTHER_VERSION)},
            f"runs {ANOTHER_VERSION}",
            id="with another function",
        ),
    ],
)
def test_a_foreign_behavior_on_the_path_is_refused_before_anything_is_written(
    versions: tuple[str, str],
    wire: Wire,
    clock: Clock,
    *,
    path: str,
    own: dict[str, Any],
    runs: str,
) -> None:
    """The error names the behavior's path pattern, its origin, and its function."""
    foreign = [*other_behaviors(), {"PathPattern": path, **behavior(**own)}]
    case = case_of("Create", version_arn=versions[0], old=foreign, new=foreign)
    reply = run(case, wire, clock)
    assert reply.code == "behavior-exists"
    assert f"{path!r}" in reply.text
    assert f"origin 'site' and {runs}" in reply.text
    assert wire.count("UpdateDistribution") == 0


def test_an_update_to_a_foreign_path_is_refused_before_anything_is_written(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    version_arn, _ = versions
    foreign = [*own_behaviors(version_arn), {"PathPattern": FORGET, **behavior()}]
    case = case_of(
        "Update",
        version_arn=version_arn,
        paths=(RENEW, FORGET),
        old=foreign,
        new=foreign,
        old_version_arn=version_arn,
    )
    reply = run(case, wire, clock)
    assert reply.code == "behavior-exists"
    assert "'/ht/forget'" in reply.text
    assert wire.count("UpdateDistribution") == 0


def test_a_delete_leaves_a_foreign_behavior_on_the_path(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    foreign = [*other_behaviors(), {"PathPattern": CLEAR, **behavior()}]
    case = case_of(
        "Delete",
        version_arn=versions[0],
        old=[*own_behaviors(versions[0], RENEW), *foreign],
        new=foreign,
    )
    assert run(case, wire, clock) == SUCCEEDED


@for_each_request
def test_a_request_that_is_sent_twice_writes_once(case: Case, wire: Wire, clock: Clock) -> None:
    for _ in range(2):
        assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 1


def test_a_delete_of_behaviors_that_do_not_exist_writes_nothing(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    case = case_of("Delete", version_arn=versions[0], old=other_behaviors(), new=other_behaviors())
    assert run(case, wire, clock) == SUCCEEDED
    assert wire.count("UpdateDistribution") == 0


@for_delete
def test_a_delete_does_not_call_lambda(case: Case, wire: Wire, clock: Clock) -> None:
    """The function may no longer exist."""
    assert run(case, wire, clock) == SUCCEEDED
    assert "GetFunctionConfiguration" not in wire.calls
