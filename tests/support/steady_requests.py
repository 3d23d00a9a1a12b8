"""A viewer that keeps loading the SDK and sending events through the local edge."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import boto3
import httpx

from tests.support import example
from tools.preview.distributions import read_distributions
from tools.preview.local_edge import EdgeFunctions, LocalEdge
from tools.preview.origins import hightouch

_PAUSE_SECONDS = 0.05
_SDK = "/browser/release/v1-latest/events.min.js"


class SteadyRequests:
    """Requests to both proxies. `answers` lists the host and status of each answer so far."""

    def __init__(self, functions: EdgeFunctions, sdk_domain: str, events_domain: str) -> None:
        self.answers: list[tuple[str, int]] = []
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._sent = [
            ("GET", f"https://{sdk_domain}{_SDK}", b""),
            ("POST", f"https://{events_domain}/v1/track", b'{"event": "look"}'),
        ]
        cloudfront = boto3.client("cloudfront")
        self._edge = LocalEdge(
            # Read them again for each request, because tests change them meanwhile.
            lambda: read_distributions(cloudfront),
            functions,
            hightouch(example.deployment(), lambda _event: None),
            record=lambda _exchange: None,
            http_as_https=False,
        )

    def run(self) -> None:
        """Send requests until `end` is called."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._edge)) as viewer:
            while not self._ended.wait(_PAUSE_SECONDS):
                for method, url, content in self._sent:
                    answer = await viewer.request(method, url, content=content)
                    with self._changed:
                        self.answers.append((answer.url.host, answer.status_code))
                        self._changed.notify_all()

    def end(self) -> None:
        """Send no more requests."""
        self._ended.set()

    def next_answers(self) -> Sequence[tuple[str, int]]:
        """Wait until both hosts have answered a new request; return all answers since this call."""
        with self._changed:
            start = len(self.answers)
            full_round = start + 2 * len(self._sent)
            assert self._changed.wait_for(lambda: len(self.answers) >= full_round, timeout=60)
            return self.answers[start:]

    @contextmanager
    def during(self) -> Iterator[list[tuple[str, int]]]:
        """Yield a list that, after the block, contains the answers that arrived during it."""
        answers: list[tuple[str, int]] = []
        start = len(self.answers)
        yield answers
        answers += self.answers[start:]


@contextmanager
def steady_requests(
    functions: EdgeFunctions, sdk_domain: str, events_domain: str
) -> Iterator[SteadyRequests]:
    """Send requests to both proxies, one after the other, until the end of the block."""
    requests = SteadyRequests(functions, sdk_domain, events_domain)
    thread = threading.Thread(target=requests.run)
    thread.start()
    try:
        requests.next_answers()
        yield requests
    finally:
        requests.end()
        thread.join()
