"""CloudFront's rules for generated responses: accepted and rejected responses.

Amazon CloudFront Developer Guide, "Generate HTTP responses in request triggers" and "Restrictions
on all edge functions". Comments in `tools/preview/generated_response.py` name the cases that these
pages do not cover.
"""

from collections.abc import Callable

import pytest

from tools.preview.generated_response import GeneratedResponse, InvalidResponse, validate


def with_header(name: str, *values: object) -> dict[str, object]:
    """Return a response with one header, which has an item for each value."""
    return {"status": "200", "headers": {name: [{"key": name, "value": v} for v in values]}}


def test_viewer_gets_status_headers_and_body() -> None:
    """The headers keep their order."""
    response = {
        "status": "200",
        "statusDescription": "OK",
        "headers": {
            "content-type": [{"key": "Content-Type", "value": "application/json"}],
            "set-cookie": [
                {"key": "Set-Cookie", "value": "a=1; Path=/"},
                {"key": "Set-Cookie", "value": "b=2; Path=/"},
            ],
        },
        "body": "{}",
        "bodyEncoding": "text",
    }

    assert validate(response) == GeneratedResponse(
        status=200,
        headers=[
            ("Content-Type", "application/json"),
            ("Set-Cookie", "a=1; Path=/"),
            ("Set-Cookie", "b=2; Path=/"),
        ],
        body=b"{}",
    )


def test_only_the_status_is_required() -> None:
    assert validate({"status": "200"}) == GeneratedResponse(status=200, headers=[], body=b"")


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(None, id="null"),
        pytest.param([{"status": "200"}], id="list"),
        pytest.param("200", id="string"),
        pytest.param(200, id="number"),
    ],
)
def test_response_that_is_no_object_is_rejected(response: object) -> None:
    with pytest.raises(InvalidResponse, match="must be an object"):
        validate(response)


@pytest.mark.parametrize("field", ["Status", "statusCode", "cookies", "isBase64Encoded", "uri"])
def test_unknown_field_is_rejected(field: str) -> None:
    """Examples are fields of API Gateway, and of a request."""
    with pytest.raises(InvalidResponse, match=f"unknown fields: .'{field}'."):
        validate({"status": "200", field: "x"})


@pytest.mark.parametrize("status", ["200", "204", "302", "405", "599"])
def test_status_from_200_to_599_is_accepted(status: str) -> None:
    assert validate({"status": status}).status == int(status)


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(200, id="number"),
        pytest.param(None, id="null"),
        pytest.param("", id="empty"),
        pytest.param("100", id="1xx"),
        pytest.param("199", id="below"),
        pytest.param("600", id="above"),
        pytest.param("20", id="two-digits"),
        pytest.param("2000", id="four-digits"),
        pytest.param("200 OK", id="with-description"),
        pytest.param(" 200", id="space"),
        pytest.param("200\n", id="newline"),
        pytest.param("2\u0660\u0660", id="arabic-digits"),
    ],
)
def test_other_status_is_rejected(status: object) -> None:
    with pytest.raises(InvalidResponse, match="status must be a string"):
        validate({"status": status})


def test_missing_status_is_rejected() -> None:
    with pytest.raises(InvalidResponse, match="status must be a string"):
        validate({"headers": {}, "body": "{}"})


def test_custom_status_description_is_accepted() -> None:
    assert validate({"status": "200", "statusDescription": "Fine by me"}).status == 200


@pytest.mark.parametrize("description", [None, 200, "OK\r\nx-injected: 1", "Größe"])
def test_invalid_status_description_is_rejected(description: object) -> None:
    with pytest.raises(InvalidResponse, match="statusDescription"):
        validate({"status": "200", "statusDescription": description})


@pytest.mark.parametrize("headers", [None, [], "a: b", [{"key": "a", "value": "b"}]])
def test_headers_that_are_no_object_are_rejected(headers: object) -> None:
    with pytest.raises(InvalidResponse, match="headers must be an object"):
        validate({"status": "200", "headers": headers})


@pytest.mark.parametrize("name", ["a", "content-type", "x-own_1", "x-!#$%&'*+.^`|~"])
def test_lowercase_token_is_accepted_as_the_name_of_a_header(name: str) -> None:
    assert validate(with_header(name, "v")).headers == [(name, "v")]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Content-Type", id="upper-case"),
        pytest.param("", id="empty"),
        pytest.param("content type", id="space"),
        pytest.param("content-type:", id="colon"),
        pytest.param("content-type\n", id="newline"),
        pytest.param("größe", id="non-ascii"),
        pytest.param(1, id="number"),
    ],
)
def test_other_name_of_a_header_is_rejected(name: str) -> None:
    with pytest.raises(InvalidResponse, match="lowercase token"):
        validate(with_header(name, "v"))


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "upgrade",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-amz-cf-",
        "x-amz-cf-id",
        "x-amzn-requestid",
        "x-amzn-anything",
        "x-cache",
        "x-edge-location",
        "x-forwarded-proto",
        "x-real-ip",
    ],
)
def test_disallowed_header_is_rejected(name: str) -> None:
    with pytest.raises(InvalidResponse, match=f"header {name} is disallowed"):
        validate(with_header(name, "v"))


@pytest.mark.parametrize("name", ["content-length", "host", "transfer-encoding", "via"])
def test_read_only_header_is_rejected(name: str) -> None:
    with pytest.raises(InvalidResponse, match=f"header {name} is read-only"):
        validate(with_header(name, "v"))


@pytest.mark.parametrize(
    "name", ["connections", "x-cache-status", "x-accel", "x-amz-meta-a", "x-forwarded-for", "vias"]
)
def test_header_with_a_similar_name_is_accepted(name: str) -> None:
    assert validate(with_header(name, "v")).headers == [(name, "v")]


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="empty-list"),
        pytest.param("v", id="string"),
        pytest.param(None, id="null"),
        pytest.param({"key": "a", "value": "v"}, id="object"),
        pytest.param(["v"], id="list-of-strings"),
        pytest.param([{"key": "a"}], id="no-value"),
        pytest.param([{"key": "a", "value": "v", "name": "a"}], id="more-fields"),
    ],
)
def test_items_of_a_header_in_another_shape_are_rejected(items: object) -> None:
    with pytest.raises(InvalidResponse, match="header a"):
        validate({"status": "200", "headers": {"a": items}})


@pytest.mark.parametrize(
    ("item", "sent_name"),
    [
        pytest.param({"key": "Content-Type", "value": "v"}, "Content-Type", id="capitals"),
        pytest.param({"key": "CONTENT-type", "value": "v"}, "CONTENT-type", id="mixed"),
        pytest.param({"key": "content-type", "value": "v"}, "content-type", id="lower"),
        pytest.param({"value": "v"}, "Content-Type", id="inserted"),
    ],
)
def test_key_is_the_name_that_is_sent(item: dict[str, str], sent_name: str) -> None:
    """If the key is missing, CloudFront inserts the name with initial capitals."""
    response = {"status": "200", "headers": {"content-type": [item]}}

    assert validate(response).headers == [(sent_name, "v")]


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("Cookie", id="another-header"),
        pytest.param("", id="empty"),
        pytest.param(" set-cookie", id="space"),
        pytest.param("set-cookie\r\nx-injected", id="injection"),
        pytest.param("set-coo\N{KELVIN SIGN}ie", id="kelvin-sign-for-k"),
        pytest.param(None, id="null"),
    ],
)
def test_key_of_another_header_is_rejected(key: object) -> None:
    response = {"status": "200", "headers": {"set-cookie": [{"key": key, "value": "a=1"}]}}

    with pytest.raises(InvalidResponse, match="the key must be the same name"):
        validate(response)


@pytest.mark.parametrize("value", ["", "v", " ~", 'a="{}"; b=%FF\\'])
def test_printable_ascii_is_accepted_as_the_value_of_a_header(value: str) -> None:
    assert validate(with_header("a", value)).headers == [("a", value)]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\r\nx-injected: 1", id="crlf"),
        pytest.param("a\n", id="newline"),
        pytest.param("a\x00b", id="nul"),
        pytest.param("a\tb", id="tab"),
        pytest.param("a\x7fb", id="del"),
        pytest.param("é", id="non-ascii"),
        pytest.param("\ud800", id="unpaired-surrogate"),
        pytest.param(1, id="number"),
        pytest.param(None, id="null"),
        pytest.param(["a"], id="list"),
    ],
)
def test_other_value_of_a_header_is_rejected(value: object) -> None:
    with pytest.raises(InvalidResponse, match="header a must be a string of printable ASCII"):
        validate(with_header("a", value))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a=1; Path=/, b=2; Path=/", id="space"),
        pytest.param("a=1; Secure,b=2", id="no-space"),
        pytest.param("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2", id="after-expires"),
    ],
)
def test_several_cookies_in_one_item_are_rejected(value: str) -> None:
    """Browsers would store the first cookie and lose the others."""
    with pytest.raises(InvalidResponse, match="each cookie must be an item"):
        validate(with_header("set-cookie", "c=3", value))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/", id="expires"),
        pytest.param("a=x,b=2; Path=/", id="in-the-value"),
        pytest.param('a={"b":1,"c":"="}; Path=/', id="json"),
    ],
)
def test_comma_inside_a_cookie_is_accepted(value: str) -> None:
    """Browsers store such values, so the cookie service copies them."""
    assert validate(with_header("set-cookie", value)).headers == [("set-cookie", value)]


def test_comma_in_another_header_is_accepted() -> None:
    value = "no-store; a, b=2"

    assert validate(with_header("x-own", value)).headers == [("x-own", value)]


@pytest.mark.parametrize(
    ("encoding", "body", "sent"),
    [
        pytest.param({}, "e30=", b"e30=", id="default"),
        pytest.param({"bodyEncoding": "text"}, "é", b"\xc3\xa9", id="text"),
        pytest.param({"bodyEncoding": "base64"}, "e30=", b"{}", id="base64"),
    ],
)
def test_body_is_decoded(encoding: dict[str, str], body: str, sent: bytes) -> None:
    assert validate({"status": "200", "body": body} | encoding).body == sent


@pytest.mark.parametrize("body", [None, {}, 1, ["{}"], b"{}"], ids=repr)
def test_body_that_is_no_string_is_rejected(body: object) -> None:
    with pytest.raises(InvalidResponse, match="body must be a string"):
        validate({"status": "200", "body": body})


@pytest.mark.parametrize("encoding", [None, "", "Text", "gzip", ["text"]], ids=repr)
def test_other_body_encoding_is_rejected(encoding: object) -> None:
    with pytest.raises(InvalidResponse, match="bodyEncoding"):
        validate({"status": "200", "body": "e30=", "bodyEncoding": encoding})


@pytest.mark.parametrize("body", ["{}", "e30", "e3 0=", "é"])
def test_body_that_is_not_base64_is_rejected(body: str) -> None:
    with pytest.raises(InvalidResponse, match="not valid base64"):
        validate({"status": "200", "body": body, "bodyEncoding": "base64"})


def test_unpaired_surrogate_in_the_body_is_rejected() -> None:
    r"""JSON can encode \ud800, UTF-8 cannot."""
    with pytest.raises(InvalidResponse, match="unpaired surrogate"):
        validate({"status": "200", "body": "\ud800"})


@pytest.mark.parametrize("status", ["204", "304"])
@pytest.mark.parametrize("body", ["{}", ""], ids=["body", "empty-body"])
def test_body_with_204_or_304_is_rejected(status: str, body: str) -> None:
    """An empty body fails on AWS, too."""
    with pytest.raises(InvalidResponse, match=f"a {status} must not have the field body"):
        validate({"status": status, "body": body})


@pytest.mark.parametrize("status", ["204", "304"])
def test_204_or_304_without_a_body_is_accepted(status: str) -> None:
    assert validate({"status": status}).body == b""


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(lambda more: {"body": "x" * 40_960 + more}, id="body"),
        pytest.param(lambda more: {"body": "é" * 20_480 + more}, id="bytes-not-characters"),
        pytest.param(
            lambda more: {"headers": {"a": [{"value": "x" * 40_955 + more}]}}, id="header"
        ),
        pytest.param(
            lambda more: {
                "headers": {"a": [{"value": "x"}, {"value": "y"}], "b-c": [{"value": more}]},
                "body": "x" * 40_941,
            },
            id="headers-and-body",
        ),
    ],
)
def test_40_kb_are_accepted_and_one_byte_more_is_rejected(
    response: Callable[[str], dict[str, object]],
) -> None:
    """A header counts with its colon, space, and line end: `a: x` is 6 bytes."""
    assert validate({"status": "200"} | response("")).status == 200
    with pytest.raises(InvalidResponse, match="are 40961 bytes, the limit is 40960"):
        validate({"status": "200"} | response("y"))


def test_size_of_a_base64_body_counts_before_decoding() -> None:
    response = {"status": "200", "bodyEncoding": "base64"}

    assert len(validate(response | {"body": "AAAA" * 10_240}).body) == 30_720
    with pytest.raises(InvalidResponse, match="are 40964 bytes"):
        validate(response | {"body": "AAAA" * 10_241})
