"""Findings as text."""

from attachment.finding import Finding, RefusalError


def test_a_finding_reads_as_problem_and_fix() -> None:
    finding = Finding("code", "the problem", "do this")
    assert str(finding) == "the problem. Fix: do this"


def test_a_finding_without_a_fix_reads_as_its_problem() -> None:
    assert str(Finding("code", "the problem")) == "the problem"


def test_a_refusal_has_its_finding_and_the_same_text() -> None:
    finding = Finding("code", "the problem", "do this")
    refusal = RefusalError(finding)
    assert refusal.finding == finding
    assert str(refusal) == "the problem. Fix: do this"
