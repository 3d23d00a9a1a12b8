"""Where names point, against a DNS server on this machine."""

from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from tests.dns_server import Zone, dns_server
from tools.doctor.dns_records import (
    DnsError,
    Resolution,
    judge,
    judge_itp,
    make_resolver,
    resolve,
    resolve_both,
)
from tools.doctor.report import Finding, NotCheckable, Note, Remark

TARGET = "d111111abcdef8.cloudfront.net"
CLOUDFRONT = {TARGET: ["A 203.0.113.10", "A 203.0.113.77", "AAAA 2001:db8:9000:1::1"]}


def remarks(zone: Zone) -> list[Remark]:
    with dns_server({**CLOUDFRONT, **zone}) as port:
        resolver = make_resolver("127.0.0.1", port)
        found, at_target = resolve_both(resolver, "cdn.example.com", TARGET)
        return list(judge("cdn.example.com", found, TARGET, at_target))


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
    assert remarks(zone) == []


class Rotating(list[str]):
    """Records of which each question gets another one."""

    def __iter__(self) -> Iterator[str]:
        self.append(self.pop(0))
        yield self[-1]


def test_an_alias_is_asked_three_times() -> None:
    """CloudFront answers with some of its addresses. Every other question is for IPv6."""
    rotating = Rotating(["A 198.51.100.1", "A 203.0.113.99", "A 192.0.2.1"])
    assert remarks({"cdn.example.com": rotating}) == []


def test_answers_of_the_distribution_are_united_too() -> None:
    rotating = Rotating(["A 203.0.113.10", "A 198.51.100.7", "A 192.0.2.7"])
    assert remarks({"cdn.example.com": ["A 198.51.100.1"], TARGET: rotating}) == []


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
            {
                "cdn.example.com": ["CNAME proxy.example.net"],
                "proxy.example.net": ["A 203.0.113.10", "AAAA 2001:db8:ffff::1"],
            },
            "cdn.example.com → proxy.example.net → 2001:db8:ffff::1 leads past the distribution "
            "d111111abcdef8.cloudfront.net",
            id="CNAME-elsewhere-in-IPv6-alone",
        ),
        pytest.param(
            {
                TARGET: ["A 203.0.113.10"],
                "cdn.example.com": ["A 203.0.113.10", "AAAA 2001:db8:9000:1::1"],
            },
            "cdn.example.com → 2001:db8:9000:1::1 leads past the distribution "
            "d111111abcdef8.cloudfront.net",
            id="IPv6-address-where-the-distribution-has-none",
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
    [found] = remarks(zone)
    assert isinstance(found, Finding)
    assert found.what == expected
    assert f"cdn.example.com {'CNAME' if 'leads' in expected else '→'} {TARGET}" in found.remedy


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param(
            ["A 198.51.100.1", "A 198.51.100.2"],
            "cdn.example.com → 198.51.100.1, 198.51.100.2: the distribution "
            "d111111abcdef8.cloudfront.net answers from 203.0.113.10, 203.0.113.77 now; "
            "CloudFront has others too, so see what the requests to cdn.example.com say",
            id="IPv4",
        ),
        pytest.param(
            ["A 203.0.113.10", "AAAA 2001:db8:ffff::1"],
            "cdn.example.com → 2001:db8:ffff::1: the distribution d111111abcdef8.cloudfront.net "
            "answers from 2001:db8:9000:1::1 now; CloudFront has others too, so see what the "
            "requests to cdn.example.com say",
            id="IPv6-alone",
        ),
    ],
)
def test_an_alias_with_other_addresses_may_be_well(records: list[str], expected: str) -> None:
    """It may lead to another edge location."""
    assert remarks({"cdn.example.com": records}) == [NotCheckable(expected)]


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
