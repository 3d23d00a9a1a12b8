"""The results of checks, and a runner that runs checks at the same time."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Literal

from botocore.exceptions import ClientError

from attachment.finding import Finding
from attachment.live import AWS_ERRORS, explain, is_temporary
from tools.doctor.bounded_client import UnresolvedNameError

#: The fix of a finding if every command known so far would take a working service offline.
NO_SAFE_FIX = (
    "no safe command exists yet: every known one would take a working service offline, so change "
    "nothing here"
)

Status = Literal["ok", "finding", "error", "could not check"]


@dataclass(frozen=True, slots=True)
class Note:
    """Information that needs no action."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """The reason why something could not be checked."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckError:
    """A crash of the check itself. Its further results are unknown."""

    reason: str
    code: str = "check-crashed"


Result = Finding | Note | Inconclusive | CheckError
Check = Callable[[], Iterable[Result]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All results of one check."""

    check: str
    results: tuple[Result, ...]

    @property
    def id(self) -> str:
        """The check's name as a slug, for programs that read the JSON."""
        return re.sub(r"[^a-z0-9.]+", "-", self.check.lower())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings among the results."""
        return tuple(result for result in self.results if isinstance(result, Finding))

    @property
    def status(self) -> Status:
        """The status of the most serious result."""
        kinds = {type(result) for result in self.results}
        if self.findings:
            return "finding"
        if CheckError in kinds:
            return "error"
        return "could not check" if Inconclusive in kinds else "ok"

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON values."""

        def listed(kind: type, *fields: str) -> list[dict[str, str]]:
            return [
                {field: getattr(result, field) for field in ("code", *fields)}
                for result in self.results
                if isinstance(result, kind)
            ]

        return {
            "id": self.id,
            "check": self.check,
            "status": self.status,
            "findings": listed(Finding, "problem", "fix"),
            "errors": listed(CheckError, "reason"),
            "could_not_check": listed(Inconclusive, "reason"),
            "notes": listed(Note, "text"),
        }


def run(checks: Mapping[str, Check]) -> Iterator[Report]:
    """Run the checks at the same time and yield their reports in the order of `checks`."""
    finished: SimpleQueue[Report] = SimpleQueue()
    for name, check in checks.items():
        # Daemon threads, unlike those of a pool: Ctrl-C must not wait for a host or for AWS.
        threading.Thread(
            target=lambda name=name, check=check: finished.put(_report(name, check)), daemon=True
        ).start()
    reports: dict[str, Report] = {}
    for name in checks:
        while name not in reports:
            report = finished.get()
            reports[report.check] = report
        yield reports[name]


def _report(name: str, check: Check) -> Report:
    results: list[Result] = []
    try:
        # One by one, to keep the results that precede an error.
        for result in check():
            results.append(result)  # noqa: PERF402
    except Exception as error:
        results.append(_meaning_of(error))
    return Report(check=name, results=tuple(results))


def _meaning_of(error: Exception) -> Result:
    """Return the result for an error that ended a check."""
    if isinstance(error, UnresolvedNameError):
        return Inconclusive("name-not-resolved", f"{error}; the check DNS reports more")
    if not isinstance(error, AWS_ERRORS):
        return CheckError(
            f"this check crashed, so its result is unknown ({type(error).__name__}: {error}); "
            "report this as a bug"
        )
    meaning = explain(error)
    if meaning.code == "aws-credentials":
        return meaning
    if not isinstance(error, ClientError) or is_temporary(error):
        return Inconclusive(meaning.code, f"{meaning.problem}; run doctor again")
    if meaning.code == "aws-denied":
        fix = "run doctor with a role that has the policy of `python -m tools doctor --policy`"
        return Finding(meaning.code, meaning.problem, fix)
    return meaning
