"""What a check says, and checks run side by side. Nothing here knows what is checked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from stacks.constructs.distribution_attachment.runtime.live import explain

Status = Literal["ok", "finding", "not checkable"]


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


Remark = Finding | Note | NotCheckable
Check = Callable[[], Iterable[Remark]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All that one check has to say."""

    check: str
    remarks: tuple[Remark, ...]

    @property
    def status(self) -> Status:
        """The gravest of its remarks."""
        if any(isinstance(remark, Finding) for remark in self.remarks):
            return "finding"
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
        # One by one: what was found before AWS says no is still true.
        for remark in check():
            remarks.append(remark)  # noqa: PERF402
    except (ClientError, BotoCoreError) as error:
        remarks.append(
            Finding(
                explain(error),
                "run it with a role that holds the policy of `python -m tools doctor --policy`",
            )
        )
    return Report(check=name, remarks=tuple(remarks))
