"""The cookie service of Hightouch's page "First party tracking", as pure functions.

The page speaks of *browser cookies*, which the SDK writes by script and ITP deletes after seven
days, and of *server cookies*, their HttpOnly twins, which ITP leaves alone.
"""

from lambda_edge import cookies

# A name of this kind is special to type checkers; importing `typing` would cost a cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    #: As in a CloudFront event: lower-case name to items, several where the header came twice.
    _Headers = Mapping[str, list[dict[str, str]]]

#: Browser cookie to server cookie (Hightouch docs, "Server setup").
TWINS = {
    "htjs_anonymous_id": "htjs_anonymous_id_srvr",
    "htjs_user_id": "htjs_user_id_srvr",
}
#: Our own third server cookie: Unix time at which renew last set a server cookie.
SEEN = "htjs_seen_srvr"

# A clock of ours that runs behind the one that wrote `SEEN` by more than this is no reason to
# take a visitor's id away.
_CLOCK_SKEW_SECONDS = 300


class Settings:
    """What a deployment decides; synth bakes it into the package as JSON.

    `cookie_domain` is the `Domain` attribute. `max_age_seconds` is the age of every cookie set
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
    """Return the generated response for a viewer request, or None where the path is not ours.

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
    sent = cookies.parse(_values(headers, "cookie"))
    return _response("200", "OK", {"set-cookie": renew(sent, settings, now)})


def renew(sent: "Mapping[str, str]", settings: Settings, now: float) -> list[str]:
    """Return the `Set-Cookie` values that answer a renew call.

    `sent` is cookie name to raw value; an empty value counts as no cookie. Browser cookies win;
    server cookies come back as browser cookies only where neither browser cookie came. A value
    that a browser would not keep as it is counts, but is never copied.
    Spec: Hightouch docs, "An API for creating server and browser cookies".
    """
    came = {name: value for name, value in sent.items() if value}
    answer: dict[str, str | None] = {}  # None: expired
    if any(browser in came for browser in TWINS):
        for browser, server in TWINS.items():
            value = came.get(browser)
            if value and cookies.can_store(server, value):
                answer[server] = value
            elif value or server in came:
                # Else this older id would one day come back beside a newer one.
                answer[server] = None
    elif not any(server in came for server in TWINS.values()):
        if SEEN in came:
            answer[SEEN] = None
    elif settings.restore_after_seconds and _deleted_on_purpose(came.get(SEEN, ""), settings, now):
        return clear(settings)
    else:
        for browser, server in TWINS.items():
            value = came.get(server)
            if value and cookies.can_store(server, value):
                answer[browser] = answer[server] = value
    if settings.restore_after_seconds and any(answer.values()):
        answer[SEEN] = str(int(now))
    return [_set_cookie(name, value, settings) for name, value in answer.items()]


def clear(settings: Settings) -> list[str]:
    """Return the `Set-Cookie` values that expire every server cookie, whatever came.

    Browser cookies are left to the SDK: expiring those too would undo a login that follows
    `reset()` at once. Spec: Hightouch docs, "An API for clearing server cookies".
    """
    return [_set_cookie(name, None, settings) for name in (*TWINS.values(), SEEN)]


def _deleted_on_purpose(seen: str, settings: Settings, now: float) -> bool:
    """Whether the browser cookies vanished too soon after the renew at `seen` to be ITP's doing."""
    # More than 12 digits are no time, and `int` refuses very long ones.
    if not (seen.isascii() and seen.isdigit() and len(seen) <= 12):
        return False
    return -_CLOCK_SKEW_SECONDS <= now - int(seen) < settings.restore_after_seconds


def _set_cookie(name: str, value: str | None, settings: Settings) -> str:
    max_age_seconds = 0 if value is None else settings.max_age_seconds
    return cookies.render(
        name, value or "", settings.cookie_domain, max_age_seconds, http_only=name not in TWINS
    )


def _is_cross_site(headers: "_Headers", cookie_domain: str) -> bool:
    """Whether the browser says that another site makes this call. Without its word: no."""
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
