"""Checks that run in parallel, and the report of each one's results."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from attachment.finding import Finding
from tools.doctor.report import Check, CheckError, Inconclusive, Note, Report, Result, run

WRONG = Finding("no-light", "the lamp is off", "switch it on")
HIDDEN = Inconclusive("locked", "the door is locked")
KNOWN = Note("count", "three lamps")
CRASHED = CheckError("the ladder broke")


@pytest.mark.parametrize(
    ("results", "status"),
    [
        pytest.param((), "ok", id="nothing"),
        pytest.param((KNOWN,), "ok", id="note"),
        pytest.param((KNOWN, HIDDEN), "could not check", id="could-not-check"),
        pytest.param((KNOWN, CRASHED, HIDDEN), "error", id="error"),
        pytest.param((CRASHED, HIDDEN, WRONG, KNOWN), "finding", id="finding"),
    ],
)
def test_status_is_that_of_the_most_serious_result(
    results: tuple[Result, ...], status: str
) -> None:
    assert Report(check="lamp", results=results).status == status


def test_report_as_json() -> None:
    report = Report(check="SDK through cdn.example.com", results=(HIDDEN, WRONG, CRASHED, KNOWN))
    assert report.as_dict() == {
        "id": "sdk-through-cdn.example.com",
        "check": "SDK through cdn.example.com",
        "status": "finding",
        "findings": [{"code": "no-light", "problem": "the lamp is off", "fix": "switch it on"}],
        "errors": [{"code": "check-crashed", "reason": "the ladder broke"}],
        "could_not_check": [{"code": "locked", "reason": "the door is locked"}],
        "notes": [{"code": "count", "text": "three lamps"}],
    }


def test_checks_run_in_parallel() -> None:
    """Each of the three checks waits until the other two run."""
    together = threading.Barrier(3, timeout=30)

    def check() -> Iterator[Result]:
        together.wait()
        yield KNOWN

    reports = list(run({"one": check, "two": check, "three": check}))
    assert sorted(report.check for report in reports) == ["one", "three", "two"]
    assert [report.results for report in reports] == [(KNOWN,)] * 3


def test_reports_are_in_the_order_of_the_checks() -> None:
    """The first check ends last."""
    finished = threading.Event()

    def slow() -> Iterator[Result]:
        assert finished.wait(timeout=30)
        yield KNOWN

    def quick() -> Iterator[Result]:
        yield HIDDEN
        finished.set()

    assert [report.check for report in run({"slow": slow, "quick": quick})] == ["slow", "quick"]


def aws_error(code: str, message: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "ListRoles")


def failing(error: Exception) -> Check:
    """Return a check that yields a note and then raises the error."""

    def check() -> Iterator[Result]:
        yield KNOWN
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "kind", "code", "shown"),
    [
        pytest.param(
            aws_error("AccessDenied", "not authorized: iam:ListRoles", 403),
            Finding,
            "aws-denied",
            "(AccessDenied: not authorized: iam:ListRoles)",
            id="denied",
        ),
        pytest.param(
            aws_error("AccessDeniedException", "not authorized: lambda:ListTags", 400),
            Finding,
            "aws-denied",
            "(AccessDeniedException: not authorized: lambda:ListTags)",
            id="denied-by-Lambda",
        ),
        pytest.param(
            aws_error("UnauthorizedOperation", "not authorized", 403),
            Finding,
            "aws-denied",
            "(UnauthorizedOperation: not authorized)",
            id="unauthorized",
        ),
        pytest.param(
            aws_error("Throttling", "Rate exceeded", 400),
            Inconclusive,
            "aws-unavailable",
            "(Throttling: Rate exceeded)",
            id="throttled",
        ),
        pytest.param(
            aws_error("TooManyRequestsException", "Rate Exceeded.", 429),
            Inconclusive,
            "aws-unavailable",
            "(TooManyRequestsException: Rate Exceeded.)",
            id="throttled-by-Lambda",
        ),
        pytest.param(
            aws_error("ServiceUnavailable", "later", 503),
            Inconclusive,
            "aws-unavailable",
            "(ServiceUnavailable: later)",
            id="5xx",
        ),
        pytest.param(
            aws_error("ExpiredToken", "The security token included is expired", 403),
            Finding,
            "aws-credentials",
            "(ExpiredToken: The security token included is expired)",
            id="expired-credentials",
        ),
        pytest.param(
            NoCredentialsError(),
            Finding,
            "aws-credentials",
            "Unable to locate credentials",
            id="no-credentials",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/"),
            Inconclusive,
            "aws-unreachable",
            'Could not connect to the endpoint URL: "https://iam.amazonaws.com/"',
            id="no-answer",
        ),
        pytest.param(
            KeyError("Items"),
            CheckError,
            "check-crashed",
            "(KeyError: 'Items')",
            id="fault-of-doctor",
        ),
    ],
)
def test_error_ends_only_its_own_check_and_keeps_earlier_results(
    error: Exception, kind: type[Result], code: str, shown: str
) -> None:
    """The last result contains the error's message."""
    checks: dict[str, Check] = {"roles": failing(error), "lamp": lambda: [WRONG]}
    reports = {report.check: report for report in run(checks)}
    first, last = reports["roles"].results
    assert first == KNOWN
    assert (type(last), last.code) == (kind, code)
    assert shown in str(last)
    assert reports["lamp"].results == (WRONG,)


def test_fix_of_a_denied_request_is_the_policy_of_doctor() -> None:
    [report] = run({"roles": failing(aws_error("AccessDenied", "not authorized", 403))})
    [finding] = report.findings
    assert "`python -m tools doctor --policy`" in finding.fix


def test_fix_of_another_rejected_request_is_not_the_policy() -> None:
    [report] = run({"roles": failing(aws_error("ExpiredToken", "expired", 403))})
    [finding] = report.findings
    assert finding.fix
    assert "--policy" not in finding.fix
