"""The record of a request: its fields, and the cookie values that it hides."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.preview.exchange import Exchange, cookies_in, cookies_out


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([""], [], id="empty"),
        pytest.param(
            ["htjs_anonymous_id=a%201; htjs_user_id_srvr=u=1"],
            [("htjs_anonymous_id", "a%201"), ("htjs_user_id_srvr", "u=1")],
            id="sdk-cookies",
        ),
        pytest.param(
            ["session=secret; htjs_user_id=u1; cart=3"],
            [("session", None), ("htjs_user_id", "u1"), ("cart", None)],
            id="site-cookies-are-hidden",
        ),
        pytest.param(
            ["HTJS_user_id=1; xhtjs_a=2; htjs_=3; htjs_a1=4"],
            [("HTJS_user_id", None), ("xhtjs_a", None), ("htjs_", None), ("htjs_a1", None)],
            id="similar-names",
        ),
        pytest.param(
            ["a=1; htjs_a=2", "b=3;htjs_b=4"],
            [("a", None), ("htjs_a", "2"), ("b", None), ("htjs_b", "4")],
            id="two-headers",
        ),
        pytest.param([" ;htjs_a=; ;b;"], [("htjs_a", ""), ("b", None)], id="odd-pairs"),
        pytest.param(["htjs_a=1; htjs_a=2"], [("htjs_a", "1"), ("htjs_a", "2")], id="duplicates"),
    ],
)
def test_record_of_a_request_hides_the_values_of_other_cookies(
    headers: list[str], expected: list[tuple[str, str | None]]
) -> None:
    assert cookies_in(headers) == [{"name": name, "value": value} for name, value in expected]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(
            "htjs_user_id_srvr=u=1; Domain=example.com; Path=/; Max-Age=31536000; Secure; HttpOnly",
            {"name": "htjs_user_id_srvr", "value": "u=1", "http_only": True, "max_age": 31536000},
            id="server-cookie",
        ),
        pytest.param(
            "htjs_user_id=u1; Max-Age=31536000; SameSite=Lax",
            {"name": "htjs_user_id", "value": "u1", "http_only": False, "max_age": 31536000},
            id="browser-cookie",
        ),
        pytest.param(
            "htjs_user_id_srvr=; Max-Age=0; HttpOnly",
            {"name": "htjs_user_id_srvr", "value": "", "http_only": True, "max_age": 0},
            id="expired",
        ),
        pytest.param(
            "session=secret; httponly;MAX-AGE = -1 ",
            {"name": "session", "value": None, "http_only": True, "max_age": -1},
            id="site-cookie-is-hidden",
        ),
        pytest.param(
            "htjs_a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
            {"name": "htjs_a", "value": "1", "http_only": False, "max_age": None},
            id="no-max-age",
        ),
        pytest.param(
            "htjs_a=1; Max-Age=1; Max-Age=2",
            {"name": "htjs_a", "value": "1", "http_only": False, "max_age": 2},
            id="last-max-age",
        ),
    ],
)
def test_record_of_a_response_hides_the_values_of_other_cookies(
    header: str, expected: dict[str, Any]
) -> None:
    assert cookies_out([header]) == [expected]


@pytest.mark.parametrize("max_age", ["", "soon", "1.5", "--1", "\xb2", "+1", "9" * 5000])
def test_max_age_that_is_no_number_is_none(max_age: str) -> None:
    """RFC 6265 §5.2.2: browsers ignore such a value."""
    [cookie] = cookies_out([f"htjs_a=1; Max-Age={max_age}"])

    assert cookie["max_age"] is None


def test_exchange_is_written_as_json() -> None:
    exchange = Exchange(
        host="www.example.com",
        method="POST",
        path="/ht/renew",
        cookies_in=[{"name": "a", "value": None}],
        time=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        distribution="EDFDVBD6EXAMPLE",
        behavior="/ht/renew",
        action="answered by cookies:1",
        status=200,
        milliseconds=1.26,
        cookies_out=[{"name": "b", "value": None, "http_only": True, "max_age": 1}],
    )

    assert exchange.as_json() == {
        "time": "2026-01-02T03:04:05.678Z",
        "host": "www.example.com",
        "method": "POST",
        "path": "/ht/renew",
        "distribution": "EDFDVBD6EXAMPLE",
        "behavior": "/ht/renew",
        "action": "answered by cookies:1",
        "status": 200,
        "milliseconds": 1.3,
        "cookies_in": [{"name": "a", "value": None}],
        "cookies_out": [{"name": "b", "value": None, "http_only": True, "max_age": 1}],
    }


def test_exchange_has_the_time_when_the_request_begins() -> None:
    before = datetime.now(UTC)
    exchange = Exchange(host="a", method="GET", path="/", cookies_in=[])

    assert before <= exchange.time <= datetime.now(UTC)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", exchange.as_json()["time"])
