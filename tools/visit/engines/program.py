"""Programs that leave no process behind."""

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

from tools.visit.engines.engine import ENGINE_SECONDS, BrowserError

_END_WITHIN_SECONDS = 5


class Program:
    """A program that ends at the end of its `with` block, with all processes that it started.

    It also ends if this process is killed. Its output is appended to the file `log`. If `talks` is
    true, only its standard error is, and lines can be written to it and read from it.
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
                start_new_session=True,  # its own process group, which Ctrl-C does not end
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
        """Whether the program has ended."""
        # Do not reap it: its number must not be reused until its process group is ended.
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def write_line(self, line: str) -> None:
        """Send a line to the program. If it has ended, the next `read_line` raises."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")

    def read_line(self) -> str:
        """Wait for the next line of the program and return it."""
        assert self._process.stdout
        deadline = time.monotonic() + ENGINE_SECONDS
        while b"\n" not in self._read:
            if not select([self._process.stdout], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise self.failure(f"printed nothing for {ENGINE_SECONDS} s")
            part = os.read(self._process.stdout.fileno(), 65536)
            if not part:
                raise self.failure("has ended")
            self._read += part
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def failure(self, what: str) -> BrowserError:
        """Return an error with `what`, and with the end of the program's log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return BrowserError("\n".join([f"{self._name} {what}; its log ends:", *lines[-10:]]))

    def _wait_until_gone(self) -> None:
        deadline = time.monotonic() + _END_WITHIN_SECONDS
        while self._is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _is_alive(self) -> bool:
        """Return whether a process of the group is running. Zombies do not count."""
        for file in Path("/proc").glob("[0-9]*/stat"):
            # The process may end while its file is read.
            with suppress(FileNotFoundError, ProcessLookupError):
                # Man page proc(5): pid (name) state parent group …
                state, _parent, group = file.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self._process.pid and state != "Z":
                    return True
        return False
