"""The conformance check: our package passes it, and each fault of another service is named.

The faults are those of Hightouch's own example servers, and what caches, frameworks and single-page
applications do.
"""

import re
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from lambda_edge.cookie_service import Settings, respond
from stacks.cookie_package import write_package
from tests.live_hosts import Answer, client, edge
from tools.doctor.conformance import check
from tools.doctor.report import Finding, NotCheckable, Remark
from tools.preview.edge_function import EdgeFunction

SITE = "https://www.example.com"
TWINS = {
    "htjs_anonymous_id": "htjs_anonymous_id_srvr",
    "htjs_user_id": "htjs_user_id_srvr",
}


def make_settings(restore_after_hours: int = 0) -> Settings:
    return Settings(
        cookie_domain="example.com",
        max_age_seconds=31536000,
        restore_after_seconds=restore_after_hours * 3600,
        renew_path="/ht/renew",
        clear_path="/ht/clear",
    )


def ask(answer: Answer, settings: Settings | None = None, **options: Any) -> list[Remark]:
    with client(answer) as http:
        return list(check(http, SITE, settings or make_settings(), **options))


def faults(answer: Answer, settings: Settings | None = None) -> set[str]:
    """Return what was found, without the names of the calls."""
    found = [one for one in ask(answer, settings) if isinstance(one, Finding)]
    assert all(one.remedy for one in found)
    return {one.what.rpartition(" (")[0] for one in found}


# A service that does everything right


@pytest.mark.parametrize(
    "restore_after_hours", [pytest.param(0, id="restores-at-once"), pytest.param(23, id="23-hours")]
)
def test_our_package_conforms(tmp_path: Path, restore_after_hours: int) -> None:
    """The package as Lambda gets it, on AWS's runtime client."""
    settings = make_settings(restore_after_hours)
    write_package(tmp_path, settings)
    with EdgeFunction(tmp_path, "lambda_edge.handler.handler") as function:
        assert ask(edge(function), settings) == []


def test_the_context_that_it_was_deployed_with_matters() -> None:
    """A service that remembers its visits, held against a context that does not."""
    assert faults(right(make_settings(restore_after_hours=23))) == {
        "sets htjs_seen_srvr, which restore_after_hours=0 does not"
    }
    assert faults(right(), make_settings(restore_after_hours=23)) == {
        "does not set htjs_seen_srvr",
        "does not expire htjs_seen_srvr",
        # Ids that vanished soon after the last visit, which a service without a memory restores.
        "sets a browser cookie that it should leave alone",
        "sets a server cookie that it should expire",
    }


def test_the_time_of_the_last_visit_is_the_present_one() -> None:
    """A service with another clock, or none, would take ids for deleted that are not."""
    settings = make_settings(restore_after_hours=23)
    assert "sets htjs_seen_srvr with another value than came" in faults(right(settings), settings)


def test_other_cookies_are_nobodys_business() -> None:
    """A load balancer's own cookie, for one."""

    def sticky(request: httpx.Request) -> httpx.Response:
        return with_cookies(right()(request), lambda cookies: [*cookies, "AWSALB=x; Path=/"])

    assert ask(sticky) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Domain=example.com", "domain=.Example.com", id="leading-dot-and-case"),
        pytest.param(
            "Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", id="expired-by-a-date-alone"
        ),
        pytest.param("Max-Age=0", "Max-Age=-1", id="expired-by-a-negative-age"),
        pytest.param("SameSite=Lax", "samesite=lax", id="case-of-an-attribute"),
    ],
)
def test_other_spellings_are_as_good(old: str, new: str) -> None:
    """RFC 6265 §5.2."""
    assert ask(rewritten(old, new)) == []


# Services with one fault


def right(settings: Settings | None = None) -> Answer:
    """Return the answers of our rules, of the pure function."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers: dict[str, list[dict[str, str]]] = {}
        for key, value in request.headers.multi_items():
            headers.setdefault(key.lower(), []).append({"key": key, "value": value})
        seen = {"uri": request.url.path, "method": request.method, "headers": headers}
        response = respond(seen, settings or make_settings(), 1_700_000_000)
        if response is None:
            return httpx.Response(404)
        return httpx.Response(
            int(response["status"]),
            headers=[
                (item["key"], item["value"])
                for items in response["headers"].values()
                for item in items
            ],
            text=response["body"],
        )

    return answer


def with_cookies(
    response: httpx.Response, change: Callable[[list[str]], list[str]]
) -> httpx.Response:
    """Return the response with other `Set-Cookie` values."""
    others = [(k, v) for k, v in response.headers.multi_items() if k != "set-cookie"]
    cookies = change(response.headers.get_list("set-cookie"))
    return httpx.Response(
        response.status_code,
        headers=[*others, *(("set-cookie", cookie) for cookie in cookies)],
        content=response.content,
    )


def rewritten(old: str, new: str) -> Answer:
    """Return right answers, in whose cookies a pattern is replaced."""

    def answer(request: httpx.Request) -> httpx.Response:
        return with_cookies(
            right()(request), lambda cookies: [re.sub(old, new, cookie) for cookie in cookies]
        )

    return answer


def with_header(name: str, value: str) -> Answer:
    """Return right answers with another header; an empty value leaves it out."""

    def answer(request: httpx.Request) -> httpx.Response:
        response = right()(request)
        response.headers.pop(name, None)
        if value:
            response.headers[name] = value
        return response

    return answer


def reading(change: Callable[[str], str]) -> Answer:
    """Return right answers to another `Cookie` header than came."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "cookie" in request.headers:
            request.headers["cookie"] = change(request.headers["cookie"])
        return right()(request)

    return answer


def pairs(header: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in header.split("; "))
    return [(name, value) for name, _, value in parts]


def joined(cookies: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies)


def simple_cookie(header: str) -> str:
    """Return what Python's parser leaves of a header; one bad neighbour costs all."""
    try:
        return joined([(name, morsel.coded_value) for name, morsel in SimpleCookie(header).items()])
    except CookieError:
        return ""


def as_post(request: httpx.Request) -> httpx.Response:
    return right()(httpx.Request("POST", request.url, headers=request.headers))


def from_anybody(request: httpx.Request) -> httpx.Response:
    for name in ("origin", "sec-fetch-site"):
        request.headers.pop(name, None)
    return right()(request)


def without_body_of_its_own(request: httpx.Request) -> httpx.Response:
    response = right()(request)
    ids = str(request.headers.get("cookie", "")) if response.status_code == 200 else ""
    return httpx.Response(response.status_code, headers=response.headers, json={"ids": ids})


def again(request: httpx.Request) -> httpx.Response:
    """Set browser cookies at each renew, as Hightouch's examples do."""

    def change(cookies: list[str]) -> list[str]:
        more = [
            re.sub(r"_srvr=(.*); HttpOnly", r"=\1", cookie)
            for cookie in cookies
            if "Max-Age=0" not in cookie and "_srvr=" in cookie
        ]
        return [*cookies, *(one for one in more if one not in cookies)]

    return with_cookies(right()(request), change)


def doubled(request: httpx.Request) -> httpx.Response:
    return with_cookies(right()(request), lambda cookies: cookies * 2)


def clears(change: Callable[[list[str]], list[str]]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        response = right()(request)
        return with_cookies(response, change) if request.url.path == "/ht/clear" else response

    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            rewritten("; HttpOnly", ""), {"sets a server cookie without httponly"}, id="no-HttpOnly"
        ),
        pytest.param(
            rewritten("Lax$", "Lax; HttpOnly"),
            {"sets a browser cookie with httponly"},
            id="HttpOnly-on-browser-cookies",
        ),
        pytest.param(
            rewritten("; Secure", ""),
            {"sets a server cookie without secure", "sets a browser cookie without secure"},
            id="no-Secure",
        ),
        pytest.param(
            rewritten("SameSite=Lax", "SameSite=None"),
            {
                "sets a server cookie with samesite none in place of lax",
                "sets a browser cookie with samesite none in place of lax",
            },
            id="SameSite-None",
        ),
        pytest.param(
            rewritten("Domain=example.com; ", ""),
            {
                "sets a server cookie with domain none in place of example.com",
                "sets a browser cookie with domain none in place of example.com",
            },
            id="host-only",
        ),
        pytest.param(
            rewritten("Path=/", "Path=/ht"),
            {
                "sets a server cookie with path /ht in place of /",
                "sets a browser cookie with path /ht in place of /",
            },
            id="another-path",
        ),
        pytest.param(
            rewritten("Max-Age=31536000; ", ""),
            {
                "sets a server cookie with max-age none in place of 31536000",
                "sets a browser cookie with max-age none in place of 31536000",
            },
            id="session-cookies",
        ),
        pytest.param(
            with_header("cache-control", ""),
            {"answers without cache-control: no-store"},
            id="no-cache-control",
        ),
        pytest.param(
            with_header("cache-control", "public, max-age=60"),
            {"answers without cache-control: no-store"},
            id="cacheable",
        ),
        pytest.param(
            with_header("age", "12"), {"answers from a cache (age or x-cache)"}, id="with-an-age"
        ),
        pytest.param(
            with_header("x-cache", "Hit from cloudfront"),
            {"answers from a cache (age or x-cache)"},
            id="cache-hit",
        ),
        pytest.param(
            with_header("content-type", "text/html; charset=utf-8"),
            {"answers 200 with text/html; charset=utf-8 in place of JSON"},
            id="html",
        ),
        pytest.param(
            with_header("allow", ""), {"answers 405 without allow: POST"}, id="405-without-allow"
        ),
        pytest.param(without_body_of_its_own, {"returns ids in the body"}, id="ids-in-the-body"),
        pytest.param(as_post, {"answers 200 and sets cookies in place of 405"}, id="any-method"),
        pytest.param(
            from_anybody, {"answers 200 and sets cookies in place of 403"}, id="any-caller"
        ),
        pytest.param(
            again, {"sets a browser cookie that it should leave alone"}, id="browser-cookies-again"
        ),
        pytest.param(
            doubled,
            {"sets a server cookie twice", "sets a browser cookie twice"},
            id="each-cookie-twice",
        ),
        pytest.param(
            clears(lambda _: []), {"does not expire a server cookie"}, id="clear-does-nothing"
        ),
        pytest.param(
            clears(lambda cookies: [*cookies, *(one.replace("_srvr", "") for one in cookies[:2])]),
            {"expires a browser cookie that it should leave alone"},
            id="clear-expires-browser-cookies",
        ),
        pytest.param(
            clears(lambda cookies: [one.replace("Domain=example.com; ", "") for one in cookies]),
            {"sets a server cookie with domain none in place of example.com"},
            id="clear-with-another-domain",
        ),
        pytest.param(
            clears(lambda cookies: [one.replace("Max-Age=0", "Max-Age=60") for one in cookies]),
            {
                "sets a server cookie that it should expire",
                "sets htjs_seen_srvr, which restore_after_hours=0 does not",
            },
            id="clear-keeps-them-a-while",
        ),
        pytest.param(
            reading(lambda header: joined([(n, v.partition("%")[0]) for n, v in pairs(header)])),
            {
                "sets a server cookie with another value than came",
                "sets a browser cookie with another value than came",
            },
            id="cuts-values-at-a-percent-sign",
        ),
        pytest.param(
            reading(lambda header: joined([(n, v) for n, v in pairs(header) if "=" not in v])),
            {"does not set a server cookie"},
            id="drops-values-with-equal-signs",
        ),
        pytest.param(
            reading(lambda header: joined(pairs(header)[::-1])),
            {"sets a server cookie with another value than came"},
            id="last-of-two-counts",
        ),
        pytest.param(
            reading(simple_cookie),
            {
                "does not set a server cookie",
                "sets a server cookie with another value than came",  # of two, the last counts
            },
            id="one-bad-neighbour",
        ),
        pytest.param(
            reading(lambda header: header.replace("htjs_anonymous_id=;", "htjs_anonymous_id=-;")),
            {
                "sets a server cookie with another value than came",
                "does not set a browser cookie",
            },
            id="empty-counts-as-a-cookie",
        ),
        pytest.param(
            reading(lambda header: header.replace("x" * 4096, "")),
            {"sets a server cookie that it should expire"},
            id="copies-what-browsers-drop",
        ),
        pytest.param(
            reading(lambda header: re.sub("; htjs_user_id_srvr=[^;]*-older", "", header)),
            {"does not expire a server cookie"},
            id="leaves-a-stale-user-id",
        ),
        pytest.param(
            reading(lambda header: header if "htjs_user_id_srvr" not in header else ""),
            {
                "does not set a server cookie",
                "does not set a browser cookie",
                "does not expire a server cookie",
            },
            id="restores-nothing",
        ),
    ],
)
def test_one_fault(answer: Answer, expected: set[str]) -> None:
    assert faults(answer) == expected


# Whole services that are wrong


def example_server(request: httpx.Request) -> httpx.Response:
    """Answer as Hightouch's Express example does: each cookie on its own, for everybody."""
    sent = dict(reversed(pairs(request.headers.get("cookie", ""))))  # the first one counts
    cookies, ids = [], {}
    for browser, server in TWINS.items():
        if request.url.path == "/ht/clear":
            cookies.append(f"{server}=; Max-Age=0; Domain=example.com; Path=/; HttpOnly")
        elif value := sent.get(browser) or sent.get(server):
            ids[browser] = value
            scope = "Domain=example.com; Path=/; Max-Age=31536000; SameSite=Lax"
            cookies += [f"{browser}={value}; {scope}", f"{server}={value}; {scope}; HttpOnly"]
    return httpx.Response(
        200, headers=[("set-cookie", cookie) for cookie in cookies] or None, json=ids
    )


def test_example_server_is_told_apart() -> None:
    assert faults(example_server) == {
        # Each cookie on its own: two people are joined.
        "sets a browser cookie that it should leave alone",
        "sets a server cookie that it should expire",
        # What it leaves out.
        "sets a server cookie without secure",
        "sets a browser cookie without secure",
        "sets a server cookie with samesite none in place of lax",
        "answers without cache-control: no-store",
        # What it should not do.
        "returns ids in the body",
        "answers 200 and sets cookies in place of 403",
        "answers 200 and sets cookies in place of 405",
    }


def decoding_server(request: httpx.Request) -> httpx.Response:
    """Answer as Hightouch's Next.js example does: with values decoded."""

    def decode(cookie: str) -> str:
        name, _, rest = cookie.partition("=")
        value, _, attributes = rest.partition(";")
        decoded = unquote(value).encode("ascii", "ignore").decode()
        return f"{name}={decoded};{attributes}"

    return with_cookies(right()(request), lambda cookies: list(map(decode, cookies)))


def test_decoded_values_bring_attributes_of_their_own() -> None:
    """`%3B%20Domain%3D…` becomes an attribute: a value that came chooses the cookie's Domain."""
    assert faults(decoding_server) == {
        "sets a server cookie with another value than came",
        "sets a browser cookie with another value than came",
    }


def test_page_in_the_services_place_is_one_finding_for_each_route() -> None:
    """A single-page application answers everything with 200; the SDK takes that for success."""
    found = ask(lambda _: httpx.Response(200, html="<!doctype html><title>Shop</title>"))

    assert [one.what for one in found] == [
        "answers 200 with text/html; charset=utf-8 in place of JSON "
        "(both browser cookies; clear with all cookies)"
    ]


@pytest.mark.parametrize("body", ["<!doctype html><title>Shop</title>", ""])
def test_page_that_is_called_json_is_one_too(body: str) -> None:
    """A server that calls everything JSON."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    found = ask(lambda _: httpx.Response(200, headers=headers, text=body))

    assert [one.what for one in found] == [
        "answers 200 with a body that is no application/json in place of JSON "
        "(both browser cookies; clear with all cookies)"
    ]


def test_cached_answers_are_told_by_other_visitors_ids() -> None:
    cache: dict[str, httpx.Response] = {}

    def cached(request: httpx.Request) -> httpx.Response:
        key = f"{request.method} {request.url.path} {request.headers.get('origin')}"
        return cache.setdefault(key, right()(request))

    assert "gives one visitor the ids of another" in faults(cached)


def test_no_service_there() -> None:
    found = ask(lambda _: httpx.Response(404, html="<h1>Not found</h1>"))

    assert [one.what for one in found] == [
        "answers 404 in place of 200 (both browser cookies; clear with all cookies)"
    ]


@pytest.mark.parametrize(("status", "is_named"), [(403, True), (404, False)])
def test_web_acl_may_be_what_answers_403(status: int, is_named: bool) -> None:
    [found] = ask(lambda _: httpx.Response(status, html="<h1>Request blocked</h1>"))

    assert isinstance(found, Finding)
    assert ("web ACL (AWS WAF, Bot Control)" in found.remedy) == is_named


def test_a_host_that_does_not_answer_is_asked_once() -> None:
    asked = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    [found] = ask(refuse)
    assert found.what == (
        "https://www.example.com/ht/renew does not answer: [Errno 111] Connection refused"
    )
    assert len(asked) == 1


# What is sent and said


def test_only_made_up_ids_are_sent() -> None:
    sent: list[str] = []

    def listen(request: httpx.Request) -> httpx.Response:
        sent.extend(value for name, value in pairs(request.headers.get("cookie", "")))
        return right()(request)

    assert ask(listen) == []
    ids = [value for value in sent if value not in ("", "dark", "broken", '"')]
    assert ids
    assert [value for value in ids if "made-up-" not in value] == []


def test_nothing_that_it_did_not_send_is_repeated() -> None:
    """A cache that answers with a real visitor's id must not bring it into a log."""

    def leaking(request: httpx.Request) -> httpx.Response:
        leak = "htjs_user_id_srvr=alice-4711; Domain=example.com"
        return with_cookies(right()(request), lambda cookies: [*cookies, leak])

    found = ask(leaking)
    assert found
    assert "alice" not in str(found)


def test_statuses_that_an_error_response_replaces_are_not_checkable() -> None:
    """CloudFront puts the site's own page in the place of a 403 or 405, whoever answered it."""

    def replaced(request: httpx.Request) -> httpx.Response:
        response = right()(request)
        if response.status_code in (403, 405):
            return httpx.Response(200, html="<!doctype html><title>Shop</title>")
        return response

    [remark] = ask(replaced, replaced=frozenset({403, 405}))
    assert isinstance(remark, NotCheckable)
    assert remark.what.startswith(
        "a custom error response of the distribution takes the place of 403 and 405: "
        "renew called by another site; "
    )
    assert "answers 200 in place of 403" in faults(replaced)


@pytest.mark.parametrize(
    ("body", "cookie", "expected"),
    [
        pytest.param(
            "[" * 200_000,
            "htjs_anonymous_id=leak",
            "answers 200 with a body that is no application/json in place of JSON",
            id="deep-JSON",
        ),
        pytest.param(
            "{}",
            "htjs_anonymous_id_srvr=x; Expires=Mon, 01 Jan 99999999999 00:00:00 GMT",
            "sets a server cookie with domain none in place of example.com",
            id="a-year-without-end",
        ),
        pytest.param(
            "{}",
            "htjs_anonymous_id_srvr=x; Expires=Mon, 01 Jan 0001 00:00:00 -0000",
            "expires a server cookie that it should set",
            id="year-1",
        ),
        pytest.param(
            "1" * 5000,
            "htjs_anonymous_id=leak",
            "answers 200 with a body that is no application/json in place of JSON",
            id="a-number-without-end",
        ),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_finding(body: str, cookie: str, expected: str) -> None:
    """Python refuses to read these; what else is wrong is found all the same."""

    def hostile(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "application/json", "set-cookie": cookie}
        return httpx.Response(200, headers=headers, content=body)

    assert expected in faults(hostile)


def test_what_was_found_before_a_crash_is_kept() -> None:
    """A fault of the check itself takes no finding away."""
    calls = 0

    def answer(_request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise KeyError("a fault of the check")
        return httpx.Response(200, json={}, headers={"set-cookie": "htjs_user_id_srvr=x"})

    remarks = check(client(answer), SITE, make_settings())
    found: list[Remark] = []
    with pytest.raises(KeyError, match="a fault of the check"):
        found.extend(remarks)
    assert "answers without cache-control: no-store" in {
        one.what.rpartition(" (")[0] for one in found
    }
