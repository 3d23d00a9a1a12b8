"""Run every bench and write docs/performance.md, as `make bench` does."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import click

from bench import (
    cold_import,
    command_line,
    cost,
    handler,
    invocation,
    local_edge,
    monthly_cost,
    page_view,
    preview_start,
    synth,
)
from bench.document import Row, Section, render
from bench.timing import environment

_DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"


class Bench(Protocol):
    """A module that measures one thing."""

    TITLE: str
    #: The description of the comparison and its goal.
    COMPARED: str

    def measure(self) -> list[Row]:
        """Return the rows of the bench's table."""


BENCHES: Sequence[Bench] = (
    handler,
    cold_import,
    invocation,
    synth,
    command_line,
    preview_start,
    local_edge,
    page_view,
    cost,
    monthly_cost,
)


def main() -> None:
    """Run every bench, and write the document."""
    machine = _machine()
    sections = []
    for bench in BENCHES:
        started = time.monotonic()
        rows = bench.measure()
        seconds = time.monotonic() - started
        click.echo(f"{bench.TITLE}: {seconds:.0f} s", err=True)
        sections.append(
            Section(title=bench.TITLE, compared=bench.COMPARED, rows=rows, seconds=seconds)
        )
    _DOCUMENT.write_text(render(machine, sections))
    click.echo(f"Wrote {_DOCUMENT}", err=True)


def _machine() -> str:
    """Return one line that describes the date, the machine, and its load before the benches."""
    node = subprocess.run(
        ["node", "--version"], env=environment(), capture_output=True, text=True, check=True
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {platform.python_version()}, Node.js {node.stdout.strip().removeprefix('v')}."
    )


if __name__ == "__main__":
    main()
