"""The cookie service: every row of Hightouch's "Server setup", and what the page leaves open.

Requests are CloudFront's, answers are compared as whole `Set-Cookie` values. In those, `KEPT` and
`GONE` stand for the attributes that `test_*_attributes` spell out.
"""

from copy import deepcopy
from typing import Any

import pytest

from lambda_edge.cookie_service import Settings, respond

NOW = 1_700_000_000
KEPT = "Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax"
GONE = "Domain=example.com; Path=/; Max-Age=0; Secure; SameSite=Lax"

BOTH_PATHS = pytest.mark.parametrize("uri", ["/ht/renew", "/ht/clear"])
WITH_AND_WITHOUT_RESTORE_AFTER = pytest.mark.parametrize("restore_after_hours", [0, 23])


def make_settings(
    *,
    cookie_domain: str = "example.com",
    max_age_seconds: int = 31536000,
    restore_after_hours: int = 0,
    renew_path: str = "/ht/renew",
    clear_path: str = "/ht/clear",
) -> Settings:
    return Settings(
        cookie_domain=cookie_domain,
        max_age_seconds=max_age_seconds,
        restore_after_seconds=restore_after_hours * 3600,
        renew_path=renew_path,
        clear_path=clear_path,
    )


def viewer_request(
    uri: str, *headers: tuple[str, str], method: str = "POST", querystring: str = ""
) -> dict[str, Any]:
    """Return the request of a viewer-request event, as CloudFront sends it."""
    by_name: dict[str, list[dict[str, str]]] = {}
    for key, value in (("Host", "www.example.com"), ("User-Agent", "Mozilla/5.0"), *headers):
        by_name.setdefault(key.lower(), []).append({"key": key, "value": value})
    event: dict[str, Any] = {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "viewer-request",
                        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "headers": by_name,
                        "method": method,
                        "querystring": querystring,
                        "uri": uri,
                    },
                }
            }
        ]
    }
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return request


def answer(
    uri: str,
    *headers: tuple[str, str],
    method: str = "POST",
    settings: Settings | None = None,
    now: float = NOW,
) -> dict[str, Any]:
    """Return the answer to a request on one of our paths."""
    request = viewer_request(uri, *headers, method=method)
    response = respond(request, settings or make_settings(), now)
    assert response is not None
    return response


def set_cookies(response: dict[str, Any]) -> list[str]:
    """Return the `Set-Cookie` values in order of their text: theirs has no meaning."""
    return sorted(item["value"] for item in response["headers"].get("set-cookie", []))


def renew(cookie: str, *, restore_after_hours: int = 0, now: float = NOW) -> list[str]:
    """Return the `Set-Cookie` values that answer a renew call with this `Cookie` header."""
    settings = make_settings(restore_after_hours=restore_after_hours)
    return set_cookies(answer("/ht/renew", ("Cookie", cookie), settings=settings, now=now))


# The answer


def test_an_answer_without_cookies_is_written_whole() -> None:
    assert answer("/ht/renew") == {
        "status": "200",
        "statusDescription": "OK",
        "headers": {
            "cache-control": [{"key": "cache-control", "value": "no-store"}],
            "content-type": [{"key": "content-type", "value": "application/json"}],
        },
        "body": "{}",
    }


def test_each_cookie_is_an_item_of_its_own() -> None:
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
        pytest.param("htjs_user_id=\x00; =; \u20ac", id="rubbish"),
    ],
)
def test_the_status_is_always_200(uri: str, cookie: str) -> None:
    """The SDK tries anything else again, three times, before it loads."""
    response = answer(uri, ("Cookie", cookie))

    assert response["status"] == "200"
    assert response["body"] == "{}"
    assert response["headers"]["content-type"] == [
        {"key": "content-type", "value": "application/json"}
    ]
    assert response["headers"]["cache-control"] == [{"key": "cache-control", "value": "no-store"}]


# Renew: the table


def test_server_cookie_attributes() -> None:
    assert renew("htjs_anonymous_id=a1") == [
        "htjs_anonymous_id_srvr=a1; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_browser_cookie_attributes() -> None:
    """The SDK's own domain and path, and readable by script: it is the SDK that needs it."""
    assert renew("htjs_user_id_srvr=u1") == [
        "htjs_user_id=u1; Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax",
        "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly",
    ]


def test_expired_cookie_attributes() -> None:
    """Domain and path are those of the cookie that shall go, or it stays."""
    assert set_cookies(answer("/ht/clear")) == [
        "htjs_anonymous_id_srvr=; Domain=example.com; Path=/; Max-Age=0"
        "; Secure; SameSite=Lax; HttpOnly",
        "htjs_seen_srvr=; Domain=example.com; Path=/; Max-Age=0; Secure; SameSite=Lax; HttpOnly",
        "htjs_user_id_srvr=; Domain=example.com; Path=/; Max-Age=0; Secure; SameSite=Lax; HttpOnly",
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
            id="both-beside-older-server-cookies",
        ),
    ],
)
def test_browser_cookies_come_back_as_server_cookies(cookie: str, expected: list[str]) -> None:
    """And are not set themselves: that could undo a `reset()` which happened meanwhile."""
    assert renew(cookie) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_anonymous_id=a1; htjs_anonymous_id_srvr=a0; htjs_user_id_srvr=u0",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=; {GONE}; HttpOnly",
            ],
            id="anonymous-id",
        ),
        pytest.param(
            "htjs_user_id=u1; htjs_anonymous_id_srvr=a0",
            [
                f"htjs_anonymous_id_srvr=; {GONE}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="user-id",
        ),
        pytest.param(
            "htjs_anonymous_id=a1; htjs_user_id=; htjs_user_id_srvr=u0",
            [
                f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=; {GONE}; HttpOnly",
            ],
            id="beside-an-empty-one",
        ),
    ],
)
def test_a_server_cookie_without_its_browser_cookie_expires(
    cookie: str, expected: list[str]
) -> None:
    """Else it would come back, eight days later, beside somebody else's newer id."""
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
            id="beside-empty-browser-cookies",
        ),
        pytest.param(
            "htjs_anonymous_id_srvr=; htjs_user_id_srvr=u1",
            [f"htjs_user_id=u1; {KEPT}", f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"],
            id="beside-an-empty-server-cookie",
        ),
    ],
)
def test_server_cookies_come_back_as_browser_cookies(cookie: str, expected: list[str]) -> None:
    """Where neither browser cookie came. Their own age is renewed."""
    assert renew(cookie) == expected


@WITH_AND_WITHOUT_RESTORE_AFTER
@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="empty-header"),
        pytest.param("session=s1; _ga=GA1.1.1", id="the-site's-own"),
        pytest.param("htjs_anonymous_id; htjs_user_id_srvr", id="names-alone"),
        pytest.param("htjs_anonymous_id=; htjs_user_id=", id="empty-browser-cookies"),
        pytest.param("htjs_anonymous_id_srvr=; htjs_user_id_srvr=", id="empty-server-cookies"),
        pytest.param("htjs_seen_srvr=", id="empty-seen"),
        pytest.param("HTJS_USER_ID=u1; htjs_user_id_srv=u1; xhtjs_user_id=u1", id="look-alikes"),
    ],
)
def test_nothing_of_ours_sets_no_cookies(cookie: str, restore_after_hours: int) -> None:
    assert renew(cookie, restore_after_hours=restore_after_hours) == []


def test_no_cookie_header_sets_no_cookies() -> None:
    assert set_cookies(answer("/ht/renew")) == []


@WITH_AND_WITHOUT_RESTORE_AFTER
def test_the_seen_cookie_alone_expires(restore_after_hours: int) -> None:
    """It belongs to server cookies, and those are gone."""
    sent = f"session=s1; htjs_seen_srvr={NOW - 60}"

    assert renew(sent, restore_after_hours=restore_after_hours) == [
        f"htjs_seen_srvr=; {GONE}; HttpOnly"
    ]


# Renew: values


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
def test_a_value_passes_byte_for_byte(value: str) -> None:
    """In both directions."""
    server_cookie = f"htjs_user_id_srvr={value}; {KEPT}; HttpOnly"

    assert renew(f"htjs_user_id={value}") == [server_cookie]
    assert renew(f"a=1; htjs_user_id_srvr={value}") == [
        f"htjs_user_id={value}; {KEPT}",
        server_cookie,
    ]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(["htjs_user_id=first; htjs_user_id=second"], id="one-header"),
        pytest.param(["htjs_user_id=first", "htjs_user_id=second"], id="two-headers"),
    ],
)
def test_the_first_of_duplicates_is_copied(headers: list[str]) -> None:
    response = answer("/ht/renew", *(("cookie", header) for header in headers))

    assert set_cookies(response) == [f"htjs_user_id_srvr=first; {KEPT}; HttpOnly"]


def test_cookies_of_several_headers_are_all_read() -> None:
    """Whatever the spelling of the header's name."""
    response = answer(
        "/ht/renew", ("Cookie", "htjs_user_id=u1"), ("cookie", "htjs_anonymous_id=a1")
    )

    assert set_cookies(response) == [
        f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


def test_malformed_neighbours_cost_nothing() -> None:
    sent = '=; [object Object]; prefs={"a":"\u20ac"}; a@b=1; htjs_user_id=u1; name="Jane Doe; x'

    assert renew(sent) == [f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"]


UNCOPYABLE = pytest.mark.parametrize(
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


@UNCOPYABLE
def test_a_value_that_a_browser_would_not_keep_expires_its_twin(value: str) -> None:
    """It is newer than the twin, so that one must not come back; also where it did not come."""
    expired = f"htjs_user_id_srvr=; {GONE}; HttpOnly"

    assert renew(f"htjs_user_id={value}") == [expired]
    assert renew(f"htjs_user_id={value}; htjs_user_id_srvr=u0") == [expired]


@UNCOPYABLE
def test_a_value_that_a_browser_would_not_keep_counts_as_present(value: str) -> None:
    """No server cookie comes back beside it."""
    assert renew(f"htjs_user_id={value}; htjs_anonymous_id_srvr=a0") == [
        f"htjs_anonymous_id_srvr=; {GONE}; HttpOnly",
        f"htjs_user_id_srvr=; {GONE}; HttpOnly",
    ]


@UNCOPYABLE
def test_a_value_that_a_browser_would_not_keep_is_not_copied_beside_another(value: str) -> None:
    assert renew(f"htjs_user_id={value}; htjs_anonymous_id=a1") == [
        f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=; {GONE}; HttpOnly",
    ]


@UNCOPYABLE
def test_a_server_cookie_that_a_browser_would_not_keep_is_not_restored(value: str) -> None:
    assert renew(f"htjs_user_id_srvr={value}") == []


@pytest.mark.parametrize(
    ("name", "length"),
    [
        pytest.param("htjs_anonymous_id", 4074, id="anonymous-id"),
        pytest.param("htjs_user_id", 4079, id="user-id"),
    ],
)
def test_the_longest_value_that_a_browser_keeps_is_copied(name: str, length: int) -> None:
    """4096 bytes with the name of the server cookie, which is the longer of the two."""
    value = "x" * length

    assert renew(f"{name}={value}") == [f"{name}_srvr={value}; {KEPT}; HttpOnly"]
    assert renew(f"{name}={value}x") == [f"{name}_srvr=; {GONE}; HttpOnly"]


# Renew: deleted on purpose


RESTORED = [
    f"htjs_anonymous_id=a1; {KEPT}",
    f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
    f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
    f"htjs_user_id=u1; {KEPT}",
    f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
]
CLEARED = [
    f"htjs_anonymous_id_srvr=; {GONE}; HttpOnly",
    f"htjs_seen_srvr=; {GONE}; HttpOnly",
    f"htjs_user_id_srvr=; {GONE}; HttpOnly",
]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_user_id=u1",
            [
                f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="first-renew",
        ),
        pytest.param(
            "htjs_user_id=u1; htjs_user_id_srvr=u1; htjs_seen_srvr=1600000000",
            [
                f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="next-renew",
        ),
        pytest.param(
            "htjs_user_id_srvr=u1; htjs_seen_srvr=1600000000",
            [
                f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
                f"htjs_user_id=u1; {KEPT}",
                f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
            ],
            id="restore",
        ),
    ],
)
def test_renew_remembers_when_it_set_a_server_cookie(cookie: str, expected: list[str]) -> None:
    assert renew(cookie, restore_after_hours=23) == expected


def test_the_remembered_time_is_whole_seconds() -> None:
    assert renew("htjs_user_id=u1", restore_after_hours=23, now=NOW + 0.999) == [
        f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_user_id=\x01", [f"htjs_user_id_srvr=; {GONE}; HttpOnly"], id="not-copied"
        ),
        pytest.param("session=s1", [], id="nothing-of-ours"),
    ],
)
def test_no_time_is_remembered_where_no_server_cookie_is_set(
    cookie: str, expected: list[str]
) -> None:
    assert renew(cookie, restore_after_hours=23) == expected


@pytest.mark.parametrize(
    ("age_seconds", "expected"),
    [
        pytest.param(0, CLEARED, id="at-once"),
        pytest.param(3 * 3600, CLEARED, id="3-hours"),
        pytest.param(23 * 3600 - 1, CLEARED, id="just-below"),
        pytest.param(23 * 3600, RESTORED, id="at-the-limit"),
        pytest.param(23 * 3600 + 1, RESTORED, id="just-above"),
        pytest.param(8 * 86400, RESTORED, id="8-days"),
        pytest.param(1_700_000_000, RESTORED, id="the-epoch"),
        pytest.param(-1, CLEARED, id="a-second-ahead"),
        pytest.param(-300, CLEARED, id="300-seconds-ahead"),
        pytest.param(-301, RESTORED, id="301-seconds-ahead"),
        pytest.param(-86400, RESTORED, id="a-day-ahead"),
    ],
)
def test_browser_cookies_gone_within_the_limit_were_deleted_on_purpose(
    age_seconds: int, expected: list[str]
) -> None:
    """ITP takes them after a day at the earliest, a logout whose clear was lost at once."""
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - age_seconds}"

    assert renew(sent, restore_after_hours=23) == expected


def test_a_fraction_below_the_limit_is_below_it() -> None:
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 23 * 3600}"

    assert renew(sent, restore_after_hours=23, now=NOW - 0.001) == CLEARED


@pytest.mark.parametrize("hours", [1, 168])
def test_the_limit_is_the_setting(hours: int) -> None:
    sent = "htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr="

    assert renew(f"{sent}{NOW - hours * 3600 + 1}", restore_after_hours=hours) == CLEARED
    assert renew(f"{sent}{NOW - hours * 3600}", restore_after_hours=hours) == RESTORED


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param("", id="missing"),
        pytest.param("; htjs_seen_srvr", id="name-alone"),
        pytest.param("; htjs_seen_srvr=", id="empty"),
        pytest.param("; htjs_seen_srvr=yesterday", id="word"),
        pytest.param("; htjs_seen_srvr=-1700000000", id="negative"),
        pytest.param("; htjs_seen_srvr=+1700000000", id="plus"),
        pytest.param("; htjs_seen_srvr=1700000000.0", id="fraction"),
        pytest.param("; htjs_seen_srvr=1_700_000_000", id="underscores"),
        pytest.param("; htjs_seen_srvr=17000 00000", id="inner-space"),
        pytest.param("; htjs_seen_srvr=0x6553f100", id="hexadecimal"),
        pytest.param('; htjs_seen_srvr="1700000000"', id="quoted"),
        pytest.param("; htjs_seen_srvr=1700000000000", id="milliseconds"),
        pytest.param("; htjs_seen_srvr=" + "1" * 5000, id="very-long"),
        pytest.param("; htjs_seen_srvr=\u0661\u0667" + "\u0660" * 8, id="arabic-digits"),
        pytest.param("; htjs_seen_srvr=170000000\u00b2", id="superscript"),
        pytest.param("; htjs_seen_srvr=bad; htjs_seen_srvr=1700000000", id="first-of-duplicates"),
    ],
)
def test_a_nonsensical_time_restores(seen: str) -> None:
    """As documented: nothing says that the browser cookies were deleted on purpose."""
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1{seen}"

    assert renew(sent, restore_after_hours=23) == RESTORED


@pytest.mark.parametrize("cookie", ["htjs_anonymous_id_srvr=a1", "htjs_user_id_srvr=u1"])
def test_one_server_cookie_is_enough_to_tell(cookie: str) -> None:
    assert renew(f"{cookie}; htjs_seen_srvr={NOW - 60}", restore_after_hours=23) == CLEARED


def test_empty_browser_cookies_count_as_deleted() -> None:
    sent = f"htjs_user_id=; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 60}"

    assert renew(sent, restore_after_hours=23) == CLEARED


def test_a_fresh_time_takes_nothing_from_a_browser_cookie() -> None:
    """The usual reload: the ids are there, and renew has just run."""
    sent = f"htjs_user_id=u1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 1}"

    assert renew(sent, restore_after_hours=23) == [
        f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


@pytest.mark.parametrize("age_seconds", [0, 60, 86400, -1, -300, -301])
def test_with_the_setting_off_a_leftover_time_does_not_clear(age_seconds: int) -> None:
    """Nor is it set: by default the service does what the vendor's page says."""
    sent = f"htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - age_seconds}"

    assert renew(sent, restore_after_hours=0) == [
        f"htjs_user_id=u1; {KEPT}",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


# Clear


@WITH_AND_WITHOUT_RESTORE_AFTER
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no-header"),
        pytest.param([("Cookie", "")], id="empty-header"),
        pytest.param([("Cookie", "htjs_anonymous_id=a1; htjs_user_id=u1")], id="browser-cookies"),
        pytest.param([("Cookie", "htjs_user_id_srvr=u1; htjs_seen_srvr=1")], id="server-cookies"),
        pytest.param([("Cookie", "htjs_user_id_srvr=\x00\u20ac")], id="uncopyable"),
    ],
)
def test_clear_expires_every_server_cookie_whatever_came(
    headers: list[tuple[str, str]], restore_after_hours: int
) -> None:
    """And no browser cookie: that would undo a login which follows `reset()` at once."""
    settings = make_settings(restore_after_hours=restore_after_hours)

    assert set_cookies(answer("/ht/clear", *headers, settings=settings)) == CLEARED


# Method


@BOTH_PATHS
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_allowed(uri: str, method: str) -> None:
    """It changes nothing: a link or an image must not renew or clear."""
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
        pytest.param([("Origin", "https://203.0.113.178")], id="address"),
        pytest.param([("Origin", "https://[2001:db8::1]")], id="ipv6-address"),
    ],
)
def test_a_cross_site_call_is_forbidden(uri: str, headers: list[tuple[str, str]]) -> None:
    """It changes nothing: no other site logs a visitor out or prolongs an id."""
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
def test_a_call_from_the_site_is_served(uri: str, headers: list[tuple[str, str]]) -> None:
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
        "//ht/renew",
        "/x/ht/renew",
        "/ht/%72enew",
        "/ht/renew?x=1",
        "/ht/renew ",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_path_is_left_alone(uri: str, method: str) -> None:
    """So that a function attached too widely never takes a site down."""
    request = viewer_request(
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
def test_the_query_is_no_part_of_the_path(uri: str) -> None:
    request = viewer_request(uri, querystring="utm_source=x")

    response = respond(request, make_settings(), NOW)

    assert response is not None
    assert response["status"] == "200"


@BOTH_PATHS
def test_the_request_is_only_read(uri: str) -> None:
    request = viewer_request(uri, ("Cookie", "htjs_user_id=u1; htjs_anonymous_id_srvr=a1"))
    before = deepcopy(request)

    respond(request, make_settings(), NOW)

    assert request == before


# Settings


def test_the_cookie_domain_is_the_setting() -> None:
    settings = make_settings(cookie_domain="example.co.uk")
    sent = ("Cookie", "htjs_user_id=u1")

    response = answer("/ht/renew", sent, ("Origin", "https://www.example.co.uk"), settings=settings)

    assert set_cookies(response) == [
        "htjs_user_id_srvr=u1; Domain=example.co.uk; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_the_age_of_every_cookie_is_the_setting() -> None:
    settings = make_settings(max_age_seconds=86400, restore_after_hours=23)

    response = answer("/ht/renew", ("Cookie", "htjs_user_id_srvr=u1"), settings=settings)

    assert set_cookies(response) == [
        "htjs_seen_srvr=1700000000; Domain=example.com; Path=/; Max-Age=86400"
        "; Secure; SameSite=Lax; HttpOnly",
        "htjs_user_id=u1; Domain=example.com; Path=/; Max-Age=86400; Secure; SameSite=Lax",
        "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=86400"
        "; Secure; SameSite=Lax; HttpOnly",
    ]


def test_the_paths_are_the_settings() -> None:
    settings = make_settings(renew_path="/id/keep", clear_path="/id/drop")
    sent = ("Cookie", "htjs_user_id=u1")

    assert set_cookies(answer("/id/keep", sent, settings=settings)) == [
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"
    ]
    assert set_cookies(answer("/id/drop", sent, settings=settings)) == CLEARED
    assert respond(viewer_request("/ht/renew", sent), settings, NOW) is None
