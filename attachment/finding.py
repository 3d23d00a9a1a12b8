"""Findings: problems as data, each with a stable code and a fix."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, and how to fix it.

    `code` is stable; docs/doctor.md lists every code. `problem` is a sentence without a final
    period. `fix` is an imperative; it is empty if nothing has to be done.
    """

    code: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.problem}. Fix: {self.fix}" if self.fix else self.problem


class RefusalError(Exception):
    """The distribution cannot be changed. `finding` has the reason and the fix."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding
