"""What a check says, and checks run side by side. Nothing here knows what is checked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from stacks.constructs.distribution_attachment.runtime.live import explain

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)
# Others have "Throttl" in them.
_THROTTLED = frozenset({"RequestLimitExceeded", "SlowDown", "TooManyRequestsException"})

#: The fix of a finding for which every command known so far would take a working service offline.
NO_SAFE_FIX = (
    "no safe command exists yet: every known one would take a working service offline, so change "
    "nothing here until one does"
)

Status = Literal["ok", "finding", "error", "not checkable"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong, and how to mend it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Note:
    """Worth knowing; nothing has to be done."""

    what: str


@dataclass(frozen=True, slots=True)
class NotCheckable:
    """Something cannot be told from here, and why."""

    what: str


@dataclass(frozen=True, slots=True)
class CheckError:
    """The check itself crashed, so what else it would have found is unknown."""

    what: str


Remark = Finding | Note | NotCheckable | CheckError
Check = Callable[[], Iterable[Remark]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All remarks of one check."""

    check: str
    remarks: tuple[Remark, ...]

    @property
    def status(self) -> Status:
        """The gravest of its remarks."""
        if any(isinstance(remark, Finding) for remark in self.remarks):
            return "finding"
        if any(isinstance(remark, CheckError) for remark in self.remarks):
            return "error"
        if any(isinstance(remark, NotCheckable) for remark in self.remarks):
            return "not checkable"
        return "ok"

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "check": self.check,
            "status": self.status,
            "findings": [
                {"what": one.what, "remedy": one.remedy}
                for one in self.remarks
                if isinstance(one, Finding)
            ],
            "errors": [one.what for one in self.remarks if isinstance(one, CheckError)],
            "not_checkable": [one.what for one in self.remarks if isinstance(one, NotCheckable)],
            "notes": [one.what for one in self.remarks if isinstance(one, Note)],
        }


def run(checks: Mapping[str, Check]) -> Iterator[Report]:
    """Run the named checks side by side and yield each one's report as it finishes."""
    with ThreadPoolExecutor(max_workers=len(checks)) as pool:
        running = [pool.submit(_report, name, check) for name, check in checks.items()]
        for finished in as_completed(running):
            yield finished.result()


def _report(name: str, check: Check) -> Report:
    remarks: list[Remark] = []
    try:
        # One by one: what was found before an error is still true.
        for remark in check():
            remarks.append(remark)  # noqa: PERF402
    except Exception as error:
        remarks.append(_on(error))
    return Report(check=name, remarks=tuple(remarks))


def _on(error: Exception) -> Remark:
    """Return what an error that ended a check means for it."""
    if isinstance(error, BotoCoreError):
        return NotCheckable(f"{explain(error)}; run it again")
    if not isinstance(error, ClientError):
        return CheckError(
            f"this check crashed, and its result is unknown ({type(error).__name__}: {error}); "
            "report it as a bug of doctor"
        )
    code = error.response["Error"]["Code"]
    if code in _DENIED:
        remedy = "run it with a role that holds the policy of `python -m tools doctor --policy`"
        return Finding(explain(error), remedy)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if "Throttl" in code or code in _THROTTLED or status >= 500:
        return NotCheckable(f"{explain(error)}; run it again")
    return Finding(explain(error), "mend what AWS names, then run it again")
