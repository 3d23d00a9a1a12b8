"""The cookie service of Hightouch's page "First party tracking", as pure functions.

The SDK's script writes the *browser cookies*, and ITP deletes them after seven days. *Server
cookies* are HttpOnly copies of them, which ITP does not delete.
"""

from lambda_edge import cookies, paths

# Type checkers treat this name as true. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    #: CloudFront's form: lower-case name to items, several if the header was sent more than once.
    _Headers = Mapping[str, list[dict[str, str]]]

#: Browser cookie to server cookie (Hightouch docs, "Server setup").
SERVER_COOKIE_FOR = {
    "htjs_anonymous_id": "htjs_anonymous_id_srvr",
    "htjs_user_id": "htjs_user_id_srvr",
}
#: This project's own server cookie: the Unix time at which renew last set a server cookie.
LAST_SEEN = "htjs_seen_srvr"
_SERVER_COOKIES = (*SERVER_COOKIE_FOR.values(), LAST_SEEN)
#: This project's own cookie that scripts can read: the anonymous ID that renew restored.
RESTORED = "htjs_restored"
RESTORED_SECONDS = 30 * 60

# The clocks of two edge locations can differ. A time that is ahead by more than this is invalid,
# and renew then restores the visitor's IDs as usual.
_CLOCK_SKEW_SECONDS = 300

#: The limit on the headers that expire server cookies of other scopes.
MOST_EXPIRY_BYTES = 8192


class Settings:
    """The settings of a deployment, which synth writes into the package as JSON.

    `cookie_domain` is the `Domain` of every cookie that renew sets, and `max_age_seconds` the
    lifetime of all of them except `htjs_restored`. If `restore_after_seconds` is above 0, browser
    cookies that vanish within that time after a renew count as deleted on purpose. `renew_path` and
    `clear_path` are exact paths. `cookie_domain_is_registrable` tells whether browsers reject every
    wider `Domain`. If `honor_gpc` is true, a renew with `Sec-GPC: 1` is answered like a clear. If
    `mark_restored` is true, a renew that restores the anonymous ID also sets `htjs_restored`.
    """

    __slots__ = (
        "clear_path",
        "cookie_domain",
        "cookie_domain_is_registrable",
        "honor_gpc",
        "mark_restored",
        "max_age_seconds",
        "renew_path",
        "restore_after_seconds",
    )

    def __init__(
        self,
        *,
        cookie_domain: str,
        cookie_domain_is_registrable: bool,
        max_age_seconds: int,
        restore_after_seconds: int,
        honor_gpc: bool,
        mark_restored: bool,
        renew_path: str,
        clear_path: str,
    ) -> None:
        self.cookie_domain = cookie_domain
        self.cookie_domain_is_registrable = cookie_domain_is_registrable
        self.honor_gpc = honor_gpc
        self.mark_restored = mark_restored
        self.max_age_seconds = max_age_seconds
        self.restore_after_seconds = restore_after_seconds
        self.renew_path = renew_path
        self.clear_path = clear_path


def respond(
    request: "Mapping[str, Any]", settings: Settings, now: float
) -> "dict[str, Any] | None":
    """Return the generated response to a viewer request, or None to pass the request on.

    `request` is `Records[0].cf.request` of a CloudFront event, and `now` is a Unix time in seconds.
    The answer has the shape of a Lambda@Edge generated response. No request of CloudFront's shape
    raises an error, whatever its headers contain.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
    """
    routes = (settings.renew_path, settings.clear_path)
    if request["uri"] not in routes:
        # CloudFront chooses the behavior by the normalized path, but sends the raw path to the
        # origin. So passing this request on would bypass the site's other behaviors.
        if paths.normal_forms(request["uri"]).isdisjoint(routes):
            return None
        return _response("404", "Not Found", {})
    if request["method"] != "POST":
        return _response("405", "Method Not Allowed", {"allow": ["POST"]})
    headers = request["headers"]
    if _is_cross_site(headers, settings.cookie_domain):
        return _response("403", "Forbidden", {})
    host = next(_values(headers, "host"), "")
    opts_out = settings.honor_gpc and "1" in _values(headers, "sec-gpc")
    if request["uri"] == settings.clear_path or opts_out:
        return _response("200", "OK", {"set-cookie": clear(settings, host)})
    received = [*cookies.parse(_values(headers, "cookie"))]
    return _response("200", "OK", {"set-cookie": renew(received, settings, now, host)})


def renew(
    received: "Sequence[tuple[str, str]]", settings: Settings, now: float, host: str
) -> list[str]:
    """Return the `Set-Cookie` values that answer a renew call on this host.

    `received` has the name and raw value of each cookie, in the order in which they were sent. An
    empty value counts as no cookie. Of several cookies with the same name, the last one counts,
    because it has the shortest path: a script on another subdomain can add such a cookie only with
    a longer path. A value that a browser would not store unchanged counts as present, but is never
    copied.
    Spec: Hightouch docs, "An API for creating server and browser cookies".
    """
    counting = {name: value for name, value in received if value}
    if any(browser in counting for browser in SERVER_COOKIE_FOR):
        answer = _copy_to_server(counting)
    elif not any(server in counting for server in SERVER_COOKIE_FOR.values()):
        answer = _forget_visit(counting)
    elif _is_ambiguous(received, settings) or _deleted_on_purpose(
        counting.get(LAST_SEEN, ""), settings, now
    ):
        answer = _expire_all(settings)
    else:
        answer = _restore(counting, settings)
    if settings.restore_after_seconds and any(answer.values()):
        answer[LAST_SEEN] = str(int(now))
    values = [_set_cookie(name, value, settings) for name, value in answer.items()]
    return values + _expire_elsewhere(settings, host) if _has_duplicates(received) else values


def _copy_to_server(received: "Mapping[str, str]") -> "dict[str, str | None]":
    """Return the server cookies to set, by name; the value None expires a cookie.

    A server cookie without its browser cookie expires, because a later renew could otherwise
    restore its old ID together with a new one.
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
    """Return the time of the last visit as a cookie to expire, since no ID is left."""
    return {LAST_SEEN: None} if LAST_SEEN in received else {}


def _restore(received: "Mapping[str, str]", settings: Settings) -> "dict[str, str | None]":
    """Return each server cookie and its browser cookie, by name, and the mark of this visit."""
    answer: dict[str, str | None] = {}
    for browser, server in SERVER_COOKIE_FOR.items():
        value = received.get(server)
        if value and cookies.can_store(server, value):
            answer[browser] = answer[server] = value
    if settings.mark_restored and "htjs_anonymous_id" in answer:
        answer[RESTORED] = answer["htjs_anonymous_id"]
    return answer


def _expire_all(settings: Settings) -> "dict[str, str | None]":
    """Return all server cookies and the mark of a restored visit as cookies to expire."""
    return dict.fromkeys([*_SERVER_COOKIES, *([RESTORED] if settings.mark_restored else [])])


def clear(settings: Settings, host: str) -> list[str]:
    """Return the `Set-Cookie` values that expire every server cookie on this host.

    The answer does not depend on the cookies that were sent. It also expires server cookies of
    other scopes, which only another program sets. It does not expire browser cookies: the SDK
    deletes them itself, and expiring them here too would undo a login right after `reset()`.
    Spec: Hightouch docs, "An API for clearing server cookies".
    """
    values = [_set_cookie(name, value, settings) for name, value in _expire_all(settings).items()]
    return values + _expire_elsewhere(settings, host)


def expiries(domain: str | None, cookie_domain: str, routes: "Sequence[str]") -> list[str]:
    """Return the `Set-Cookie` values that expire server cookies of one `Domain` on every path.

    If `domain` is None, these are host-only cookies. The scope in which the cookie service sets its
    own cookies is left out.
    """
    return [
        cookies.render(name, "", domain, 0, http_only=True, path=path)
        for path in ("/", *paths.cookie_paths(*routes))
        if (domain, path) != (cookie_domain, "/")
        for name in _SERVER_COOKIES
    ]


def header_bytes(set_cookies: "Sequence[str]") -> int:
    """Return the size of these `Set-Cookie` values as header lines of HTTP/1.1."""
    return sum(len(f"set-cookie: {value}\r\n") for value in set_cookies)


def _expire_elsewhere(settings: Settings, host: str) -> list[str]:
    """Return the `Set-Cookie` values that expire server cookies of every other scope.

    Synth checks that the values for the site's domain and the domains above it are short enough for
    CloudFront. For a host below the site's domain, more are added while they fit, so that no `Host`
    header makes an answer too long.
    """
    values: list[str] = []
    for domain in cookies.domains_of(host, settings.cookie_domain):
        more = expiries(domain, settings.cookie_domain, (settings.renew_path, settings.clear_path))
        if header_bytes([*values, *more]) > MOST_EXPIRY_BYTES:
            break
        values += more
    return values


def _has_duplicates(received: "Sequence[tuple[str, str]]") -> bool:
    """Return whether the request has a server cookie more than once."""
    names = [name for name, _ in received if name in _SERVER_COOKIES]
    return len(names) > len({*names})


def _is_ambiguous(received: "Sequence[tuple[str, str]]", settings: Settings) -> bool:
    """Return whether it is unknown which of several values the cookie service set.

    If browsers accept a wider `Domain`, another site within it can set a cookie that is sent last.
    """
    cookies_of_service = {pair for pair in received if pair[0] in _SERVER_COOKIES and pair[1]}
    names = {name for name, _ in cookies_of_service}
    return not settings.cookie_domain_is_registrable and len(cookies_of_service) > len(names)


def _deleted_on_purpose(seen: str, settings: Settings, now: float) -> bool:
    """Return whether the browser cookies vanished within `restore_after_seconds` after `seen`."""
    # A number with more than 12 digits is not a time, and `int` raises on very long ones.
    is_time = seen.isascii() and seen.isdigit() and len(seen) <= 12
    if not settings.restore_after_seconds or not is_time:
        return False
    return -_CLOCK_SKEW_SECONDS <= now - int(seen) < settings.restore_after_seconds


def _set_cookie(name: str, value: str | None, settings: Settings) -> str:
    max_age_seconds = RESTORED_SECONDS if name == RESTORED else settings.max_age_seconds
    return cookies.render(
        name,
        value or "",
        settings.cookie_domain,
        0 if value is None else max_age_seconds,
        http_only=name in _SERVER_COOKIES,
    )


def _is_cross_site(headers: "_Headers", cookie_domain: str) -> bool:
    """Return whether `Sec-Fetch-Site` or `Origin` shows that another site sent this request.

    Return False if neither header is present.
    """
    if "cross-site" in _values(headers, "sec-fetch-site"):
        return True
    for origin in _values(headers, "origin"):
        host = origin.lower().partition("://")[2].partition(":")[0]
        # Each of these ends a host in a URL. A browser never sends them in `Origin`.
        if not {*"/?#\\"}.isdisjoint(host):
            return True
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
