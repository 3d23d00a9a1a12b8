"""Cookie services that answer in this process, and do one thing wrong."""

import re
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote

import httpx

from tests.support.cookie_services import right
from tests.support.live_hosts import Answer

SERVER_COOKIE_FOR = {
    "htjs_anonymous_id": "htjs_anonymous_id_srvr",
    "htjs_user_id": "htjs_user_id_srvr",
}


def with_cookies(
    response: httpx.Response, change: Callable[[list[str]], list[str]]
) -> httpx.Response:
    """Return the response with changed `Set-Cookie` values."""
    others = [(k, v) for k, v in response.headers.multi_items() if k != "set-cookie"]
    cookies = change(response.headers.get_list("set-cookie"))
    return httpx.Response(
        response.status_code,
        headers=[*others, *(("set-cookie", cookie) for cookie in cookies)],
        content=response.content,
    )


def _in_one_scope(request: httpx.Request) -> httpx.Response:
    """Answer correctly, but expire no planted cookies, as other cookie services do."""
    return with_cookies(
        right()(request),
        lambda cookies: [
            cookie for cookie in cookies if "; Domain=example.com; Path=/; " in cookie
        ],
    )


def rewritten(old: str, new: str) -> Answer:
    """Return correct answers, with a pattern replaced in their cookies."""

    def answer(request: httpx.Request) -> httpx.Response:
        return with_cookies(
            _in_one_scope(request), lambda cookies: [re.sub(old, new, cookie) for cookie in cookies]
        )

    return answer


def with_header(name: str, value: str) -> Answer:
    """Return correct answers, with another value of a header. An empty value removes it."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = _in_one_scope(request)
        response.headers.pop(name, None)
        if value:
            response.headers[name] = value
        return response

    return answer


def reading(change: Callable[[str], str]) -> Answer:
    """Return correct answers to a changed `Cookie` header."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "cookie" in request.headers:
            request.headers["cookie"] = change(request.headers["cookie"])
        return _in_one_scope(request)

    return answer


def clearing(change: Callable[[list[str]], list[str]]) -> Answer:
    """Return correct answers, with changed `Set-Cookie` values in those to clear calls."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = _in_one_scope(request)
        return with_cookies(response, change) if request.url.path == "/ht/clear" else response

    return answer


def pairs(header: str) -> list[tuple[str, str]]:
    """Return the names and values in a `Cookie` header."""
    parts = (part.partition("=") for part in header.split("; "))
    return [(name, value) for name, _, value in parts]


def joined(cookies: list[tuple[str, str]]) -> str:
    """Return a `Cookie` header."""
    return "; ".join(f"{name}={value}" for name, value in cookies)


def read_by_simple_cookie(header: str) -> str:
    """Return a header as Python's `SimpleCookie` reads it: one malformed cookie loses all."""
    try:
        return joined([(name, morsel.coded_value) for name, morsel in SimpleCookie(header).items()])
    except CookieError:
        return ""


def answering_every_method(request: httpx.Request) -> httpx.Response:
    return right()(httpx.Request("POST", request.url, headers=request.headers))


def answering_every_caller(request: httpx.Request) -> httpx.Response:
    for name in ("origin", "sec-fetch-site"):
        request.headers.pop(name, None)
    return _in_one_scope(request)


def returning_ids_in_the_body(request: httpx.Request) -> httpx.Response:
    response = _in_one_scope(request)
    ids = str(request.headers.get("cookie", "")) if response.status_code == 200 else ""
    return httpx.Response(response.status_code, headers=response.headers, json={"ids": ids})


def setting_browser_cookies_again(request: httpx.Request) -> httpx.Response:
    """Set browser cookies at each renew, as Hightouch's examples do."""

    def change(cookies: list[str]) -> list[str]:
        copies = [
            re.sub(r"_srvr=(.*); HttpOnly", r"=\1", cookie)
            for cookie in cookies
            if "Max-Age=0" not in cookie and "_srvr=" in cookie
        ]
        return [*cookies, *(copy for copy in copies if copy not in cookies)]

    return with_cookies(_in_one_scope(request), change)


def setting_each_cookie_twice(request: httpx.Request) -> httpx.Response:
    return with_cookies(_in_one_scope(request), lambda cookies: cookies * 2)


def express_example(request: httpx.Request) -> httpx.Response:
    """Answer as Hightouch's Express example does: each cookie on its own, to every caller."""
    sent = dict(reversed(pairs(request.headers.get("cookie", ""))))  # the first one counts
    cookies, ids = [], {}
    for browser, server in SERVER_COOKIE_FOR.items():
        if request.url.path == "/ht/clear":
            cookies.append(f"{server}=; Max-Age=0; Domain=example.com; Path=/; HttpOnly")
        elif value := sent.get(browser) or sent.get(server):
            ids[browser] = value
            scope = "Domain=example.com; Path=/; Max-Age=31536000; SameSite=Lax"
            cookies += [f"{browser}={value}; {scope}", f"{server}={value}; {scope}; HttpOnly"]
    return httpx.Response(
        200, headers=[("set-cookie", cookie) for cookie in cookies] or None, json=ids
    )


def next_js_example(request: httpx.Request) -> httpx.Response:
    """Answer as Hightouch's Next.js example does: with decoded values."""

    def decode(cookie: str) -> str:
        name, _, rest = cookie.partition("=")
        value, _, attributes = rest.partition(";")
        decoded = unquote(value).encode("ascii", "ignore").decode()
        return f"{name}={decoded};{attributes}"

    return with_cookies(_in_one_scope(request), lambda cookies: list(map(decode, cookies)))
