"""Parsing `Cookie` headers, including malformed headers, and rendering `Set-Cookie` values."""

import pytest

from lambda_edge import cookies


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("a=1", {"a": "1"}, id="one"),
        pytest.param("a=1; b=2", {"a": "1", "b": "2"}, id="two"),
        pytest.param("a=1;b=2", {"a": "1", "b": "2"}, id="no-spaces"),
        pytest.param("\ta \t=\t 1\t;\tb=2 ", {"a": "1", "b": "2"}, id="tabs-and-spaces"),
        pytest.param("; ;a=1;;b=2;", {"a": "1", "b": "2"}, id="stray-semicolons"),
        pytest.param("a=1,b=2", {"a": "1,b=2"}, id="comma"),
        pytest.param("a=; b=2", {"a": "", "b": "2"}, id="empty-value"),
        pytest.param("A=1; a=2", {"A": "1", "a": "2"}, id="case-matters"),
        pytest.param("a=1; Path=/; $Version=1", {"a": "1", "Path": "/", "$Version": "1"}, id="rfc"),
    ],
)
def test_parse_splits_pairs_at_semicolons(header: str, expected: dict[str, str]) -> None:
    assert dict(cookies.parse([header])) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("YWJj==", id="base64"),
        pytest.param("=1", id="leading-equals"),
        pytest.param("a=b=c", id="equals"),
        pytest.param('"a1"', id="quoted"),
        pytest.param('"a1', id="half-quoted"),
        pytest.param(r'"a\"1\054"', id="backslashes"),
        pytest.param('{"id":"a1","tags":["x","y"]}', id="json"),
        pytest.param("%7B%22id%22%3A1%7D", id="percent-encoded"),
        pytest.param("100%", id="bare-percent"),
        pytest.param("%3B%20Domain%3Devil.test", id="percent-encoded-attribute"),
        pytest.param("a+b", id="plus"),
        pytest.param("a b", id="inner-space"),
        pytest.param("Jos\u00e9 \U0001f600", id="non-ascii"),
        pytest.param("\u00a0a\u2003", id="not-http-whitespace"),
        pytest.param("\x0ba\x00b\r\n", id="controls"),
    ],
)
def test_parse_returns_the_raw_value(value: str) -> None:
    """It is neither unquoted nor decoded, and only spaces and tabs around it are removed."""
    assert dict(cookies.parse([f"x=0; a={value}; y=0"])) == {"x": "0", "a": value, "y": "0"}


def test_a_semicolon_in_quotes_ends_the_value() -> None:
    """Browsers do not support quoting, either."""
    assert dict(cookies.parse(['a="1;b=2"'])) == {"a": '"1', "b": '2"'}


# With most of these before a cookie, http.cookies.SimpleCookie loses the cookie. With some, it
# raises an exception, or loses the cookies on both sides.
@pytest.mark.parametrize(
    "neighbor",
    [
        pytest.param("consent", id="no-equals"),
        pytest.param("=nameless", id="no-name"),
        pytest.param("[object Object]=1", id="brackets-in-name"),
        pytest.param("my cookie=1", id="space-in-name"),
        pytest.param("a,b=1", id="comma-in-name"),
        pytest.param("a/b=1", id="slash-in-name"),
        pytest.param("a@b=1", id="at-in-name"),
        pytest.param('{"x":1}', id="json-without-name"),
        pytest.param("caf\u00e9=1", id="non-ascii-name"),
        pytest.param('prefs={"a":1}', id="json"),
        pytest.param("name=Jane Doe", id="space"),
        pytest.param('name="Jane', id="half-quoted"),
        pytest.param('name=Jane"', id="stray-quote"),
        pytest.param("name=Jos\u00e9", id="non-ascii"),
        pytest.param("name=\x01", id="control"),
        pytest.param("expires=never", id="attribute-name"),
        pytest.param("secure", id="flag-name"),
        pytest.param(";", id="nothing"),
    ],
)
def test_a_malformed_neighbor_does_not_affect_a_cookie(neighbor: str) -> None:
    """The site's other cookies cannot hide an ID, neither before nor after it."""
    sent = dict(cookies.parse([f"htjs_user_id=u1; {neighbor}; htjs_anonymous_id=a1"]))

    assert sent["htjs_user_id"] == "u1"
    assert sent["htjs_anonymous_id"] == "a1"


def test_parse_returns_no_cookies_without_a_header() -> None:
    assert list(cookies.parse([])) == []


def test_parse_reads_several_headers_as_one() -> None:
    """HTTP/2 clients may send a header for each cookie."""
    assert list(cookies.parse(["a=1", "b=2; c=3"])) == [("a", "1"), ("b", "2"), ("c", "3")]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(["a=first; a=; a=third"], id="one-header"),
        pytest.param(["a=first; a=", "a=third"], id="two-headers"),
    ],
)
def test_parse_keeps_duplicates_in_their_order(headers: list[str]) -> None:
    """Browsers send the cookie with the longest path first (RFC 6265 §5.4)."""
    assert list(cookies.parse(headers)) == [("a", "first"), ("a", ""), ("a", "third")]


@pytest.mark.parametrize(
    "filler",
    [
        pytest.param("x=" + "y" * 8192, id="one-long-value"),
        pytest.param("; ".join(f"c{number}=0123456789" for number in range(500)), id="many"),
        pytest.param(";" * 8192, id="semicolons"),
        pytest.param("=" * 8192, id="equals"),
        pytest.param('"' * 8192, id="quotes"),
    ],
)
def test_parse_reads_a_long_header_to_its_end(filler: str) -> None:
    assert dict(cookies.parse([f"{filler}; htjs_user_id=u1"]))["htjs_user_id"] == "u1"


@pytest.mark.parametrize(
    "value", ["", "a1", "a b", '"a1"', "a=b", '{"a":1}', "a,b", "\\", "%FF", "!~"]
)
def test_printable_ascii_can_be_stored(value: str) -> None:
    assert cookies.can_store("a", value)


@pytest.mark.parametrize(
    "character",
    [
        *(pytest.param(chr(code), id=f"control-{code:02x}") for code in range(0x20)),
        pytest.param("\x7f", id="del"),
        pytest.param("\x80", id="c1-control"),
        pytest.param("\u00a0", id="no-break-space"),
        pytest.param("\u00e9", id="latin-1"),
        pytest.param("\u0661", id="arabic-digit"),
        pytest.param("\U0001f600", id="emoji"),
        pytest.param("\udc80", id="surrogate"),
    ],
)
def test_other_characters_cannot_be_stored(character: str) -> None:
    assert not cookies.can_store("a", f"a{character}1")


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        pytest.param("a", 4095, id="short-name"),
        pytest.param("htjs_anonymous_id_srvr", 4074, id="long-name"),
    ],
)
def test_name_and_value_can_have_4096_bytes(name: str, longest: int) -> None:
    """Browsers ignore the whole cookie if it is longer (RFC 6265bis §5.6)."""
    assert cookies.can_store(name, "x" * longest)
    assert not cookies.can_store(name, "x" * (longest + 1))


@pytest.mark.parametrize(
    ("value", "domain", "max_age_seconds", "http_only", "expected"),
    [
        pytest.param(
            "1",
            "example.com",
            31536000,
            True,
            "a=1; Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax; HttpOnly",
            id="server-cookie",
        ),
        pytest.param(
            "1",
            "example.com",
            31536000,
            False,
            "a=1; Domain=example.com; Path=/; Max-Age=31536000; Secure; SameSite=Lax",
            id="browser-cookie",
        ),
        pytest.param(
            "",
            "example.co.uk",
            0,
            True,
            "a=; Domain=example.co.uk; Path=/; Max-Age=0; Secure; SameSite=Lax; HttpOnly",
            id="expired",
        ),
        pytest.param(
            '{"b": "%3D="}',
            "example.com",
            86400,
            False,
            'a={"b": "%3D="}; Domain=example.com; Path=/; Max-Age=86400; Secure; SameSite=Lax',
            id="raw-value",
        ),
    ],
)
def test_render_writes_a_whole_set_cookie_value(
    value: str, domain: str, max_age_seconds: int, http_only: bool, expected: str
) -> None:
    assert cookies.render("a", value, domain, max_age_seconds, http_only=http_only) == expected


def test_render_without_domain_and_with_a_path() -> None:
    """It expires a cookie that another program set without a `Domain`."""
    assert cookies.render("a", "", None, 0, http_only=True, path="/ht") == (
        "a=; Path=/ht; Max-Age=0; Secure; SameSite=Lax; HttpOnly"
    )


@pytest.mark.parametrize(
    ("host", "names"),
    [
        pytest.param("example.com", [], id="cookie-domain"),
        pytest.param("www.example.com", ["www.example.com"], id="subdomain"),
        pytest.param(
            "A.b.Example.com:8443", ["b.example.com", "a.b.example.com"], id="deep-with-port"
        ),
        pytest.param("", [], id="no-host"),
        pytest.param("example.org", [], id="other-site"),
        pytest.param("notexample.com", [], id="same-end"),
        pytest.param("www.example.com.evil.test", [], id="same-start"),
        pytest.param("..example.com", [], id="empty-label"),
        pytest.param("x; Path=/.example.com", [], id="attribute"),
        pytest.param("é.example.com", [], id="non-ascii"),
    ],
)
def test_domains_include_each_name_from_the_cookie_domain_down_to_the_host(
    host: str, names: list[str]
) -> None:
    """A `Host` header that is not a host name below the cookie domain adds no domain."""
    assert list(cookies.domains_of(host, "example.com")) == ["example.com", None, *names]
