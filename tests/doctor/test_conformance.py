"""The conformance check: this project's package passes, and each fault of a service is a finding.

The faults are those of Hightouch's example servers, caches, frameworks, and single-page
applications.
"""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from attachment.finding import Finding
from lambda_edge.cookie_service import Settings
from stacks.edge_package import EdgePackage
from tests.support.cookie_services import right
from tests.support.example import make_settings
from tests.support.faulty_cookie_services import (
    answering_every_caller,
    answering_every_method,
    clearing,
    express_example,
    joined,
    next_js_example,
    pairs,
    read_by_simple_cookie,
    reading,
    returning_ids_in_the_body,
    rewritten,
    setting_browser_cookies_again,
    setting_each_cookie_twice,
    with_cookies,
    with_header,
)
from tests.support.live_hosts import Answer, client, edge
from tools.doctor.conformance import check_endpoint
from tools.doctor.report import Inconclusive, Result
from tools.preview.edge_function import EdgeFunction

SITE = "https://www.example.com"
REMEMBERING = make_settings(restore_after_seconds=23 * 3600)

#: A finding's code and its problem, without the names of the calls.
Fault = tuple[str, str]

SERVER, BROWSER = "a server cookie", "a browser cookie"
SEEN, RESTORED = "htjs_seen_srvr", "htjs_restored"
BOTH = (SERVER, BROWSER)
NOT_JSON = "a body that is not application/json"
#: The problem of each code. An attribute has its own.
PROBLEMS = {
    "answer-status": "answers {} instead of {}",
    "answer-without-allow": "answers 405 without allow: POST",
    "answer-not-json": "answers 200 with {} instead of JSON",
    "answer-cacheable": "answers without cache-control: no-store",
    "answer-cached": "answers from a cache (age or x-cache)",
    "ids-in-body": "returns IDs in the body",
    "ids-of-another-visitor": "sends one visitor the IDs of another",
    "context-differs": "sets {}, although {}",
    "cookie-twice": "sets {} twice",
    "cookie-not-set": "does not set {}",
    "cookie-not-expired": "does not expire {}",
    "cookie-wrongly-set": "sets {} that it should {}",
    "cookie-wrongly-expired": "expires {} that it should {}",
    "cookie-value": "sets {} to another value than was sent",
}


def fault(code: str, *values: object) -> Fault:
    return code, PROBLEMS[code].format(*values)


def attribute(cookie: str, name: str, value: str, expected: str) -> Fault:
    return "cookie-attribute", f"sets {cookie} with {name} {value} instead of {expected}"


def flag(cookie: str, with_or_without: str, name: str) -> Fault:
    return "cookie-attribute", f"sets {cookie} {with_or_without} {name}"


def check(answer: Answer, settings: Settings | None = None, **options: Any) -> list[Result]:
    """Return what the check yields about a service with these answers."""
    with client(answer) as http:
        return list(check_endpoint(http, SITE, settings or make_settings(), **options))


def fault_of(result: Result) -> Fault:
    """Return a finding's code and problem, and check that it has a fix."""
    assert isinstance(result, Finding)
    assert result.fix
    return result.code, result.problem.rpartition(" (")[0]


def faults(answer: Answer, settings: Settings | None = None) -> set[Fault]:
    """Return the faults that the check finds."""
    results = check(answer, settings)
    return {fault_of(result) for result in results if isinstance(result, Finding)}


# Correct services


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(make_settings(), id="restores-at-once"),
        pytest.param(REMEMBERING, id="23-hours"),
        pytest.param(
            make_settings(restore_after_seconds=23 * 3600, mark_restored=True), id="marks-restored"
        ),
    ],
)
def test_package_of_this_project_conforms(tmp_path: Path, settings: Settings) -> None:
    """The package is the one that Lambda receives, run by AWS's runtime client."""
    EdgePackage.of(settings).write(tmp_path)
    with EdgeFunction(tmp_path, "lambda_edge.handler.handler") as function:
        assert check(edge(function), settings) == []


def test_service_with_restore_after_differs_from_a_context_without() -> None:
    assert faults(right(REMEMBERING)) == {
        fault("context-differs", SEEN, "restore_after_hours is 0")
    }


def test_service_without_restore_after_differs_from_a_context_with_it() -> None:
    """The service also restores IDs that were deleted soon after the last visit."""
    assert faults(right(), REMEMBERING) == {
        fault("cookie-not-set", SEEN),
        fault("cookie-not-expired", SEEN),
        fault("cookie-wrongly-set", BROWSER, "leave alone"),
        fault("cookie-wrongly-set", SERVER, "expire"),
    }


def test_package_that_honors_the_opt_out_signal_conforms() -> None:
    honoring = make_settings(honor_gpc=True)
    assert check(right(honoring), honoring) == []


def test_service_that_ignores_the_opt_out_signal_differs_from_a_context_with_it() -> None:
    assert faults(right(), make_settings(honor_gpc=True)) == {
        fault("cookie-wrongly-set", SERVER, "expire"),
    }


def test_service_that_marks_restored_visits_and_honors_the_opt_out_signal_conforms() -> None:
    marking = make_settings(mark_restored=True, honor_gpc=True)
    assert check(right(marking), marking) == []


def test_service_that_marks_restored_visits_differs_from_a_context_without() -> None:
    assert faults(right(make_settings(mark_restored=True))) == {
        fault("context-differs", RESTORED, "mark_restored is false")
    }


def test_service_without_marks_differs_from_a_context_with_them() -> None:
    assert faults(right(), make_settings(mark_restored=True)) == {
        fault("cookie-not-set", RESTORED),
        fault("cookie-not-expired", RESTORED),
    }


def test_mark_that_lives_longer_than_half_an_hour_is_a_finding() -> None:
    """The mark would also apply to the next visit."""
    marking = make_settings(mark_restored=True)

    def longer(request: httpx.Request) -> httpx.Response:
        return with_cookies(
            right(marking)(request),
            lambda cookies: [cookie.replace("Max-Age=1800", "Max-Age=86400") for cookie in cookies],
        )

    assert faults(longer, marking) == {attribute(RESTORED, "max-age", "86400", "1800")}


def test_wrong_time_of_the_last_visit_is_a_finding() -> None:
    """A service with a wrong clock would not restore IDs that ITP deleted."""
    assert fault("cookie-value", SEEN) in faults(right(REMEMBERING), REMEMBERING)


def test_other_cookies_are_ignored() -> None:
    """For example, a load balancer sets its own cookie."""

    def sticky(request: httpx.Request) -> httpx.Response:
        return with_cookies(right()(request), lambda cookies: [*cookies, "AWSALB=x; Path=/"])

    assert check(sticky) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Domain=example.com", "domain=.Example.com", id="leading-dot-and-case"),
        pytest.param(
            "Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", id="expired-only-by-a-date"
        ),
        pytest.param("Max-Age=0", "Max-Age=-1", id="expired-by-a-negative-age"),
        pytest.param("SameSite=Lax", "samesite=lax", id="case-of-an-attribute"),
    ],
)
def test_other_spellings_of_attributes_are_accepted(old: str, new: str) -> None:
    """RFC 6265 §5.2."""
    assert check(rewritten(old, new)) == []


# Services with one fault


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            rewritten("; HttpOnly", ""), {flag(SERVER, "without", "httponly")}, id="no-HttpOnly"
        ),
        pytest.param(
            rewritten("Lax$", "Lax; HttpOnly"),
            {flag(BROWSER, "with", "httponly")},
            id="HttpOnly-on-browser-cookies",
        ),
        pytest.param(
            rewritten("; Secure", ""),
            {flag(cookie, "without", "secure") for cookie in BOTH},
            id="no-Secure",
        ),
        pytest.param(
            rewritten("SameSite=Lax", "SameSite=None"),
            {attribute(cookie, "samesite", "none", "lax") for cookie in BOTH},
            id="SameSite-None",
        ),
        pytest.param(
            rewritten("Domain=example.com; ", ""),
            {attribute(cookie, "domain", "none", "example.com") for cookie in BOTH},
            id="host-only",
        ),
        pytest.param(
            rewritten("Path=/", "Path=/ht"),
            {attribute(cookie, "path", "/ht", "/") for cookie in BOTH},
            id="another-path",
        ),
        pytest.param(
            rewritten("Max-Age=31536000; ", ""),
            {attribute(cookie, "max-age", "none", "31536000") for cookie in BOTH},
            id="session-cookies",
        ),
        pytest.param(
            with_header("cache-control", ""), {fault("answer-cacheable")}, id="no-cache-control"
        ),
        pytest.param(
            with_header("cache-control", "public, max-age=60"),
            {fault("answer-cacheable")},
            id="cacheable",
        ),
        pytest.param(with_header("age", "12"), {fault("answer-cached")}, id="with-an-age"),
        pytest.param(
            with_header("x-cache", "Hit from cloudfront"), {fault("answer-cached")}, id="cache-hit"
        ),
        pytest.param(
            with_header("content-type", "text/html; charset=utf-8"),
            {fault("answer-not-json", "text/html; charset=utf-8")},
            id="html",
        ),
        pytest.param(
            with_header("allow", ""), {fault("answer-without-allow")}, id="405-without-allow"
        ),
        pytest.param(returning_ids_in_the_body, {fault("ids-in-body")}, id="ids-in-the-body"),
        pytest.param(
            answering_every_method,
            {fault("answer-status", "200 and sets cookies", 405)},
            id="any-method",
        ),
        pytest.param(
            answering_every_caller,
            {fault("answer-status", "200 and sets cookies", 403)},
            id="any-caller",
        ),
        pytest.param(
            setting_browser_cookies_again,
            {fault("cookie-wrongly-set", BROWSER, "leave alone")},
            id="browser-cookies-again",
        ),
        pytest.param(
            setting_each_cookie_twice,
            {fault("cookie-twice", cookie) for cookie in BOTH},
            id="each-cookie-twice",
        ),
        pytest.param(
            clearing(lambda _: []), {fault("cookie-not-expired", SERVER)}, id="clear-does-nothing"
        ),
        pytest.param(
            clearing(
                lambda cookies: [*cookies, *(cookie.replace("_srvr", "") for cookie in cookies[:2])]
            ),
            {fault("cookie-wrongly-expired", BROWSER, "leave alone")},
            id="clear-expires-browser-cookies",
        ),
        pytest.param(
            clearing(
                lambda cookies: [cookie.replace("Domain=example.com; ", "") for cookie in cookies]
            ),
            {attribute(SERVER, "domain", "none", "example.com")},
            id="clear-with-another-domain",
        ),
        pytest.param(
            clearing(
                lambda cookies: [cookie.replace("Max-Age=0", "Max-Age=60") for cookie in cookies]
            ),
            {
                fault("cookie-wrongly-set", SERVER, "expire"),
                fault("context-differs", SEEN, "restore_after_hours is 0"),
            },
            id="clear-keeps-cookies-for-some-time",
        ),
        pytest.param(
            reading(lambda header: joined([(n, v.partition("%")[0]) for n, v in pairs(header)])),
            {fault("cookie-value", cookie) for cookie in BOTH},
            id="cuts-values-at-a-percent-sign",
        ),
        pytest.param(
            reading(lambda header: joined([(n, v) for n, v in pairs(header) if "=" not in v])),
            {fault("cookie-not-set", SERVER)},
            id="drops-values-with-equal-signs",
        ),
        pytest.param(
            reading(lambda header: joined(pairs(header)[::-1])),
            {fault("cookie-value", SERVER)},
            id="first-of-two-counts",
        ),
        pytest.param(
            reading(read_by_simple_cookie),
            {fault("cookie-not-set", SERVER)},
            id="loses-the-neighbors-of-a-malformed-cookie",
        ),
        pytest.param(
            reading(lambda header: header.replace("htjs_anonymous_id=;", "htjs_anonymous_id=-;")),
            {fault("cookie-value", SERVER), fault("cookie-not-set", BROWSER)},
            id="empty-counts-as-a-cookie",
        ),
        pytest.param(
            reading(lambda header: header.replace("x" * 4096, "")),
            {fault("cookie-wrongly-set", SERVER, "expire")},
            id="copies-what-browsers-drop",
        ),
        pytest.param(
            reading(lambda header: re.sub("; htjs_user_id_srvr=[^;]*-older", "", header)),
            {fault("cookie-not-expired", SERVER)},
            id="keeps-an-older-user-id",
        ),
        pytest.param(
            reading(lambda header: header if "htjs_user_id_srvr" not in header else ""),
            {
                fault("cookie-not-set", SERVER),
                fault("cookie-not-set", BROWSER),
                fault("cookie-not-expired", SERVER),
            },
            id="restores-nothing",
        ),
    ],
)
def test_check_finds_exactly_the_fault(answer: Answer, expected: set[Fault]) -> None:
    assert faults(answer) == expected


# Services with several faults


def test_check_finds_every_fault_of_hightouchs_express_example() -> None:
    assert faults(express_example) == {
        # It handles each cookie separately, so it mixes the IDs of two visitors.
        fault("cookie-wrongly-set", BROWSER, "leave alone"),
        fault("cookie-wrongly-set", SERVER, "expire"),
        # It uses the first of two cookies, which a script of another subdomain can set.
        fault("cookie-value", SERVER),
        # It leaves these out.
        flag(SERVER, "without", "secure"),
        flag(BROWSER, "without", "secure"),
        attribute(SERVER, "samesite", "none", "lax"),
        fault("answer-cacheable"),
        # It should not do these.
        fault("ids-in-body"),
        fault("answer-status", "200 and sets cookies", 403),
        fault("answer-status", "200 and sets cookies", 405),
    }


def test_check_finds_decoded_values() -> None:
    """A decoded `%3B%20Domain%3D…` lets the sent value choose the cookie's `Domain`."""
    assert faults(next_js_example) == {
        fault("cookie-value", SERVER),
        fault("cookie-value", BROWSER),
    }


FIRST_CALLS = "(both browser cookies; clear with all cookies)"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            httpx.Response(200, html="<!doctype html><title>Shop</title>"),
            fault("answer-not-json", "text/html; charset=utf-8"),
            id="page-of-single-page-application",
        ),
        *(
            pytest.param(
                httpx.Response(
                    200,
                    headers={"content-type": "application/json", "cache-control": "no-store"},
                    text=body,
                ),
                fault("answer-not-json", NOT_JSON),
                id=name,
            )
            for name, body in (
                ("page-with-content-type-json", "<!doctype html><title>Shop</title>"),
                ("empty-body-with-content-type-json", ""),
            )
        ),
        pytest.param(
            httpx.Response(404, html="<h1>Not found</h1>"),
            fault("answer-status", 404, 200),
            id="no-service",
        ),
    ],
)
def test_page_instead_of_the_service_is_one_finding(
    answer: httpx.Response, expected: Fault
) -> None:
    """The finding names the first call of each route. The SDK treats every 200 as success."""
    [finding] = check(lambda _: answer)
    assert isinstance(finding, Finding)
    code, problem = expected
    assert (finding.code, finding.problem) == (code, f"{problem} {FIRST_CALLS}")


def test_check_finds_cached_answers_by_another_visitors_ids() -> None:
    cache: dict[str, httpx.Response] = {}

    def cached(request: httpx.Request) -> httpx.Response:
        key = f"{request.method} {request.url.path} {request.headers.get('origin')}"
        return cache.setdefault(key, right()(request))

    assert fault("ids-of-another-visitor") in faults(cached)


@pytest.mark.parametrize(("status", "is_named"), [(403, True), (404, False)])
def test_only_the_fix_of_403_names_the_web_acl(status: int, is_named: bool) -> None:
    """AWS WAF blocks with 403."""
    [finding] = check(lambda _: httpx.Response(status, html="<h1>Request blocked</h1>"))

    assert isinstance(finding, Finding)
    assert ("web ACL (AWS WAF, Bot Control)" in finding.fix) == is_named


def test_host_that_does_not_answer_is_called_once() -> None:
    """The problem contains the URL and the reason."""
    requests = []

    def unreachable(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    [finding] = check(unreachable)
    assert isinstance(finding, Finding)
    assert finding.code == "service-unreachable"
    assert finding.problem == (
        "https://www.example.com/ht/renew does not answer: [Errno 111] Connection refused"
    )
    assert len(requests) == 1


# Sent and shown values


def test_check_sends_only_test_ids() -> None:
    sent: list[str] = []

    def listen(request: httpx.Request) -> httpx.Response:
        sent.extend(value for name, value in pairs(request.headers.get("cookie", "")))
        return right()(request)

    assert check(listen) == []
    ids = [value for value in sent if value not in ("", "dark", "broken", '"')]
    assert ids
    assert [value for value in ids if "doctor-test-" not in value] == []


def test_check_never_shows_a_value_that_it_did_not_send() -> None:
    """A cache may answer with a real visitor's ID, which must not reach a log."""

    def leaking(request: httpx.Request) -> httpx.Response:
        leak = "htjs_user_id_srvr=alice-4711; Domain=example.com"
        return with_cookies(right()(request), lambda cookies: [*cookies, leak])

    results = check(leaking)
    assert results
    assert "alice" not in repr(results)


def test_statuses_that_an_error_response_replaces_could_not_be_checked() -> None:
    """CloudFront replaces every 403 and 405 with the site's own page, even those of functions."""

    def replaced(request: httpx.Request) -> httpx.Response:
        response = right()(request)
        if response.status_code in (403, 405):
            return httpx.Response(200, html="<!doctype html><title>Shop</title>")
        return response

    [result] = check(replaced, replaced=frozenset({403, 405}))
    assert isinstance(result, Inconclusive)
    assert result.code == "status-replaced"
    assert " 403 and 405: renew called by another site; " in result.reason
    assert fault("answer-status", 200, 403) in faults(replaced)


@pytest.mark.parametrize(
    ("body", "cookie", "expected"),
    [
        pytest.param(
            "[" * 200_000,
            "htjs_anonymous_id=leak",
            fault("answer-not-json", NOT_JSON),
            id="deeply-nested-json",
        ),
        pytest.param(
            "{}",
            "htjs_anonymous_id_srvr=x; Expires=Mon, 01 Jan 99999999999 00:00:00 GMT",
            attribute(SERVER, "domain", "none", "example.com"),
            id="year-of-11-digits",
        ),
        pytest.param(
            "{}",
            "htjs_anonymous_id_srvr=x; Expires=Mon, 01 Jan 0001 00:00:00 -0000",
            fault("cookie-wrongly-expired", SERVER, "set"),
            id="year-1",
        ),
        pytest.param(
            "1" * 5000,
            "htjs_anonymous_id=leak",
            fault("answer-not-json", NOT_JSON),
            id="number-of-5000-digits",
        ),
    ],
)
def test_unreadable_answer_is_a_finding(body: str, cookie: str, expected: Fault) -> None:
    """Python cannot parse these values. Other faults of the answer are still found."""

    def hostile(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "application/json", "set-cookie": cookie}
        return httpx.Response(200, headers=headers, content=body)

    assert expected in faults(hostile)


def test_check_that_crashes_keeps_its_findings() -> None:
    """An error in the check itself does not discard earlier findings."""
    calls = 0

    def answer(_request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise KeyError("a fault of the check")
        return httpx.Response(200, json={}, headers={"set-cookie": "htjs_user_id_srvr=x"})

    results: list[Result] = []
    with pytest.raises(KeyError, match="a fault of the check"):
        results.extend(check_endpoint(client(answer), SITE, make_settings()))
    assert fault("answer-cacheable") in {fault_of(result) for result in results}
