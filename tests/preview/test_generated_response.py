"""CloudFront's rules for generated responses, each with what it lets through and what it refuses.

Amazon CloudFront Developer Guide, "Generate HTTP responses in request triggers" and "Restrictions
on all edge functions"; `tools/preview/generated_response.py` says where those pages are silent.
"""

from collections.abc import Callable

import pytest

from tools.preview.generated_response import GeneratedResponse, InvalidResponse, validate


def with_header(name: str, *values: object) -> dict[str, object]:
    """Return a response with one header, one item for each value."""
    return {"status": "200", "headers": {name: [{"key": name, "value": v} for v in values]}}


def test_a_whole_response_is_read() -> None:
    """Status, headers in order and body are what the viewer gets."""
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


def test_status_alone_is_a_response() -> None:
    """All other fields are optional."""
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
def test_anything_but_an_object_is_refused(response: object) -> None:
    with pytest.raises(InvalidResponse, match="must be an object"):
        validate(response)


@pytest.mark.parametrize("field", ["Status", "statusCode", "cookies", "isBase64Encoded", "uri"])
def test_an_unknown_field_is_refused(field: str) -> None:
    """API Gateway's fields, and a request's, among them."""
    with pytest.raises(InvalidResponse, match=f"unknown fields: .'{field}'."):
        validate({"status": "200", field: "x"})


@pytest.mark.parametrize("status", ["200", "204", "302", "405", "599"])
def test_a_status_from_200_to_599_is_sent(status: str) -> None:
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
def test_another_status_is_refused(status: object) -> None:
    with pytest.raises(InvalidResponse, match="status must be a string"):
        validate({"status": status})


def test_a_missing_status_is_refused() -> None:
    """The one required field."""
    with pytest.raises(InvalidResponse, match="status must be a string"):
        validate({"headers": {}, "body": "{}"})


def test_a_description_need_not_be_the_standard_one() -> None:
    assert validate({"status": "200", "statusDescription": "Fine by me"}).status == 200


@pytest.mark.parametrize("description", [None, 200, "OK\r\nx-injected: 1", "Größe"])
def test_another_description_is_refused(description: object) -> None:
    with pytest.raises(InvalidResponse, match="statusDescription"):
        validate({"status": "200", "statusDescription": description})


@pytest.mark.parametrize("headers", [None, [], "a: b", [{"key": "a", "value": "b"}]])
def test_headers_that_are_no_object_are_refused(headers: object) -> None:
    with pytest.raises(InvalidResponse, match="headers must be an object"):
        validate({"status": "200", "headers": headers})


@pytest.mark.parametrize("name", ["a", "content-type", "x-own_1", "x-!#$%&'*+.^`|~"])
def test_a_lower_case_token_names_a_header(name: str) -> None:
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
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidResponse, match="lower-case token"):
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
def test_a_disallowed_header_is_refused(name: str) -> None:
    with pytest.raises(InvalidResponse, match=f"header {name} is disallowed"):
        validate(with_header(name, "v"))


@pytest.mark.parametrize("name", ["content-length", "host", "transfer-encoding", "via"])
def test_a_read_only_header_is_refused(name: str) -> None:
    with pytest.raises(InvalidResponse, match=f"header {name} is read-only"):
        validate(with_header(name, "v"))


@pytest.mark.parametrize(
    "name", ["connections", "x-cache-status", "x-accel", "x-amz-meta-a", "x-forwarded-for", "vias"]
)
def test_a_name_that_only_resembles_those_is_sent(name: str) -> None:
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
def test_items_of_another_shape_are_refused(items: object) -> None:
    with pytest.raises(InvalidResponse, match="header a"):
        validate({"status": "200", "headers": {"a": items}})


@pytest.mark.parametrize(
    ("item", "on_the_wire"),
    [
        pytest.param({"key": "Content-Type", "value": "v"}, "Content-Type", id="capitals"),
        pytest.param({"key": "CONTENT-type", "value": "v"}, "CONTENT-type", id="mixed"),
        pytest.param({"key": "content-type", "value": "v"}, "content-type", id="lower"),
        pytest.param({"value": "v"}, "Content-Type", id="inserted"),
    ],
)
def test_the_key_is_what_goes_on_the_wire(item: dict[str, str], on_the_wire: str) -> None:
    """Where it is left out, CloudFront inserts the name with initial capitals."""
    response = {"status": "200", "headers": {"content-type": [item]}}

    assert validate(response).headers == [(on_the_wire, "v")]


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("Cookie", id="another-header"),
        pytest.param("", id="empty"),
        pytest.param(" set-cookie", id="space"),
        pytest.param("set-cookie\r\nx-injected", id="injection"),
        pytest.param("set-coo\N{KELVIN SIGN}ie", id="lower-case-twin"),
        pytest.param(None, id="null"),
    ],
)
def test_the_key_of_another_header_is_refused(key: object) -> None:
    response = {"status": "200", "headers": {"set-cookie": [{"key": key, "value": "a=1"}]}}

    with pytest.raises(InvalidResponse, match="key of another one"):
        validate(response)


@pytest.mark.parametrize("value", ["", "v", " ~", 'a="{}"; b=%FF\\'])
def test_printable_ascii_is_a_value(value: str) -> None:
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
        pytest.param("\ud800", id="half-a-character"),
        pytest.param(1, id="number"),
        pytest.param(None, id="null"),
        pytest.param(["a"], id="list"),
    ],
)
def test_another_value_is_refused(value: object) -> None:
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
def test_cookies_folded_into_one_item_are_refused(value: str) -> None:
    """Browsers would take the first and lose the rest."""
    with pytest.raises(InvalidResponse, match="one item for each cookie"):
        validate(with_header("set-cookie", "c=3", value))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/", id="expires"),
        pytest.param("a=x,b=2; Path=/", id="in-the-value"),
        pytest.param('a={"b":1,"c":"="}; Path=/', id="json"),
    ],
)
def test_a_comma_inside_one_cookie_is_sent(value: str) -> None:
    """Browsers keep such values, so a service that copies them is right to send them."""
    assert validate(with_header("set-cookie", value)).headers == [("set-cookie", value)]


def test_a_comma_in_another_header_is_sent() -> None:
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
def test_the_body_is_decoded(encoding: dict[str, str], body: str, sent: bytes) -> None:
    assert validate({"status": "200", "body": body} | encoding).body == sent


@pytest.mark.parametrize("body", [None, {}, 1, ["{}"], b"{}"], ids=repr)
def test_a_body_that_is_no_string_is_refused(body: object) -> None:
    with pytest.raises(InvalidResponse, match="body must be a string"):
        validate({"status": "200", "body": body})


@pytest.mark.parametrize("encoding", [None, "", "Text", "gzip", ["text"]], ids=repr)
def test_another_encoding_is_refused(encoding: object) -> None:
    with pytest.raises(InvalidResponse, match="bodyEncoding"):
        validate({"status": "200", "body": "e30=", "bodyEncoding": encoding})


@pytest.mark.parametrize("body", ["{}", "e30", "e3 0=", "é"])
def test_a_body_that_is_not_base64_is_refused(body: str) -> None:
    with pytest.raises(InvalidResponse, match="not valid base64"):
        validate({"status": "200", "body": body, "bodyEncoding": "base64"})


def test_half_a_character_in_the_body_is_refused() -> None:
    r"""JSON can say \ud800, UTF-8 cannot."""
    with pytest.raises(InvalidResponse, match="half a character"):
        validate({"status": "200", "body": "\ud800"})


@pytest.mark.parametrize("status", ["204", "304"])
@pytest.mark.parametrize("body", ["{}", ""], ids=["body", "empty-body"])
def test_a_body_where_none_may_be_is_refused(status: str, body: str) -> None:
    """An empty one, too, fails on AWS."""
    with pytest.raises(InvalidResponse, match=f"a {status} must not have the field body"):
        validate({"status": status, "body": body})


@pytest.mark.parametrize("status", ["204", "304"])
def test_no_body_where_none_may_be_is_sent(status: str) -> None:
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
def test_40_kb_are_sent_and_a_byte_more_is_refused(
    response: Callable[[str], dict[str, object]],
) -> None:
    """A header counts with its colon, space and line end: `a: x` is 6 bytes."""
    assert validate({"status": "200"} | response("")).status == 200
    with pytest.raises(InvalidResponse, match="are 40961 bytes, the limit is 40960"):
        validate({"status": "200"} | response("y"))


def test_a_base64_body_counts_as_it_is_written() -> None:
    response = {"status": "200", "bodyEncoding": "base64"}

    assert len(validate(response | {"body": "AAAA" * 10_240}).body) == 30_720
    with pytest.raises(InvalidResponse, match="are 40964 bytes"):
        validate(response | {"body": "AAAA" * 10_241})
