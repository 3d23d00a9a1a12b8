"""Programs that leave nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from select import select
from types import TracebackType
from typing import Self

from tests.browser.engines.engine import ENGINE_SECONDS, BrowserError

_END_WITHIN_SECONDS = 5


class Program:
    """A program that ends with the block it is the context of, with all that it started.

    It ends too when this process is killed. What it prints is appended to the file `log`; of one
    that `talks`, errors alone, and lines go to and fro.
    """

    def __init__(
        self,
        *command: str | Path,
        log: Path,
        environment: Mapping[str, str],
        talks: bool = False,
    ) -> None:
        self._name = Path(command[0]).name
        self._log = log
        self._read = b""
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                env={**os.environ, **environment},
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else output,
                stderr=output,
                bufsize=0,
                start_new_session=True,  # a process group of its own, which Ctrl-C does not reach
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        with self._process:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
                self._wait_until_gone()

    @property
    def has_ended(self) -> bool:
        # It is not waited for: its group's number has to stay its own until the group is ended.
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def write_line(self, line: str) -> None:
        """Send a line to the program; that it has ended shows when its answer is read."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")

    def read_line(self) -> str:
        """Wait for the program's next line and return it."""
        assert self._process.stdout
        deadline = time.monotonic() + ENGINE_SECONDS
        while b"\n" not in self._read:
            if not select([self._process.stdout], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise self.failure(f"said nothing for {ENGINE_SECONDS} s")
            part = os.read(self._process.stdout.fileno(), 65536)
            if not part:
                raise self.failure("has ended")
            self._read += part
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def failure(self, what: str) -> BrowserError:
        """Return an error that says `what`, with the end of the program's log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return BrowserError("\n".join([f"{self._name} {what}; its log ends:", *lines[-10:]]))

    def _wait_until_gone(self) -> None:
        deadline = time.monotonic() + _END_WITHIN_SECONDS
        while self._is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _is_alive(self) -> bool:
        """Return whether a process of the group runs; zombies, whoever reaps them, do not."""
        for file in Path("/proc").glob("[0-9]*/stat"):
            # It may end while it is looked at.
            with suppress(FileNotFoundError, ProcessLookupError):
                # Man page proc(5): pid (name) state parent group …
                state, _parent, group = file.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self._process.pid and state != "Z":
                    return True
        return False
