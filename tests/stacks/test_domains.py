"""Host names, registrable domains, and hosts within a domain."""

import pytest

from stacks.domains import is_within, parse_host, registrable_domain

NO_LABEL = "not a host name: {!r} is not 1 to 63 letters, digits, and inner hyphens"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("example.com", "example.com", id="unchanged"),
        pytest.param("Shop.EXAMPLE.Co.Uk", "shop.example.co.uk", id="upper-case"),
        pytest.param("  example.com\n", "example.com", id="spaces-around"),
        pytest.param("a-b.example.com", "a-b.example.com", id="hyphen-inside"),
        pytest.param("2024.example.com", "2024.example.com", id="digits-in-front"),
        pytest.param("shop.localhost", "shop.localhost", id="below-localhost"),
        pytest.param("münchen.de", "xn--mnchen-3ya.de", id="international"),
        pytest.param("MÜNCHEN.de", "xn--mnchen-3ya.de", id="international-upper-case"),
        pytest.param("mu\u0308nchen.de", "xn--mnchen-3ya.de", id="international-decomposed"),
        pytest.param("faß.de", "xn--fa-hia.de", id="sharp-s-stays-one-letter"),
        pytest.param("例え.jp", "xn--r8jz45g.jp", id="japanese"),
        pytest.param("example。com", "example.com", id="ideographic-full-stop"),
        pytest.param("XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de", id="a-label"),
        pytest.param("a" * 63 + ".com", "a" * 63 + ".com", id="longest-label"),
        pytest.param(
            ".".join(["a" * 63] * 3 + ["b" * 61]),
            ".".join(["a" * 63] * 3 + ["b" * 61]),
            id="longest-host",
        ),
    ],
)
def test_parse_host_returns_lower_case_a_labels(text: str, host: str) -> None:
    """DNS and cookies use this form, however the user spells the host."""
    assert parse_host(text) == host


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("https://example.com", "a URL or has a port", id="url"),
        pytest.param("example.com/", "a URL or has a port", id="trailing-slash"),
        pytest.param("example.com:8443", "a URL or has a port", id="port"),
        pytest.param("*.example.com", "a wildcard", id="wildcard"),
        pytest.param(".example.com", "written with a leading dot", id="leading-dot"),
        pytest.param("example.com.", "written with a trailing dot", id="trailing-dot"),
        pytest.param("", "empty", id="empty"),
        pytest.param("2001:db8::1", "an IP address", id="IPv6"),
        pytest.param("com", "a single label without a dot", id="single-label"),
        pytest.param("localhost", "a single label without a dot", id="localhost"),
        pytest.param("192.0.2.1", "an IP address", id="ipv4"),
        pytest.param("127.1", "an IP address", id="ipv4-short"),
        pytest.param("\uff11\uff19\uff12.0.2.1", "an IP address", id="ipv4-full-width"),
        pytest.param("a..com", NO_LABEL.format(""), id="empty-label"),
        pytest.param("-a.com", NO_LABEL.format("-a"), id="leading-hyphen"),
        pytest.param("a-.com", NO_LABEL.format("a-"), id="trailing-hyphen"),
        pytest.param("my_site.com", NO_LABEL.format("my_site"), id="underscore"),
        pytest.param("ex ample.com", NO_LABEL.format("ex ample"), id="space-inside"),
        pytest.param("a\nb.com", NO_LABEL.format("a\nb"), id="line-break-inside"),
        pytest.param("me@example.com", NO_LABEL.format("me@example"), id="mail-address"),
        pytest.param("a" * 64 + ".com", NO_LABEL.format("a" * 64), id="label-too-long"),
        pytest.param(
            ".".join(["a" * 63] * 3 + ["b" * 62]),
            "longer than the 253 characters of a host name",
            id="host-too-long",
        ),
    ],
)
def test_parse_host_rejects_other_text_with_the_reason(text: str, reason: str) -> None:
    """The reason completes the sentence "it is …"."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared whole
        parse_host(text)
    assert str(caught.value) == reason


def test_parse_host_rejects_an_invalid_international_name_with_the_reason() -> None:
    """The message of the library is in parentheses."""
    with pytest.raises(ValueError, match=r"^not a valid international name \(.+\)$"):
        parse_host("\u202eexample.com")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        pytest.param("example.com", "example.com", id="itself"),
        pytest.param("a.b.example.com", "example.com", id="below-com"),
        pytest.param("shop.example.co.uk", "example.co.uk", id="suffix-of-two-labels"),
        pytest.param("www.city.kawasaki.jp", "city.kawasaki.jp", id="exception-rule"),
        pytest.param("a.b.c.kawasaki.jp", "b.c.kawasaki.jp", id="wildcard-rule"),
        pytest.param("shop.someone.github.io", "someone.github.io", id="private-section"),
        pytest.param("foo.xn--55qx5d.cn", "foo.xn--55qx5d.cn", id="international-suffix"),
        pytest.param("cdn.shop.localhost", "shop.localhost", id="suffix-not-on-the-list"),
    ],
)
def test_registrable_domain_is_one_label_more_than_the_public_suffix(
    host: str, domain: str
) -> None:
    """It is the widest domain that browsers accept in a cookie."""
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    "host", ["com", "co.uk", "github.io", "cloudfront.net", "c.kawasaki.jp", "xn--55qx5d.cn"]
)
def test_public_suffix_has_no_registrable_domain(host: str) -> None:
    """No one owns a public suffix, so browsers reject cookies on it."""
    assert registrable_domain(host) is None


@pytest.mark.parametrize(
    ("host", "domain", "within"),
    [
        pytest.param("example.com", "example.com", True, id="itself"),
        pytest.param("a.b.example.com", "example.com", True, id="below"),
        pytest.param("example.com", "shop.example.com", False, id="parent"),
        pytest.param("myexample.com", "example.com", False, id="same-ending-other-label"),
        pytest.param("example.com.evil.net", "example.com", False, id="same-beginning"),
        pytest.param("example.org", "example.com", False, id="other"),
    ],
)
def test_is_within_compares_whole_labels(host: str, domain: str, within: bool) -> None:
    """A host is below a domain if it ends in the domain's labels, not only in its letters."""
    assert is_within(host, domain) is within
