"""The time that the preview takes to start when everything is installed."""

import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.document import Row
from bench.timing import environment

TITLE = "How fast the preview starts"
COMPARED = (
    "The time from `python -m tools preview` to the line with the URL to open, by step. Goal: less "
    "than 20 s in total."
)

_ROOT = Path(__file__).parents[1]
_ROUNDS = 3
#: The start of a progress line, and the name of the step that begins with it.
STEPS = {
    "Starting an AWS emulator": "AWS emulator",
    "Bootstrapping it": "bootstrap and synth",
    "Deploying": "deploy",
    "Starting the local edge": "local edge",
}
_READY = "Open http"


def measure() -> list[Row]:
    """Return a row for each step and one for the total."""
    rounds = [_start() for _ in range(_ROUNDS)]
    return [
        {
            "step": step,
            "median, s": statistics.median(taken[step] for taken in rounds),
            "slowest, s": max(taken[step] for taken in rounds),
        }
        for step in rounds[0]
    ]


def _start() -> dict[str, float]:
    """Start a preview, stop it, and return the seconds of each step and in total."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools", "preview", "--port=0", "--json"],
        cwd=_ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    began = since = time.perf_counter()
    step, taken = "interpreter", {}
    assert process.stderr is not None
    for line in process.stderr:
        now = time.perf_counter()
        entered = [name for text, name in STEPS.items() if line.startswith(text)]
        if entered or line.startswith(_READY):
            taken[step] = now - since
            step, since = "".join(entered), now
        if line.startswith(_READY):
            break
    else:
        raise RuntimeError("the preview did not start; run python -m tools preview to see why")
    process.send_signal(signal.SIGINT)
    process.communicate()
    return {**taken, "total": since - began}
