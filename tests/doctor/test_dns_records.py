"""Where names point, against a DNS server on this machine."""

from ipaddress import ip_address

import pytest

from tests.dns_server import Zone, dns_server
from tools.doctor.dns_records import DnsError, Resolution, judge, judge_itp, make_resolver, resolve
from tools.doctor.report import Finding, NotCheckable, Note

TARGET = "d111111abcdef8.cloudfront.net"
CLOUDFRONT = {TARGET: ["A 203.0.113.10", "A 203.0.113.77", "AAAA 2001:db8:9000:1::1"]}


def findings(zone: Zone, name: str = "cdn.example.com") -> list[Finding]:
    with dns_server({**CLOUDFRONT, **zone}) as port:
        resolver = make_resolver("127.0.0.1", port)
        return list(judge(name, resolve(resolver, name), TARGET, resolve(resolver, TARGET)))


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param({"cdn.example.com": [f"CNAME {TARGET}"]}, id="CNAME"),
        pytest.param(
            {
                "cdn.example.com": ["CNAME cdn.example.net"],
                "cdn.example.net": [f"CNAME {TARGET}"],
            },
            id="CNAME-of-a-CNAME",
        ),
        pytest.param(
            {"cdn.example.com": ["A 203.0.113.10", "AAAA 2001:db8:9000:1::1"]},
            id="alias-with-the-same-addresses",
        ),
        pytest.param({"cdn.example.com": ["A 203.0.113.99"]}, id="alias-at-the-same-edge-location"),
        pytest.param({"cdn.example.com": ["AAAA 2001:db8:9000:2::9"]}, id="alias-with-IPv6-alone"),
    ],
)
def test_a_name_that_leads_to_its_distribution(zone: Zone) -> None:
    assert findings(zone) == []


def test_a_cname_needs_no_address_in_common() -> None:
    """CloudFront may change its addresses between two questions."""
    first = Resolution(cnames=(TARGET,), addresses=frozenset({ip_address("203.0.113.10")}))
    second = Resolution(addresses=frozenset({ip_address("198.51.100.1")}))
    assert list(judge("cdn.example.com", first, TARGET, second)) == []


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param(
            {
                "cdn.example.com": ["CNAME d222222abcdef8.cloudfront.net"],
                "d222222abcdef8.cloudfront.net": ["A 198.51.100.1"],
            },
            "cdn.example.com → d222222abcdef8.cloudfront.net → 198.51.100.1 leads past the "
            "distribution d111111abcdef8.cloudfront.net",
            id="CNAME-elsewhere",
        ),
        pytest.param(
            {"cdn.example.com": ["A 198.51.100.1", "AAAA 2001:db8:ffff::1"]},
            "cdn.example.com → 198.51.100.1, 2001:db8:ffff::1 leads past the distribution "
            "d111111abcdef8.cloudfront.net",
            id="address-elsewhere",
        ),
        pytest.param({}, "cdn.example.com has no address", id="no-such-name"),
        pytest.param(
            {"cdn.example.com": ["TXT nothing"]}, "cdn.example.com has no address", id="no-address"
        ),
        pytest.param(
            {"cdn.example.com": ["CNAME gone.example.net"]},
            "cdn.example.com has no address",
            id="dangling-CNAME",
        ),
    ],
)
def test_a_name_that_leads_elsewhere(zone: Zone, expected: str) -> None:
    [found] = findings(zone)
    assert found.what == expected
    assert f"cdn.example.com {'CNAME' if 'leads' in expected else '→'} {TARGET}" in found.remedy


def test_a_resolver_that_fails() -> None:
    with (
        dns_server({"cdn.example.com": ["SERVFAIL"]}) as port,
        pytest.raises(DnsError, match=r"cdn\.example\.com cannot be resolved: .*SERVFAIL"),
    ):
        resolve(make_resolver("127.0.0.1", port), "cdn.example.com")


# What WebKit makes of the site's host


def test_a_site_that_is_a_cname_keeps_its_cookies() -> None:
    with dns_server({**CLOUDFRONT, "www.example.com": [f"CNAME {TARGET}"]}) as port:
        found = resolve(make_resolver("127.0.0.1", port), "www.example.com")
    [remark] = judge_itp("www.example.com", found)
    assert remark == Note(
        "www.example.com is a CNAME: WebKit compares it with itself, and keeps cookies' age"
    )


def test_a_site_that_is_an_alias_gets_its_prefixes_and_no_promise() -> None:
    """WebKit compares 16 bits of an IPv4 address and 64 bits of an IPv6 address."""
    zone = {
        "example.com": [
            "A 203.0.113.10",
            "A 203.0.200.1",
            "AAAA 2001:db8:9000:1::1",
            "AAAA 2001:db8:9000:2::1",
            "AAAA 2001:db8:9000:2::2",
        ]
    }
    with dns_server(zone) as port:
        found = resolve(make_resolver("127.0.0.1", port), "example.com")
    [remark] = judge_itp("example.com", found)
    assert isinstance(remark, NotCheckable)
    assert "203.0.0.0/16, 2001:db8:9000:1::/64, 2001:db8:9000:2::/64;" in remark.what


def test_a_name_without_addresses_says_nothing_of_itp() -> None:
    with dns_server({}) as port:
        found = resolve(make_resolver("127.0.0.1", port), "example.com")
    assert list(judge_itp("example.com", found)) == []
