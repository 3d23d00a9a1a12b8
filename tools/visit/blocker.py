"""The ad blocker of a visit: uBlock Origin in Firefox, with the filter lists that it ships."""

import json
import time
from pathlib import Path

from tools.visit.engines.firefox import Firefox
from tools.visit.observer import Deadline, Observer
from tools.visit.traffic import BLANK_PATH

_EXTENSIONS = Path("/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}")
_UBLOCK = _EXTENSIONS / "uBlock0@raymondhill.net"
# The list EasyPrivacy has this host. The proxy itself answers the path.
_BLOCKED_URL = f"https://us-east-1.hightouch-events.com{BLANK_PATH}"
_START_SECONDS = 20


def missing() -> str | None:
    """Return how to install uBlock Origin, or None if it is installed on this machine."""
    if (_UBLOCK / "manifest.json").exists():
        return None
    return "uBlock Origin is not installed: apt-get install webext-ublock-origin-firefox"


def version() -> str:
    """Return the version of the installed uBlock Origin."""
    found: str = json.loads((_UBLOCK / "manifest.json").read_text())["version"]
    return found


def install(firefox: Firefox) -> None:
    """Install uBlock Origin in all profiles of the running Firefox."""
    firefox.install(_UBLOCK.resolve())


def wait_until_active(visitor: Observer, deadline: Deadline) -> bool:
    """Wait on an empty page of the site until the lists are loaded. Return whether they are."""
    visitor.leave_page()
    waiting = deadline.within(_START_SECONDS)
    while not waiting.is_over:
        if visitor.is_blocked(_BLOCKED_URL):
            return True
        time.sleep(0.2)
    return False
