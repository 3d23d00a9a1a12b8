"""The preview's own server: its pages, the clock, and the journal as a stream of events.

The stream has the format in the HTML Standard, "Server-sent events":
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import http.client
import json
import re
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tools.preview.console import console
from tools.preview.http_server import listen, serve
from tools.preview.journal import Entry, Journal

SHOP = "http://shop.localhost:8400"
SITE = {"origin": "http://localhost:3000", "address": SHOP, "snippet": "<script></script>"}


class Clock:
    """A clock that can be moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def move(self, by: timedelta) -> timedelta:
        """Move the clock, and return the time by which it is ahead."""
        self.ahead += by
        return self.ahead


@pytest.fixture
def journal() -> Journal:
    """The journal of the console."""
    return Journal()


@pytest.fixture
def clock() -> Clock:
    """The clock that the console moves."""
    return Clock()


def entries(journal: Journal) -> list[Entry]:
    """Return the entries that a new follower of the journal gets."""

    async def read() -> list[Entry]:
        # The loop calls it when the follower waits for more entries.
        asyncio.get_running_loop().call_soon(journal.close)
        return [entry async for entry in journal.follow()]

    return asyncio.run(read())


@pytest.fixture
def send(journal: Journal, clock: Clock) -> Any:
    """A function that sends a request to the console and returns the response."""
    app = console(journal, clock.move, [SHOP], SITE)

    def send(method: str, path: str, **request: Any) -> httpx.Response:
        async def response() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            url = "http://preview.localhost"
            async with httpx.AsyncClient(transport=transport, base_url=url) as client:
                return await client.request(method, path, **request)

        return asyncio.run(response())

    return send


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/console.css", "text/css"),
        ("/console.js", "text/javascript"),
        ("/itp.js", "text/javascript"),
        ("/site.js", "text/javascript"),
        ("/shop.css", "text/css"),
        ("/shop.js", "text/javascript"),
    ],
)
def test_page_and_its_files_are_served_without_caching(
    send: Any, path: str, media_type: str
) -> None:
    """A changed file takes effect at the next load."""
    response = send("GET", path)

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.headers["cache-control"] == "no-cache"
    assert response.text


@pytest.mark.parametrize(
    "path", ["/shop.html", "/none", "/..%2Fconsole.py", "/console.py", "/console.js%00"]
)
def test_no_other_file_is_served(send: Any, path: str) -> None:
    assert send("GET", path).status_code == 404


def test_page_gets_the_address_and_snippet_of_the_users_site(send: Any) -> None:
    assert send("GET", "/site").json() == {
        "origin": "http://localhost:3000",
        "address": "http://shop.localhost:8400",
        "snippet": "<script></script>",
    }


def test_clock_moves_by_days(send: Any, clock: Clock, journal: Journal) -> None:
    """The response and the journal have the number of days by which the clock is ahead."""
    assert send("POST", "/clock", json={"days": 8}).json() == {"days": 8}
    assert send("POST", "/clock", json={"days": 0.5}).json() == {"days": 8.5}

    assert clock.ahead == timedelta(days=8, hours=12)
    assert entries(journal) == [("clock", {"days": 8}), ("clock", {"days": 8.5})]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"days": 0}', id="zero"),
        pytest.param('{"days": -1}', id="back"),
        pytest.param('{"days": true}', id="boolean"),
        pytest.param('{"days": "8"}', id="text"),
        pytest.param('{"days": null}', id="null"),
        pytest.param('{"days": NaN}', id="not-a-number"),
        pytest.param('{"days": Infinity}', id="infinity"),
        pytest.param('{"days": 1e300}', id="more-than-a-clock-holds"),
        pytest.param('{"days": 100000}', id="centuries"),
        pytest.param("{}", id="nothing"),
        pytest.param("8", id="no-object"),
        pytest.param("", id="empty"),
        pytest.param("{", id="no-json"),
        pytest.param("\xff", id="no-text"),
    ],
)
def test_invalid_move_of_the_clock_is_rejected(
    send: Any, clock: Clock, journal: Journal, body: str
) -> None:
    response = send("POST", "/clock", content=body.encode("latin-1"))

    assert response.status_code == 400
    assert response.json() == {"error": 'expected {"days": a number above 0, at most 3650}'}
    assert clock.ahead == timedelta()
    assert entries(journal) == []


def test_visit_is_recorded_with_its_time_and_the_clock(
    send: Any, clock: Clock, journal: Journal
) -> None:
    clock.move(timedelta(days=8))
    before = datetime.now(UTC)

    assert send("POST", "/visits", json={"anonymousId": "a1", "service": True}).json() == {}

    [(kind, visit)] = entries(journal)
    assert kind == "visit"
    assert before <= datetime.fromisoformat(visit.pop("time")) <= datetime.now(UTC)
    assert visit == {"days": 8, "anonymousId": "a1", "service": True}


def test_visit_that_is_no_object_has_no_ids(send: Any, journal: Journal) -> None:
    assert send("POST", "/visits", content="[1]").status_code == 200

    [(_, visit)] = entries(journal)
    assert sorted(visit) == ["days", "time"]


@pytest.mark.parametrize("path", ["/log", "/console.js"])
def test_read_only_path_does_not_accept_post(send: Any, path: str) -> None:
    assert send("POST", path).status_code == 405


def test_shops_page_may_send_requests(send: Any) -> None:
    """https://fetch.spec.whatwg.org/#http-cors-protocol."""
    origin = {"Origin": "http://shop.localhost:8400"}
    preflight = {"Access-Control-Request-Method": "POST"}
    preflight["Access-Control-Request-Headers"] = "content-type"
    response = send("GET", "/console.js", headers=origin)
    assert response.headers["access-control-allow-origin"] == "http://shop.localhost:8400"
    response = send("OPTIONS", "/clock", headers=origin | preflight)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "http://shop.localhost:8400"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/site"), ("POST", "/clock"), ("POST", "/visits"), ("OPTIONS", "/log")],
)
@pytest.mark.parametrize("origin", ["https://other.example", "http://shop.localhost:8401", "null"])
def test_page_of_another_origin_may_not_send_requests(
    send: Any, clock: Clock, journal: Journal, method: str, path: str, origin: str
) -> None:
    """The log contains the visitors' IDs, which a page in another tab could read."""
    response = send(method, path, headers={"Origin": origin}, json={"days": 8})

    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    assert clock.ahead == timedelta(0)
    assert entries(journal) == []


class Stream:
    """A connection that reads the stream of the console."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", "/log")
        self.response = self._connection.getresponse()

    def next(self) -> tuple[str, Any]:
        """Return the next event, its data read from JSON."""
        lines = [self.response.readline().decode() for _ in range(3)]
        match = re.fullmatch(r"event: (.*)\ndata: (.*)\n\n", "".join(lines))
        assert match
        return match[1], json.loads(match[2])

    def move(self, days: float) -> None:
        """Move the clock over another connection."""
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as other:
            other.request("POST", "/clock", json.dumps({"days": days}))
            assert other.getresponse().status == 200

    def close(self) -> None:
        """Close the connection."""
        self.response.close()
        self._connection.close()


@pytest.fixture
def stream(journal: Journal, clock: Clock) -> Iterator[Stream]:
    """The stream of a console whose journal has two entries."""
    journal.add("request", {"path": "/\nevent: forged"})
    journal.add("event", {"event": "größe"})
    listener = listen(0)
    port = listener.getsockname()[1]
    with (
        serve(console(journal, clock.move, [SHOP], {}), listener, None),
        closing(Stream(port)) as stream,
    ):
        yield stream
        journal.close()


def test_log_streams_past_and_new_entries(stream: Stream, journal: Journal) -> None:
    """Each entry is an event with its kind as the name. The stream ends with the journal."""
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    assert stream.response.headers["cache-control"] == "no-cache"
    assert stream.next() == ("request", {"path": "/\nevent: forged"})
    assert stream.next() == ("event", {"event": "größe"})

    for days in (1, 2):
        stream.move(1)
        assert stream.next() == ("clock", {"days": days})

    journal.close()
    assert stream.response.readline() == b""


def test_every_follower_gets_all_entries(journal: Journal) -> None:
    """A later follower also gets the past entries. When a follower leaves, the others continue."""

    async def follow() -> list[list[Entry]]:
        async def next_two(follower: AsyncIterator[Entry]) -> list[Entry]:
            return [await anext(follower), await anext(follower)]

        journal.add("a", {"n": 1})
        first, second = journal.follow(), journal.follow()
        got = [[await anext(first)]]
        journal.add("b", {"n": 2})
        got.append([await anext(first)])
        got.append(await next_two(second))
        await first.aclose()  # type: ignore[attr-defined]
        journal.add("c", {"n": 3})
        got.append([await anext(second)])
        journal.close()
        got.append([entry async for entry in second])
        return got

    a, b, c = ("a", {"n": 1}), ("b", {"n": 2}), ("c", {"n": 3})
    assert asyncio.run(follow()) == [[a], [b], [a, b], [c], []]


def test_follower_that_left_keeps_no_entries(journal: Journal) -> None:
    """Each reload of a page leaves a follower behind."""

    class Request(dict[str, Any]):
        pass

    async def leave() -> None:
        journal.add("request", {})
        follower = journal.follow()
        await anext(follower)
        await follower.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    entry = Request()
    reference = weakref.ref(entry)
    journal.add("request", entry)
    del entry
    for _ in range(2000):
        journal.add("request", {})

    assert reference() is None


def test_follower_that_does_not_read_is_dropped(journal: Journal) -> None:
    """It gets none of its 4,001 unread entries. Another follower gets all entries."""

    async def follow() -> tuple[int, int]:
        slow, quick = journal.follow(), journal.follow()
        journal.add("request", {})
        read = [await anext(slow), await anext(quick)]
        for _ in range(4001):
            journal.add("request", {})
            read.append(await anext(quick))
        async with asyncio.timeout(10):
            return len([entry async for entry in slow]), len(read)

    assert asyncio.run(follow()) == (0, 4003)


def test_journal_without_followers_closes() -> None:
    Journal().close()


def test_only_old_requests_and_events_are_dropped(journal: Journal) -> None:
    """The journal keeps 2000 entries. Visits and clock moves stay, as they explain the others."""
    journal.add("clock", {"days": 8})
    journal.add("visit", {"days": 8})
    for number in range(1500):
        journal.add("request", {"n": number})
        journal.add("event", {"n": number})

    kept = entries(journal)

    assert len(kept) == 2000
    assert kept[:4] == [
        ("clock", {"days": 8}),
        ("visit", {"days": 8}),
        ("request", {"n": 501}),
        ("event", {"n": 501}),
    ]
    assert kept[-1] == ("event", {"n": 1499})
