"""What is wrong with the cookies of a visit. Pure."""

from collections.abc import Iterator, Sequence

from attachment.finding import Finding
from tools.doctor.report import Note, Result
from tools.visit.engines.engine import Cookie
from tools.visit.observation import Observation

# The SDK and the cookie service have less than these, and a page can set any number.
_MOST_SHOWN = 12
_BROWSER_COOKIES = ("htjs_anonymous_id", "htjs_user_id")


def check(seen: Observation, domain: str, was_event_sent: bool) -> Iterator[Result]:
    """Return what is wrong with the cookies; if nothing is, each cookie.

    `domain` is the registrable domain of the page.
    """
    findings = [
        *_duplicates(seen.cookies),
        *_deleted(seen.cookies, was_event_sent),
        *_scopes(seen.cookies, domain),
    ]
    # The first is the cause: a duplicate has another scope, and so on.
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
                "deletes only one, so a logged-out user comes back",
                "find the script or the server that sets the one without the leading dot, and "
                "remove it; only the SDK and the cookie service set these cookies",
            )


def _deleted(cookies: Sequence[Cookie], was_event_sent: bool) -> Iterator[Finding]:
    if was_event_sent and not any(cookie.name == _BROWSER_COOKIES[0] for cookie in cookies):
        yield Finding(
            "cookies-deleted",
            f"the SDK sent an event, but its cookie {_BROWSER_COOKIES[0]} no longer exists",
            "find the script that deletes cookies; often a consent tool does not know them: list "
            f"{', '.join(_BROWSER_COOKIES)} there",
        )


def _scopes(cookies: Sequence[Cookie], domain: str) -> Iterator[Finding]:
    by_name = {cookie.name: cookie for cookie in cookies}
    for name in _BROWSER_COOKIES:
        browser, server = by_name.get(name), by_name.get(f"{name}_srvr")
        if browser and not server:
            yield Finding(
                "no-server-cookie",
                f"the cookie service sets no {name}_srvr that the browser keeps",
                "run `python -m tools doctor --endpoint` with the URL of the site",
            )
        elif browser and server and browser.domain != server.domain:
            yield Finding(
                "cookie-domain-differs",
                f"{name}_srvr is for {server.domain} and the SDK's {name} for {browser.domain}: a "
                "restored ID would get a second cookie",
                f"deploy with -c cookie_domain={browser.domain.lstrip('.') or domain}",
            )


def _described(cookie: Cookie) -> str:
    scope = cookie.domain if cookie.domain.startswith(".") else f"only {cookie.domain}"
    flags = ["Secure"] * cookie.secure + ["HttpOnly"] * cookie.http_only
    lifetime = "session" if cookie.days is None else f"{cookie.days:.0f} days"
    return ", ".join([f"{cookie.name}: {scope}", *flags, f"SameSite={cookie.same_site}", lifetime])
