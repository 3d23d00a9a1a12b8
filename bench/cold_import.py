"""What loading the edge function's package adds to a cold start."""

import sys
import tempfile
from pathlib import Path

from bench.document import Row
from bench.events import SETTINGS
from bench.timing import Command, per_run
from stacks.cookie_package import write_package

TITLE = "Cold import"
COMPARED = (
    "A fresh interpreter that imports the function's package, and one that imports an empty "
    "module; both import first what Lambda's runtime client has loaded before any function "
    "(`json`, `os`, `time`). Goal: less than 5 ms more."
)

_ROUNDS = 40
_LOADED = "import json, os, time"


def measure() -> list[Row]:
    """Return a row for the package and one for the empty module."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        write_package(Path(folder), SETTINGS)
        (Path(folder) / "empty.py").touch()
        taken = per_run(
            {
                module: Command(
                    # Without site-packages: Lambda has none of this machine's.
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
