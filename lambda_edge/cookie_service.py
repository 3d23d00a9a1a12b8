"""The cookie service of Hightouch's page "First party tracking", as pure functions.

*Browser cookies* are written by the SDK's script, and ITP deletes them after seven days. *Server
cookies* are HttpOnly copies of them, which ITP leaves alone.
"""

from lambda_edge import cookies

# Type checkers know this name. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    #: As in a CloudFront event: lower-case name to items, several if the header was sent twice.
    _Headers = Mapping[str, list[dict[str, str]]]

#: Browser cookie to server cookie (Hightouch docs, "Server setup").
SERVER_COOKIE_FOR = {
    "htjs_anonymous_id": "htjs_anonymous_id_srvr",
    "htjs_user_id": "htjs_user_id_srvr",
}
#: This project's own server cookie: the Unix time at which renew last set a server cookie.
LAST_SEEN = "htjs_seen_srvr"

# Two edge locations have two clocks. A time that is ahead by more than this is nonsense, and no
# reason to take a visitor's ID away.
_CLOCK_SKEW_SECONDS = 300


class Settings:
    """What a deployment decides. Synth writes it into the package as JSON.

    `cookie_domain` is the `Domain` attribute, `max_age_seconds` the age of every cookie that is set
    here. With `restore_after_seconds` above 0, browser cookies that vanish sooner than that after
    a renew count as deleted on purpose. `renew_path` and `clear_path` are exact paths.
    """

    __slots__ = (
        "clear_path",
        "cookie_domain",
        "max_age_seconds",
        "renew_path",
        "restore_after_seconds",
    )

    def __init__(
        self,
        *,
        cookie_domain: str,
        max_age_seconds: int,
        restore_after_seconds: int,
        renew_path: str,
        clear_path: str,
    ) -> None:
        self.cookie_domain = cookie_domain
        self.max_age_seconds = max_age_seconds
        self.restore_after_seconds = restore_after_seconds
        self.renew_path = renew_path
        self.clear_path = clear_path


def respond(
    request: "Mapping[str, Any]", settings: Settings, now: float
) -> "dict[str, Any] | None":
    """Return the generated response for a viewer request, or None for any other path.

    `request` is `Records[0].cf.request` of a CloudFront event, `now` a Unix time in seconds. The
    answer has the shape of a Lambda@Edge generated response. Never raises on CloudFront's shape.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
    """
    if request["uri"] not in (settings.renew_path, settings.clear_path):
        return None
    if request["method"] != "POST":
        return _response("405", "Method Not Allowed", {"allow": ["POST"]})
    headers = request["headers"]
    if _is_cross_site(headers, settings.cookie_domain):
        return _response("403", "Forbidden", {})
    if request["uri"] == settings.clear_path:
        return _response("200", "OK", {"set-cookie": clear(settings)})
    received = cookies.parse(_values(headers, "cookie"))
    return _response("200", "OK", {"set-cookie": renew(received, settings, now)})


def renew(received: "Mapping[str, str]", settings: Settings, now: float) -> list[str]:
    """Return the `Set-Cookie` values that answer a renew call.

    `received` is cookie name to raw value; an empty value counts as no cookie. A value that a
    browser would not keep unchanged counts, but is never copied.
    Spec: Hightouch docs, "An API for creating server and browser cookies".
    """
    received = {name: value for name, value in received.items() if value}
    if any(browser in received for browser in SERVER_COOKIE_FOR):
        answer = _copy_to_server(received)
    elif not any(server in received for server in SERVER_COOKIE_FOR.values()):
        answer = _forget_visit(received)
    elif _deleted_on_purpose(received.get(LAST_SEEN, ""), settings, now):
        return clear(settings)
    else:
        answer = _restore(received)
    if settings.restore_after_seconds and any(answer.values()):
        answer[LAST_SEEN] = str(int(now))
    return [_set_cookie(name, value, settings) for name, value in answer.items()]


def _copy_to_server(received: "Mapping[str, str]") -> "dict[str, str | None]":
    """Return each browser cookie as its server cookie, and expire a server cookie without one.

    An older ID would otherwise be restored one day together with a newer one.
    """
    answer: dict[str, str | None] = {}
    for browser, server in SERVER_COOKIE_FOR.items():
        value = received.get(browser)
        if value and cookies.can_store(server, value):
            answer[server] = value
        elif value or server in received:
            answer[server] = None
    return answer


def _forget_visit(received: "Mapping[str, str]") -> "dict[str, str | None]":
    """Return nothing, and expire the time of a last visit that left no ID."""
    return {LAST_SEEN: None} if LAST_SEEN in received else {}


def _restore(received: "Mapping[str, str]") -> "dict[str, str | None]":
    """Return each server cookie as its browser cookie, and renew its age."""
    answer: dict[str, str | None] = {}
    for browser, server in SERVER_COOKIE_FOR.items():
        value = received.get(server)
        if value and cookies.can_store(server, value):
            answer[browser] = answer[server] = value
    return answer


def clear(settings: Settings) -> list[str]:
    """Return the `Set-Cookie` values that expire every server cookie, whatever was sent.

    The SDK deletes browser cookies itself: expiring those here too would undo a login right after
    `reset()`. Spec: Hightouch docs, "An API for clearing server cookies".
    """
    names = (*SERVER_COOKIE_FOR.values(), LAST_SEEN)
    return [_set_cookie(name, None, settings) for name in names]


def _deleted_on_purpose(seen: str, settings: Settings, now: float) -> bool:
    """Return whether the browser cookies vanished too soon after `seen` for ITP to have done it."""
    # More than 12 digits are no time, and `int` raises on very long ones.
    is_time = seen.isascii() and seen.isdigit() and len(seen) <= 12
    if not settings.restore_after_seconds or not is_time:
        return False
    return -_CLOCK_SKEW_SECONDS <= now - int(seen) < settings.restore_after_seconds


def _set_cookie(name: str, value: str | None, settings: Settings) -> str:
    max_age_seconds = 0 if value is None else settings.max_age_seconds
    return cookies.render(
        name,
        value or "",
        settings.cookie_domain,
        max_age_seconds,
        http_only=name not in SERVER_COOKIE_FOR,
    )


def _is_cross_site(headers: "_Headers", cookie_domain: str) -> bool:
    """Return whether a header says that another site makes this call; False with neither."""
    if "cross-site" in _values(headers, "sec-fetch-site"):
        return True
    for origin in _values(headers, "origin"):
        host = origin.lower().partition("://")[2].partition(":")[0]
        if host != cookie_domain and not host.endswith(f".{cookie_domain}"):
            return True
    return False


def _values(headers: "_Headers", name: str) -> "Iterator[str]":
    return (header["value"] for header in headers.get(name, ()))


def _response(status: str, description: str, headers: dict[str, list[str]]) -> "dict[str, Any]":
    always = {"cache-control": ["no-store"], "content-type": ["application/json"]}
    return {
        "status": status,
        "statusDescription": description,
        "headers": {
            name: [{"key": name, "value": value} for value in values]
            for name, values in (always | headers).items()
            if values
        },
        "body": "{}",
    }
