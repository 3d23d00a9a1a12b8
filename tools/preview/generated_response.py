"""CloudFront's rules for a response that a Lambda@Edge function generates at viewer request.

From the Amazon CloudFront Developer Guide, where the pages are silent on the strict side, with a
comment that says so:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

import base64
import re
from dataclasses import dataclass

_FIELDS = ("status", "statusDescription", "headers", "body", "bodyEncoding")

# "Disallowed headers". The page lists some x-amzn- names one by one, earlier editions all of them.
DISALLOWED = re.compile(
    "connection|expect|keep-alive|proxy-(?:authenticate|authorization|connection)|trailer|upgrade"
    "|x-accel-(?:buffering|charset|limit-rate|redirect)|x-(?:amz-cf|amzn|edge)-.*"
    "|x-cache|x-forwarded-proto|x-real-ip"
)
# "Read-only headers in viewer request events".
READ_ONLY = ("content-length", "host", "transfer-encoding", "via")

LOWER_CASE_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")  # RFC 9110 §5.6.2
# Among the attributes, a comma before a name starts a second cookie, which browsers would lose;
# the comma in `Expires` precedes no name. Before them it belongs to the first cookie's value.
_SECOND_COOKIE = re.compile(r";.*,\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+=")

_NO_BODY = (204, 304)
_LARGEST_BYTES = 40 * 1024


class InvalidResponse(Exception):  # noqa: N818 - it is the response that is at fault
    """CloudFront would answer with a 502 instead of this response. The text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedResponse:
    """What CloudFront sends to the viewer; header names as they are written on the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def validate(response: object) -> GeneratedResponse:
    """Return what CloudFront sends where a function's answer, read from JSON, is `response`.

    Raises InvalidResponse where CloudFront sends a 502 instead.
    """
    if not isinstance(response, dict):
        raise InvalidResponse(f"the response must be an object, got {_show(response)}")
    # The pages name these five and do not say what becomes of others.
    if unknown := [field for field in response if field not in _FIELDS]:
        raise InvalidResponse(f"the response has unknown fields: {_show(unknown)}")
    status = _status(response.get("status"))
    _check_text("statusDescription", response.get("statusDescription", ""))
    headers = _headers(response.get("headers", {}))
    if status in _NO_BODY and "body" in response:
        # Even an empty one: https://github.com/serverless-nextjs/serverless-next.js/issues/436
        # That is about 204. The pages do not mention 304, which cannot have a body either.
        raise InvalidResponse(f"a {status} must not have the field body")
    text, body = _body(response.get("body", ""), response.get("bodyEncoding", "text"))
    # "Including the headers and body", without saying how they are counted: here as on the wire
    # of HTTP/1.1, the body as the function returned it, before base64 is decoded.
    size = len(text) + sum(len(f"{name}: {value}\r\n") for name, value in headers)
    if size > _LARGEST_BYTES:
        raise InvalidResponse(f"headers and body are {size} bytes, the limit is {_LARGEST_BYTES}")
    return GeneratedResponse(status=status, headers=headers, body=body)


def _status(status: object) -> int:
    if not (isinstance(status, str) and re.fullmatch("[2-5][0-9]{2}", status)):
        raise InvalidResponse(f'status must be a string from "200" to "599", got {_show(status)}')
    return int(status)


def _headers(headers: object) -> list[tuple[str, str]]:
    if not isinstance(headers, dict):
        raise InvalidResponse(f"headers must be an object, got {_show(headers)}")
    sent = []
    for name, items in headers.items():
        _check_name(name)
        if not isinstance(items, list) or not items:
            raise InvalidResponse(f"header {name} must be a list of items, got {_show(items)}")
        sent += [_header(name, item) for item in items]
    return sent


def _check_name(name: object) -> None:
    if not (isinstance(name, str) and LOWER_CASE_TOKEN.fullmatch(name)):
        raise InvalidResponse(f"a header's name must be a lower-case token, got {_show(name)}")
    if DISALLOWED.fullmatch(name):
        raise InvalidResponse(f"header {name} is disallowed")
    if name in READ_ONLY:
        raise InvalidResponse(f"header {name} is read-only at viewer request")


def _header(name: str, item: object) -> tuple[str, str]:
    if not isinstance(item, dict) or "value" not in item or not item.keys() <= {"key", "value"}:
        raise InvalidResponse(f"header {name}: an item has a value and a key, got {_show(item)}")
    # What CloudFront inserts where the function gave no key: initial capitals.
    key = item.get("key", "-".join(part.capitalize() for part in name.split("-")))
    if not (isinstance(key, str) and key.lower() == name and key.isascii()):
        raise InvalidResponse(f"header {name} has the key of another one: {_show(key)}")
    value = item["value"]
    _check_text(f"header {name}", value)
    # The pages ask for one item per value; what CloudFront does otherwise they do not say.
    if name == "set-cookie" and _SECOND_COOKIE.search(value):
        raise InvalidResponse(f"header {name}: one item for each cookie, got {_show(value)}")
    return key, value


def _check_text(what: str, value: object) -> None:
    # A carriage return is known to be refused ("invalid character : '%0D' in header value"):
    # https://github.com/aws-ia/cloudformation-aws-marketplace-saas/issues/54
    # AWS's pages name no characters at all, so tabs and non-ASCII text may pass there.
    if not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise InvalidResponse(f"{what} must be a string of printable ASCII, got {_show(value)}")


def _body(body: object, encoding: object) -> tuple[bytes, bytes]:
    """Return the body as the function wrote it and as the viewer gets it."""
    if encoding not in ("text", "base64"):
        raise InvalidResponse(f'bodyEncoding must be "text" or "base64", got {_show(encoding)}')
    if not isinstance(body, str):
        raise InvalidResponse(f"body must be a string, got {_show(body)}")
    try:
        text = body.encode()
        return text, base64.b64decode(text, validate=True) if encoding == "base64" else text
    except UnicodeEncodeError as error:
        raise InvalidResponse(f"body has half a character: {error}") from error
    except ValueError as error:
        raise InvalidResponse(f"body is not valid base64: {error}") from error


def _show(value: object) -> str:
    return f"{value!r:.100}"
