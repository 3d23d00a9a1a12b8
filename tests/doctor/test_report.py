"""Checks side by side, and what becomes of each one's remarks."""

import threading
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tools.doctor.report import Finding, NotCheckable, Note, Remark, Report, run

WRONG = Finding("no light", "switch it on")
HIDDEN = NotCheckable("the door is locked")
KNOWN = Note("three lamps")


@pytest.mark.parametrize(
    ("remarks", "status"),
    [
        pytest.param((), "ok", id="nothing"),
        pytest.param((KNOWN,), "ok", id="note"),
        pytest.param((KNOWN, HIDDEN), "not checkable", id="not-checkable"),
        pytest.param((HIDDEN, WRONG, KNOWN), "finding", id="finding"),
    ],
)
def test_the_gravest_remark_is_the_status(remarks: tuple[Remark, ...], status: str) -> None:
    assert Report(check="lamp", remarks=remarks).status == status


def test_a_report_as_json() -> None:
    assert Report(check="lamp", remarks=(HIDDEN, WRONG, KNOWN)).as_dict() == {
        "check": "lamp",
        "status": "finding",
        "findings": [{"what": "no light", "remedy": "switch it on"}],
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


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(
            ClientError(
                {"Error": {"Code": "AccessDenied", "Message": "not authorized: iam:ListRoles"}},
                "ListRoles",
            ),
            "AWS does not allow it; grant the action that it names "
            "(AccessDenied: not authorized: iam:ListRoles)",
            id="denied",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/"),
            'AWS did not answer: Could not connect to the endpoint URL: "https://iam.amazonaws.',
            id="no-answer",
        ),
    ],
)
def test_what_aws_refuses_is_a_finding_beside_what_was_found_before(
    error: Exception, words: str
) -> None:
    def check() -> Iterator[Remark]:
        yield KNOWN
        raise error

    [report] = run({"roles": check})
    before, refused = report.remarks
    assert before == KNOWN
    assert isinstance(refused, Finding)
    assert refused.what.startswith(words)
    assert "python -m tools doctor --policy" in refused.remedy
