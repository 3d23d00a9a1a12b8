"""The requests of a visit, as data, and which of them are events. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit

#: The path that the proxy itself answers on every host, with an empty page.
BLANK_PATH = "/.first-party-visit-blank"

#: Why a request got no response: the certificate is not trusted, or the host cannot be reached.
Failure = Literal["untrusted-certificate", "unreachable"]

# More would take long for a long path.
_MOST_DECODINGS = 4
# What every event of the SDK has.
_EVENT_KEYS = {"anonymousId", "messageId"}


@dataclass(kw_only=True, slots=True)
class Exchange:
    """One request of the browser, and its response once it began.

    `destination` is the header `Sec-Fetch-Dest`, such as "document" or "script". `is_sunk` means
    that this machine answered it, and nothing was sent to the host. Only then, `body` is recorded.
    """

    method: str
    url: str
    destination: str
    body: bytes = b""
    is_sunk: bool = False
    status: int | None = None
    failure: Failure | None = None
    reason: str = ""
    content_type: str = ""
    has_ended: bool = False

    @property
    def host(self) -> str:
        """The host name in the URL."""
        return host_of(self.url)

    @property
    def path(self) -> str:
        """The path in the URL."""
        return _split(self.url).path


def is_for_the_sink(method: str, url: str, body: bytes) -> bool:
    """Return whether this machine must answer the request, because it sends an event.

    That is every request to `/v1/*` on any host, except GET and HEAD, also if the path is spelled
    differently or below a prefix; and every request whose body is one of the SDK's events.
    """
    if method in ("GET", "HEAD"):
        return False
    path = _split(url).path
    for _ in range(_MOST_DECODINGS):
        path = unquote(path)
    if "%" in path:
        return True  # No host decodes that often.
    segments = re.split(r"[/\\]+", path.lower())
    return "v1" in segments or bool(events_in(body))


def events_in(body: bytes) -> list[dict[str, Any]]:
    """Return the events of the SDK in a request's body, which may be a batch."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    batch = value.get("batch", [value]) if isinstance(value, dict) else []
    events = batch if isinstance(batch, list) else []
    return [event for event in events if isinstance(event, dict) and event.keys() >= _EVENT_KEYS]


def host_of(url: str) -> str:
    """Return the host name in a URL, empty if there is none."""
    return _split(url).hostname or ""


def origin_of(url: str) -> str:
    """Return the origin of a URL."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
