"""A viewer's request and the local edge's response, for display."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# Only the values of the SDK's cookies are shown. A cookie of the site may be a login session.
_SDK_COOKIE = re.compile("htjs_[a-z_]+")
_SECONDS = re.compile("-?[0-9]{1,15}")


@dataclass(kw_only=True, slots=True)
class Exchange:
    """A request and its response. `action` describes what the edge did with the request."""

    host: str
    method: str
    path: str
    cookies_in: list[dict[str, Any]]
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    distribution: str | None = None
    behavior: str | None = None
    action: str = ""
    status: int = 0
    milliseconds: float = 0
    cookies_out: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the exchange as a JSON object, its time in ISO 8601."""
        return {
            "time": self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "host": self.host,
            "method": self.method,
            "path": self.path,
            "distribution": self.distribution,
            "behavior": self.behavior,
            "action": self.action,
            "status": self.status,
            "milliseconds": round(self.milliseconds, 1),
            "cookies_in": self.cookies_in,
            "cookies_out": self.cookies_out,
        }


def cookies_in(headers: Iterable[str]) -> list[dict[str, Any]]:
    """Return the name of each cookie in `Cookie` headers, and its value if it is the SDK's."""
    pairs = [pair.strip() for header in headers for pair in header.split(";") if pair.strip()]
    return [_cookie(pair) for pair in pairs]


def cookies_out(headers: Iterable[str]) -> list[dict[str, Any]]:
    """Return the cookies in `Set-Cookie` headers. `max_age` is in seconds, or null."""
    found = []
    for header in headers:
        pair, *attributes = header.split(";")
        named = {
            name.strip().lower(): value
            for name, _, value in (attribute.partition("=") for attribute in attributes)
        }
        max_age = named.get("max-age", "").strip()
        found.append(
            {
                **_cookie(pair.strip()),
                "http_only": "httponly" in named,
                "max_age": int(max_age) if _SECONDS.fullmatch(max_age) else None,
            }
        )
    return found


def _cookie(pair: str) -> dict[str, Any]:
    name, _, value = pair.partition("=")
    return {"name": name, "value": value if _SDK_COOKIE.fullmatch(name) else None}
