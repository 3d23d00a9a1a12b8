"""An HTTP client for untrusted hosts. It limits the size and the time of each call."""

import socket
import threading
from concurrent.futures import Future
from http.cookiejar import CookieJar
from typing import Any, cast

import httpx

#: A call reads at most this much of a body, unless its request has the extension `max_bytes`.
_MAX_BYTES = 64 * 1024
#: Headers that are not kept: those of the connection, and the one that makes httpx decompress.
_NOT_KEPT = (b"content-encoding", b"content-length", b"transfer-encoding")


class UnresolvedNameError(Exception):
    """A host name cannot be resolved on this machine."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} cannot be resolved on this machine")


class BoundedClient(httpx.Client):
    """A client whose calls take at most `seconds`, from the DNS lookup to the last byte.

    A longer body is cut, and a compressed one stays compressed. Cookies are not kept, and redirects
    are not followed. A call that takes longer raises httpx.TimeoutException. If `transport` is
    None, a call to a name that cannot be resolved raises UnresolvedNameError.
    """

    def __init__(self, transport: httpx.BaseTransport | None, *, seconds: float) -> None:
        super().__init__(
            transport=transport,
            cookies=_NoCookies(),
            headers={"accept-encoding": "identity"},
            timeout=seconds,
        )
        self._seconds = seconds
        self._resolves_names = transport is None

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request and return the response with its body."""
        answer: Future[httpx.Response] = Future()

        def exchange() -> None:
            try:
                answer.set_result(self._exchange(request, **options))
            except Exception as error:
                unresolved = self._resolves_names and _is_unresolved(error)
                answer.set_exception(UnresolvedNameError(request.url.host) if unresolved else error)

        # The timeout of httpx is for each read, so a host that sends single bytes would never end.
        # This daemon thread is abandoned in that case, and does not keep the process alive.
        threading.Thread(target=exchange, daemon=True).start()
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            raise httpx.ReadTimeout(
                f"there is no complete answer after {self._seconds:g} seconds", request=request
            ) from None

    def _exchange(self, request: httpx.Request, **options: Any) -> httpx.Response:
        response = super().send(request, **(options | {"stream": True}))
        left = request.extensions.get("max_bytes", _MAX_BYTES)
        body = b""
        try:
            # Not `iter_bytes()`, which decompresses.
            for part in cast("httpx.SyncByteStream", response.stream):
                body += part[: left - len(body)]
                if len(body) == left:
                    break
        finally:
            response.close()
        return httpx.Response(
            response.status_code,
            headers=[item for item in response.headers.raw if item[0].lower() not in _NOT_KEPT],
            content=body,
            request=request,
        )


def _is_unresolved(error: BaseException | None) -> bool:
    """Return whether a failed name resolution is among the causes of an error."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False


class _NoCookies(CookieJar):
    """A jar that does not even read `Set-Cookie` headers, which may be malformed."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Do nothing."""
