"""Remove one part at a time, and print which test fails: `python -m tests.removals`.

The parts are the actions in the IAM statements of the attachment's handlers, the waits of the
handlers, and the rules and delays of the AWS emulator. Every removal is made in a copy of the
checkout. A row without a test shows a part that nothing needs, or that no test covers.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.emulator.rules import RULES

ROOT = Path(__file__).parents[1]
ATTACHMENTS = "stacks/constructs/distribution_attachments.py"
ROLLOUT = "attachment/rollout.py"
LIVE = "attachment/live.py"
DELAYS = "tools/emulator/delays.py"
ORDER = "tools/emulator/cloudformation.py"

#: An action that the emulator knows and that needs no permission.
_NO_ACTION = '"sts:GetCallerIdentity"'
_DEPLOYING = ("tests/aws/test_attachment.py", "tests/stacks/test_distribution_attachments.py")
_HANDLERS = (
    "tests/aws/attachment/test_waiting.py",
    "tests/aws/attachment/test_rollbacks.py",
    "tests/aws/attachment",
)
_REJECTING = tuple(
    f"tests/aws/emulator/test_{name}.py"
    for name in ("rejected_documents", "rejected_functions", "permissions")
)
_DELAYING = tuple(f"tests/aws/emulator/test_{name}.py" for name in ("delays", "custom_resources"))


@dataclass(frozen=True, kw_only=True)
class Removal:
    """A removal: `replacement` replaces `text` in the file `path`, and one of `tests` fails."""

    item: str
    path: str
    text: str
    replacement: str
    tests: tuple[str, ...]

    def is_unambiguous(self) -> bool:
        """Return whether the file contains the text exactly once."""
        return (ROOT / self.path).read_text().count(self.text) == 1

    def apply(self, checkout: Path) -> None:
        """Replace the text in a copy of the checkout."""
        file = checkout / self.path
        file.write_text(file.read_text().replace(self.text, self.replacement))


def removals() -> list[Removal]:
    """Return all removals."""
    return [*_actions(), *_waits(), *_rules(), *_delays()]


def _actions() -> Iterator[Removal]:
    for action in re.findall(r'"[a-z0-9]+:[A-Z][A-Za-z]+\*?"', (ROOT / ATTACHMENTS).read_text()):
        yield Removal(
            item=f"IAM action {action.strip(chr(34))}",
            path=ATTACHMENTS,
            text=action,
            replacement=_NO_ACTION,
            tests=_DEPLOYING,
        )


def _waits() -> Iterator[Removal]:
    for item, path, text, replacement in (
        (
            "wait for CloudFront to deploy",
            LIVE,
            'answer["ETag"] == etag and answer["Distribution"]["Status"] == "Deployed"',
            'answer["ETag"] == etag',
        ),
        (
            "wait for a read of the written configuration",
            LIVE,
            'answer["ETag"] == etag and ',
            "",
        ),
        (
            "wait for a step of the request that is rolled back",
            ROLLOUT,
            "if _undoes(request) and self.now()",
            "if False and self.now()",
        ),
        (
            "wait for a version to be Active",
            ROLLOUT,
            'if state in {"Active", "Inactive"}:',
            "if True:",
        ),
        (
            "wait for IAM in the first handler",
            ROLLOUT,
            "if not _passes(error, elapsed) or elapsed >= PROPAGATION_SECONDS:",
            "if True:",
        ),
        (
            "wait for IAM in the second handler",
            ROLLOUT,
            "return elapsed < PROPAGATION_SECONDS",
            "return False",
        ),
        (
            "wait for IAM after CloudFront's message",
            ROLLOUT,
            ' or "Update the IAM policy to add permission" in message',
            "",
        ),
        (
            "wait for a version after CloudFront's message",
            ROLLOUT,
            '"Active state" in message or ',
            "",
        ),
        (
            "wait for a role that cannot be assumed yet",
            ROLLOUT,
            ' or "assumable" in message',
            "",
        ),
        ("wait for a web ACL", ROLLOUT, 'return "retry" in message', "return False"),
        (
            "wait after another tool's change",
            ROLLOUT,
            'return code == "PreconditionFailed"',
            "return False",
        ),
        (
            "wait for a temporary error",
            ROLLOUT,
            "if is_temporary(error):",
            "if False:",
        ),
    ):
        yield Removal(item=item, path=path, text=text, replacement=replacement, tests=_HANDLERS)


def _rules() -> Iterator[Removal]:
    for rule in RULES:
        signature = f"def {rule.check.__name__}(write: Write) -> Rejection | None:\n"
        yield Removal(
            item=f"rule {rule.name} ({rule.evidence})",
            path="tools/emulator/rules.py",
            text=signature,
            replacement=f"{signature}    return None\n",
            tests=_REJECTING,
        )


def _delays() -> Iterator[Removal]:
    for item, path, text, replacement in (
        ("status InProgress", DELAYS, "LOOKS_IN_PROGRESS = 2", "LOOKS_IN_PROGRESS = 0"),
        ("reads from before a write", DELAYS, "STALE_READS = 1", "STALE_READS = 0"),
        (
            "policies that take effect later",
            DELAYS,
            "CHECKS_WITHOUT_POLICY = 3",
            "CHECKS_WITHOUT_POLICY = 0",
        ),
        (
            "Delete after a failed Create",
            ORDER,
            'operation["created"].append(logical_id)',
            "pass",
        ),
        (
            "status UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            ORDER,
            'stack["StackStatus"] == "UPDATE_IN_PROGRESS"',
            "False",
        ),
    ):
        yield Removal(
            item=f"emulator: {item}",
            path=path,
            text=text,
            replacement=replacement,
            tests=_DELAYING,
        )


def first_failure(tests: Sequence[str], removal: Removal | None = None) -> str:
    """Return the name of the first test that fails, or an empty string."""
    with tempfile.TemporaryDirectory(prefix="removal-") as folder:
        checkout = Path(folder) / "checkout"
        _copy(checkout)
        if removal:
            removal.apply(checkout)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "--tb=no", *tests],
            cwd=checkout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    return failed[1] if failed else ""


def _copy(checkout: Path) -> None:
    """Copy the files that Git tracks, and link the installed packages."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    # Tests ask Git for the project's files.
    subprocess.run(["git", "init", "--quiet"], cwd=checkout, check=True)
    installed = (".venv", "node_modules")
    (checkout / ".git" / "info" / "exclude").write_text("\n".join(installed))
    for name in installed:
        (checkout / name).symlink_to(ROOT / name)


def _table(rows: Sequence[Removal]) -> Iterator[str]:
    for tests in dict.fromkeys(removal.tests for removal in rows):
        if failed := first_failure(tests):
            sys.exit(f"{failed} fails although nothing is removed")
    yield "| removed | test that fails |"
    yield "|---|---|"
    for removal in rows:
        failed = first_failure(removal.tests, removal)
        yield f"| {removal.item} | {f'`{failed}`' if failed else '**none**'} |"


def main() -> None:
    """Print the table, row by row."""
    parser = argparse.ArgumentParser(prog="python -m tests.removals", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="items that contain this")
    only = parser.parse_args().only
    for line in _table([removal for removal in removals() if only in removal.item]):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
