"""The proxy through which a browser reaches servers on this machine, and nothing else."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from socket import SHUT_RDWR, create_connection, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from urllib.parse import urlsplit


class ConnectProxy(ThreadingTCPServer):
    """An HTTP proxy that opens tunnels to servers on this machine and rejects other requests.

    `routes` maps a host name to the port on 127.0.0.1 that replaces the host's port 443. It can be
    changed at any time, which does not affect open tunnels. Nothing listens on the port `dead_end`:
    it is the proxy for an engine's own traffic, so that `contacted` has only the hosts of pages.
    """

    daemon_threads = True

    def __init__(self, routes: Mapping[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.port: int = self.server_address[1]
        self.routes = routes
        self._unheard = socket()
        self._unheard.bind(("127.0.0.1", 0))
        self.dead_end: int = self._unheard.getsockname()[1]
        self._contacted: dict[str, None] = {}
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()
        self._unheard.close()

    @property
    def contacted(self) -> list[str]:
        """The distinct hosts of all requests, in the order of their first requests."""
        return list(self._contacted)

    def forget(self) -> None:
        """Empty `contacted`."""
        self._contacted.clear()

    def port_of(self, method: str, target: str) -> int | None:
        """Record the host of a request, and return the port of its server, or None to reject it."""
        address = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host = address.hostname or target
        self._contacted.setdefault(host)
        is_https = method == "CONNECT" and address.port == 443
        return self.routes.get(host) if is_https else None


class _Tunnel(StreamRequestHandler):
    server: ConnectProxy
    rbufsize = 0  # the bytes after the head belong to the tunnel

    def handle(self) -> None:
        # Browsers open connections in advance, and close those that they do not need.
        with suppress(OSError):
            request = self.rfile.readline().decode("latin-1").split()
            while self.rfile.readline().strip():
                pass
            if request:
                self._answer(*request[:2])

    def _answer(self, method: str, target: str) -> None:
        port = self.server.port_of(method, target)
        if port is None:
            return  # WebKit would treat a status as the site's response
        with create_connection(("127.0.0.1", port)) as site:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_copy, args=[site, self.connection], daemon=True)
            back.start()
            _copy(self.connection, site)
            back.join()


def _copy(source: socket, sink: socket) -> None:
    """Copy until one side closes, then close both, because HTTP over TLS needs both directions."""
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(SHUT_RDWR)
