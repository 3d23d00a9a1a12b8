"""Access control of the AWS emulator: only processes with one of its keys may send requests.

The emulator runs uploaded code. Any page in a browser on this machine can send requests to its
port, and so can any other user of this machine.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

# A custom resource's function sends its response to a presigned URL, without credentials. The token
# in the URL is a random UUID that the emulator generated for one request.
_CUSTOM_RESOURCE_ANSWER = re.compile("/_ministack/cfn-response/[0-9a-f-]{36}")
# Signature Version 4, in a header or, as in presigned URLs, in the query.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
_SIGNED_HEADER = re.compile(rb"AWS4-HMAC-SHA256 Credential=([^/,\s]+)")
_SIGNED_QUERY = re.compile(rb"(?:^|&)X-Amz-Credential=([^/%&]+)")

_FORBIDDEN = b"This emulator answers only to the preview that started it.\n"


def guarded(app: AsgiApp, *, address: str, is_key: Callable[[str], bool]) -> AsgiApp:
    """Return `app` with a check of each request. A request without access gets a 403.

    A WebSocket without access is closed. `address` is the only accepted value of `Host`. `is_key`
    returns whether an access key ID belongs to the emulator.
    """

    async def gate(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan" or is_allowed(scope, address=address, is_key=is_key):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _FORBIDDEN})

    return gate


def is_allowed(scope: _Scope, *, address: str, is_key: Callable[[str], bool]) -> bool:
    """Return whether a request is from one of the preview's processes, and not from a web page.

    `scope` is an ASGI scope of the type `http` or `websocket`.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    # A browser sends at least one of these headers with every request of a page, and scripts can
    # neither remove nor change them.
    if any(name == b"origin" or name.startswith(b"sec-fetch-") for name, _ in headers):
        return False
    # An attacker's DNS server can point a name to this machine. The browser then sends that name.
    if [value for name, value in headers if name == b"host"] != [address.encode()]:
        return False
    if scope.get("method") == "PUT" and _CUSTOM_RESOURCE_ANSWER.fullmatch(scope["path"]):
        return True
    keys = [_SIGNED_HEADER.match(value) for name, value in headers if name == b"authorization"]
    keys += [_SIGNED_QUERY.search(scope["query_string"])]
    given = [found[1] for found in keys if found]
    return len(given) == 1 and is_key(given[0].decode("latin-1"))
