"""Renew for a visitor who opts out with Global Privacy Control, `Sec-GPC: 1`.

Spec: https://www.w3.org/TR/gpc/
"""

import pytest

from tests.support.cookie_service_calls import (
    CLEARED_EVERYWHERE,
    KEPT,
    NOW,
    answer,
    set_cookies,
)
from tests.support.example import make_settings

HONORING = make_settings(honor_gpc=True, restore_after_seconds=23 * 3600)
OPTS_OUT = ("Sec-GPC", "1")


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="nothing"),
        pytest.param("htjs_anonymous_id=a1; htjs_user_id=u1", id="browser-cookies"),
        pytest.param("htjs_anonymous_id_srvr=a1; htjs_user_id_srvr=u1", id="server-cookies"),
        pytest.param("htjs_user_id_srvr=x; htjs_user_id_srvr=u1", id="duplicates"),
        pytest.param(f"htjs_seen_srvr={NOW - 60}", id="time-of-the-last-visit"),
    ],
)
@pytest.mark.parametrize("uri", ["/ht/renew", "/ht/clear"])
def test_answer_to_a_visitor_who_opts_out_is_that_of_clear(uri: str, cookie: str) -> None:
    response = answer(uri, OPTS_OUT, ("Cookie", cookie), settings=HONORING)

    assert set_cookies(response) == CLEARED_EVERYWHERE
    assert response == answer("/ht/clear", settings=HONORING)


@pytest.mark.parametrize("value", ["0", "", "true", "11", "?1"])
def test_only_the_value_1_opts_out(value: str) -> None:
    """The specification defines no other value."""
    sent = ("Cookie", "htjs_user_id=u1")

    assert answer("/ht/renew", ("Sec-GPC", value), sent, settings=HONORING) == answer(
        "/ht/renew", sent, settings=HONORING
    )


def test_signal_is_ignored_by_default() -> None:
    response = answer("/ht/renew", OPTS_OUT, ("Cookie", "htjs_user_id_srvr=u1"))

    assert set_cookies(response) == [
        f"htjs_user_id=u1; {KEPT}",
        f"htjs_user_id_srvr=u1; {KEPT}; HttpOnly",
    ]


@pytest.mark.parametrize(
    ("method", "header", "status"),
    [
        pytest.param("GET", ("Accept", "*/*"), "405", id="method"),
        pytest.param("POST", ("Sec-Fetch-Site", "cross-site"), "403", id="cross-site"),
    ],
)
def test_signal_does_not_change_which_calls_are_served(
    method: str, header: tuple[str, str], status: str
) -> None:
    response = answer("/ht/renew", OPTS_OUT, header, method=method, settings=HONORING)

    assert (response["status"], set_cookies(response)) == (status, [])
