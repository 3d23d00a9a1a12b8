"""`python -m tools preview` as a process that a test starts and ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.checkout import clean_folder
from tests.support.processes import wait_until_none_has

SECONDS = 120


class Preview:
    """A started preview. `stdout` and `stderr` contain the output that was read so far."""

    def __init__(
        self, *arguments: str, scratch: Path, folder: Path | None = None, **environment: str
    ) -> None:
        self.scratch = scratch
        self.stdout = ""
        self.stderr = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools", "preview", *arguments],
            cwd=folder or clean_folder(),
            env=os.environ | {"TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, text: str) -> None:
        """Read stderr until a line contains `text`."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr += line
            if text in line:
                return
        pytest.fail(f"the preview ended without {text!r}: {self.stderr}")

    def read_line(self, start: str) -> str:
        """Read stdout until a line begins with `start`, and return that line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.stdout += line
            if line.startswith(start):
                return line
        pytest.fail(f"the preview ended without {start!r}: {self.stdout}")

    def end(self, ending: signal.Signals | None = None) -> int:
        """Send `ending`, if given, as a terminal does; read the rest; return the exit status."""
        if ending is not None:
            os.killpg(self.process.pid, ending)
        stdout, stderr = self.process.communicate(timeout=SECONDS)
        self.stdout += stdout
        self.stderr += stderr
        return self.process.returncode

    def kill(self) -> None:
        """Send SIGKILL to the preview's own process only."""
        self.process.kill()
        self.process.communicate(timeout=SECONDS)

    def setting(self, name: str) -> str:
        """Return an environment variable that the preview prints for other commands."""
        found = re.search(rf"\b{name}=(\S+)", self.stderr)
        assert found, self.stderr
        return found[1]

    def assert_nothing_is_left(self) -> None:
        """Fail if a process of the preview still runs, or if its temporary folder has a file."""
        wait_until_none_has(str(self.scratch), seconds=10)
        assert list(self.scratch.iterdir()) == []


@contextmanager
def preview(
    *arguments: str, scratch: Path, folder: Path | None = None, **environment: str
) -> Iterator[Preview]:
    """Start a preview in a clean copy of the project, or in `folder`; end it after the block."""
    started = Preview(*arguments, scratch=scratch, folder=folder, **environment)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGTERM)


def failed_preview(*arguments: str, scratch: Path, **environment: str) -> Preview:
    """Return a preview that ended by itself with an error message, and left nothing behind."""
    with preview(*arguments, scratch=scratch, folder=None, **environment) as started:
        started.end()
    started.assert_nothing_is_left()
    assert started.stdout == ""
    assert "Traceback" not in started.stderr
    return started


def send_request(method: str, url: str, **options: object) -> httpx.Response:
    """Send a request to 127.0.0.1 with the host of `url` in `Host`, without a DNS lookup."""
    address = httpx.URL(url)
    return httpx.request(
        method,
        address.copy_with(host="127.0.0.1"),
        headers={"Host": address.netloc.decode(), **options.pop("headers", {})},  # type: ignore[dict-item]
        verify=False,
        **options,  # type: ignore[arg-type]
    )
