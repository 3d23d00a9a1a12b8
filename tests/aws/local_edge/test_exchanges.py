"""The exchanges that the edge records, which the preview shows."""

from typing import Any

import boto3
import pytest

from tests.support.local_edge import Edge, origin_response


def test_exchange_has_request_and_response(edge: Edge) -> None:
    edge.respond = origin_response(
        200, ("set-cookie", "htjs_a=1; HttpOnly"), ("set-cookie", "session=s")
    )

    edge.send(
        "https://WWW.example.com:8443/methods/2?a=b", ("cookie", "htjs_user_id=u1; session=secret")
    )

    [exchange] = edge.exchanges
    shown = exchange.as_json()
    assert 0 < shown.pop("milliseconds") < 60_000
    assert shown.pop("time")
    assert boto3.client("cloudfront").get_distribution(Id=shown.pop("distribution"))
    assert shown == {
        "host": "www.example.com",
        "method": "GET",
        "path": "/methods/2?a=b",
        "behavior": "/methods/2",
        "action": "sent to origin.example.com",
        "status": 200,
        "cookies_in": [
            {"name": "htjs_user_id", "value": "u1"},
            {"name": "session", "value": None},
        ],
        "cookies_out": [
            {"name": "htjs_a", "value": "1", "http_only": True, "max_age": None},
            {"name": "session", "value": None, "http_only": False, "max_age": None},
        ],
    }


@pytest.mark.parametrize(
    ("url", "script", "behavior", "action"),
    [
        ("https://www.example.com/", {}, "Default (*)", "sent to origin.example.com"),
        (
            "https://www.example.com/function",
            {"answer": {"status": "200"}},
            "/function*",
            "answered by scripted:1",
        ),
        ("http://www.example.com/redirect", {}, "/redirect*", "redirected to HTTPS"),
        (
            "http://www.example.com/https-only",
            {},
            "/https-only",
            "rejected: this distribution allows only HTTPS",
        ),
        (
            "https://other.example.com/",
            {},
            None,
            "rejected: no distribution has the alternate domain name other.example.com",
        ),
    ],
)
def test_exchange_names_the_action_of_the_edge(
    edge: Edge, url: str, script: dict[str, Any], behavior: str | None, action: str
) -> None:
    edge.send_script(url, **script)

    [exchange] = edge.exchanges
    assert (exchange.behavior, exchange.action) == (behavior, action)
