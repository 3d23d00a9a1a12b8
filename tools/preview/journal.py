"""The log of a preview: its past entries, and new entries for its followers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

Entry = tuple[str, dict[str, Any]]

_KEPT = 2000
# A follower that leaves more entries unread is dropped. It can follow again.
_UNREAD = 2 * _KEPT
# Only these kinds are dropped. New entries cannot be understood without old ones of other kinds.
_DROPPED = ("request", "event")


class Journal:
    """A list of entries, each a kind and a JSON object. It is used in one event loop.

    Old requests and events are dropped, and so is a follower that does not read.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._followers: set[asyncio.Queue[Entry | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, kind: str, entry: dict[str, Any]) -> None:
        """Add an entry and send it to all followers."""
        self._entries.append((kind, entry))
        if len(self._entries) > _KEPT:
            old = (index for index, (kind, _) in enumerate(self._entries) if kind in _DROPPED)
            del self._entries[next(old, 0)]
        for follower in tuple(self._followers):
            follower.put_nowait((kind, entry))
            if follower.qsize() > _UNREAD:
                self._drop(follower)

    def _drop(self, follower: "asyncio.Queue[Entry | None]") -> None:
        self._followers.remove(follower)
        while not follower.empty():
            follower.get_nowait()
        follower.put_nowait(None)

    def close(self) -> None:
        """End all followers. It may be called from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        for follower in self._followers:
            follower.put_nowait(None)

    async def follow(self) -> AsyncIterator[Entry]:
        """Yield the past entries and then each new entry."""
        news: asyncio.Queue[Entry | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        for entry in self._entries:
            news.put_nowait(entry)
        self._followers.add(news)
        try:
            while (new := await news.get()) is not None:
                yield new
        finally:
            self._followers.discard(news)
