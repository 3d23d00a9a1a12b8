"""The page view benchmark: its network, and its results from the browser's requests."""

import socket
import threading
import time

import pytest

from bench.distant_server import DistantServer
from bench.page_view import Exchange, PageView, critical, preconnect, rows_of
from tests.support.checkout import ROOT
from tests.support.documents import blocks

SDK = "https://cdn.shop.localhost:1/browser/release/v1-latest/events.min.js"


def exchange(url: str, started: float, ended: float, *, is_connected: bool = False) -> Exchange:
    return Exchange(method="GET", url=url, is_connected=is_connected, started=started, ended=ended)


def echo(listener: socket.socket) -> None:
    """Echo everything that one client sends."""
    connection, _ = listener.accept()
    with connection:
        while received := connection.recv(65536):
            connection.sendall(received)


@pytest.mark.parametrize("round_trip", [0, 0.05])
def test_distant_server_answers_after_two_round_trips_and_then_after_one(round_trip: float) -> None:
    """The first round trip opens the connection. Every byte arrives, in order."""
    sent = bytes(range(256)) * 1000
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=echo, args=[listener], daemon=True).start()
        with DistantServer.before(listener.getsockname()[1]) as distant:
            distant.round_trip_seconds = round_trip
            started = time.monotonic()
            with socket.create_connection(("127.0.0.1", distant.port), 10) as client:
                client.sendall(b"a")
                assert client.recv(1) == b"a"
                connected = time.monotonic()
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                with client.makefile("rb") as answer:
                    assert answer.read() == sent
                ended = time.monotonic()

    assert connected - started >= 2 * round_trip
    assert ended - connected >= round_trip


def test_documented_preconnect_is_the_one_that_is_measured() -> None:
    [line] = blocks((ROOT / "docs" / "operate.md").read_text(), "html")

    assert line.strip() == preconnect("https://events.example.com")


def test_first_event_waits_for_the_requests_that_ended_before_the_next_began() -> None:
    """A request that runs in parallel is not in the list."""
    page = exchange("https://shop.localhost:1/2", 0, 3)
    sdk = exchange(SDK, 3.1, 6)
    beside = exchange("https://shop.localhost:1/ht/renew", 3.2, 7.5, is_connected=True)
    event = exchange("https://events.shop.localhost:1/v1/page", 7, 8, is_connected=True)

    assert critical([page, beside, sdk, event]) == [page, sdk, event]


def test_row_has_the_median_its_bound_and_each_round_trip_by_url() -> None:
    page = exchange("https://shop.localhost:1/0?a=b", 0, 3)
    event = exchange("https://events.shop.localhost:1/v1/page", 4, 5, is_connected=True)
    views = {
        "without": [
            PageView(milliseconds=500, exchanges=[page]),
            PageView(milliseconds=300, exchanges=[page]),
            PageView(milliseconds=100, exchanges=[page, event]),
        ],
        "with": [PageView(milliseconds=350, exchanges=[page, event])],
    }

    assert rows_of(views, 50) == [
        {
            "round trip, ms": 50,
            "page": "without",
            "first event, ms": 300,
            "added, ms": 0,
            "bound, ms": 150,
            "round trips": 3,
            "of which": "`GET shop.localhost/0 (3)`",
        },
        {
            "round trip, ms": 50,
            "page": "with",
            "first event, ms": 350,
            "added, ms": 50,
            "bound, ms": 200,
            "round trips": 4,
            "of which": "`GET shop.localhost/0 (3)`, `GET events.shop.localhost/v1/page`",
        },
    ]
