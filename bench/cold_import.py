"""The time that loading the edge function's package adds to a cold start."""

import sys
import tempfile
from pathlib import Path

from bench.document import Row
from bench.events import SETTINGS
from bench.timing import Command, per_run
from stacks.edge_package import EdgePackage

TITLE = "What the package adds to a cold start"
COMPARED = (
    "One new interpreter imports the function's package, and another imports an empty module. "
    "Before that, both import the modules that Lambda's runtime client has already loaded when it "
    "loads a function (`json`, `os`, `time`). Goal: the package adds less than 5 ms."
)

_ROUNDS = 40
_LOADED = "import json, os, time"


def measure() -> list[Row]:
    """Return a row for the package and one for the empty module."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        EdgePackage.of(SETTINGS).write(Path(folder))
        (Path(folder) / "empty.py").touch()
        taken = per_run(
            {
                module: Command(
                    # Without site-packages, because Lambda does not have this machine's packages.
                    arguments=[sys.executable, "-S", "-c", f"{_LOADED}; import {module}"],
                    folder=Path(folder),
                )
                for module in ("empty", "lambda_edge.handler")
            },
            rounds=_ROUNDS,
        )
    empty = taken["empty"]
    return [
        {
            "module": f"`{module}`",
            "wall, ms": seconds.wall * 1000,
            "added, ms": (seconds.wall - empty.wall) * 1000,
            "ratio": seconds.wall / empty.wall,
        }
        for module, seconds in taken.items()
    ]
