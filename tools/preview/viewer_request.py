"""The viewer-request event of Lambda@Edge, and the request that a function returns.

Spec: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

import re
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeGuard
from urllib.parse import quote

from tools.preview.generated_response import (
    DISALLOWED,
    LOWER_CASE_TOKEN,
    READ_ONLY,
    InvalidResponse,
)

_FIELDS = ("clientIp", "headers", "method", "querystring", "uri")

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
_TOO_LONG = 8192
_UNSENDABLE = re.compile("[\x00-\x20\x7f#\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_VISIBLE_ASCII = bytes(range(0x21, 0x7F))


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewerRequest:
    """A viewer's request. The names of headers are in lowercase, and `query_string` has no `?`.

    `body` may be its parts, which can be read once. `id` is CloudFront's request ID.
    """

    method: str
    uri: str
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | AsyncIterable[bytes]
    client_ip: str
    id: str

    def values(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for key, value in self.headers if key == name]

    @property
    def length(self) -> int:
        """The size of the request in bytes, without its body."""
        lines = [f"{self.method} {self.target} HTTP/1.1", ""]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return sum(len(line) + 2 for line in lines)

    @property
    def target(self) -> str:
        """The path with the query string."""
        return f"{self.uri}?{self.query_string}" if self.query_string else self.uri


def list_items(values: Iterable[str]) -> set[str]:
    """Return the items of a header that is a list, in lowercase."""
    return {item.strip().lower() for value in values for item in value.split(",")}


def event(request: ViewerRequest, *, distribution_id: str, domain_name: str) -> dict[str, Any]:
    """Return the event that CloudFront sends to a function that does not include the body."""
    config = {
        "distributionDomainName": domain_name,
        "distributionId": distribution_id,
        "eventType": "viewer-request",
        "requestId": request.id,
    }
    return {"Records": [{"cf": {"config": config, "request": _described(request)}}]}


def _described(request: ViewerRequest) -> dict[str, Any]:
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in request.headers:
        if not DISALLOWED.fullmatch(name):
            headers.setdefault(name, []).append({"key": name, "value": value})
    return {
        "clientIp": request.client_ip,
        "headers": headers,
        "method": request.method,
        "querystring": request.query_string,
        "uri": request.uri,
    }


def is_request(answer: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a function's result is a request to forward, and not a response."""
    return isinstance(answer, dict) and "status" not in answer and "uri" in answer


def continued(request: ViewerRequest, answer: dict[str, Any]) -> ViewerRequest:
    """Return the request with the changes of a function's result, which is a request.

    Raises InvalidResponse if CloudFront sends a 502 instead.
    """
    if unknown := [field for field in answer if field not in _FIELDS]:
        raise InvalidResponse(f"the request has fields that cannot be set: {unknown}")
    if answer.get("method") != request.method or answer.get("clientIp") != request.client_ip:
        raise InvalidResponse("the request's method and clientIp are read-only")
    uri, query_string = answer["uri"], answer.get("querystring", "")
    if not _is_sendable(uri) or not uri.startswith("/") or "?" in uri:
        raise InvalidResponse(f"uri must be a path that begins with a slash, got {uri!r:.100}")
    if not _is_sendable(query_string):
        raise InvalidResponse(
            f"querystring must be a string without spaces and #, got {query_string!r:.100}"
        )
    if len(f"{uri}?{query_string}") >= _TOO_LONG:
        raise InvalidResponse(f"uri and querystring must be shorter than {_TOO_LONG} characters")
    return replace(
        request,
        uri=quote(uri, safe=_VISIBLE_ASCII),
        query_string=quote(query_string, safe=_VISIBLE_ASCII),
        headers=_changed_headers(request, answer.get("headers", {})),
    )


def _changed_headers(request: ViewerRequest, headers: Any) -> tuple[tuple[str, str], ...]:
    try:
        sent = [(name, item["value"]) for name, items in headers.items() for item in items]
        if any(_CONTROL.search(value) for _, value in sent):
            raise TypeError
    except (AttributeError, KeyError, TypeError):
        raise InvalidResponse("headers must be lists of items with a value, by name") from None
    for name in READ_ONLY:
        if [value for key, value in sent if key == name] != request.values(name):
            raise InvalidResponse(f"header {name} is read-only at viewer request")
    for name, _ in sent:
        if not LOWER_CASE_TOKEN.fullmatch(name):
            raise InvalidResponse(f"a header's name must be a lowercase token, got {name!r:.100}")
        if DISALLOWED.fullmatch(name):
            raise InvalidResponse(f"header {name} is disallowed")
    hidden = [(name, value) for name, value in request.headers if DISALLOWED.fullmatch(name)]
    # The viewer's values are bytes, decoded as latin-1. A function's values are sent as UTF-8.
    return (
        *(
            (name, value if value in request.values(name) else value.encode().decode("latin-1"))
            for name, value in sent
        ),
        *hidden,
    )


def _is_sendable(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and _UNSENDABLE.search(text) is None
