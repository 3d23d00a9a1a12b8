"""Calls of the cookie service in this process, and the `Set-Cookie` values that tests expect.

In those values, `KEPT` and `EXPIRED` are the attributes that the tests `test_*_attributes` in
tests/lambda_edge/test_renew.py spell out.
"""

from typing import Any

from lambda_edge.cookie_service import Settings, respond
from tests.support import viewer_requests
from tests.support.example import make_settings

NOW = 1_700_000_000
KEPT = "Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax"
EXPIRED = "Domain=example.com; Path=/; Max-Age=0; Secure; SameSite=Lax"
#: Every server cookie, expired in the scope in which the cookie service sets it.
CLEARED = [
    f"htjs_anonymous_id_srvr=; {EXPIRED}; HttpOnly",
    f"htjs_seen_srvr=; {EXPIRED}; HttpOnly",
    f"htjs_user_id_srvr=; {EXPIRED}; HttpOnly",
]
#: Every server cookie, expired in every scope that a browser sends to example.com/ht/….
CLEARED_EVERYWHERE = sorted(
    f"{name}=;{domain} Path={path}; Max-Age=0; Secure; SameSite=Lax; HttpOnly"
    for name in ("htjs_anonymous_id_srvr", "htjs_seen_srvr", "htjs_user_id_srvr")
    for domain in (" Domain=example.com;", "")
    for path in ("/", "/ht", "/ht/", "/ht/renew", "/ht/clear")
)
#: The same without `CLEARED`.
CLEARED_ELSEWHERE = sorted({*CLEARED_EVERYWHERE} - {*CLEARED})


def request_for(
    uri: str, *headers: tuple[str, str], method: str = "POST", querystring: str = ""
) -> dict[str, Any]:
    """Return the request of a viewer-request event."""
    event = viewer_requests.event(uri, *headers, method=method, querystring=querystring)
    request: dict[str, Any] = event["Records"][0]["cf"]["request"]
    return request


def answer(
    uri: str,
    *headers: tuple[str, str],
    method: str = "POST",
    settings: Settings | None = None,
    now: float = NOW,
) -> dict[str, Any]:
    """Return the answer to a request on one of the cookie service's paths."""
    response = respond(request_for(uri, *headers, method=method), settings or make_settings(), now)
    assert response is not None
    return response


def set_cookies(response: dict[str, Any]) -> list[str]:
    """Return the `Set-Cookie` values, sorted, because their order has no meaning."""
    return sorted(viewer_requests.set_cookies(response))


def renew(cookie: str, *, restore_after_hours: int = 0, now: float = NOW) -> list[str]:
    """Return the `Set-Cookie` values that answer a renew call with this `Cookie` header."""
    settings = make_settings(restore_after_seconds=restore_after_hours * 3600)
    return set_cookies(answer("/ht/renew", ("Cookie", cookie), settings=settings, now=now))
