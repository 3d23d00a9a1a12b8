"""The requests of a visit, as data, and which of them are events. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit

#: The path to which the proxy itself answers with an empty page, on every host.
BLANK_PATH = "/.first-party-visit-blank"

#: The reasons why a request got no response from the host.
Failure = Literal["untrusted-certificate", "unreachable"]

# With more decodings, a long path would take long.
_MOST_DECODINGS = 4
# The keys that every event of the SDK has.
_EVENT_KEYS = {"anonymousId", "messageId"}


@dataclass(kw_only=True, slots=True)
class Exchange:
    """One request of the browser, and its response once that has begun.

    `destination` is the header `Sec-Fetch-Dest`, such as "document" or "script". If `is_sunk` is
    true, this machine answered the request, and nothing was sent to the host. Only then is `body`
    recorded. `embedder_policy` is the response's header `Cross-Origin-Embedder-Policy`.
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
    embedder_policy: str = ""
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

    These are all requests to `/v1/*` on any host, except GET and HEAD, even if the path is spelled
    differently or below a prefix, and all requests whose body has events of the SDK.
    """
    if method in ("GET", "HEAD"):
        return False
    path = _split(url).path
    for _ in range(_MOST_DECODINGS):
        path = unquote(path)
    if "%" in path:
        return True  # No host decodes a path so many times.
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
