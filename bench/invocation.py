"""A whole invocation of the edge function through AWS's own runtime client."""

import statistics
import tempfile
import time
from pathlib import Path

from bench.document import Row
from bench.events import SETTINGS, cookie_header, viewer_request
from stacks.cookie_package import HANDLER, write_package
from tools.preview.edge_function import EdgeFunction

TITLE = "A whole invocation"
COMPARED = (
    "A renew event handed to the deployed package by AWS's runtime interface client, in its own "
    "process, and the same event to a function that reads the clock, as ours does, and returns the "
    "request untouched. Goal: at most 1.05 "
    "times the empty function."
)

_WARM_UP = 50
# The preview's clock can be moved, so each look at it reads a file, which Lambda's does not: both
# functions look once.
_EMPTY = """\
import time


def handler(event, _context):
    time.time()
    return event["Records"][0]["cf"]["request"]
"""


def measure() -> list[Row]:
    """Return a row for our function and one for the empty one."""
    taken = milliseconds(rounds=2000)
    return [
        {
            "function": name,
            "median, ms": taken[name],
            "ratio": taken[name] / taken["empty"],
        }
        for name in taken
    ]


def milliseconds(*, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of a warm invocation, by function."""
    event = viewer_request(cookie_header(10))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours, empty = Path(folder) / "ours", Path(folder) / "empty"
        ours.mkdir()
        write_package(ours, SETTINGS)
        empty.mkdir()
        (empty / "empty.py").write_text(_EMPTY)
        with EdgeFunction(empty, "empty.handler") as first, EdgeFunction(ours, HANDLER) as second:
            functions = {"empty": first, "ours": second}
            taken: dict[str, list[float]] = {name: [] for name in functions}
            for number in range(_WARM_UP + rounds):
                for name, function in functions.items():
                    started = time.perf_counter()
                    function.invoke(event)
                    if number >= _WARM_UP:
                        taken[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}
