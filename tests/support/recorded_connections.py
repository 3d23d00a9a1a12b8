"""A TLS server that records every byte that it receives, and passes it on to other servers."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.preview.certificate import write_certificate


@dataclass(slots=True)
class Connection:
    """A connection to a host, and the decrypted bytes that the client sent."""

    host: str
    sent: bytes = b""


class Recorder:
    """The server for the hosts in `ports`, whose values are the ports of the real servers.

    `connections` are those that it accepted, after their TLS handshake.
    """

    def __init__(self, scratch: Path, ports: dict[str, int]) -> None:
        self.certificate = scratch / "recorder.pem"
        write_certificate(self.certificate, list(ports))
        self.connections: list[Connection] = []
        self._ports = ports
        self._hosts: dict[object, str] = {}

    async def run(self, running: Future[tuple[int, asyncio.AbstractEventLoop]]) -> None:
        """Accept connections until the task is canceled."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        context.sni_callback = self._remember
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        running.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop()))
        async with server:
            await server.serve_forever()

    def _remember(self, tls: object, host: str | None, _context: object) -> None:
        self._hosts[tls] = host or ""

    async def _accept(self, viewer: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        connection = Connection(self._hosts[answer.get_extra_info("ssl_object")])
        self.connections.append(connection)
        unverified = ssl.create_default_context()
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        server, request = await asyncio.open_connection(
            "127.0.0.1", self._ports[connection.host], ssl=unverified, server_hostname="localhost"
        )
        back = asyncio.create_task(_copy(server, answer))
        with suppress(OSError):
            while part := await viewer.read(65536):
                connection.sent += part
                request.write(part)
                await request.drain()
        request.transport.abort()
        await back


@contextmanager
def recorder(scratch: Path, ports: dict[str, int]) -> Iterator[tuple[int, Recorder]]:
    """Run a recorder until the end of the block, and yield its port and itself."""
    recording = Recorder(scratch, ports)
    running: Future[tuple[int, asyncio.AbstractEventLoop]] = Future()

    def run() -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(recording.run(running))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    port, loop = running.result(10)
    try:
        yield port, recording
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65536):
            sink.write(part)
            await sink.drain()
    sink.close()
