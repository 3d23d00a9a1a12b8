"""Renew with `restore_after_hours`: browser cookies that vanish too soon for ITP stay deleted."""

import pytest

from tests.support.cookie_service_calls import CLEARED, EXPIRED, KEPT, NOW, renew

RESTORED = [
    f"htjs_anonymous_id=a1; {KEPT}",
    f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly",
    f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
    f"htjs_user_id=u1; {KEPT}",
    f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
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
def test_renew_sets_the_time_of_the_visit_with_a_server_cookie(
    cookie: str, expected: list[str]
) -> None:
    assert renew(cookie, restore_after_hours=23) == expected


def test_time_of_the_visit_is_in_whole_seconds() -> None:
    assert renew("htjs_user_id=u1", restore_after_hours=23, now=NOW + 0.999) == [
        f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param(
            "htjs_user_id=\x01", [f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly"], id="not-copied"
        ),
        pytest.param("session=s1", [], id="no-id"),
    ],
)
def test_renew_sets_no_time_without_a_server_cookie(cookie: str, expected: list[str]) -> None:
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
def test_browser_cookies_that_vanish_within_the_limit_count_as_deleted_on_purpose(
    age_seconds: int, expected: list[str]
) -> None:
    """ITP deletes them after at least a day, and a logout whose clear call is lost at once."""
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - age_seconds}"

    assert renew(sent, restore_after_hours=23) == expected


def test_age_a_fraction_below_the_limit_is_within_the_limit() -> None:
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 23 * 3600}"

    assert renew(sent, restore_after_hours=23, now=NOW - 0.001) == CLEARED


@pytest.mark.parametrize("hours", [1, 168])
def test_limit_follows_the_setting(hours: int) -> None:
    sent = "htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1; htjs_seen_srvr="

    assert renew(f"{sent}{NOW - hours * 3600 + 1}", restore_after_hours=hours) == CLEARED
    assert renew(f"{sent}{NOW - hours * 3600}", restore_after_hours=hours) == RESTORED


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param("", id="missing"),
        pytest.param("; htjs_seen_srvr", id="only-the-name"),
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
    ],
)
def test_renew_restores_ids_if_the_time_is_invalid(seen: str) -> None:
    """Without a time, nothing shows that the browser cookies were deleted on purpose."""
    sent = f"htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1{seen}"

    assert renew(sent, restore_after_hours=23) == RESTORED


@pytest.mark.parametrize("cookie", ["htjs_anonymous_id_srvr=a1", "htjs_user_id_srvr=u1"])
def test_one_server_cookie_with_a_recent_time_is_cleared(cookie: str) -> None:
    assert renew(f"{cookie}; htjs_seen_srvr={NOW - 60}", restore_after_hours=23) == CLEARED


def test_empty_browser_cookies_count_as_deleted() -> None:
    sent = f"htjs_user_id=; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 60}"

    assert renew(sent, restore_after_hours=23) == CLEARED


def test_recent_time_does_not_affect_a_browser_cookie() -> None:
    """In an ordinary reload, the browser still has its IDs, and renew has just run."""
    sent = f"htjs_user_id=u1; htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 1}"

    assert renew(sent, restore_after_hours=23) == [
        f"htjs_seen_srvr=1700000000; {KEPT}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


@pytest.mark.parametrize("age_seconds", [0, 60, 86400, -1, -300, -301])
def test_renew_ignores_the_time_by_default(age_seconds: int) -> None:
    """It does not set the time, either. By default, the service follows Hightouch's page."""
    sent = f"htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - age_seconds}"

    assert renew(sent, restore_after_hours=0) == [
        f"htjs_user_id=u1; {KEPT}",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]
