"""The request that reaches an origin, as a behavior's policies define it.

Amazon CloudFront Developer Guide, "Request and response behavior for custom origins", "Control
origin requests with a policy", "Control the cache key with a policy", "Cache content based on
cookies" and "Add custom headers to origin requests":
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Cookies.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
"""

import httpx
import pytest

from tests.support.edge_behaviors import make_behavior
from tools.preview.distributions import Behavior, Names, Policy
from tools.preview.origin_request import forwards_cookies, origin_request
from tools.preview.viewer_request import ViewerRequest

NONE = Names(frozenset(), all_but=False)
ALL = Names(frozenset(), all_but=True)


def only(*names: str) -> Names:
    """Return a set of these names."""
    return Names(frozenset(names), all_but=False)


def all_except(*names: str) -> Names:
    """Return the set of all other names."""
    return Names(frozenset(names), all_but=True)


def policy(
    *,
    headers: Names = NONE,
    cookies: Names = NONE,
    query_strings: Names = NONE,
    encodings: tuple[str, ...] = (),
) -> Policy:
    """Return a policy that forwards only these names."""
    return Policy(
        headers=headers, cookies=cookies, query_strings=query_strings, encodings=encodings
    )


#: The managed policies of these names.
ALL_VIEWER = policy(headers=ALL, cookies=ALL, query_strings=ALL)
ALL_VIEWER_EXCEPT_HOST_HEADER = policy(headers=all_except("host"), cookies=ALL, query_strings=ALL)


def sent(
    behavior: Behavior,
    *headers: tuple[str, str],
    method: str = "GET",
    uri: str = "/",
    query_string: str = "",
    body: bytes = b"",
    scheme: str = "https",
) -> httpx.Request:
    """Return the request to the origin for a viewer's request from 192.0.2.2."""
    request = ViewerRequest(
        method=method,
        uri=uri,
        query_string=query_string,
        headers=(("host", "www.example.com"), *headers),
        body=body,
        client_ip="192.0.2.2",
        id="4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    )
    return origin_request(request, behavior, scheme=scheme)


@pytest.mark.parametrize(
    ("protocol", "scheme", "url"),
    [
        pytest.param("https-only", "https", "https://origin.example.com/", id="https"),
        pytest.param("https-only", "http", "https://origin.example.com/", id="https-for-http"),
        pytest.param("http-only", "https", "http://origin.example.com/", id="http-for-https"),
        pytest.param("match-viewer", "https", "https://origin.example.com/", id="match-https"),
        pytest.param("match-viewer", "http", "http://origin.example.com/", id="match-http"),
    ],
)
def test_origin_protocol_policy_selects_the_protocol(protocol: str, scheme: str, url: str) -> None:
    assert sent(make_behavior(protocol=protocol), scheme=scheme).url == url


@pytest.mark.parametrize(
    ("protocol", "host", "url"),
    [
        ("http-only", "origin.example.com:8080", "http://origin.example.com:8080/"),
        ("https-only", "origin.example.com:8443", "https://origin.example.com:8443/"),
    ],
)
def test_custom_ports_of_the_origin_are_used(protocol: str, host: str, url: str) -> None:
    """`Host` has the port unless it is the protocol's default port: RFC 9110 §7.2."""
    request = sent(make_behavior(protocol=protocol, http_port=8080, https_port=8443))

    assert request.url == url
    assert request.headers["host"] == host


def test_http_on_port_443_is_no_default_port() -> None:
    request = sent(make_behavior(protocol="http-only", http_port=443))

    assert request.headers["host"] == "origin.example.com:443"


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        pytest.param("/index.html", b"/production/index.html", id="guide-1"),
        pytest.param("/acme/index.html", b"/production/acme/index.html", id="guide-2"),
        pytest.param("/", b"/production/", id="root"),
    ],
)
def test_origin_path_is_prepended(uri: str, target: bytes) -> None:
    assert sent(make_behavior(path="/production"), uri=uri).extensions["target"] == target


def test_url_has_path_and_query() -> None:
    """An origin in this process reads them from the URL."""
    request = sent(make_behavior(ALL_VIEWER, path="/a"), uri="/b%2Fc", query_string="d=e%20f")

    assert request.url.raw_path == b"/a/b%2Fc?d=e%20f"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/a%2Fb", id="encoded-slash"),
        pytest.param("/a/../b", id="dots"),
        pytest.param("//a//b/", id="slashes"),
        pytest.param("/%61", id="encoded-letter"),
        pytest.param("/{a}|'\"^`", id="characters-that-clients-encode"),
        pytest.param("/a%zz", id="no-encoding"),
        pytest.param("/?a={b}&c=d%20e+f&&g&h=;", id="query"),
        pytest.param("/?a=%zz&b='\"", id="query-with-other-characters"),
    ],
)
def test_path_and_query_are_forwarded_unchanged(target: str) -> None:
    """The guide: CloudFront sends the raw URI path to the origin."""
    uri, _, query_string = target.partition("?")

    request = sent(make_behavior(ALL_VIEWER), uri=uri, query_string=query_string)

    assert request.extensions["target"] == target.encode()


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([], b"/", id="no-policy"),
        pytest.param([policy()], b"/", id="none"),
        pytest.param([policy(query_strings=ALL)], b"/?a=1&split-pages=false&b=2&A", id="all"),
        pytest.param(
            [policy(query_strings=only("split-pages"))], b"/?split-pages=false", id="whitelist"
        ),
        pytest.param(
            [policy(query_strings=all_except("split-pages"))], b"/?a=1&b=2&A", id="all-except"
        ),
        pytest.param(
            [policy(query_strings=only("a")), policy(query_strings=only("b"))],
            b"/?a=1&b=2",
            id="cache-policy-and-origin-request-policy",
        ),
        pytest.param([policy(cookies=ALL, headers=ALL)], b"/", id="other-values"),
    ],
)
def test_query_strings_are_forwarded_by_name(policies: list[Policy], expected: bytes) -> None:
    """Query strings in the cache key are forwarded, too. Names are case-sensitive."""
    request = sent(make_behavior(*policies), query_string="a=1&split-pages=false&b=2&A")

    assert request.extensions["target"] == expected


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([], None, id="no-policy"),
        pytest.param([policy()], None, id="none"),
        pytest.param([policy(cookies=ALL)], "country=uk; session_ID=abcd1234; user=u=1", id="all"),
        pytest.param([policy(cookies=only("session_ID"))], "session_ID=abcd1234", id="whitelist"),
        pytest.param([policy(cookies=only("session_id"))], None, id="whitelist-in-another-case"),
        pytest.param(
            [policy(cookies=all_except("session_ID"))], "country=uk; user=u=1", id="all-except"
        ),
        pytest.param(
            [policy(cookies=only("country")), policy(cookies=only("user"))],
            "country=uk; user=u=1",
            id="cache-policy-and-origin-request-policy",
        ),
        pytest.param([policy(headers=ALL, query_strings=ALL)], None, id="all-headers-are-none"),
        pytest.param([policy(headers=only("cookie"))], None, id="cookie-header-is-none"),
    ],
)
def test_cookies_are_forwarded_by_name_and_sorted(
    policies: list[Policy], expected: str | None
) -> None:
    """The guide: CloudFront sorts the cookies by name before it forwards them."""
    request = sent(
        make_behavior(*policies),
        ("cookie", "user=u=1; session_ID=abcd1234"),
        ("cookie", "country=uk"),
    )

    assert request.headers.get("cookie") == expected


def test_cookies_of_the_same_name_keep_their_order() -> None:
    request = sent(make_behavior(ALL_VIEWER), ("cookie", "b=2; a=z; b=1; a=y;"))

    assert request.headers["cookie"] == "a=z; a=y; b=2; b=1"


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        pytest.param([], False, id="no-policy"),
        pytest.param([policy(headers=ALL, query_strings=ALL)], False, id="none"),
        pytest.param([policy(cookies=ALL)], True, id="all"),
        pytest.param([policy(cookies=only("a"))], True, id="whitelist"),
        pytest.param([policy(cookies=all_except("a"))], True, id="all-except"),
        pytest.param([policy(), policy(cookies=ALL)], True, id="in-one-of-two"),
    ],
)
def test_forwards_cookies_if_any_policy_does(policies: list[Policy], expected: bool) -> None:
    assert forwards_cookies(make_behavior(*policies)) is expected


@pytest.mark.parametrize(
    ("policies", "host"),
    [
        pytest.param([], "origin.example.com", id="no-policy"),
        pytest.param([ALL_VIEWER], "www.example.com", id="AllViewer"),
        pytest.param(
            [ALL_VIEWER_EXCEPT_HOST_HEADER], "origin.example.com", id="AllViewerExceptHostHeader"
        ),
        pytest.param([policy(headers=only("host"))], "www.example.com", id="HostHeaderOnly"),
        pytest.param(
            [policy(headers=only("host")), ALL_VIEWER_EXCEPT_HOST_HEADER],
            "www.example.com",
            id="in-the-cache-key",
        ),
    ],
)
def test_host_is_the_origins_unless_a_policy_forwards_host(
    policies: list[Policy], host: str
) -> None:
    assert sent(make_behavior(*policies)).headers.get_list("host") == [host]


def test_forwarded_host_does_not_change_the_url() -> None:
    assert sent(make_behavior(ALL_VIEWER)).url.host == "origin.example.com"


@pytest.mark.parametrize(
    ("policies", "agent"),
    [
        pytest.param([], "Amazon CloudFront", id="no-policy"),
        pytest.param([policy(headers=only("referer"))], "Amazon CloudFront", id="not-listed"),
        pytest.param([policy(headers=only("user-agent"))], "curl/7.66.0", id="listed"),
        pytest.param([ALL_VIEWER], "curl/7.66.0", id="AllViewer"),
    ],
)
def test_user_agent_is_cloudfronts_unless_a_policy_forwards_user_agent(
    policies: list[Policy], agent: str
) -> None:
    request = sent(make_behavior(*policies), ("user-agent", "curl/7.66.0"))

    assert request.headers.get_list("user-agent") == [agent]


def test_request_without_user_agent_gets_cloudfronts() -> None:
    """The guide: "regardless of whether the request from the viewer includes" the header."""
    assert sent(make_behavior()).headers["user-agent"] == "Amazon CloudFront"


@pytest.mark.parametrize(
    "name",
    [
        "cache-control",
        "content-md5",
        "content-type",
        "date",
        "from",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "origin",
        "pragma",
        "range",
        "request-range",
        "warning",
    ],
)
def test_header_is_forwarded_without_a_policy(name: str) -> None:
    """The rows of the guide's table that say "CloudFront forwards the header to your origin"."""
    assert sent(make_behavior(), (name, "v")).headers[name] == "v"


@pytest.mark.parametrize(
    "name",
    [
        "accept",
        "accept-charset",
        "accept-language",
        "authorization",
        "referer",
        "x-http-method-override",
        "x-own",
        "origins",
    ],
)
def test_header_is_forwarded_only_with_a_policy(name: str) -> None:
    """The rows that say "CloudFront removes the header", and custom headers."""
    assert name not in sent(make_behavior(policy()), (name, "v")).headers
    assert name not in sent(make_behavior(policy(headers=all_except(name))), (name, "v")).headers
    assert sent(make_behavior(policy(headers=only(name))), (name, "v")).headers[name] == "v"
    assert sent(make_behavior(policy(), ALL_VIEWER), (name, "v")).headers[name] == "v"


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-edge-location",
        "x-forwarded-proto",
        "x-real-ip",
    ],
)
def test_header_is_not_forwarded_by_any_policy(name: str) -> None:
    """The rows that say "removes" and "No", and headers of a connection: RFC 9110 §7.6.1."""
    assert name not in sent(make_behavior(ALL_VIEWER), (name, "v")).headers


def test_headers_of_the_same_name_are_not_joined() -> None:
    request = sent(make_behavior(ALL_VIEWER), ("x-own", "1"), ("x-other", "2"), ("x-own", "3"))

    assert request.headers.get_list("x-own") == ["1", "3"]


@pytest.mark.parametrize(
    ("received", "forwarded"),
    [
        pytest.param([], "192.0.2.2", id="none"),
        pytest.param(["192.0.2.4,192.0.2.3"], "192.0.2.4,192.0.2.3,192.0.2.2", id="guide-appends"),
        pytest.param(["192.0.2.4", "192.0.2.3"], "192.0.2.4,192.0.2.3,192.0.2.2", id="two-headers"),
    ],
)
@pytest.mark.parametrize("policies", [[], [ALL_VIEWER]], ids=["no-policy", "AllViewer"])
def test_the_viewers_address_is_appended_to_x_forwarded_for(
    policies: list[Policy], received: list[str], forwarded: str
) -> None:
    headers = [("x-forwarded-for", value) for value in received]

    request = sent(make_behavior(*policies), *headers)

    assert request.headers.get_list("x-forwarded-for") == [forwarded]


@pytest.mark.parametrize(
    ("received", "forwarded"),
    [
        pytest.param([], "1.1 local.cloudfront.net (CloudFront)", id="none"),
        pytest.param(
            ["1.0 fred", "1.1 p.example.net"],
            "1.0 fred, 1.1 p.example.net, 1.1 local.cloudfront.net (CloudFront)",
            id="appended",
        ),
    ],
)
def test_cloudfront_appends_itself_to_via(received: list[str], forwarded: str) -> None:
    """The guide: the header is forwarded. RFC 9110 §7.6.3: a proxy appends itself."""
    request = sent(make_behavior(), *[("via", value) for value in received])

    assert request.headers.get_list("via") == [forwarded]


@pytest.mark.parametrize(
    ("encodings", "received", "forwarded"),
    [
        pytest.param(("br", "gzip"), "gzip, deflate, br, zstd", "br,gzip", id="both"),
        pytest.param(("br", "gzip"), "gzip;q=0.8", "gzip", id="both-but-viewer-gzip"),
        pytest.param(("br", "gzip"), "BR", "br", id="both-but-viewer-br"),
        pytest.param(("br", "gzip"), "deflate", "identity", id="both-but-viewer-neither"),
        pytest.param(("br", "gzip"), "xgzip, brx", "identity", id="names-that-resemble-them"),
        pytest.param(("br", "gzip"), None, None, id="both-but-viewer-no-header"),
        pytest.param(("gzip",), "gzip, br", "gzip", id="gzip"),
        pytest.param(("gzip",), "br", "identity", id="gzip-but-viewer-br"),
        pytest.param((), "gzip, br", None, id="none"),
    ],
)
def test_accept_encoding_is_normalized_if_a_cache_policy_has_encodings(
    encodings: tuple[str, ...], received: str | None, forwarded: str | None
) -> None:
    """The cases of the guide, "Cache compressed objects". No origin request policy changes them."""
    headers = [("accept-encoding", received)] if received else []

    for own in [], [ALL_VIEWER]:
        request = sent(make_behavior(policy(encodings=encodings), *own), *headers)
        values = request.headers.get_list("accept-encoding")
        if own and not encodings:
            assert values == [received]
        else:
            assert values == ([forwarded] if forwarded else [])


def test_custom_headers_are_added_and_replace_the_viewers() -> None:
    """The guide: "If a header is present, CloudFront overwrites the header value"."""
    to = make_behavior(ALL_VIEWER, custom_headers=(("x-key", "secret"), ("x-new", "1")))

    request = sent(to, ("x-key", "forged"), ("x-key", "twice"))

    assert request.headers.get_list("x-key") == ["secret"]
    assert request.headers["x-new"] == "1"


def test_timeouts_of_the_origin_are_used() -> None:
    """The guide: one is for the connection, and one is for the response and each next packet."""
    request = sent(make_behavior(connect_seconds=3, response_seconds=60))

    timeout = {"connect": 3, "pool": 3, "read": 60, "write": 60}
    assert request.extensions["timeout"] == timeout


def test_x_amz_cf_id_is_cloudfronts() -> None:
    """The row "X-Amz-Cf-Id". A viewer's value is not forwarded."""
    request = sent(make_behavior(policy(headers=ALL)), ("x-amz-cf-id", "own"))

    assert request.headers.get_list("x-amz-cf-id") == [
        "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ=="
    ]


def test_no_other_header_is_added() -> None:
    assert sorted(sent(make_behavior()).headers) == [
        "host",
        "user-agent",
        "via",
        "x-amz-cf-id",
        "x-forwarded-for",
    ]


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
def test_method_is_forwarded(method: str) -> None:
    assert sent(make_behavior(), method=method).method == method


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("content-length", "5")], id="with-its-length"),
        pytest.param([("transfer-encoding", "chunked")], id="received-in-chunks"),
    ],
)
def test_body_is_forwarded_with_its_length(headers: list[tuple[str, str]]) -> None:
    request = sent(make_behavior(), *headers, method="POST", body=b"\x00\xff\r\n\x80")

    assert request.read() == b"\x00\xff\r\n\x80"
    assert request.headers.get_list("content-length") == ["5"]
    assert "transfer-encoding" not in request.headers


def test_chunks_override_a_content_length() -> None:
    """RFC 9112 §6.3. Request smuggling sends both headers."""
    headers = [("content-length", "3"), ("transfer-encoding", "chunked")]
    request = sent(make_behavior(), *headers, method="POST", body=b"abcde")

    assert request.headers.get_list("content-length") == ["5"]
    assert "transfer-encoding" not in request.headers


def test_header_that_connection_names_is_not_forwarded() -> None:
    """RFC 9110 §7.6.1."""
    headers = [("connection", "close, X-Secret"), ("x-secret", "1"), ("x-own", "v")]
    request = sent(make_behavior(ALL_VIEWER), *headers)

    assert "x-secret" not in request.headers
    assert request.headers["x-own"] == "v"


def test_post_without_body_has_content_length_0() -> None:
    """RFC 9110 §8.6: a method that can have a body gets a length of 0."""
    request = sent(make_behavior(), ("content-length", "0"), method="POST")

    assert request.headers["content-length"] == "0"


def test_bytes_in_headers_are_forwarded_unchanged() -> None:
    """The value of a header can contain any byte. Each byte is a character in latin-1."""
    request = sent(make_behavior(ALL_VIEWER), ("x-own", "\x80\xff"), ("cookie", "a=\xe4"))

    values = dict(request.headers.raw)
    assert values[b"x-own"] == b"\x80\xff"
    assert values[b"cookie"] == b"a=\xe4"
