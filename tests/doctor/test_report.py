"""Checks side by side, and what becomes of each one's remarks."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tools.doctor.report import CheckError, Finding, NotCheckable, Note, Remark, Report, run

WRONG = Finding("no light", "switch it on")
HIDDEN = NotCheckable("the door is locked")
KNOWN = Note("three lamps")
CRASHED = CheckError("the ladder broke")


@pytest.mark.parametrize(
    ("remarks", "status"),
    [
        pytest.param((), "ok", id="nothing"),
        pytest.param((KNOWN,), "ok", id="note"),
        pytest.param((KNOWN, HIDDEN), "not checkable", id="not-checkable"),
        pytest.param((KNOWN, CRASHED, HIDDEN), "error", id="error"),
        pytest.param((CRASHED, HIDDEN, WRONG, KNOWN), "finding", id="finding"),
    ],
)
def test_the_gravest_remark_is_the_status(remarks: tuple[Remark, ...], status: str) -> None:
    assert Report(check="lamp", remarks=remarks).status == status


def test_a_report_as_json() -> None:
    assert Report(check="lamp", remarks=(HIDDEN, WRONG, CRASHED, KNOWN)).as_dict() == {
        "check": "lamp",
        "status": "finding",
        "findings": [{"what": "no light", "remedy": "switch it on"}],
        "errors": ["the ladder broke"],
        "not_checkable": ["the door is locked"],
        "notes": ["three lamps"],
    }


def test_checks_run_side_by_side() -> None:
    """Each of the three waits until the others run too."""
    together = threading.Barrier(3, timeout=30)

    def check() -> Iterator[Remark]:
        together.wait()
        yield KNOWN

    reports = list(run({"one": check, "two": check, "three": check}))
    assert sorted(report.check for report in reports) == ["one", "three", "two"]
    assert [report.remarks for report in reports] == [(KNOWN,)] * 3


def test_each_report_comes_as_its_check_finishes() -> None:
    """The slow one, begun first, ends only when the quick one has been seen."""
    seen = threading.Event()

    def slow() -> Iterator[Remark]:
        assert seen.wait(timeout=30)
        yield KNOWN

    def quick() -> Iterator[Remark]:
        yield HIDDEN

    order = []
    for report in run({"slow": slow, "quick": quick}):
        order.append(report.check)
        seen.set()
    assert order == ["quick", "slow"]


def aws_error(code: str, message: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "ListRoles")


POLICY = "run it with a role that holds the policy of `python -m tools doctor --policy`"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            aws_error("AccessDenied", "not authorized: iam:ListRoles", 403),
            Finding(
                "AWS does not allow it; grant the action that it names "
                "(AccessDenied: not authorized: iam:ListRoles)",
                POLICY,
            ),
            id="denied",
        ),
        pytest.param(
            aws_error("AccessDeniedException", "not authorized: lambda:ListTags", 400),
            Finding(
                "AWS does not allow it; grant the action that it names "
                "(AccessDeniedException: not authorized: lambda:ListTags)",
                POLICY,
            ),
            id="denied-by-Lambda",
        ),
        pytest.param(
            aws_error("UnauthorizedOperation", "not authorized", 403),
            Finding("AWS refused it (UnauthorizedOperation: not authorized)", POLICY),
            id="unauthorized",
        ),
        pytest.param(
            aws_error("Throttling", "Rate exceeded", 400),
            NotCheckable("AWS refused it (Throttling: Rate exceeded); run it again"),
            id="throttled",
        ),
        pytest.param(
            aws_error("TooManyRequestsException", "Rate Exceeded.", 429),
            NotCheckable("AWS refused it (TooManyRequestsException: Rate Exceeded.); run it again"),
            id="throttled-by-Lambda",
        ),
        pytest.param(
            aws_error("ServiceUnavailable", "later", 503),
            NotCheckable("AWS refused it (ServiceUnavailable: later); run it again"),
            id="5xx",
        ),
        pytest.param(
            aws_error("ExpiredToken", "The security token included is expired", 403),
            Finding(
                "AWS refused it (ExpiredToken: The security token included is expired)",
                "mend what AWS names, then run it again",
            ),
            id="expired-credentials",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/"),
            NotCheckable(
                'AWS did not answer: Could not connect to the endpoint URL: "https://iam.amazonaws.'
                'com/"; run it again'
            ),
            id="no-answer",
        ),
        pytest.param(
            KeyError("Items"),
            CheckError(
                "this check crashed, and its result is unknown (KeyError: 'Items'); report it as "
                "a bug of doctor"
            ),
            id="our-own-fault",
        ),
    ],
)
def test_an_error_ends_one_check_beside_what_it_found_before(
    error: Exception, expected: Remark
) -> None:
    def check() -> Iterator[Remark]:
        yield KNOWN
        raise error

    reports = {report.check: report for report in run({"roles": check, "lamp": lambda: [WRONG]})}
    assert reports["roles"].remarks == (KNOWN, expected)
    assert reports["lamp"].remarks == (WRONG,)
