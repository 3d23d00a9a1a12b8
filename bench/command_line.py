"""The time that the tools take to start."""

import sys
import tempfile
from pathlib import Path

from bench.document import Row
from bench.timing import Command, per_run
from tools.__main__ import main

TITLE = "How fast the tools start"
COMPARED = (
    "The CPU time of each tool's `--help`, of `doctor --policy`, and of the help of an empty click "
    "command. None of these commands imports CDK or boto3. Goal: a tool adds less than 150 ms."
)

_ROUNDS = 10
_EMPTY = "import click\n\n\n@click.command()\ndef main():\n    pass\n\n\nmain()\n"


def measure() -> list[Row]:
    """Return a row for each command."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(_EMPTY)
        commands = {"empty": Command(arguments=[sys.executable, empty, "--help"])} | {
            " ".join(options): Command(arguments=[sys.executable, "-m", "tools", *options])
            for options in (
                ["--help"],
                *([name, "--help"] for name in sorted(main.commands)),
                ["doctor", "--policy"],
            )
        }
        taken = per_run(commands, rounds=_ROUNDS)
    added = taken["empty"].cpu
    return [
        {
            "command": name if name == "empty" else f"`python -m tools {name}`",
            "CPU ms": seconds.cpu * 1000,
            "added, ms": (seconds.cpu - added) * 1000,
        }
        for name, seconds in taken.items()
    ]
