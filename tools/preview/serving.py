"""A server of this process, in a thread of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

_START_SECONDS = 10


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone; 0 stands for any free port.

    Raises OSError where the port is taken.
    """
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    # Or a body waits 40 ms for the viewer to acknowledge its headers: asyncio sets this only on
    # sockets that it makes itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextmanager
def serving(app: ASGIApp, listener: socket.socket, certificate: Path | None) -> Iterator[None]:
    """Serve `app` on the socket, over TLS with `certificate`: a PEM file with its key."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        # What a viewer says of itself in X-Forwarded-For and -Proto is not what it is.
        proxy_headers=False,
        server_header=False,
        ssl_certfile=certificate,
        timeout_graceful_shutdown=1,
        # A browser whose idle connection ends just as it sends a POST may not send it again.
        timeout_keep_alive=60,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the local server did not start")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
