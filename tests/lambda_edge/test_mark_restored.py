"""The mark of a visit whose IDs were restored: the cookie `htjs_restored`."""

from datetime import timedelta

import pytest

from lambda_edge.cookie_service import Settings
from tests.support.cookie_service_calls import (
    CLEARED,
    CLEARED_EVERYWHERE,
    EXPIRED,
    KEPT,
    NOW,
    answer,
    set_cookies,
)
from tests.support.example import make_settings

MARKING = make_settings(mark_restored=True)
#: For 30 minutes, in the scope of the browser cookies, and readable by script.
MARK = "Domain=example.com; Path=/; Max-Age=1800; Secure; SameSite=Lax"
NO_MARK = f"htjs_restored=; {EXPIRED}"


def renew(cookie: str, settings: Settings = MARKING) -> list[str]:
    return set_cookies(answer("/ht/renew", ("Cookie", cookie), settings=settings))


@pytest.mark.parametrize("value", ["a1", "%22a1%22", "a=b==", '{"a":1}', "a%3B%20%25", "x" * 4074])
def test_renew_that_restores_sets_the_mark_to_the_same_bytes(value: str) -> None:
    """The longest value that a browser keeps as a server cookie has 4074 characters."""
    assert f"htjs_restored={value}; {MARK}" in renew(f"htjs_anonymous_id_srvr={value}")


def test_key_adds_only_the_mark_to_an_answer() -> None:
    sent = "htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1"

    assert renew(sent) == sorted(
        [*renew(sent, make_settings()), "htjs_restored=a1; " + MARK],
    )


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("", id="new-visitor"),
        pytest.param("htjs_anonymous_id=a1", id="browser-cookie"),
        pytest.param("htjs_anonymous_id=a1; htjs_anonymous_id_srvr=a1", id="next-page"),
        pytest.param("htjs_user_id=u1; htjs_anonymous_id_srvr=a1", id="one-browser-cookie"),
        pytest.param("htjs_user_id_srvr=u1", id="only-a-user-id"),
        pytest.param("htjs_anonymous_id_srvr=\x01; htjs_user_id_srvr=u1", id="not-copied"),
        pytest.param("htjs_anonymous_id=a1; htjs_restored=a1", id="marked-before"),
    ],
)
def test_renew_that_restores_no_anonymous_id_does_not_change_the_mark(sent: str) -> None:
    """A mark ends 30 minutes after the restore, however many pages the visitor opens."""
    assert renew(sent) == renew(sent, make_settings())


def test_clear_expires_the_mark() -> None:
    response = answer("/ht/clear", settings=MARKING)

    assert set_cookies(response) == sorted([*CLEARED_EVERYWHERE, NO_MARK])


def test_renew_of_a_visitor_who_opts_out_expires_the_mark() -> None:
    settings = make_settings(mark_restored=True, honor_gpc=True)
    sent = ("Cookie", "htjs_anonymous_id_srvr=a1; htjs_restored=a1")

    response = answer("/ht/renew", ("Sec-GPC", "1"), sent, settings=settings)

    assert set_cookies(response) == sorted([*CLEARED_EVERYWHERE, NO_MARK])


def test_renew_that_finds_ids_deleted_on_purpose_expires_the_mark() -> None:
    """The mark is the anonymous ID, which the visitor has deleted."""
    settings = make_settings(
        mark_restored=True, restore_after_seconds=timedelta(hours=23) // timedelta(seconds=1)
    )
    sent = f"htjs_anonymous_id_srvr=a1; htjs_seen_srvr={NOW - 60}; htjs_restored=a1"

    assert renew(sent, settings) == sorted([*CLEARED, NO_MARK])


def test_mark_does_not_change_what_is_kept_for_the_next_visit() -> None:
    """The other cookies have the age from the settings."""
    assert f"htjs_anonymous_id_srvr=a1; {KEPT}; HttpOnly" in renew("htjs_anonymous_id_srvr=a1")
