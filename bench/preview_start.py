"""How long the preview takes to start once everything is installed."""

import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.document import Row

TITLE = "Start of the preview"
COMPARED = (
    "From `python -m tools preview` to the address that it prints, and what it is at meanwhile. "
    "Goal: under 20 s in all."
)

_ROOT = Path(__file__).parents[1]
_ROUNDS = 3
# What begins a line of its progress, and the name of what it does from there on.
_STEPS = {
    "Starting an embedded AWS": "embedded AWS",
    "Bootstrapping it": "bootstrap beside synth",
    "Deploying": "deploy",
    "Starting the local edge": "local edge",
}
_READY = "Open http"


def measure() -> list[Row]:
    """Return a row for each step and one for all of it."""
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
    """Start a preview, end it and return the seconds that each step and all of it took."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools", "preview", "--port=0", "--json"],
        cwd=_ROOT,
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
        entered = [name for text, name in _STEPS.items() if line.startswith(text)]
        if entered or line.startswith(_READY):
            taken[step] = now - since
            step, since = "".join(entered), now
        if line.startswith(_READY):
            break
    else:
        raise RuntimeError("the preview did not start; run python -m tools preview to see")
    process.send_signal(signal.SIGINT)
    process.communicate()
    return {**taken, "all of it": since - began}
