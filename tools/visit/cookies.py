"""Check the cookies of a visit. Pure."""

from collections.abc import Iterator, Sequence

from attachment.finding import Finding
from tools.doctor.report import Note, Result
from tools.visit.engines.engine import Cookie
from tools.visit.observation import Observation

# The SDK and the cookie service set fewer cookies, but a page can set any number.
_MOST_SHOWN = 12
_BROWSER_COOKIES = ("htjs_anonymous_id", "htjs_user_id")


def check(seen: Observation, domain: str, was_event_sent: bool) -> Iterator[Result]:
    """Yield a finding about the cookies, or, if there is none, a note about each cookie.

    `domain` is the registrable domain of the page.
    """
    findings = [
        *_duplicates(seen.cookies),
        *_deleted(seen, was_event_sent),
        *_scopes(seen.cookies, domain),
    ]
    # The first finding causes the others: a duplicate also has another scope, for example.
    yield from findings[:1]
    if not findings:
        yield from (Note("cookie", _described(cookie)) for cookie in seen.cookies[:_MOST_SHOWN])


def _duplicates(cookies: Sequence[Cookie]) -> Iterator[Finding]:
    for name in _BROWSER_COOKIES:
        domains = sorted({cookie.domain for cookie in cookies if cookie.name == name})
        if len(domains) > 1:
            yield Finding(
                "duplicate-cookie",
                f"there are {len(domains)} cookies {name}, for {' and '.join(domains)}: reset() "
                "deletes only one of them, so a logged-out user's ID returns",
                "find the script or the server that sets the cookie whose domain has no leading "
                "dot, and remove it; only the SDK and the cookie service should set these cookies",
            )


def _deleted(seen: Observation, was_event_sent: bool) -> Iterator[Finding]:
    is_there = any(cookie.name == _BROWSER_COOKIES[0] for cookie in seen.cookies)
    if is_there or not was_event_sent:
        return
    # The first call is renew.
    calls = seen.page.calls_of("cookie service") if seen.page else []
    if cleared := [call.url for call in calls if call.url != calls[0].url]:
        yield Finding(
            "reset-on-page",
            f"the page calls htevents.reset(), which called {cleared[0]}: the visitor is a new one "
            "on each page",
            "call htevents.reset() only when a user logs out, and not on each page without a user",
        )
        return
    yield Finding(
        "cookies-deleted",
        f"the SDK sent an event, but its cookie {_BROWSER_COOKIES[0]} no longer exists",
        "find the script that deletes cookies; if it is a consent tool, allow "
        f"{' and '.join(_BROWSER_COOKIES)} there",
    )


def _scopes(cookies: Sequence[Cookie], domain: str) -> Iterator[Finding]:
    by_name = {cookie.name: cookie for cookie in cookies}
    for name in _BROWSER_COOKIES:
        browser, server = by_name.get(name), by_name.get(f"{name}_srvr")
        if browser and not server:
            yield Finding(
                "no-server-cookie",
                f"the browser has {name} but no {name}_srvr, which the cookie service sets",
                "run `python -m tools doctor --endpoint` with the URL of the site",
            )
        elif browser and server and browser.domain != server.domain:
            yield Finding(
                "cookie-domain-differs",
                f"{name}_srvr is for {server.domain}, but the SDK's {name} is for "
                f"{browser.domain}: a restored ID would be in a second cookie",
                f"deploy with -c cookie_domain={browser.domain.lstrip('.') or domain}",
            )


def _described(cookie: Cookie) -> str:
    scope = cookie.domain if cookie.domain.startswith(".") else f"only {cookie.domain}"
    flags = ["Secure"] * cookie.secure + ["HttpOnly"] * cookie.http_only
    lifetime = "session" if cookie.days is None else f"{cookie.days:.0f} days"
    return ", ".join([f"{cookie.name}: {scope}", *flags, f"SameSite={cookie.same_site}", lifetime])
