"""What one call of the edge function's code takes, without Lambda around it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from bench.document import Row
from bench.events import SETTINGS, cookie_header, viewer_request
from bench.timing import per_call
from lambda_edge.cookie_service import SEEN, TWINS, Settings, respond

TITLE = "The handler, per call"
COMPARED = (
    "A renew call answered by our code, by the same rules on `http.cookies.SimpleCookie`, and by "
    "a handler that does nothing, in microseconds, with more and more of the site's own cookies "
    "beside ours. Goals: faster than `SimpleCookie` where cookies came, and a cost that grows "
    "with their number and no faster: a steady time per cookie."
)

_ROUNDS = 60
# How many of the site's own cookies come with ours, and the header.
HEADERS = {
    "none": (0, ""),
    "ours": (0, cookie_header(0)),
    "ours and 10": (10, cookie_header(10)),
    "ours and 50": (50, cookie_header(50)),
    "ours and 200": (200, cookie_header(200)),
    "ours and 50, 8 KB": (50, cookie_header(50, size=8192)),
}


def measure() -> list[Row]:
    """Return a row for each header."""
    taken = {name: _nanoseconds(header) for name, (_, header) in HEADERS.items()}
    return [
        {
            "cookies": name,
            "ours, µs": taken[name]["ours"] / 1000,
            "SimpleCookie, µs": taken[name]["SimpleCookie"] / 1000,
            "empty, µs": taken[name]["empty"] / 1000,
            "ours to SimpleCookie": taken[name]["ours"] / taken[name]["SimpleCookie"],
            "ours, ns per cookie of the site": (
                (taken[name]["ours"] - taken["ours"]["ours"]) / neighbours if neighbours else "-"
            ),
        }
        for name, (neighbours, _) in HEADERS.items()
    ]


def _nanoseconds(header: str) -> dict[str, float]:
    request = viewer_request(header)["Records"][0]["cf"]["request"]
    calls: dict[str, Callable[[], object]] = {
        "ours": partial(respond, request, SETTINGS, 0.0),
        "SimpleCookie": partial(respond_with_simple_cookie, request, SETTINGS),
        "empty": partial(_nothing, request, SETTINGS, 0.0),
    }
    return per_call(calls, rounds=_ROUNDS)


def _nothing(request: object, _settings: Settings, _now: float) -> object:
    return request


def respond_with_simple_cookie(request: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what `respond` returns to a POST of the same site, by the standard library's means."""
    if _is_cross_site(request["headers"], settings.cookie_domain):
        return {"status": "403"}
    answer: SimpleCookie = SimpleCookie()
    if request["uri"] == settings.clear_path:
        for server in (*TWINS.values(), SEEN):
            _set(answer, server, None, settings)
    else:
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
    came: SimpleCookie = SimpleCookie()
    for header in headers:
        with suppress(CookieError):
            came.load(header["value"])
    if any(browser in came for browser in TWINS):
        for browser, server in TWINS.items():
            if browser in came:
                _set(answer, server, came[browser].coded_value, settings)
            elif server in came:
                _set(answer, server, None, settings)
        return
    for browser, server in TWINS.items():
        if server in came:
            _set(answer, browser, came[server].coded_value, settings)
            _set(answer, server, came[server].coded_value, settings)


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
    if name not in TWINS:
        cookie["httponly"] = True
