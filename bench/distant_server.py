"""A network with a round-trip time, in front of a server on this machine."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from socket import socket

from tools.preview.http_server import listen

_READ_BYTES = 65536


class DistantServer:
    """A TCP proxy on `port` that makes a server seem `round_trip_seconds` away.

    Each direction takes half of that time. The kernel accepts a connection at once, so the proxy
    delays a client's first bytes by one more round trip, as if the client had to connect first. The
    time can be changed between connections. Bandwidth is not limited, and there is no slow start.
    """

    def __init__(self, port: int, server_port: int) -> None:
        self.port = port
        self.round_trip_seconds = 0.0
        self._server_port = server_port

    @classmethod
    @contextmanager
    def before(cls, server_port: int) -> "Iterator[DistantServer]":
        """Run a proxy to a port of this machine until the block ends."""
        with listen(0) as listener:
            proxy = cls(listener.getsockname()[1], server_port)
            loop = asyncio.new_event_loop()
            ended = asyncio.Event()
            thread = threading.Thread(
                target=loop.run_until_complete, args=[proxy._serve(listener, ended)], daemon=True
            )
            thread.start()
            try:
                yield proxy
            finally:
                loop.call_soon_threadsafe(ended.set)
                thread.join()
                loop.close()

    async def _serve(self, listener: socket, ended: asyncio.Event) -> None:
        connections: set[asyncio.Task[None]] = set()

        async def connect(near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            try:
                with closing(to_near):
                    await self._tunnel(near, to_near)
            except* OSError:
                pass  # one end has closed the connection
            finally:
                connections.discard(task)

        async with await asyncio.start_server(connect, sock=listener):
            await ended.wait()
            for task in connections:
                task.cancel()
            await asyncio.gather(*connections, return_exceptions=True)

    async def _tunnel(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        one_way = self.round_trip_seconds / 2
        connected = asyncio.get_running_loop().time() + self.round_trip_seconds
        far, to_far = await asyncio.open_connection("127.0.0.1", self._server_port)
        with closing(to_far):
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_carry(near, to_far, one_way, not_before=connected + one_way))
                ways.create_task(_carry(far, to_near, one_way, not_before=0))


async def _carry(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    seconds: float,
    *,
    not_before: float,
) -> None:
    """Copy all data from one end to the other, and delay each part by `seconds`."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def read() -> None:
        sent = b"-"
        while sent:
            sent = await source.read(_READ_BYTES)
            on_the_way.put_nowait((max(not_before, loop.time() + seconds), sent))

    async with asyncio.TaskGroup() as reading:
        reading.create_task(read())
        while True:
            due, sent = await on_the_way.get()
            await asyncio.sleep(due - loop.time())
            if not sent:
                break
            sink.write(sent)
            await sink.drain()
        sink.write_eof()
