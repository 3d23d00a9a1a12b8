"""Findings of a visit that need no browser: they are computed from observations."""

import json
from dataclasses import replace
from typing import Any

import pytest

from attachment.finding import Finding
from tools.doctor.report import Inconclusive, Note
from tools.visit.checks import check_blocker, check_page, check_return
from tools.visit.engines.engine import Cookie
from tools.visit.observation import Observation, PageState
from tools.visit.traffic import Exchange

URL = "https://www.shop.example/"
SDK = "https://cdn.shop.example/browser/release/v1-latest/events.min.js"
RENEW = "https://www.shop.example/ht/renew"
CLEAR = "https://www.shop.example/ht/clear"
PAGE_EVENT = "https://events.shop.example/v1/page"


def cookie(name: str, domain: str = ".shop.example") -> Cookie:
    return Cookie(
        name=name,
        value="x",
        domain=domain,
        http_only=name.endswith("_srvr"),
        secure=True,
        same_site="Lax",
        days=365,
    )


def exchange(method: str, url: str, **changes: Any) -> Exchange:
    defaults: dict[str, Any] = {"destination": "empty", "status": 200, "has_ended": True}
    return Exchange(method=method, url=url, **(defaults | changes))


def event(anonymous_id: str = "a", **fields: Any) -> Exchange:
    body = {"type": "page", "anonymousId": anonymous_id, "messageId": "m", **fields}
    return exchange("POST", PAGE_EVENT, is_sunk=True, body=json.dumps(body).encode())


def call(kind: str, url: str, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "url": url, "status": 200, "milliseconds": 5, "failed": False} | changes


def state(**changes: Any) -> PageState:
    values = {
        "url": URL,
        "complete": True,
        "sdk": "ready",
        "version": "1.5.8",
        "keeps_nothing": False,
        "sdk_url": SDK,
        "snippets": 1,
        "calls": [call("cookie service", RENEW), call("event", PAGE_EVENT)],
    }
    return PageState.parse(values | changes)


CLEAN = Observation(
    requested=URL,
    page=state(),
    exchanges=(
        exchange("GET", URL, destination="document"),
        exchange("GET", SDK, destination="script", content_type="text/javascript"),
        exchange("POST", RENEW, content_type="application/json"),
        event(),
    ),
    cookies=(cookie("htjs_anonymous_id"), cookie("htjs_anonymous_id_srvr")),
)


def with_answer(url: str, **changes: Any) -> tuple[Exchange, ...]:
    """Return the exchanges of the page without faults, with another answer from `url`."""
    return tuple(
        replace(one, **changes) if one.url == url and not one.is_sunk else one
        for one in CLEAN.exchanges
    )


def codes(seen: Observation) -> list[str]:
    return [one.code for one in check_page(seen) if not isinstance(one, Note)]


def test_page_without_faults_has_only_notes() -> None:
    assert codes(CLEAN) == []
    assert [one.code for one in check_page(CLEAN)] == ["sdk", "event", "renew", "cookie", "cookie"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"status": 404}, "sdk-unavailable", id="not-found"),
        pytest.param({"content_type": "text/html"}, "sdk-unavailable", id="page"),
        pytest.param({"failure": "unreachable"}, "sdk-unreachable", id="unreachable"),
        pytest.param(
            {"failure": "untrusted-certificate"}, "untrusted-certificate", id="certificate"
        ),
        pytest.param({}, "sdk-blocked", id="not-run"),
    ],
)
def test_sdk_that_does_not_get_ready_is_a_finding(changes: dict[str, Any], code: str) -> None:
    page = state(sdk="snippet", calls=[], failures=[SDK])
    assert codes(replace(CLEAN, page=page, exchanges=with_answer(SDK, **changes))) == [code]


def test_sdk_that_fails_while_it_runs_is_a_finding() -> None:
    assert codes(replace(CLEAN, page=state(sdk="snippet", calls=[]))) == ["sdk-not-ready"]


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("require-corp", "coep-blocks-sdk"),
        ('require-corp; report-to="e"', "coep-blocks-sdk"),
        ("credentialless", "coep-blocks-sdk"),
        ("unsafe-none", "sdk-blocked"),
    ],
)
def test_sdk_that_the_embedder_policy_blocks_is_a_finding(policy: str, code: str) -> None:
    """The HTML Standard names these values: "Cross-origin embedder policies"."""
    page = state(sdk="snippet", calls=[], failures=[SDK])
    seen = replace(CLEAN, page=page, exchanges=with_answer(URL, embedder_policy=policy))
    assert codes(seen) == [code]


def test_clear_that_the_sdk_calls_on_the_page_is_a_finding() -> None:
    calls = [
        call("cookie service", RENEW),
        call("event", PAGE_EVENT),
        call("cookie service", CLEAR),
    ]
    seen = replace(CLEAN, page=state(calls=calls), cookies=())
    assert codes(seen) == ["reset-on-page"]


def test_sdk_that_the_browser_does_not_request_is_a_finding() -> None:
    page = state(sdk="snippet", calls=[], failures=[SDK])
    assert codes(replace(CLEAN, page=page, exchanges=CLEAN.exchanges[:1])) == ["sdk-blocked"]


def test_snippet_without_load_is_a_finding() -> None:
    page = state(sdk="snippet", calls=[], sdk_url="")
    assert codes(replace(CLEAN, page=page)) == ["sdk-not-loaded"]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_page_with_an_error_status_is_a_finding(status: int) -> None:
    seen = replace(CLEAN, exchanges=with_answer(URL, status=status))
    assert codes(seen) == ["page-unreachable"]


def test_page_that_the_browser_does_not_show_is_a_finding() -> None:
    seen = Observation(requested=URL, page=None, exchanges=(), failure="the page's process ended")
    assert codes(seen) == ["page-unreachable"]


def test_redirect_within_the_site_is_a_note() -> None:
    seen = replace(CLEAN, requested="https://shop.example/")
    assert "redirected-host" in [one.code for one in check_page(seen)]
    assert codes(seen) == []


def test_renew_that_the_content_security_policy_blocks_is_a_finding() -> None:
    calls = [call("cookie service", RENEW, failed=True, status=None), call("event", PAGE_EVENT)]
    violations = [{"directive": "connect-src", "blocked": RENEW}]
    without_renew = tuple(one for one in CLEAN.exchanges if one.url != RENEW)
    seen = replace(CLEAN, page=state(calls=calls, violations=violations), exchanges=without_renew)
    assert codes(seen) == ["csp-blocks-renew"]


def test_event_that_the_browser_does_not_send_is_a_finding() -> None:
    calls = [call("cookie service", RENEW), call("event", PAGE_EVENT, failed=True, status=None)]
    seen = replace(CLEAN, page=state(calls=calls), exchanges=CLEAN.exchanges[:3])
    assert codes(seen) == ["events-blocked"]


@pytest.mark.parametrize(
    ("cookies", "code"),
    [
        pytest.param(
            [cookie("htjs_anonymous_id"), cookie("htjs_anonymous_id", "www.shop.example")],
            "duplicate-cookie",
            id="host-only",
        ),
        pytest.param([cookie("htjs_anonymous_id")], "no-server-cookie", id="no-server-cookie"),
        pytest.param(
            [
                *CLEAN.cookies,
                cookie("htjs_user_id"),
                cookie("htjs_user_id_srvr", ".www.shop.example"),
            ],
            "cookie-domain-differs",
            id="other-domain",
        ),
        pytest.param([cookie("htjs_anonymous_id_srvr")], "cookies-deleted", id="deleted"),
    ],
)
def test_cookie_that_is_missing_or_has_the_wrong_scope_is_a_finding(
    cookies: list[Cookie], code: str
) -> None:
    assert codes(replace(CLEAN, cookies=tuple(cookies))) == [code]


def test_note_on_an_event_has_no_id() -> None:
    seen = replace(CLEAN, exchanges=(*CLEAN.exchanges[:3], event("secret-a", userId="secret-u")))
    text = " ".join(one.text for one in check_page(seen) if isinstance(one, Note))
    assert "with anonymousId and userId" in text
    assert "secret" not in text


def test_other_anonymous_id_after_eight_days_is_another_visitor() -> None:
    [same] = check_return(CLEAN, CLEAN)
    assert same.code == "same-visitor"
    later = replace(CLEAN, exchanges=(*CLEAN.exchanges[:3], event("b")))
    [finding] = check_return(CLEAN, later)
    assert isinstance(finding, Finding)
    assert finding.code == "visitor-lost"


def test_failed_page_on_the_return_is_reported_like_any_page() -> None:
    later = replace(CLEAN, exchanges=with_answer(URL, status=500)[:3])
    [finding] = check_return(CLEAN, later)
    assert finding.code == "page-unreachable"


def test_ad_blocker_that_stops_events_is_a_finding() -> None:
    blocked = replace(CLEAN, exchanges=CLEAN.exchanges[:3])
    [finding] = check_blocker(CLEAN, blocked)
    assert finding.code == "blocked-name"


def test_ad_blocker_has_nothing_to_stop_if_no_event_was_sent() -> None:
    silent = replace(CLEAN, exchanges=CLEAN.exchanges[:3])
    [result] = check_blocker(silent, silent)
    assert isinstance(result, Inconclusive)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {},
        {"calls": 1, "violations": "x", "failures": {}, "sdk": [], "snippets": "many"},
        {"calls": [1, {"kind": [], "status": "x", "milliseconds": 1e300}]},
        {"violations": [{}] * 10_000, "url": "x" * 1_000_000},
        {"sdk": "snippet", "sdk_url": "http://[", "violations": [{"blocked": "inline"}]},
        {"sdk": "ready", "calls": [call("event", "http://[", failed=True)]},
    ],
)
def test_values_of_a_hostile_page_are_bounded(value: object) -> None:
    parsed = PageState.parse(value)
    assert len(parsed.violations) <= 200
    assert len(parsed.url) <= 2000
    assert codes(replace(CLEAN, page=replace(parsed, url=URL)))
