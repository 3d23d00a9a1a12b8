"""Cookies of one name: the order in which each engine sends them, and the one that the SDK reads.

The site's host is www.shop.example, and the registrable domain is shop.example. The SDK reads
cookies with js-cookie, which reads the first in `document.cookie`. docs/decisions.md has the table.
"""

import pytest

from lambda_edge import paths
from lambda_edge.cookie_service import expiries
from lambda_edge.cookies import domains_of
from tests.support.checkout import ROOT
from tools.visit.engines import Browser

_JS_COOKIE = (ROOT / "node_modules/js-cookie/dist/js.cookie.min.js").read_text()
_READ_BY_SDK = f"""
    const module = {{exports: {{}}}}, exports = module.exports;
    {_JS_COOKIE}
    return module.exports.get("id") ?? null;
"""
_ROUTES = ("/ht/renew", "/ht/clear")

#: The `Domain` attribute of each kind of cookie.
_DOMAIN = {
    "wide": "; Domain=shop.example",
    "narrow": "; Domain=www.shop.example",
    "host-only": "",
}

#: The cookies in the order in which they are set, as "kind path" and then "=value" if the value is
#: not the kind. Then the values that each engine sends to the renew path, in order; the SDK reads
#: the one in brackets. A single entry is for all engines.
SITUATIONS: dict[str, tuple[list[str], list[str]]] = {
    # Another path: the longest is sent first, and a page at `/` does not see it.
    "longer path": (["wide /", "narrow /ht"], ["narrow [wide]"]),
    "longer path, set first": (["narrow /ht", "wide /"], ["narrow [wide]"]),
    "host-only on a longer path": (["wide /", "host-only /ht"], ["host-only [wide]"]),
    "host-only on the shorter path": (["host-only /", "wide /ht"], ["wide [host-only]"]),
    "every path": (
        ["wide /ht=3", "wide /ht/=2", "wide /ht/renew=1", "wide /=4"],
        ["1 2 3 [4]"],
    ),
    # The same path: by age in Chromium and Firefox, and the narrowest first in WebKit.
    "host-only is older": (["host-only /", "wide /"], ["[host-only] wide"]),
    "host-only is newer": (
        ["wide /", "host-only /"],
        ["[wide] host-only", "[wide] host-only", "[host-only] wide"],
    ),
    "narrower domain is older": (["narrow /", "wide /"], ["[narrow] wide"]),
    "narrower domain is newer": (
        ["wide /", "narrow /"],
        ["[wide] narrow", "[wide] narrow", "[narrow] wide"],
    ),
    # A cookie that is written again. Firefox has another order for scripts than for requests.
    "older value is changed by script": (
        ["host-only /", "wide /", "host-only /=new"],
        ["[wide] new", "new [wide]", "[new] wide"],
    ),
    "older value is changed by HTTP": (
        ["host-only /", "wide /", "host-only / by HTTP=new"],
        ["[wide] new", "[new] wide", "[new] wide"],
    ),
    "older value is renewed by HTTP": (
        ["host-only /", "wide /", "host-only / by HTTP"],
        ["[host-only] wide"],
    ),
}
_ENGINES = ("Chromium", "Firefox", "WebKit")


class DuplicateContract:
    """The order of duplicates, and the duplicates that clear expires."""

    @pytest.fixture(autouse=True)
    def _fresh(self, browser: Browser, empty_site: dict[str, int]) -> None:
        browser.proxy.routes = empty_site
        browser.fresh()
        browser.goto("https://www.shop.example/")

    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_duplicates_are_sent_in_the_order_of_the_engine(
        self, browser: Browser, situation: str
    ) -> None:
        cookies, expected = SITUATIONS[situation]
        for cookie in cookies:
            _set(browser, cookie)
        browser.goto("https://www.shop.example/next")

        read = browser.eval(_READ_BY_SDK)
        sent = [f"[{value}]" if value == read else value for value in _sent(browser)]

        engine = _ENGINES.index(type(browser).__name__)
        assert " ".join(sent) == expected[engine if len(expected) > 1 else 0]

    def test_script_cannot_overwrite_a_server_cookie(self, browser: Browser) -> None:
        _write(browser, "id=server; Domain=shop.example; Path=/; Secure; HttpOnly", by_http=True)
        _write(browser, "id=planted; Domain=shop.example; Path=/; Secure", by_http=False)

        assert _sent(browser) == ["server"]

    def test_clear_expires_every_planted_cookie(self, browser: Browser) -> None:
        """A script can use every `Domain` and `Path` with which a cookie is sent to a route."""
        scopes = [
            (domain, path)
            for domain in ("; Domain=shop.example", "; Domain=www.shop.example", "")
            for path in ("/", *paths.cookie_paths(*_ROUTES))
        ]
        for number, (domain, path) in enumerate(scopes):
            name = ("htjs_anonymous_id_srvr", "htjs_user_id_srvr", "htjs_seen_srvr")[number % 3]
            cookie = f"{name}=planted{domain}; Path={path}; Max-Age=31536000; Secure"
            _write(browser, cookie, by_http=number % 2 == 0)
        assert len(browser.cookies()) == len(scopes) == 15

        for expired in domains_of("www.shop.example", "shop.example"):
            for expiry in expiries(expired, "", _ROUTES):
                _write(browser, expiry, by_http=True)

        assert [cookie.name for cookie in browser.cookies()] == []


def _set(browser: Browser, cookie: str) -> None:
    """Set a cookie that is written in the notation of `SITUATIONS`."""
    scope, _, value = cookie.partition("=")
    kind, path, *how = scope.split(" ")
    _write(
        browser,
        f"id={value or kind}{_DOMAIN[kind]}; Path={path}; Max-Age=31536000; Secure; SameSite=Lax",
        by_http=bool(how),
    )


def _write(browser: Browser, cookie: str, *, by_http: bool) -> None:
    if by_http:
        browser.eval(f"await fetch('/set', {{method: 'POST', body: {cookie!r}}});")
    else:
        # Cookies that are written in the same millisecond may have the same age.
        browser.eval(
            f"document.cookie = {cookie!r}; await new Promise((done) => setTimeout(done, 5));"
        )


def _sent(browser: Browser) -> list[str]:
    """Return the values that are sent to the renew path, in order."""
    header: str = browser.eval("return (await fetch('/ht/renew', {method: 'POST'})).text();")
    return [pair.partition("=")[2] for pair in header.split("; ")]
