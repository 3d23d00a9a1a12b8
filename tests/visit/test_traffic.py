"""The requests that must not reach a host, and the events in request bodies."""

import json

import pytest

from tools.visit.traffic import events_in, host_of, is_for_the_sink, origin_of

EVENT = {"type": "page", "anonymousId": "a", "messageId": "m"}
BODY = json.dumps(EVENT).encode()


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *("/v1/page", "/v1/", "//v1/t", "/%761/t", "/%25761/t", "/V1/t", "/a/v1/batch", "/\\v1/t"),
        f"/%{'25' * 5000}761/t",
    ],
)
def test_every_spelling_of_an_events_path_is_for_the_sink(method: str, path: str) -> None:
    assert is_for_the_sink(method, f"https://any.example{path}?a", b"")


@pytest.mark.parametrize("body", [BODY, json.dumps({"batch": [EVENT]}).encode()])
def test_an_event_is_for_the_sink_on_any_path(body: bytes) -> None:
    assert is_for_the_sink("POST", "https://any.example/collect", body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/settings", b""),
        ("HEAD", "/v1/page", b""),
        ("POST", "/ht/renew", b'{"sentAt":"2026-01-01T00:00:00.000Z"}'),
        ("POST", "/api/v10/orders", b'{"anonymousId":"a"}'),
        ("OPTIONS", "/ht/renew", b""),
        ("POST", "/login", b"a=b"),
    ],
)
def test_other_requests_reach_their_host(method: str, path: str, body: bytes) -> None:
    assert not is_for_the_sink(method, f"https://any.example{path}", body)


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (BODY, [EVENT]),
        (json.dumps({"batch": [EVENT, 1, {}]}).encode(), [EVENT]),
        (b'{"batch":1}', []),
        (b"[]", []),
        (b"\xff", []),
        (b"[" * 100_000, []),
        (b"", []),
    ],
)
def test_events_are_read_from_a_body(body: bytes, events: list[object]) -> None:
    assert events_in(body) == events


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        (
            "https://user@CDN.shop.example:8443/a?b",
            "cdn.shop.example",
            "https://cdn.shop.example:8443",
        ),
        ("inline", "", "://"),
        ("http://[", "", "://"),
    ],
)
def test_host_and_origin_are_read_from_any_text_of_a_page(url: str, host: str, origin: str) -> None:
    assert (host_of(url), origin_of(url)) == (host, origin)
