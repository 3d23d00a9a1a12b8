"""The time of one call to the edge function's code, without Lambda."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from bench.document import Row
from bench.events import SETTINGS, cookie_header, viewer_request
from bench.timing import per_call
from lambda_edge.cookie_service import SERVER_COOKIE_FOR, Settings, respond

TITLE = "How long a renew call takes in the handler"
COMPARED = (
    "The time of a renew call in microseconds, for three handlers: the cookie service, the same "
    "rules with `http.cookies.SimpleCookie`, and a handler that does nothing. The requests have "
    "the SDK's two browser cookies and a growing number of the site's cookies. Goals: faster than "
    "`SimpleCookie` if a request has cookies, and a constant time per cookie of the site."
)

_ROUNDS = 60
#: The number of the site's cookies in the header, and the header.
HEADERS = {
    "none": (0, ""),
    "the SDK's": (0, cookie_header(0)),
    "the SDK's and 10": (10, cookie_header(10)),
    "the SDK's and 50": (50, cookie_header(50)),
    "the SDK's and 200": (200, cookie_header(200)),
    "the SDK's and 50, 8 KB": (50, cookie_header(50, size=8192)),
}


def measure() -> list[Row]:
    """Return a row for each header."""
    measured = {name: _nanoseconds(header) for name, (_, header) in HEADERS.items()}
    without_site_cookies = measured["the SDK's"]["cookie service"]
    return [
        {
            "cookies": name,
            "cookie service, µs": nanoseconds["cookie service"] / 1000,
            "SimpleCookie, µs": nanoseconds["SimpleCookie"] / 1000,
            "empty, µs": nanoseconds["empty"] / 1000,
            "ratio to SimpleCookie": nanoseconds["cookie service"] / nanoseconds["SimpleCookie"],
            "cookie service, ns per cookie of the site": (
                (nanoseconds["cookie service"] - without_site_cookies) / HEADERS[name][0]
                if HEADERS[name][0]
                else "-"
            ),
        }
        for name, nanoseconds in measured.items()
    ]


def _nanoseconds(header: str) -> dict[str, float]:
    request = viewer_request(header)["Records"][0]["cf"]["request"]
    calls: dict[str, Callable[[], object]] = {
        "cookie service": partial(respond, request, SETTINGS, 0.0),
        "SimpleCookie": partial(respond_with_simple_cookie, request, SETTINGS),
        "empty": partial(_nothing, request, SETTINGS, 0.0),
    }
    return per_call(calls, rounds=_ROUNDS)


def _nothing(request: object, _settings: Settings, _now: float) -> object:
    return request


def respond_with_simple_cookie(request: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what `respond` returns for a renew from the same site, with the standard library."""
    if _is_cross_site(request["headers"], settings.cookie_domain):
        return {"status": "403"}
    answer: SimpleCookie = SimpleCookie()
    _renew(answer, request["headers"].get("cookie", ()), settings)
    headers = {
        "cache-control": [{"key": "cache-control", "value": "no-store"}],
        "content-type": [{"key": "content-type", "value": "application/json"}],
    }
    if answer:
        headers["set-cookie"] = [
            {"key": "set-cookie", "value": cookie.OutputString()} for cookie in answer.values()
        ]
    return {"status": "200", "statusDescription": "OK", "headers": headers, "body": "{}"}


def _renew(answer: "SimpleCookie", headers: Iterable[dict[str, str]], settings: Settings) -> None:
    received: SimpleCookie = SimpleCookie()
    for header in headers:
        with suppress(CookieError):
            received.load(header["value"])
    if any(browser in received for browser in SERVER_COOKIE_FOR):
        for browser, server in SERVER_COOKIE_FOR.items():
            if browser in received:
                _set(answer, server, received[browser].coded_value, settings)
            elif server in received:
                _set(answer, server, None, settings)
        return
    for browser, server in SERVER_COOKIE_FOR.items():
        if server in received:
            _set(answer, browser, received[server].coded_value, settings)
            _set(answer, server, received[server].coded_value, settings)


def _is_cross_site(headers: dict[str, list[dict[str, str]]], cookie_domain: str) -> bool:
    if any(header["value"] == "cross-site" for header in headers.get("sec-fetch-site", ())):
        return True
    hosts = (urlsplit(header["value"]).hostname or "" for header in headers.get("origin", ()))
    return any(host != cookie_domain and not host.endswith(f".{cookie_domain}") for host in hosts)


def _set(answer: "SimpleCookie", name: str, value: str | None, settings: Settings) -> None:
    answer[name] = value or ""
    cookie = answer[name]
    cookie["domain"] = settings.cookie_domain
    cookie["path"] = "/"
    cookie["max-age"] = 0 if value is None else settings.max_age_seconds
    cookie["secure"] = True
    cookie["samesite"] = "Lax"
    if name not in SERVER_COOKIE_FOR:
        cookie["httponly"] = True
