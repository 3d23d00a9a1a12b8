"""Hosts whose answers attack the program that calls them, served on a port of this machine."""

import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: The pause between two drops of a dripping host, and their number. They end, so that a test does.
DRIP_SECONDS = 0.05
_DRIPS = 1000

#: Sends an answer to one request. The event is set when the test is over.
Host = Callable[[socket.socket, threading.Event], None]


def answering(start: bytes, body: bytes = b"{}") -> Host:
    """Return a host that answers with `start`, which is the status and headers, and `body`."""
    length = b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    return lambda connection, _: connection.sendall(b"HTTP/1.1 " + start + length + body)


def dripping(start: bytes, drop: bytes) -> Host:
    """Return a host that sends `drop` again and again, slowly, after the start of its answer."""

    def answer(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + start)
        for _ in range(_DRIPS):
            connection.sendall(drop)
            if over.wait(DRIP_SECONDS):
                break

    return answer


def sending(megabytes: int) -> Host:
    """Return a host that sends a body of this size without its length."""

    def answer(connection: socket.socket, over: threading.Event) -> None:  # noqa: ARG001
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(megabytes):
            connection.sendall(b"x" * 2**20)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def zipped(megabytes: int) -> bytes:
    """Return this many megabytes of zeros, compressed for `Content-Encoding: gzip`."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [compressor.compress(bytes(2**20)) for _ in range(megabytes)]
    return b"".join([*parts, compressor.flush()])


@contextmanager
def serve(host: Host) -> Iterator[str]:
    """Serve the host on a port of this machine and yield its URL."""
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            requests = connection.makefile("rb")
            while line := requests.readline():
                if line == b"\r\n":
                    host(connection, over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=talk, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
