"""A whole invocation of the edge function through AWS's runtime interface client."""

import statistics
import tempfile
import time
from pathlib import Path

from bench.document import Row
from bench.events import SETTINGS, cookie_header, viewer_request
from stacks.edge_package import HANDLER, EdgePackage
from tools.preview.edge_function import EdgeFunction

TITLE = "How long a whole invocation takes"
COMPARED = (
    "AWS's runtime interface client, in its own process, passes a renew event to the deployed "
    "package, and to an empty function that reads the clock and returns the request unchanged. "
    "Goal: at most 1.05 times the empty function."
)

_WARM_UP = 50
# The preview's clock can be moved, so the preview reads a file for each `time.time()`. Lambda does
# not. For a fair comparison, both functions call it once.
_EMPTY = """\
import time


def handler(event, _context):
    time.time()
    return event["Records"][0]["cf"]["request"]
"""


def measure() -> list[Row]:
    """Return a row for the empty function and one for the cookie service."""
    medians = milliseconds(rounds=2000)
    return [
        {"function": name, "median, ms": median, "ratio": median / medians["empty"]}
        for name, median in medians.items()
    ]


def milliseconds(*, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of a warm invocation, by function."""
    event = viewer_request(cookie_header(10))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        package, empty = Path(folder) / "package", Path(folder) / "empty"
        package.mkdir()
        EdgePackage.of(SETTINGS).write(package)
        empty.mkdir()
        (empty / "empty.py").write_text(_EMPTY)
        with (
            EdgeFunction(empty, "empty.handler") as empty_function,
            EdgeFunction(package, HANDLER) as cookie_service,
        ):
            functions = {"empty": empty_function, "cookie service": cookie_service}
            taken: dict[str, list[float]] = {name: [] for name in functions}
            for number in range(_WARM_UP + rounds):
                for name, function in functions.items():
                    started = time.perf_counter()
                    function.invoke(event)
                    if number >= _WARM_UP:
                        taken[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}
