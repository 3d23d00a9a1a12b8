"""Connections to the real hosts of a visit, with verified certificates."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from tools.visit.traffic import Failure

_CONNECT_SECONDS = 10
_TIMEOUT = httpx.Timeout(30, connect=_CONNECT_SECONDS, pool=None)


class UpstreamError(Exception):
    """A host did not answer. The message is the reason."""

    def __init__(self, error: Exception) -> None:
        causes = list(_causes(error))
        mistrust = [one for one in causes if isinstance(one, ssl.SSLCertVerificationError)]
        self.failure: Failure = "untrusted-certificate" if mistrust else "unreachable"
        reason = mistrust[0].verify_message if mistrust else str(causes[-1])
        super().__init__(reason or type(error).__name__)


class Upstream:
    """Sends requests to real hosts over TLS.

    `trusted` is a PEM file with further trusted certificates. `addresses` maps host names to ports
    on this machine. Names below `localhost` are always on this machine.
    """

    def __init__(self, *, trusted: Path | None, addresses: Mapping[str, int]) -> None:
        self._context = httpx.create_ssl_context()
        if trusted:
            self._context.load_verify_locations(trusted)
        self._addresses = addresses
        # Connections are not kept alive, because none may remain when the proxy ends.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(verify=self._context, limits=limits)

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes | None
    ) -> httpx.Response:
        """Send a request and return the response as soon as it begins. Raises UpstreamError."""
        try:
            host = httpx.URL(url)
            request = httpx.Request(
                method,
                host,
                headers=[(b"Host", host.netloc), *headers],
                content=body,
                extensions={"sni_hostname": host.host, "timeout": _TIMEOUT.as_dict()},
            )
            name, port = self._address(host)
            request.url = host.copy_with(host=name, port=port)
            return await self._transport.handle_async_request(request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UpstreamError(error) from error

    async def shake_hands(self, url: str) -> None:
        """Open a TLS connection with the host and send nothing over it. Raises UpstreamError."""
        try:
            host = httpx.URL(url)
            name, port = self._address(host)
            opening = asyncio.open_connection(
                name, port or 443, ssl=self._context, server_hostname=host.host
            )
            _, writer = await asyncio.wait_for(opening, _CONNECT_SECONDS)
        except (OSError, TimeoutError, httpx.InvalidURL) as error:
            raise UpstreamError(error) from error
        writer.transport.abort()

    def _address(self, url: httpx.URL) -> tuple[str, int | None]:
        if url.host in self._addresses:
            return "127.0.0.1", self._addresses[url.host]
        if url.host == "localhost" or url.host.endswith(".localhost"):
            return "127.0.0.1", url.port
        return url.host, url.port


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
