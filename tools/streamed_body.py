"""The body of an HTTP response, passed on while it arrives."""

from collections.abc import AsyncIterator

import httpx


async def streamed_body(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, still compressed, and close the connection at the end."""
    try:
        async for part in response.aiter_raw():
            yield part
    finally:
        await response.aclose()
