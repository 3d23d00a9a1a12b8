"""The proxy through which a visit's browser reaches the network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tools.preview.certificate import write_certificate
from tools.preview.http_server import listen, serve
from tools.visit.engines.connect_proxy import ConnectProxy
from tools.visit.gateway import Gateway
from tools.visit.traffic import Exchange
from tools.visit.upstream import Upstream


class RecordingProxy(ConnectProxy):
    """A proxy that reads the browser's requests and sends no event to a host.

    It decrypts all HTTPS connections with a certificate that no one else trusts; the browsers of a
    visit do not verify certificates. It rejects plain HTTP.
    """

    def __init__(self, gateway: Gateway, port: int) -> None:
        super().__init__({})
        self._gateway = gateway
        self._gateway_port = port

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests since `forget()`."""
        return list(self._gateway.exchanges)

    def forget(self) -> None:
        """Forget all requests, and reset the clock."""
        super().forget()
        self._gateway.passed = timedelta()
        self._gateway.exchanges.clear()

    def move_clock(self, by: timedelta) -> None:
        """Make this time appear to have passed for the cookie services behind the proxy."""
        self._gateway.passed += by

    def port_of(self, method: str, target: str) -> int | None:
        """Record the host of a request, and return the port where the gateway listens."""
        if method == "CONNECT":
            self._contacted.setdefault(urlsplit(f"//{target}").hostname or target)
            return self._gateway_port
        return super().port_of(method, target)


@contextmanager
def recording_proxy(
    scratch: Path, *, trusted: Path | None, addresses: Mapping[str, int]
) -> Iterator[RecordingProxy]:
    """Run a proxy until the block ends. `Upstream` describes `trusted` and `addresses`."""
    certificate = scratch / "proxy.pem"
    write_certificate(certificate, ["visit.invalid"])
    gateway = Gateway(Upstream(trusted=trusted, addresses=addresses))
    listener = listen(0)
    with (
        serve(gateway, listener, certificate),
        RecordingProxy(gateway, listener.getsockname()[1]) as proxy,
    ):
        yield proxy
