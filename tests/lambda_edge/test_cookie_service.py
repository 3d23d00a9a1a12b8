"""The cookie service: its answers, its clear path, and the requests that it serves.

Requests are CloudFront's, and answers are compared as whole values. Renew has its own tests.
"""

from copy import deepcopy

import pytest

from lambda_edge.cookie_service import respond
from tests.support.cookie_service_calls import (
    CLEARED_EVERYWHERE,
    KEPT,
    NOW,
    answer,
    request_for,
    set_cookies,
)
from tests.support.example import make_settings

BOTH_PATHS = pytest.mark.parametrize("uri", ["/ht/renew", "/ht/clear"])
WITH_AND_WITHOUT_RESTORE_AFTER = pytest.mark.parametrize("restore_after_hours", [0, 23])


# The answer


def test_answer_without_cookies() -> None:
    assert answer("/ht/renew") == {
        "status": "200",
        "statusDescription": "OK",
        "headers": {
            "cache-control": [{"key": "cache-control", "value": "no-store"}],
            "content-type": [{"key": "content-type", "value": "application/json"}],
        },
        "body": "{}",
    }


def test_answer_has_an_item_for_each_cookie() -> None:
    response = answer("/ht/renew", ("Cookie", "htjs_anonymous_id=a1; htjs_user_id=u1"))

    assert response["headers"]["set-cookie"] == [
        {"key": "set-cookie", "value": f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly"},
        {"key": "set-cookie", "value": f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"},
    ]


@BOTH_PATHS
@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="nothing"),
        pytest.param("htjs_anonymous_id=a1", id="browser-cookie"),
        pytest.param("htjs_anonymous_id_srvr=a1", id="server-cookie"),
        pytest.param("htjs_user_id=\x00; =; \u20ac", id="malformed"),
    ],
)
def test_status_is_200_for_any_cookies(uri: str, cookie: str) -> None:
    """After any other status, the SDK tries three more times before it loads."""
    response = answer(uri, ("Cookie", cookie))

    assert response["status"] == "200"
    assert response["body"] == "{}"
    assert response["headers"]["content-type"] == [
        {"key": "content-type", "value": "application/json"}
    ]
    assert response["headers"]["cache-control"] == [{"key": "cache-control", "value": "no-store"}]


# Clear


@WITH_AND_WITHOUT_RESTORE_AFTER
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no-header"),
        pytest.param([("Cookie", "")], id="empty-header"),
        pytest.param([("Cookie", "htjs_anonymous_id=a1; htjs_user_id=u1")], id="browser-cookies"),
        pytest.param([("Cookie", "htjs_user_id_srvr=u1; htjs_seen_srvr=1")], id="server-cookies"),
        pytest.param([("Cookie", "htjs_user_id_srvr=\x00\u20ac")], id="control-characters"),
    ],
)
def test_clear_expires_every_server_cookie_for_any_request(
    headers: list[tuple[str, str]], restore_after_hours: int
) -> None:
    """It expires no browser cookie: that would undo a login right after `reset()`."""
    settings = make_settings(restore_after_seconds=restore_after_hours * 3600)

    assert set_cookies(answer("/ht/clear", *headers, settings=settings)) == CLEARED_EVERYWHERE


# Method


@BOTH_PATHS
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(uri: str, method: str) -> None:
    """Such a call changes nothing: a link or an image must not renew or clear."""
    sent = ("Cookie", "htjs_user_id=u1; htjs_anonymous_id_srvr=a1")

    assert answer(uri, sent, method=method) == {
        "status": "405",
        "statusDescription": "Method Not Allowed",
        "headers": {
            "allow": [{"key": "allow", "value": "POST"}],
            "cache-control": [{"key": "cache-control", "value": "no-store"}],
            "content-type": [{"key": "content-type", "value": "application/json"}],
        },
        "body": "{}",
    }


# Cross-site


@BOTH_PATHS
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("Sec-Fetch-Site", "cross-site")], id="fetch-metadata"),
        pytest.param(
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://example.com")],
            id="fetch-metadata-against-origin",
        ),
        pytest.param(
            [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://evil.test")],
            id="origin-against-fetch-metadata",
        ),
        pytest.param(
            [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
            id="second-fetch-metadata",
        ),
        pytest.param(
            [("Origin", "https://example.com"), ("Origin", "https://evil.test")],
            id="second-origin",
        ),
        pytest.param([("Origin", "https://evil.test")], id="other-host"),
        pytest.param([("Origin", "null")], id="null"),
        pytest.param([("Origin", "")], id="empty"),
        pytest.param([("Origin", "https://")], id="no-host"),
        pytest.param([("Origin", "example.com")], id="no-scheme"),
        pytest.param([("Origin", "https://notexample.com")], id="same-end"),
        pytest.param([("Origin", "https://example.com.evil.test")], id="same-start"),
        pytest.param([("Origin", "https://com")], id="parent"),
        pytest.param([("Origin", "https://example.co")], id="cut-short"),
        pytest.param([("Origin", "https://examplexcom")], id="any-character-for-the-dot"),
        pytest.param([("Origin", "https://evil.test:443/example.com")], id="in-a-path"),
        pytest.param([("Origin", "https://evil.test/.example.com")], id="slash-in-the-host"),
        pytest.param([("Origin", "https://evil.test?.example.com")], id="query-in-the-host"),
        pytest.param([("Origin", "https://evil.test#.example.com")], id="fragment-in-the-host"),
        pytest.param([("Origin", "https://evil.test\\.example.com")], id="backslash-in-the-host"),
        pytest.param([("Origin", "https://203.0.113.178")], id="address"),
        pytest.param([("Origin", "https://[2001:db8::1]")], id="ipv6-address"),
    ],
)
def test_cross_site_call_is_forbidden(uri: str, headers: list[tuple[str, str]]) -> None:
    """It changes nothing: no other site can log a visitor out or prolong an ID."""
    sent = ("Cookie", "htjs_user_id=u1; htjs_anonymous_id_srvr=a1")

    assert answer(uri, sent, *headers) == {
        "status": "403",
        "statusDescription": "Forbidden",
        "headers": {
            "cache-control": [{"key": "cache-control", "value": "no-store"}],
            "content-type": [{"key": "content-type", "value": "application/json"}],
        },
        "body": "{}",
    }


@BOTH_PATHS
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no-header"),
        pytest.param([("Sec-Fetch-Site", "same-origin")], id="same-origin"),
        pytest.param([("Sec-Fetch-Site", "same-site")], id="same-site"),
        pytest.param([("Sec-Fetch-Site", "none")], id="typed-by-the-user"),
        pytest.param([("Origin", "https://example.com")], id="cookie-domain"),
        pytest.param([("Origin", "https://shop.example.com")], id="subdomain"),
        pytest.param([("Origin", "https://a.b.example.com")], id="deep-subdomain"),
        pytest.param([("Origin", "https://example.com:8443")], id="port"),
        pytest.param([("Origin", "https://shop.example.com:8443")], id="subdomain-and-port"),
        pytest.param([("Origin", "http://example.com")], id="http"),
        pytest.param([("Origin", "HTTPS://Shop.EXAMPLE.com")], id="upper-case"),
        pytest.param(
            [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://www.example.com")],
            id="as-the-sdk-sends-it",
        ),
    ],
)
def test_call_from_the_site_is_served(uri: str, headers: list[tuple[str, str]]) -> None:
    assert answer(uri, *headers)["status"] == "200"


# Other paths


@pytest.mark.parametrize(
    "uri",
    [
        "/",
        "/checkout",
        "/ht",
        "/ht/",
        "/ht/renew/",
        "/ht/renewal",
        "/ht/clear/x",
        "/HT/renew",
        "/ht/Clear",
        "/x/ht/renew",
        "/ht/renew?x=1",
        "/ht/renew ",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_other_paths_get_no_answer(uri: str, method: str) -> None:
    """A function that is attached to too many paths must not take a site down."""
    request = request_for(
        uri,
        ("Cookie", "htjs_user_id=u1"),
        ("Origin", "https://evil.test"),
        ("Sec-Fetch-Site", "cross-site"),
        method=method,
    )
    before = deepcopy(request)

    assert respond(request, make_settings(), NOW) is None
    assert request == before


@BOTH_PATHS
def test_query_string_is_ignored(uri: str) -> None:
    request = request_for(uri, querystring="utm_source=x")

    response = respond(request, make_settings(), NOW)

    assert response is not None
    assert response["status"] == "200"


@BOTH_PATHS
def test_request_is_not_changed(uri: str) -> None:
    request = request_for(uri, ("Cookie", "htjs_user_id=u1; htjs_anonymous_id_srvr=a1"))
    before = deepcopy(request)

    respond(request, make_settings(), NOW)

    assert request == before


# Settings


def test_cookie_domain_follows_the_setting() -> None:
    settings = make_settings(cookie_domain="example.co.uk")
    sent = ("Cookie", "htjs_user_id=u1")

    response = answer("/ht/renew", sent, ("Origin", "https://www.example.co.uk"), settings=settings)

    assert set_cookies(response) == [
        "htjs_user_id_srvr=u1; Domain=example.co.uk; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_age_of_every_cookie_follows_the_setting() -> None:
    settings = make_settings(max_age_seconds=86400, restore_after_seconds=23 * 3600)

    response = answer("/ht/renew", ("Cookie", "htjs_user_id_srvr=u1"), settings=settings)

    assert set_cookies(response) == [
        "htjs_seen_srvr=1700000000; Domain=example.com; Path=/; Max-Age=86400"
        "; Secure; SameSite=Lax; HttpOnly",
        "htjs_user_id=u1; Domain=example.com; Path=/; Max-Age=86400; Secure; SameSite=Lax",
        "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=86400"
        "; Secure; SameSite=Lax; HttpOnly",
    ]


def test_paths_follow_the_settings() -> None:
    settings = make_settings(renew_path="/id/keep", clear_path="/id/drop")
    sent = ("Cookie", "htjs_user_id=u1")

    assert set_cookies(answer("/id/keep", sent, settings=settings)) == [
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"
    ]
    assert set_cookies(answer("/id/drop", sent, settings=settings)) == [
        value.replace("/ht/renew", "/id/keep")
        .replace("/ht/clear", "/id/drop")
        .replace("/ht", "/id")
        for value in CLEARED_EVERYWHERE
    ]
    assert respond(request_for("/ht/renew", sent), settings, NOW) is None
