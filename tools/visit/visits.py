"""Visit a site in all engines at the same time, each in a process that can be ended."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from tools.doctor.report import Inconclusive, Report, Result
from tools.visit.engine_visits import Step, Visit, visit_in
from tools.visit.engines import Browser, Chromium, Firefox, WebKit

ENGINES: tuple[type[Browser], ...] = (Chromium, Firefox, WebKit)
#: The seconds after which an engine is ended. If the engine answers, its visits end before that.
_MOST_SECONDS = 55
_END_SECONDS = 3


def run(visit: Visit, progress: Callable[[str], None]) -> Iterator[Report]:
    """Visit the site in all engines at the same time, and yield the reports as engines finish.

    `progress` is called with each step. The visits take less than 60 seconds, even if a script of
    the page never ends, so that the browser does not answer and cannot be asked to stop.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    # Deleted at the end, with the files of engines that are killed.
    with tempfile.TemporaryDirectory(prefix="visit-", ignore_cleanup_errors=True) as scratch:
        processes = [_EngineProcess(engine, visit, scratch) for engine in ENGINES]
        running = list(processes)
        try:
            while running:
                left = max(deadline - time.monotonic(), 0)
                ready = wait([one.messages for one in running], left)
                if not ready:
                    break
                for process in [one for one in running if one.messages in ready]:
                    if not process.receive(progress):
                        running.remove(process)
                        yield from process.reports()
            for process in running:
                process.add_out_of_time()
                yield from process.reports()
        finally:
            _end(processes)


class _EngineProcess:
    """The process of one engine, and the results that it has sent."""

    def __init__(self, engine: type[Browser], visit: Visit, scratch: str) -> None:
        self._results: dict[str, list[Result]] = {engine.__name__: []}
        self.messages, sender = get_context("spawn").Pipe(duplex=False)
        self.process = get_context("spawn").Process(
            target=_work, args=(engine, visit, sender, scratch)
        )
        self.process.start()
        sender.close()

    def receive(self, progress: Callable[[str], None]) -> bool:
        """Receive one message. Return False if there is none because the process has ended."""
        try:
            message: str | Step = self.messages.recv()
        except EOFError:
            self.process.join()
            if self.process.exitcode:
                self._add(Inconclusive("engine-failed", "the process of the visit has crashed"))
            return False
        if isinstance(message, str):
            progress(message)
        else:
            check, result = message
            self._results.setdefault(check, []).extend([result] if result else [])
        return True

    def add_out_of_time(self) -> None:
        """Add to the last check the result that the engine did not answer."""
        reason = "the browser did not answer in time; a script of the page may never end"
        self._add(Inconclusive("out-of-time", reason))

    def _add(self, result: Result) -> None:
        next(reversed(self._results.values())).append(result)

    def reports(self) -> Iterator[Report]:
        """Yield the report of each check that has begun."""
        for check, results in self._results.items():
            yield Report(check=check, results=tuple(results))


def _work(engine: type[Browser], visit: Visit, sender: Connection, scratch: str) -> None:
    # Ctrl-C reaches this process too, but its parent process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    visit_in(engine, visit, sender.send)


def _end(processes: Iterable[_EngineProcess]) -> None:
    """End the processes. Their engines end with them, even if the processes are killed."""
    for one in processes:
        one.process.terminate()
    deadline = time.monotonic() + _END_SECONDS
    for one in processes:
        one.process.join(max(deadline - time.monotonic(), 0))
        one.process.kill()
        one.process.join()
        one.messages.close()
