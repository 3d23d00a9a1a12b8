"""The requests that the gateway forwards to hosts, and the answers that it returns."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest

from tools.visit.gateway import Gateway
from tools.visit.upstream import Upstream, UpstreamError

EVENT = json.dumps({"type": "page", "anonymousId": "a", "messageId": "m"}).encode()


class Hosts(Upstream):
    """Hosts that all answer with `answer`. `sent` are the requests to them."""

    def __init__(self, answer: httpx.Response | UpstreamError) -> None:
        self.answer = answer
        self.sent: list[httpx.Request] = []
        self.greeted: list[str] = []

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes | None
    ) -> httpx.Response:
        self.sent.append(httpx.Request(method, url, headers=list(headers), content=body))
        if isinstance(self.answer, UpstreamError):
            raise self.answer
        return self.answer

    async def shake_hands(self, url: str) -> None:
        self.greeted.append(url)
        if isinstance(self.answer, UpstreamError):
            raise self.answer


def send(gateway: Gateway, method: str, path: str = "/", **options: object) -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway)) as client:
            return await client.request(method, f"https://www.shop.example{path}", **options)  # type: ignore[arg-type]

    return asyncio.run(exchange())


def answering(status: int = 200, **headers: str) -> Hosts:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Hosts(httpx.Response(status, headers=named, stream=httpx.ByteStream(b"answer")))


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_events_and_their_preflights_reach_no_host(method: str) -> None:
    hosts = answering()
    origin = {"Origin": "https://www.shop.example"}
    answer = send(Gateway(hosts), method, "/v1/page", content=EVENT, headers=origin)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert answer.headers["access-control-allow-origin"] == "https://www.shop.example"
    assert hosts.sent == []
    assert hosts.greeted == ["https://www.shop.example/v1/page"]


def test_events_host_that_does_not_answer_is_recorded() -> None:
    gateway = Gateway(Hosts(UpstreamError(OSError("no such host"))))
    assert send(gateway, "POST", "/v1/page", content=EVENT).status_code == 502
    [exchange] = gateway.exchanges
    assert (exchange.failure, exchange.reason) == ("unreachable", "no such host")


def test_headers_that_bypass_the_proxy_or_ask_for_a_password_are_removed() -> None:
    gateway = Gateway(
        answering(
            401,
            Alt_Svc='h3=":443"',
            Strict_Transport_Security="max-age=1",
            WWW_Authenticate="Basic",
            Set_Cookie="a=b",
        )
    )
    answer = send(gateway, "GET")
    assert answer.status_code == 401
    assert dict(answer.headers) == {"set-cookie": "a=b"}
    assert answer.content == b"answer"


def test_time_of_the_last_visit_is_moved_by_the_days_that_have_passed() -> None:
    hosts = answering()
    gateway = Gateway(hosts)
    gateway.passed += timedelta(days=8)
    send(gateway, "POST", "/ht/renew", headers={"Cookie": "a=1; htjs_seen_srvr=1000000; b=2"})
    assert hosts.sent[0].headers["cookie"] == "a=1; htjs_seen_srvr=308800; b=2"


def test_only_the_bodies_of_events_are_recorded() -> None:
    gateway = Gateway(answering())
    send(gateway, "POST", "/login", content=b"password")
    send(gateway, "POST", "/v1/page", content=EVENT)
    assert [one.body for one in gateway.exchanges] == [b"", EVENT]


def test_record_of_a_page_that_never_stops_sending_is_bounded() -> None:
    """The number of recorded requests, their URLs, and their bodies are bounded."""
    gateway = Gateway(answering())
    assert send(gateway, "GET", f"/{'x' * 16_384}").status_code == 414
    send(gateway, "POST", "/v1/page", content=b"x" * 2_000_000)
    assert [len(one.body) for one in gateway.exchanges] == [1_000_000]
    gateway.exchanges *= 5000
    assert send(gateway, "POST", "/v1/page", content=EVENT).status_code == 200
    assert len(gateway.exchanges) == 5000
