"""Run a command, and end its whole process group when the parent process ends.

Run as a script: `end_with_parent.py FOLDER COMMAND…`. Standard input is a pipe whose other end only
the parent holds, so it is closed when the parent ends, even after a SIGKILL. Then this script kills
the command with all processes that it started, and removes FOLDER (unless it is ""). If the parent
writes to the pipe before it closes it, this script leaves the folder to the parent.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

_REMOVED_WITHIN_SECONDS = 10


def main() -> None:
    folder, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    is_orphan = threading.Event()

    def watch() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            is_orphan.set()
        _kill(process)

    threading.Thread(target=watch, daemon=True).start()
    process.wait()
    _kill(process)  # processes that the command started may still run
    if folder and is_orphan.is_set():
        _remove(folder)
    sys.exit(process.returncode)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # macOS raises PermissionError for a group that has only a zombie left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _remove(folder: str) -> None:
    """Remove the folder, even while processes that are being killed still write into it."""
    deadline = time.monotonic() + _REMOVED_WITHIN_SECONDS
    while os.path.exists(folder) and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
