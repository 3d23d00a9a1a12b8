"""Renew: every row of Hightouch's "Server setup", and the cases that the page leaves open.

Requests are CloudFront's, and answers are compared as whole `Set-Cookie` values.
"""

import pytest

from tests.support.cookie_service_calls import EXPIRED, KEPT, NOW, answer, renew, set_cookies

WITH_AND_WITHOUT_RESTORE_AFTER = pytest.mark.parametrize("restore_after_hours", [0, 23])


# The table


def test_server_cookie_attributes() -> None:
    assert renew("htjs_anonymous_id=a1") == [
        "htjs_anonymous_id_srvr=a1; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_browser_cookie_attributes() -> None:
    """They are the same as the SDK's. HttpOnly is missing, because the SDK reads the cookie."""
    assert renew("htjs_user_id_srvr=u1") == [
        "htjs_user_id=u1; Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax",
        "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly",
    ]


def test_expired_cookie_attributes() -> None:
    """A browser expires a cookie only if `Domain` and `Path` are those of the cookie."""
    assert renew("htjs_user_id=u1; htjs_anonymous_id_srvr=a0") == [
        "htjs_anonymous_id_srvr=; Domain=example.com; Path=/; Max-Age=0"
        "; Secure; SameSite=Lax; HttpOnly",
        "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly",
    ]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_anonymous_id=a1; htjs_user_id=u1",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="both",
        ),
        pytest.param(
            "htjs_anonymous_id=a1",
            [f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly"],
            id="anonymous-id",
        ),
        pytest.param(
            "htjs_user_id=u1",
            [f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"],
            id="user-id",
        ),
        pytest.param(
            "htjs_anonymous_id_srvr=old; htjs_user_id_srvr=old; htjs_anonymous_id=a1"
            "; htjs_user_id=u1",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="both-with-older-server-cookies",
        ),
    ],
)
def test_renew_copies_browser_cookies_to_server_cookies(cookie: str, expected: list[str]) -> None:
    """It does not set browser cookies: that could undo a `reset()` that happened meanwhile."""
    assert renew(cookie) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_anonymous_id=a1; htjs_anonymous_id_srvr=a0; htjs_user_id_srvr=u0",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly",
            ],
            id="anonymous-id",
        ),
        pytest.param(
            "htjs_user_id=u1; htjs_anonymous_id_srvr=a0",
            [
                f"htjs_anonymous_id_srvr=; {EXPIRED}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="user-id",
        ),
        pytest.param(
            "htjs_anonymous_id=a1; htjs_user_id=; htjs_user_id_srvr=u0",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly",
            ],
            id="with-an-empty-browser-cookie",
        ),
    ],
)
def test_renew_expires_a_server_cookie_without_its_browser_cookie(
    cookie: str, expected: list[str]
) -> None:
    """Otherwise it would be restored, eight days later, next to another user's newer ID."""
    assert renew(cookie) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1",
            [
                f"htjs_anonymous_id=a1; {KEPT}",
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id=u1; {KEPT}",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="both",
        ),
        pytest.param(
            "htjs_anonymous_id_srvr=a1",
            [f"htjs_anonymous_id=a1; {KEPT}", f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly"],
            id="anonymous-id",
        ),
        pytest.param(
            "htjs_user_id_srvr=u1",
            [f"htjs_user_id=u1; {KEPT}", f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"],
            id="user-id",
        ),
        pytest.param(
            "htjs_anonymous_id=; htjs_user_id=; htjs_user_id_srvr=u1",
            [f"htjs_user_id=u1; {KEPT}", f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"],
            id="with-empty-browser-cookies",
        ),
        pytest.param(
            "htjs_anonymous_id_srvr=; htjs_user_id_srvr=u1",
            [f"htjs_user_id=u1; {KEPT}", f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"],
            id="with-an-empty-server-cookie",
        ),
    ],
)
def test_renew_without_browser_cookies_restores_them_from_server_cookies(
    cookie: str, expected: list[str]
) -> None:
    """It also renews the age of the server cookies."""
    assert renew(cookie) == expected


@WITH_AND_WITHOUT_RESTORE_AFTER
@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="empty-header"),
        pytest.param("session=s1; _ga=GA1.1.1", id="the-site's-own"),
        pytest.param("htjs_anonymous_id; htjs_user_id_srvr", id="only-names"),
        pytest.param("htjs_anonymous_id=; htjs_user_id=", id="empty-browser-cookies"),
        pytest.param("htjs_anonymous_id_srvr=; htjs_user_id_srvr=", id="empty-server-cookies"),
        pytest.param("htjs_seen_srvr=", id="empty-seen"),
        pytest.param("HTJS_USER_ID=u1; htjs_user_id_srv=u1; xhtjs_user_id=u1", id="look-alikes"),
    ],
)
def test_renew_sets_no_cookies_without_an_id(cookie: str, restore_after_hours: int) -> None:
    assert renew(cookie, restore_after_hours=restore_after_hours) == []


def test_renew_sets_no_cookies_without_a_cookie_header() -> None:
    assert set_cookies(answer("/ht/renew")) == []


@WITH_AND_WITHOUT_RESTORE_AFTER
def test_renew_expires_the_time_of_the_last_visit_without_an_id(restore_after_hours: int) -> None:
    """Without server cookies, the time has no meaning."""
    sent = f"session=s1; htjs_seen_srvr={NOW - 60}"

    assert renew(sent, restore_after_hours=restore_after_hours) == [
        f"htjs_seen_srvr=; {EXPIRED}; HttpOnly"
    ]


# Values


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("YWJj==", id="equals"),
        pytest.param('"u1"', id="quotes"),
        pytest.param('{"id":"u1","b":[1,2]}', id="json"),
        pytest.param("jane%40example.com%3B", id="percent-encoded"),
        pytest.param("100%", id="bare-percent"),
        pytest.param("jane@example.com", id="at"),
        pytest.param("a+b c", id="plus-and-space"),
        pytest.param("a, b=2", id="comma"),
        pytest.param("\\073", id="backslash"),
    ],
)
def test_renew_copies_a_value_byte_for_byte_in_both_directions(value: str) -> None:
    server_cookie = f"htjs_user_id_srvr={value}; {KEPT}; HttpOnly"

    assert renew(f"htjs_user_id={value}") == [server_cookie]
    assert renew(f"a=1; htjs_user_id_srvr={value}") == [
        f"htjs_user_id={value}; {KEPT}",
        server_cookie,
    ]


def test_renew_reads_the_cookies_of_several_headers() -> None:
    """The case of the header's name does not matter."""
    response = answer(
        "/ht/renew", ("Cookie", "htjs_user_id=u1"), ("cookie", "htjs_anonymous_id=a1")
    )

    assert set_cookies(response) == [
        f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


def test_malformed_neighbors_do_not_affect_renew() -> None:
    sent = '=; [object Object]; prefs={"a":"\u20ac"}; a@b=1; htjs_user_id=u1; name="Jane Doe; x'

    assert renew(sent) == [f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"]


#: Values that browsers do not store in a cookie.
REJECTED_BY_BROWSERS = pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\x01b", id="control"),
        pytest.param("a\r\nb", id="crlf"),
        pytest.param("a\tb", id="tab"),
        pytest.param("a\x7fb", id="del"),
        pytest.param("Jos\u00e9", id="latin-1"),
        pytest.param("\U0001f600", id="emoji"),
        pytest.param("x" * 4080, id="4097-bytes"),
        pytest.param("x" * 7000, id="very-long"),
    ],
)


@REJECTED_BY_BROWSERS
def test_browser_cookie_that_cannot_be_copied_expires_its_server_cookie(value: str) -> None:
    """The browser cookie is newer. Even a server cookie that was not sent must not be restored."""
    expired = f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly"

    assert renew(f"htjs_user_id={value}") == [expired]
    assert renew(f"htjs_user_id={value}; htjs_user_id_srvr=u0") == [expired]


@REJECTED_BY_BROWSERS
def test_browser_cookie_that_cannot_be_copied_counts_as_present(value: str) -> None:
    """No server cookie is restored next to it."""
    assert renew(f"htjs_user_id={value}; htjs_anonymous_id_srvr=a0") == [
        f"htjs_anonymous_id_srvr=; {EXPIRED}; HttpOnly",
        f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly",
    ]


@REJECTED_BY_BROWSERS
def test_browser_cookie_that_cannot_be_copied_does_not_affect_the_other(value: str) -> None:
    assert renew(f"htjs_user_id={value}; htjs_anonymous_id=a1") == [
        f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly",
    ]


@REJECTED_BY_BROWSERS
def test_server_cookie_that_cannot_be_copied_is_not_restored(value: str) -> None:
    assert renew(f"htjs_user_id_srvr={value}") == []


@pytest.mark.parametrize(
    ("name", "length"),
    [
        pytest.param("htjs_anonymous_id", 4074, id="anonymous-id"),
        pytest.param("htjs_user_id", 4079, id="user-id"),
    ],
)
def test_renew_copies_the_longest_value_that_browsers_keep(name: str, length: int) -> None:
    """The server cookie, which has the longer name, then has 4096 bytes."""
    value = "x" * length

    assert renew(f"{name}={value}") == [f"{name}_srvr={value}; {KEPT}; HttpOnly"]
    assert renew(f"{name}={value}x") == [f"{name}_srvr=; {EXPIRED}; HttpOnly"]
