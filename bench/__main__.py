"""Runs every bench and writes docs/performance.md: `make bench`."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rich.console import Console

from bench import (
    cold_import,
    command_line,
    cost,
    handler,
    invocation,
    local_edge,
    preview_start,
    synth,
)
from bench.document import Row, Section, render

_DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"


class Bench(Protocol):
    """A module that measures one thing."""

    TITLE: str
    #: What is compared with what, and the goal.
    COMPARED: str

    def measure(self) -> list[Row]:
        """Return the rows of its table."""


BENCHES: Sequence[Bench] = (
    handler,
    cold_import,
    invocation,
    synth,
    command_line,
    preview_start,
    local_edge,
    cost,
)


def main() -> None:
    """Measure, and write the document."""
    progress = Console(stderr=True, highlight=False)
    started = _machine()
    sections = []
    for bench in BENCHES:
        since = time.monotonic()
        rows = bench.measure()
        took = time.monotonic() - since
        progress.print(f"{bench.TITLE}: {took:.0f} s")
        sections.append(Section(title=bench.TITLE, compared=bench.COMPARED, rows=rows, took=took))
    _DOCUMENT.write_text(render(started, sections))
    progress.print(f"Written: {_DOCUMENT}", soft_wrap=True)


def _machine() -> str:
    """Return one line on where and when this runs, and on what else ran there before."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {platform.python_version()}, Node {node.stdout.strip().removeprefix('v')}."
    )


if __name__ == "__main__":
    main()
