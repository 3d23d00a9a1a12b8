"""The viewer-request event, and the changes that a function may make to a request.

Amazon CloudFront Developer Guide, "Lambda@Edge event structure" and "Restrictions on all edge
functions":
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

from typing import Any

import pytest

from tools.preview.generated_response import InvalidResponse
from tools.preview.viewer_request import ViewerRequest, continued, event, is_request


def request(*headers: tuple[str, str], **own: Any) -> ViewerRequest:
    """Return the guide's example of a request with more headers; `own` replaces other values."""
    example: dict[str, Any] = {
        "method": "GET",
        "uri": "/",
        "query_string": "",
        "headers": (
            ("host", "d111111abcdef8.cloudfront.net"),
            ("user-agent", "curl/7.66.0"),
            ("accept", "*/*"),
            *headers,
        ),
        "body": b"",
        "client_ip": "203.0.113.178",
        "id": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return ViewerRequest(**(example | own))


def described(request: ViewerRequest) -> dict[str, Any]:
    """Return the request in the function's event."""
    whole = event(
        request,
        distribution_id="EDFDVBD6EXAMPLE",
        domain_name="d111111abcdef8.cloudfront.net",
    )
    described: dict[str, Any] = whole["Records"][0]["cf"]["request"]
    return described


def item(name: str, value: object) -> list[dict[str, object]]:
    """Return the items of a header that has one value."""
    return [{"key": name, "value": value}]


def test_event_equals_the_guides_example() -> None:
    """The keys are in lowercase, as HTTP/2 sends them and ASGI passes them."""
    assert event(
        request(),
        distribution_id="EDFDVBD6EXAMPLE",
        domain_name="d111111abcdef8.cloudfront.net",
    ) == {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "viewer-request",
                        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "headers": {
                            "host": [{"key": "host", "value": "d111111abcdef8.cloudfront.net"}],
                            "user-agent": [{"key": "user-agent", "value": "curl/7.66.0"}],
                            "accept": [{"key": "accept", "value": "*/*"}],
                        },
                        "method": "GET",
                        "querystring": "",
                        "uri": "/",
                    },
                }
            }
        ]
    }


def test_uri_and_querystring_are_unchanged() -> None:
    shown = described(request(uri="/a%20b/../c", query_string="size=large&q=%3F", method="POST"))

    assert (shown["uri"], shown["querystring"]) == ("/a%20b/../c", "size=large&q=%3F")
    assert shown["method"] == "POST"


def test_repeated_header_has_an_item_for_each_value() -> None:
    shown = described(request(("cookie", "a=1"), ("x-own", "v"), ("cookie", "b=2")))

    assert shown["headers"]["cookie"] == [*item("cookie", "a=1"), *item("cookie", "b=2")]
    assert shown["headers"]["x-own"] == item("x-own", "v")


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "trailer",
        "upgrade",
        "x-accel-redirect",
        "x-amz-cf-id",
        "x-amzn-requestid",
        "x-cache",
        "x-edge-location",
        "x-forwarded-proto",
        "x-real-ip",
    ],
)
def test_disallowed_header_is_not_in_the_event_but_is_forwarded(name: str) -> None:
    received = request((name, "v"))
    shown = described(received)

    assert name not in shown["headers"]
    assert (name, "v") in continued(received, shown).headers


@pytest.mark.parametrize("name", ["content-length", "host", "transfer-encoding", "via", "cookie"])
def test_other_header_is_in_the_event(name: str) -> None:
    shown = described(request(headers=((name, "v"),)))

    assert shown["headers"] == {name: item(name, "v")}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"uri": "/", "method": "GET"}, True, id="request"),
        pytest.param({"status": "200"}, False, id="response"),
        pytest.param({"status": "200", "uri": "/"}, False, id="both"),
        pytest.param({}, False, id="empty"),
        pytest.param(None, False, id="null"),
        pytest.param("uri", False, id="string"),
        pytest.param(["uri"], False, id="list"),
    ],
)
def test_result_with_uri_and_without_status_is_a_request(answer: object, expected: bool) -> None:
    assert is_request(answer) is expected


def test_request_that_a_function_returns_unchanged_is_the_same() -> None:
    received = request(
        ("cookie", "a=1"),
        ("content-length", "3"),
        ("x-own", "\xe4\x80"),
        uri="/a%20b",
        query_string="c=d",
        body=b"abc",
        method="POST",
    )

    assert continued(received, described(received)) == received


def test_function_changes_uri_querystring_and_headers() -> None:
    """These fields are "read/write". Method and body do not change."""
    received = request(("cookie", "a=1"), ("x-old", "v"), body=b"abc", method="POST")
    answer = described(received)
    answer["uri"] = "/new"
    answer["querystring"] = "size=small"
    answer["headers"]["cookie"] = [*item("Cookie", "b=2"), *item("Cookie", "c=3")]
    answer["headers"]["x-new"] = [{"value": "n"}]
    del answer["headers"]["x-old"]

    assert continued(received, answer) == request(
        ("cookie", "b=2"),
        ("cookie", "c=3"),
        ("x-new", "n"),
        uri="/new",
        query_string="size=small",
        body=b"abc",
        method="POST",
    )


def test_missing_fields_are_empty() -> None:
    received = request(headers=(("accept", "*/*"),), query_string="a=b")
    answer = {"uri": "/", "method": "GET", "clientIp": "203.0.113.178"}

    assert continued(received, answer) == request(headers=())


def test_text_that_a_function_adds_is_forwarded_as_utf_8() -> None:
    """The guide: "CloudFront forwards the UTF-8 encoded values". In a URI, they are escaped."""
    received = request(("x-old", "\xe4"))
    answer = described(received)
    answer |= {"uri": "/größe%20", "querystring": "q=€&r=%C3%A4"}
    answer["headers"]["x-new"] = item("X-New", "ä€")

    changed = continued(received, answer)

    assert changed.uri == "/gr%C3%B6%C3%9Fe%20"
    assert changed.query_string == "q=%E2%82%AC&r=%C3%A4"
    assert changed.values("x-new")[0].encode("latin-1") == "ä€".encode()
    assert changed.values("x-old") == ["\xe4"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"method": "POST"}, "read-only", id="method"),
        pytest.param({"method": None}, "read-only", id="no-method"),
        pytest.param({"clientIp": "203.0.113.1"}, "read-only", id="client-ip"),
        pytest.param({"body": {"action": "replace"}}, "cannot be set", id="body"),
        pytest.param({"origin": {}}, "cannot be set", id="origin"),
        pytest.param({"uri": "new"}, "uri must be a path", id="uri-without-slash"),
        pytest.param({"uri": ""}, "uri must be a path", id="uri-empty"),
        pytest.param({"uri": None}, "uri must be a path", id="uri-null"),
        pytest.param({"uri": "/a?b"}, "uri must be a path", id="uri-with-query"),
        pytest.param({"uri": "/a b"}, "uri must be a path", id="uri-with-space"),
        pytest.param({"uri": "/a\r\nx: y"}, "uri must be a path", id="uri-with-line-break"),
        pytest.param({"uri": "/a\ud800"}, "uri must be a path", id="uri-with-unpaired-surrogate"),
        pytest.param({"querystring": None}, "querystring must be", id="query-null"),
        pytest.param({"querystring": {"a": "b"}}, "querystring must be", id="query-object"),
        pytest.param({"querystring": "a=b c"}, "querystring must be", id="query-with-space"),
        pytest.param({"querystring": "a=b#c"}, "querystring must be", id="query-with-fragment"),
        pytest.param({"querystring": "a=\x7f"}, "querystring must be", id="query-with-control"),
        pytest.param({"querystring": "a=\t"}, "querystring must be", id="query-with-tab"),
        pytest.param(
            {"querystring": "\udc00"}, "querystring must be", id="query-with-unpaired-surrogate"
        ),
    ],
)
def test_other_change_is_rejected(change: dict[str, object], reason: str) -> None:
    """The guide: CloudFront returns HTTP status code 502."""
    received = request()

    with pytest.raises(InvalidResponse, match=reason):
        continued(received, described(received) | change)


def test_uri_and_query_string_must_be_shorter_than_8192_characters() -> None:
    received = request()

    answer = described(received) | {"uri": "/" + "u" * 8000, "querystring": "q" * 189}
    assert continued(received, answer).query_string == "q" * 189
    with pytest.raises(InvalidResponse, match="8192 characters"):
        continued(received, answer | {"querystring": "q" * 190})


@pytest.mark.parametrize("name", ["content-length", "host", "transfer-encoding", "via"])
def test_read_only_header_cannot_be_changed_removed_or_added(name: str) -> None:
    with_header, without_header = request(headers=((name, "v"),)), request(headers=())

    for received, headers in (
        (with_header, {name: item(name, "w")}),
        (with_header, {name: [*item(name, "v"), *item(name, "w")]}),
        (with_header, {}),
        (without_header, {name: item(name, "v")}),
    ):
        with pytest.raises(InvalidResponse, match=f"header {name} is read-only"):
            continued(received, described(received) | {"headers": headers})


def test_key_of_a_read_only_header_may_change() -> None:
    """Only its values cannot change."""
    received = request(headers=(("host", "www.example.com"),))
    headers = {"host": item("Host", "www.example.com")}

    assert continued(received, described(received) | {"headers": headers}) == received


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("connection", "header connection is disallowed"),
        ("proxy-connection", "header proxy-connection is disallowed"),
        ("x-amz-cf-id", "header x-amz-cf-id is disallowed"),
        ("x-edge-location", "header x-edge-location is disallowed"),
        ("x-cache", "header x-cache is disallowed"),
        ("Cookie", "lowercase token, got 'Cookie'"),
        ("x own", "lowercase token, got 'x own'"),
        ("größe", "lowercase token, got 'größe'"),
        ("", "lowercase token, got ''"),
    ],
)
def test_disallowed_or_invalid_header_cannot_be_added(name: str, reason: str) -> None:
    received = request()
    answer = described(received)
    answer["headers"][name] = item(name, "v")

    with pytest.raises(InvalidResponse, match=reason):
        continued(received, answer)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="list"),
        pytest.param("x-own: v", id="string"),
        pytest.param({"x-own": "v"}, id="string-for-list"),
        pytest.param({"x-own": None}, id="null-for-list"),
        pytest.param({"x-own": ["v"]}, id="string-for-item"),
        pytest.param({"x-own": [{"key": "X-Own"}]}, id="no-value"),
        pytest.param({"x-own": {"key": "X-Own", "value": "v"}}, id="object-for-list"),
        pytest.param({"x-own": item("X-Own", 1)}, id="number-for-value"),
        pytest.param({"x-own": item("X-Own", None)}, id="null-for-value"),
        pytest.param({"x-own": item("X-Own", "a\r\nb: c")}, id="line-break"),
        pytest.param({"x-own": item("X-Own", "\x00")}, id="control-character"),
        pytest.param({"x-own": item("X-Own", "\ud800")}, id="unpaired-surrogate"),
    ],
)
def test_headers_of_another_shape_are_rejected(headers: object) -> None:
    received = request(headers=())

    with pytest.raises(InvalidResponse, match="headers must be lists of items with a value"):
        continued(received, described(received) | {"headers": headers})


def test_values_of_a_header_are_in_order() -> None:
    received = request(("cookie", "a=1"), ("x-own", "v"), ("cookie", "b=2"))

    assert received.values("cookie") == ["a=1", "b=2"]
    assert received.values("none") == []
