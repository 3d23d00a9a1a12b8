"""Renew and clear if a cookie is sent twice: a script on a sibling subdomain can plant a cookie.

The script cannot overwrite an HttpOnly cookie, but it can set a cookie of the same name on a longer
path. Browsers send cookies with longer paths first (tests/browser/duplicate_contract.py).
"""

import pytest

from tests.support.cookie_service_calls import (
    CLEARED,
    CLEARED_ELSEWHERE,
    CLEARED_EVERYWHERE,
    EXPIRED,
    KEPT,
    NOW,
    answer,
    renew,
    set_cookies,
)
from tests.support.example import make_settings

RESTORED = [f"htjs_anonymous_id=a1; {KEPT}", f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly"]
#: A cookie domain below the registrable domain, and a browser's request to it.
NARROW = make_settings(cookie_domain="shop.example.com", cookie_domain_is_registrable=False)
NARROW_HOST = ("Host", "shop.example.com")


# Server cookies


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("htjs_anonymous_id_srvr=ATTACKER; htjs_anonymous_id_srvr=a1", id="two"),
        pytest.param(
            "htjs_anonymous_id_srvr=x; htjs_anonymous_id_srvr=y; htjs_anonymous_id_srvr=a1",
            id="three",
        ),
        pytest.param("htjs_anonymous_id_srvr=a1; htjs_anonymous_id_srvr=a1", id="equal"),
        pytest.param("htjs_anonymous_id_srvr=; htjs_anonymous_id_srvr=a1", id="empty"),
    ],
)
def test_renew_restores_the_last_of_duplicate_server_cookies(cookie: str) -> None:
    """Its path is `/`, the shortest. The others expire in every scope where they can be."""
    assert renew(cookie) == sorted([*RESTORED, *CLEARED_ELSEWHERE])


def test_renew_restores_the_last_of_duplicates_in_several_headers() -> None:
    response = answer(
        "/ht/renew",
        ("Cookie", "htjs_anonymous_id_srvr=ATTACKER"),
        ("Cookie", "htjs_anonymous_id_srvr=a1"),
    )

    assert set_cookies(response) == sorted([*RESTORED, *CLEARED_ELSEWHERE])


def test_renew_expires_duplicate_server_cookies_next_to_browser_cookies() -> None:
    sent = "htjs_user_id_srvr=ATTACKER; htjs_user_id=u1; htjs_user_id_srvr=u1"

    assert renew(sent) == sorted([f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly", *CLEARED_ELSEWHERE])


@pytest.mark.parametrize("planted", ["x", "9999999999", "0"])
def test_planted_time_of_the_last_visit_does_not_restore_deleted_ids(planted: str) -> None:
    sent = (
        f"htjs_seen_srvr={planted}; htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1"
        f"; htjs_seen_srvr={NOW - 60}"
    )

    assert renew(sent, restore_after_hours=23) == CLEARED_EVERYWHERE


def test_planted_recent_time_does_not_delete_ids() -> None:
    sent = f"htjs_seen_srvr={NOW - 60}; htjs_anonymous_id_srvr=a1; htjs_seen_srvr={NOW - 700000}"

    assert renew(sent, restore_after_hours=23) == sorted(
        [*RESTORED, f"htjs_seen_srvr={NOW}; {KEPT}; HttpOnly", *CLEARED_ELSEWHERE]
    )


# Browser cookies


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(["htjs_user_id=ATTACKER; htjs_user_id=u1"], id="one-header"),
        pytest.param(["htjs_user_id=ATTACKER", "htjs_user_id=u1"], id="two-headers"),
        pytest.param(["htjs_user_id=u1; htjs_user_id="], id="empty-last"),
    ],
)
def test_renew_copies_the_last_of_duplicate_browser_cookies(headers: list[str]) -> None:
    """A page at `/` does not see the others, so the SDK does not read them."""
    response = answer("/ht/renew", *(("Cookie", header) for header in headers))

    assert set_cookies(response) == [f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly"]


# A cookie domain below the registrable domain


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("htjs_user_id_srvr=u1; htjs_user_id_srvr=ATTACKER", id="id"),
        pytest.param(
            "htjs_user_id_srvr=u1; htjs_seen_srvr=1; htjs_seen_srvr=x", id="time-of-the-last-visit"
        ),
    ],
)
def test_renew_restores_nothing_if_a_wider_domain_is_possible_and_values_differ(
    cookie: str,
) -> None:
    """A cookie of the wider `Domain` can be sent last. Renew does not change that cookie."""
    values = set_cookies(answer("/ht/renew", NARROW_HOST, ("Cookie", cookie), settings=NARROW))

    assert {value.partition("=")[2].partition(";")[0] for value in values} == {""}
    assert {*CLEARED} <= {value.replace("shop.example.com", "example.com") for value in values}
    assert not [value for value in values if "Domain=example.com" in value]


@pytest.mark.parametrize(
    ("cookie", "value"),
    [
        pytest.param("htjs_user_id_srvr=u1; htjs_user_id_srvr=u1", "u1", id="equal"),
        pytest.param(
            "htjs_user_id=u1; htjs_user_id_srvr=u0; htjs_user_id_srvr=ATTACKER",
            "u1",
            id="with-a-browser-cookie",
        ),
    ],
)
def test_renew_keeps_the_id_if_a_wider_domain_is_possible(cookie: str, value: str) -> None:
    """It keeps the ID if all values are equal, or if a browser cookie was sent."""
    values = set_cookies(answer("/ht/renew", NARROW_HOST, ("Cookie", cookie), settings=NARROW))

    kept = f"htjs_user_id_srvr={value}; {KEPT}; HttpOnly".replace("example.com", "shop.example.com")
    assert kept in values


# Every scope


def test_clear_expires_server_cookies_of_every_scope_that_reaches_a_route() -> None:
    """`Domain` is missing, the cookie domain, or any name from there down to the host."""
    values = set_cookies(answer("/ht/clear", ("Host", "Www.Shop.Example.com:443")))

    assert values == sorted(
        f"{name}=;{domain} Path={path}; Max-Age=0; Secure; SameSite=Lax; HttpOnly"
        for name in ("htjs_anonymous_id_srvr", "htjs_user_id_srvr", "htjs_seen_srvr")
        for domain in (
            "",
            " Domain=example.com;",
            " Domain=shop.example.com;",
            " Domain=www.shop.example.com;",
        )
        for path in ("/", "/ht", "/ht/", "/ht/renew", "/ht/clear")
    )


@pytest.mark.parametrize(
    "host", [f"{'a.' * 120}example.com", f"{'x' * 240}.example.com", f"www.{'b.' * 9}example.com"]
)
def test_long_host_does_not_make_the_answer_too_long(host: str) -> None:
    """The answer includes the widest names, as many as fit."""
    values = set_cookies(answer("/ht/clear", ("Host", host)))

    assert {*CLEARED_EVERYWHERE} <= {*values}
    assert sum(map(len, values)) < 9000


def test_renew_without_duplicates_expires_no_cookies_of_other_scopes() -> None:
    sent = f"htjs_user_id_srvr=u1; htjs_seen_srvr={NOW - 60}"

    assert renew(sent, restore_after_hours=23) == CLEARED
    assert renew("htjs_user_id=u1; htjs_anonymous_id_srvr=a0") == [
        f"htjs_anonymous_id_srvr=; {EXPIRED}; HttpOnly",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]
