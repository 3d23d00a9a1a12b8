"""The processes on this machine, and the ports on which they listen."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# The process has ended, or it belongs to another user.
_UNREADABLE = (FileNotFoundError, ProcessLookupError, PermissionError)


def processes_with(mark: str) -> list[str]:
    """Return the command lines of the processes that have `mark` in their environment."""
    found = []
    for process in _with(mark):
        with suppress(*_UNREADABLE):
            found.append((process / "cmdline").read_text(errors="replace").replace("\0", " "))
    return found


def wait_until_none_has(mark: str, *, seconds: float) -> None:
    """Wait until no process has `mark`. A killed process takes a moment to end."""
    deadline = time.monotonic() + seconds
    while (left := processes_with(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def wait_until_one_runs(program: str, mark: str, *, seconds: float) -> None:
    """Wait until a process that has `mark` has `program` in its command line."""
    deadline = time.monotonic() + seconds
    while not (running := any(program in command for command in processes_with(mark))):
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    assert running, f"no process of {program}"


def listeners_with(mark: str) -> set[str]:
    """Return the addresses, such as 127.0.0.1:8400, where processes with `mark` accept TCP.

    Spec: proc_pid_net(5), proc_net(5).
    """
    sockets = set()
    for process in _with(mark):
        for file in (process / "fd").iterdir():
            with suppress(*_UNREADABLE):
                sockets.add(str(file.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in sockets:
                address, port = local.split(":")
                found.add(f"{_address(address)}:{int(port, 16)}")
    return found


def _address(shown: str) -> str:
    """Return the address that the kernel shows as words in this machine's byte order."""
    packed = b"".join(
        int(shown[start : start + 8], 16).to_bytes(4, "little") for start in range(0, len(shown), 8)
    )
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _with(mark: str) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(*_UNREADABLE):
            if mark in (process / "environ").read_text(errors="replace"):
                yield process
