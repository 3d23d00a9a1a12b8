"""Run a command whose whole process group ends when the process that started it ends.

Run as a script: `end_with_parent.py FOLDER COMMAND…`. Its standard input is a pipe whose other end
only the parent holds, so the end of the file tells that the parent is gone, even after a SIGKILL.
Then the command is killed with all that it started and FOLDER, if it is not empty, is removed.
A parent that writes to the pipe before it closes it removes the folder itself.
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
    _kill(process)  # what it started may outlive it
    if folder and is_orphan.is_set():
        _remove(folder)
    sys.exit(process.returncode)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # macOS answers PermissionError for a group of which only a zombie is left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _remove(folder: str) -> None:
    """Remove the folder, into which processes that are being killed may still write."""
    deadline = time.monotonic() + _REMOVED_WITHIN_SECONDS
    while os.path.exists(folder) and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
