"""The time that the app adds to a synth."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.document import Row
from bench.timing import Command, Seconds, per_run

TITLE = "How long synth takes"
COMPARED = (
    "There are three apps. The empty app has one `WaitConditionHandle`. The bare app has the main "
    "constructs of this project (two distributions, a function, and its version) with CDK's "
    "defaults. The third app is this project with its two stacks. With an attachment, the bare app "
    "also has CDK's `Provider` and a custom resource, and this project changes a site's "
    "distribution. All apps have the same feature flags, and CDK's template validation is on "
    "unless the row says otherwise. CPU seconds are those of `python app.py` with its Node.js "
    "processes; wall-clock seconds are those of `npx cdk synth`. Goals: at most 1.25 times the "
    "empty app in CPU seconds, 1.40 with an attachment, and 1.10 in wall-clock seconds. If the "
    "bare app already exceeds a goal, look at the last column: the ratio of this project to the "
    "bare app."
)

_ROOT = Path(__file__).parents[1]
_EMPTY = Path(__file__).parent / "empty_app.py"
_BARE = Path(__file__).parent / "bare_app.py"
_PROJECT = _ROOT / "app.py"
_EXAMPLE = {
    "domain": "example.com",
    "certificate_arn": (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    ),
}
_APPS: Mapping[str, tuple[Path, Mapping[str, str]]] = {
    "empty": (_EMPTY, {}),
    "bare": (_BARE, {}),
    "this project": (_PROJECT, _EXAMPLE),
    "bare, attached": (_BARE, {"attached": "yes"}),
    "this project, attached": (_PROJECT, {**_EXAMPLE, "site_distribution_id": "E2QWRUHAPOMQZL"}),
}
_NO_TELEMETRY = {"CDK_DISABLE_CLI_TELEMETRY": "true"}


def measure() -> list[Row]:
    """Return a row for each app and each way to run it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        commands = {name: _python(name, Path(scratch)) for name in _APPS}
        rows = rows_of("CPU s", per_run(commands, rounds=5), by="cpu")
        unchecked = {
            name: replace(command, environment={**command.environment, "CDK_VALIDATION": "false"})
            for name, command in commands.items()
        }
        rows += rows_of("CPU s, no validation", per_run(unchecked, rounds=5), by="cpu")
        cdk = {name: _cdk(name, Path(scratch) / name) for name in ("empty", "bare", "this project")}
        rows += rows_of("`npx cdk synth`, s", per_run(cdk, rounds=5), by="wall")
    return rows


def rows_of(what: str, taken: Mapping[str, Seconds], *, by: str) -> list[Row]:
    """Return a row for each app. `by` is the kind of seconds: `wall` or `cpu`."""
    seconds = {name: getattr(times, by) for name, times in taken.items()}
    return [
        {
            "run": what,
            "app": name,
            "median": value,
            "ratio to empty": value / seconds["empty"],
            "ratio to bare": (
                f"{value / seconds[name.replace('this project', 'bare')]:.2f}"
                if name.startswith("this project")
                else "-"
            ),
        }
        for name, value in seconds.items()
    ]


def _flags() -> dict[str, object]:
    flags: dict[str, object] = json.loads((_ROOT / "cdk.json").read_text())["context"]
    return flags


def _python(name: str, scratch: Path) -> Command:
    app, context = _APPS[name]
    return Command(
        arguments=[sys.executable, app],
        environment={
            **_NO_TELEMETRY,
            "CDK_CONTEXT_JSON": json.dumps({**_flags(), **context}),
            "CDK_OUTDIR": str(scratch / "cdk.out"),
        },
    )


def _cdk(name: str, folder: Path) -> Command:
    app, context = _APPS[name]
    folder.mkdir()
    cdk_json = {"app": f"{sys.executable} {app}", "context": {**_flags(), **context}}
    (folder / "cdk.json").write_text(json.dumps(cdk_json))
    cdk = _ROOT / "node_modules" / ".bin" / "cdk"
    return Command(
        arguments=[cdk, "synth", "--quiet", "--no-notices"],
        folder=folder,
        environment=_NO_TELEMETRY,
    )
