"""What reaches an origin, by the rules of a behavior's policies.

Amazon CloudFront Developer Guide, "Request and response behavior for custom origins", "Control
origin requests with a policy", "Control the cache key with a policy", "Cache content based on
cookies" and "Add custom headers to origin requests":
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Cookies.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
"""

from typing import Any

import httpx
import pytest

from tools.preview.distributions import Behavior, Names, Origin, Policy
from tools.preview.origin_request import forwards_cookies, origin_request
from tools.preview.viewer_request import ViewerRequest

NONE = Names(frozenset(), all_but=False)
ALL = Names(frozenset(), all_but=True)


def only(*names: str) -> Names:
    return Names(frozenset(names), all_but=False)


def all_except(*names: str) -> Names:
    return Names(frozenset(names), all_but=True)


def policy(
    *,
    headers: Names = NONE,
    cookies: Names = NONE,
    query_strings: Names = NONE,
    encodings: tuple[str, ...] = (),
) -> Policy:
    """Return a policy that lets nothing through but this."""
    return Policy(
        headers=headers, cookies=cookies, query_strings=query_strings, encodings=encodings
    )


#: As the managed policies of these names.
ALL_VIEWER = policy(headers=ALL, cookies=ALL, query_strings=ALL)
ALL_VIEWER_EXCEPT_HOST_HEADER = policy(headers=all_except("host"), cookies=ALL, query_strings=ALL)


def behavior(*policies: Policy, **origin: Any) -> Behavior:
    """Return a behavior with these policies; `origin` go over the defaults of the origin."""
    defaults: dict[str, Any] = {
        "domain_name": "origin.example.com",
        "path": "",
        "protocol": "https-only",
        "http_port": 80,
        "https_port": 443,
        "connect_seconds": 10,
        "response_seconds": 30,
        "custom_headers": (),
    }
    return Behavior(
        path_pattern="*",
        origin=Origin(**(defaults | origin)),
        viewer_protocol_policy="allow-all",
        allowed_methods=frozenset({"GET", "HEAD"}),
        policies=policies,
        viewer_request=None,
    )


def sent(
    to: Behavior,
    *headers: tuple[str, str],
    method: str = "GET",
    uri: str = "/",
    query_string: str = "",
    body: bytes = b"",
    scheme: str = "https",
) -> httpx.Request:
    """Return what goes to the origin for a request from 192.0.2.2 with these headers."""
    request = ViewerRequest(
        method=method,
        uri=uri,
        query_string=query_string,
        headers=(("host", "www.example.com"), *headers),
        body=body,
        client_ip="192.0.2.2",
        id="4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    )
    return origin_request(request, to, scheme=scheme)


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
def test_the_origin_protocol_policy_chooses_the_protocol(
    protocol: str, scheme: str, url: str
) -> None:
    assert sent(behavior(protocol=protocol), scheme=scheme).url == url


@pytest.mark.parametrize(
    ("protocol", "host", "url"),
    [
        ("http-only", "origin.example.com:8080", "http://origin.example.com:8080/"),
        ("https-only", "origin.example.com:8443", "https://origin.example.com:8443/"),
    ],
)
def test_the_origins_own_ports_are_used(protocol: str, host: str, url: str) -> None:
    """A port other than the protocol's own belongs into `Host`: RFC 9110 §7.2."""
    request = sent(behavior(protocol=protocol, http_port=8080, https_port=8443))

    assert request.url == url
    assert request.headers["host"] == host


def test_the_port_of_the_other_protocol_is_another_port() -> None:
    request = sent(behavior(protocol="http-only", http_port=443))

    assert request.headers["host"] == "origin.example.com:443"


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        pytest.param("/index.html", b"/production/index.html", id="guide-1"),
        pytest.param("/acme/index.html", b"/production/acme/index.html", id="guide-2"),
        pytest.param("/", b"/production/", id="root"),
    ],
)
def test_the_origin_path_comes_first(uri: str, target: bytes) -> None:
    assert sent(behavior(path="/production"), uri=uri).extensions["target"] == target


def test_path_and_query_are_in_the_url_too() -> None:
    """For an origin in this process."""
    request = sent(behavior(ALL_VIEWER, path="/a"), uri="/b%2Fc", query_string="d=e%20f")

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
def test_the_path_and_the_query_go_as_they_came(target: str) -> None:
    """The guide: CloudFront sends the raw URI path to the origin."""
    uri, _, query_string = target.partition("?")

    request = sent(behavior(ALL_VIEWER), uri=uri, query_string=query_string)

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
def test_query_strings_go_by_name_and_with_their_value(
    policies: list[Policy], expected: bytes
) -> None:
    """What the cache policy has in the cache key goes too; names are case-sensitive."""
    request = sent(behavior(*policies), query_string="a=1&split-pages=false&b=2&A")

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
def test_cookies_go_by_name_and_sorted(policies: list[Policy], expected: str | None) -> None:
    """The guide: CloudFront sorts the cookies by name before it forwards them."""
    request = sent(
        behavior(*policies),
        ("cookie", "user=u=1; session_ID=abcd1234"),
        ("cookie", "country=uk"),
    )

    assert request.headers.get("cookie") == expected


def test_cookies_of_one_name_keep_their_order() -> None:
    request = sent(behavior(ALL_VIEWER), ("cookie", "b=2; a=z; b=1; a=y;"))

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
def test_cookies_are_forwarded_or_not(policies: list[Policy], expected: bool) -> None:
    assert forwards_cookies(behavior(*policies)) is expected


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
def test_host_is_the_origins_unless_it_is_forwarded(policies: list[Policy], host: str) -> None:
    assert sent(behavior(*policies)).headers.get_list("host") == [host]


def test_the_forwarded_host_does_not_change_where_the_request_goes() -> None:
    assert sent(behavior(ALL_VIEWER)).url.host == "origin.example.com"


@pytest.mark.parametrize(
    ("policies", "agent"),
    [
        pytest.param([], "Amazon CloudFront", id="no-policy"),
        pytest.param([policy(headers=only("referer"))], "Amazon CloudFront", id="not-listed"),
        pytest.param([policy(headers=only("user-agent"))], "curl/7.66.0", id="listed"),
        pytest.param([ALL_VIEWER], "curl/7.66.0", id="AllViewer"),
    ],
)
def test_user_agent_is_replaced_unless_it_is_forwarded(policies: list[Policy], agent: str) -> None:
    request = sent(behavior(*policies), ("user-agent", "curl/7.66.0"))

    assert request.headers.get_list("user-agent") == [agent]


def test_a_request_without_user_agent_gets_cloudfronts() -> None:
    """The guide: "regardless of whether the request from the viewer includes" one."""
    assert sent(behavior()).headers["user-agent"] == "Amazon CloudFront"


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
def test_a_header_that_is_always_forwarded(name: str) -> None:
    """The rows of the guide's table that say "CloudFront forwards the header to your origin"."""
    assert sent(behavior(), (name, "v")).headers[name] == "v"


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
def test_a_header_that_is_forwarded_where_a_policy_has_it(name: str) -> None:
    """The rows that say "CloudFront removes the header", and headers of one's own."""
    assert name not in sent(behavior(policy()), (name, "v")).headers
    assert name not in sent(behavior(policy(headers=all_except(name))), (name, "v")).headers
    assert sent(behavior(policy(headers=only(name))), (name, "v")).headers[name] == "v"
    assert sent(behavior(policy(), ALL_VIEWER), (name, "v")).headers[name] == "v"


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
def test_a_header_that_is_never_forwarded(name: str) -> None:
    """The rows that say "removes" and "No", and what belongs to one connection: RFC 9110 §7.6.1."""
    assert name not in sent(behavior(ALL_VIEWER), (name, "v")).headers


def test_several_headers_of_one_name_stay_several() -> None:
    request = sent(behavior(ALL_VIEWER), ("x-own", "1"), ("x-other", "2"), ("x-own", "3"))

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

    request = sent(behavior(*policies), *headers)

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
def test_cloudfront_names_itself_in_via(received: list[str], forwarded: str) -> None:
    """The guide forwards the header; who forwards appends itself: RFC 9110 §7.6.3."""
    request = sent(behavior(), *[("via", value) for value in received])

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
def test_accept_encoding_is_normalized_where_a_cache_policy_has_encodings(
    encodings: tuple[str, ...], received: str | None, forwarded: str | None
) -> None:
    """The guide's cases under "Cache compressed objects", for every origin request policy."""
    headers = [("accept-encoding", received)] if received else []

    for own in [], [ALL_VIEWER]:
        request = sent(behavior(policy(encodings=encodings), *own), *headers)
        values = request.headers.get_list("accept-encoding")
        if own and not encodings:
            assert values == [received]
        else:
            assert values == ([forwarded] if forwarded else [])


def test_custom_headers_are_added_and_win() -> None:
    """The guide: "If a header is present, CloudFront overwrites the header value"."""
    to = behavior(ALL_VIEWER, custom_headers=(("x-key", "secret"), ("x-new", "1")))

    request = sent(to, ("x-key", "forged"), ("x-key", "twice"))

    assert request.headers.get_list("x-key") == ["secret"]
    assert request.headers["x-new"] == "1"


def test_the_origins_timeouts_hold() -> None:
    """The guide: one for the connection, one for the response and each further packet."""
    request = sent(behavior(connect_seconds=3, response_seconds=60))

    timeout = {"connect": 3, "pool": 3, "read": 60, "write": 60}
    assert request.extensions["timeout"] == timeout


def test_the_request_is_named() -> None:
    """The row "X-Amz-Cf-Id"; what a viewer says there is not passed on."""
    request = sent(behavior(policy(headers=ALL)), ("x-amz-cf-id", "own"))

    assert request.headers.get_list("x-amz-cf-id") == [
        "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ=="
    ]


def test_nothing_else_is_added() -> None:
    assert sorted(sent(behavior()).headers) == [
        "host",
        "user-agent",
        "via",
        "x-amz-cf-id",
        "x-forwarded-for",
    ]


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
def test_the_method_stays(method: str) -> None:
    assert sent(behavior(), method=method).method == method


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("content-length", "5")], id="with-its-length"),
        pytest.param([("transfer-encoding", "chunked")], id="that-came-in-chunks"),
    ],
)
def test_the_body_goes_with_its_length(headers: list[tuple[str, str]]) -> None:
    request = sent(behavior(), *headers, method="POST", body=b"\x00\xff\r\n\x80")

    assert request.read() == b"\x00\xff\r\n\x80"
    assert request.headers.get_list("content-length") == ["5"]
    assert "transfer-encoding" not in request.headers


def test_a_post_without_body_says_so() -> None:
    """RFC 9110 §8.6: a method that could have a body gets a length of 0."""
    request = sent(behavior(), ("content-length", "0"), method="POST")

    assert request.headers["content-length"] == "0"


def test_bytes_of_headers_stay() -> None:
    """A header's value may hold any byte; as latin-1 they are all characters."""
    request = sent(behavior(ALL_VIEWER), ("x-own", "\x80\xff"), ("cookie", "a=\xe4"))

    values = dict(request.headers.raw)
    assert values[b"x-own"] == b"\x80\xff"
    assert values[b"cookie"] == b"a=\xe4"
