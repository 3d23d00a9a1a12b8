"""An HTTP server in a thread of this process."""

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
    """Return a socket that listens only on this machine. Port 0 selects a free port.

    Raises OSError if the port is in use.
    """
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    # Without this option, a body waits 40 ms until the viewer acknowledges the headers. asyncio
    # sets it only on sockets that it creates.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextmanager
def serve(app: ASGIApp, listener: socket.socket, certificate: Path | None) -> Iterator[None]:
    """Serve `app` on the socket. With `certificate`, a PEM file with its key, it uses TLS."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        # A viewer can send any X-Forwarded-For and X-Forwarded-Proto.
        proxy_headers=False,
        server_header=False,
        # The local edge itself rejects long headers, as CloudFront does.
        h11_max_incomplete_event_size=1024 * 1024,
        ssl_certfile=certificate,
        timeout_graceful_shutdown=1,
        # If an idle connection is closed just when a browser sends a POST, it may not retry.
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
