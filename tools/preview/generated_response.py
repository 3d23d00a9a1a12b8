"""CloudFront's rules for a response that a Lambda@Edge function generates at viewer request.

The rules are those of the Amazon CloudFront Developer Guide. If its pages do not cover a case, this
module rejects the response, and a comment notes it:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

import base64
import re
from dataclasses import dataclass

_FIELDS = ("status", "statusDescription", "headers", "body", "bodyEncoding")

# "Disallowed headers". The page lists single x-amzn- names, and earlier editions x-amzn-*.
DISALLOWED = re.compile(
    "connection|expect|keep-alive|proxy-(?:authenticate|authorization|connection)|trailer|upgrade"
    "|x-accel-(?:buffering|charset|limit-rate|redirect)|x-(?:amz-cf|amzn|edge)-.*"
    "|x-cache|x-forwarded-proto|x-real-ip"
)
# "Read-only headers in viewer request events".
READ_ONLY = ("content-length", "host", "transfer-encoding", "via")

LOWER_CASE_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")  # RFC 9110 §5.6.2
# A comma and a name among the attributes start a second cookie, which browsers would lose. No name
# follows the comma in `Expires`, and a comma before the attributes is part of the value.
_SECOND_COOKIE = re.compile(r";.*,\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+=")

_NO_BODY = (204, 304)
_LARGEST_BYTES = 40 * 1024


class InvalidResponse(Exception):  # noqa: N818 - the response is wrong, not the program
    """CloudFront would answer with a 502 instead of this response. The message gives the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedResponse:
    """The response that CloudFront sends to the viewer, with the letter case of its headers."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def validate(response: object) -> GeneratedResponse:
    """Return the response that CloudFront sends for a function's result `response`, a JSON value.

    Raises InvalidResponse if CloudFront sends a 502 instead.
    """
    if not isinstance(response, dict):
        raise InvalidResponse(f"the response must be an object, got {_show(response)}")
    # The pages name these five fields, and do not describe what happens with others.
    if unknown := [field for field in response if field not in _FIELDS]:
        raise InvalidResponse(f"the response has unknown fields: {_show(unknown)}")
    status = _status(response.get("status"))
    _check_text("statusDescription", response.get("statusDescription", ""))
    headers = _headers(response.get("headers", {}))
    if status in _NO_BODY and "body" in response:
        # CloudFront also rejects an empty body: https://github.com/serverless-nextjs/serverless-next.js/issues/436
        # That issue is about 204. The pages do not mention 304, which cannot have a body either.
        raise InvalidResponse(f"a {status} must not have the field body")
    text, body = _body(response.get("body", ""), response.get("bodyEncoding", "text"))
    # The pages say "including the headers and body", but not how these are counted. Here, headers
    # count as in HTTP/1.1, and the body counts as the function returned it, before base64 is
    # decoded.
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
        raise InvalidResponse(f"a header's name must be a lowercase token, got {_show(name)}")
    if DISALLOWED.fullmatch(name):
        raise InvalidResponse(f"header {name} is disallowed")
    if name in READ_ONLY:
        raise InvalidResponse(f"header {name} is read-only at viewer request")


def _header(name: str, item: object) -> tuple[str, str]:
    if not isinstance(item, dict) or "value" not in item or not item.keys() <= {"key", "value"}:
        raise InvalidResponse(
            f"header {name}: an item must have a value and may have a key, got {_show(item)}"
        )
    # If the function returns no key, CloudFront inserts the name with initial capitals.
    key = item.get("key", "-".join(part.capitalize() for part in name.split("-")))
    if not (isinstance(key, str) and key.lower() == name and key.isascii()):
        raise InvalidResponse(f"header {name}: the key must be the same name, got {_show(key)}")
    value = item["value"]
    _check_text(f"header {name}", value)
    # The pages require one item per value, and do not say what CloudFront does otherwise.
    if name == "set-cookie" and _SECOND_COOKIE.search(value):
        raise InvalidResponse(f"header {name}: each cookie must be an item, got {_show(value)}")
    return key, value


def _check_text(what: str, value: object) -> None:
    # CloudFront is known to reject a carriage return ("invalid character : '%0D' in header value"):
    # https://github.com/aws-ia/cloudformation-aws-marketplace-saas/issues/54
    # The pages list no characters, so CloudFront may accept tabs and non-ASCII text.
    if not (isinstance(value, str) and value.isascii() and value.isprintable()):
        raise InvalidResponse(f"{what} must be a string of printable ASCII, got {_show(value)}")


def _body(body: object, encoding: object) -> tuple[bytes, bytes]:
    """Return the body as the function returned it, and as the viewer gets it."""
    if encoding not in ("text", "base64"):
        raise InvalidResponse(f'bodyEncoding must be "text" or "base64", got {_show(encoding)}')
    if not isinstance(body, str):
        raise InvalidResponse(f"body must be a string, got {_show(body)}")
    try:
        text = body.encode()
        return text, base64.b64decode(text, validate=True) if encoding == "base64" else text
    except UnicodeEncodeError as error:
        raise InvalidResponse(f"body has an unpaired surrogate: {error}") from error
    except ValueError as error:
        raise InvalidResponse(f"body is not valid base64: {error}") from error


def _show(value: object) -> str:
    return f"{value!r:.100}"
