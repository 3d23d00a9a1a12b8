"""The processes of this machine."""

from pathlib import Path


def processes_with(mark: str) -> list[str]:
    """Return the command lines of the processes that have `mark` in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_text(errors="replace"):
                found.append((process / "cmdline").read_text(errors="replace").replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass  # it has ended, or is not ours
    return found
