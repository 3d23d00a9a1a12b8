"""Time calls and commands in turn, to compare them."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def environment() -> dict[str, str]:
    """Return this process's environment with the Python environment's programs first on `PATH`.

    These include Node.js.
    """
    programs = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program to run in `folder`, with `environment` added to that of all benches."""

    arguments: Sequence[str | Path]
    folder: Path = _ROOT
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """The seconds of a command: wall-clock, and CPU including its ended children."""

    wall: float
    cpu: float


def per_call(calls: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Return the median nanoseconds that one call takes, by name.

    Each round times all of them in turn, with as many calls as take at least a millisecond.
    """
    batches: dict[str, int] = {}
    for name, call in calls.items():
        batches[name] = 1
        while _nanoseconds(call, batches[name]) < 1_000_000:
            batches[name] *= 2
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(_nanoseconds(call, batches[name]) / batches[name])
    return {name: statistics.median(times) for name, times in taken.items()}


def _nanoseconds(call: Callable[[], object], times: int) -> int:
    started = time.perf_counter_ns()
    for _ in range(times):
        call()
    return time.perf_counter_ns() - started


def per_run(commands: Mapping[str, Command], *, rounds: int) -> dict[str, Seconds]:
    """Return the median times of each command, run in turn after a warm-up round."""
    taken: dict[str, list[Seconds]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            seconds = _run(command)
            if number:
                taken[name].append(seconds)
    return {
        name: Seconds(
            wall=statistics.median(run.wall for run in runs),
            cpu=statistics.median(run.cpu for run in runs),
        )
        for name, runs in taken.items()
    }


def _run(command: Command) -> Seconds:
    started = time.perf_counter()
    process = subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env={**environment(), **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{command.arguments} ended with {process.returncode}; run it to see why"
        )
    return Seconds(wall=time.perf_counter() - started, cpu=usage.ru_utime + usage.ru_stime)
