"""What the app adds to a synth of the CDK's own."""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.document import Row
from bench.timing import Command, Seconds, per_run

TITLE = "Synth"
COMPARED = (
    "The app with its two stacks, also attached to a site's distribution, and an app of one "
    "stack that holds a single `WaitConditionHandle`, with the same feature flags and with CDK's "
    "own template validation, which is on as it comes. `python app.py` in CPU seconds, its Node "
    "process included: goals 1.25 without attachment, 1.40 with it. `npx cdk synth` in seconds by "
    "the clock: goal 1.10."
)

_ROOT = Path(__file__).parents[1]
_EXAMPLE = {
    "domain": "example.com",
    "certificate_arn": (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    ),
}
_APPS: Mapping[str, Mapping[str, str]] = {
    "empty": {},
    "ours": _EXAMPLE,
    "ours, attached": {**_EXAMPLE, "site_distribution_id": "E2QWRUHAPOMQZL"},
}
# CDK's validation refuses a template without a resource; this one is as small as they come.
_EMPTY = """\
import aws_cdk as cdk

app = cdk.App()
cdk.CfnWaitConditionHandle(cdk.Stack(app, "Empty"), "Nothing")
app.synth()
"""
_QUIET = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
}


def measure() -> list[Row]:
    """Return a row for each app and way to run it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(_EMPTY)
        apps = {name: empty if name == "empty" else _ROOT / "app.py" for name in _APPS}
        bare = {name: _bare(app, _APPS[name], Path(folder)) for name, app in apps.items()}
        rows = rows_of("`python app.py`, CPU s", per_run(bare, rounds=3), by="cpu")
        cdk = {
            name: _cdk(apps[name], _APPS[name], Path(folder) / name) for name in ("empty", "ours")
        }
        rows += rows_of("`npx cdk synth`, s", per_run(cdk, rounds=3), by="wall")
    return rows


def rows_of(what: str, taken: Mapping[str, Seconds], *, by: str) -> list[Row]:
    """Return a row for each app, `by` its seconds of that kind."""
    seconds = {name: getattr(times, by) for name, times in taken.items()}
    return [
        {"run": what, "app": name, "median": value, "ratio": value / seconds["empty"]}
        for name, value in seconds.items()
    ]


def _flags() -> dict[str, object]:
    flags: dict[str, object] = json.loads((_ROOT / "cdk.json").read_text())["context"]
    return flags


def _bare(app: Path, context: Mapping[str, str], folder: Path) -> Command:
    return Command(
        arguments=[sys.executable, app],
        environment={
            **_QUIET,
            "CDK_CONTEXT_JSON": json.dumps({**_flags(), **context}),
            "CDK_OUTDIR": str(folder / "cdk.out"),
        },
    )


def _cdk(app: Path, context: Mapping[str, str], folder: Path) -> Command:
    folder.mkdir()
    cdk_json = {"app": f"{sys.executable} {app}", "context": {**_flags(), **context}}
    (folder / "cdk.json").write_text(json.dumps(cdk_json))
    cdk = _ROOT / "node_modules" / ".bin" / "cdk"
    return Command(
        arguments=[cdk, "synth", "--quiet", "--no-notices"], folder=folder, environment=_QUIET
    )
