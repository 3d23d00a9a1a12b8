"""What the app adds to a synth of the CDK's own."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.document import Row
from bench.timing import Command, Seconds, per_run

TITLE = "Synth"
COMPARED = (
    "An app with one `WaitConditionHandle`; a bare one of the constructs that ours is made of, two "
    "distributions, a function and its version, with CDK's defaults and nothing else; and ours, "
    "with its two stacks. Attached, the bare one has CDK's `Provider` and a custom resource "
    "besides, and ours changes a site's distribution. All have the same feature flags, and CDK's "
    "own template validation as it comes, which is on. CPU seconds are those of `python app.py` "
    "with its Node processes, seconds by the clock those of `npx cdk synth`. Goals: 1.25 times the "
    "empty app in CPU seconds, 1.40 attached, 1.10 by the clock. Where the bare one takes more "
    "than that already, the column beside it is what is left to us."
)

_ROOT = Path(__file__).parents[1]
_EMPTY = Path(__file__).parent / "empty_app.py"
_BARE = Path(__file__).parent / "bare_app.py"
_OURS = _ROOT / "app.py"
_EXAMPLE = {
    "domain": "example.com",
    "certificate_arn": (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    ),
}
_APPS: Mapping[str, tuple[Path, Mapping[str, str]]] = {
    "empty": (_EMPTY, {}),
    "bare": (_BARE, {}),
    "ours": (_OURS, _EXAMPLE),
    "bare, attached": (_BARE, {"attached": "yes"}),
    "ours, attached": (_OURS, {**_EXAMPLE, "site_distribution_id": "E2QWRUHAPOMQZL"}),
}
_QUIET = {"CDK_DISABLE_CLI_TELEMETRY": "true"}


def measure() -> list[Row]:
    """Return a row for each app and way to run it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        bare = {name: _python(name, Path(scratch)) for name in _APPS}
        rows = rows_of("CPU s", per_run(bare, rounds=5), by="cpu")
        unchecked = {
            name: replace(one, environment={**one.environment, "CDK_VALIDATION": "false"})
            for name, one in bare.items()
        }
        rows += rows_of("CPU s, no validation", per_run(unchecked, rounds=5), by="cpu")
        cdk = {name: _cdk(name, Path(scratch) / name) for name in ("empty", "bare", "ours")}
        rows += rows_of("`npx cdk synth`, s", per_run(cdk, rounds=5), by="wall")
    return rows


def rows_of(what: str, taken: Mapping[str, Seconds], *, by: str) -> list[Row]:
    """Return a row for each app, `by` its seconds of that kind."""
    seconds = {name: getattr(times, by) for name, times in taken.items()}
    return [
        {
            "run": what,
            "app": name,
            "median": value,
            "to empty": value / seconds["empty"],
            "to bare": (
                f"{value / seconds[name.replace('ours', 'bare')]:.2f}"
                if name.startswith("ours")
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
            **_QUIET,
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
        arguments=[cdk, "synth", "--quiet", "--no-notices"], folder=folder, environment=_QUIET
    )
