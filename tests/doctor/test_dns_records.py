"""DNS records of the hosts, read from a DNS server on this machine."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from attachment.finding import Finding
from tests.support.dns_server import Zone, dns_server
from tools.doctor.dns_records import (
    DnsError,
    Host,
    Resolution,
    check_hosts,
    check_itp,
    check_target,
    make_resolver,
    resolve,
)
from tools.doctor.report import Inconclusive, Note, Result

TARGET = "d111111abcdef8.cloudfront.net"
CLOUDFRONT = {TARGET: ["A 203.0.113.10", "A 203.0.113.77", "AAAA 2001:db8:9000:1::1"]}


def results(zone: Zone) -> list[Result]:
    """Return the results of the check of cdn.example.com in this zone."""
    with dns_server({**CLOUDFRONT, **zone}) as port:
        cdn = Host(name="cdn.example.com", target=TARGET, is_site=False)
        return list(check_hosts(make_resolver("127.0.0.1", port), [cdn]))


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
        pytest.param({"cdn.example.com": ["AAAA 2001:db8:9000:2::9"]}, id="alias-with-only-IPv6"),
    ],
)
def test_name_that_leads_to_its_distribution_has_no_result(zone: Zone) -> None:
    assert results(zone) == []


class Rotating(list[str]):
    """Records that are returned in turn: each query gets the next one."""

    def __iter__(self) -> Iterator[str]:
        self.append(self.pop(0))
        yield self[-1]


def test_alias_is_queried_three_times() -> None:
    """CloudFront returns only some of its addresses. Every second query is for IPv6."""
    rotating = Rotating(["A 198.51.100.1", "A 203.0.113.99", "A 192.0.2.1"])
    assert results({"cdn.example.com": rotating}) == []


def test_answers_for_the_distribution_are_combined() -> None:
    rotating = Rotating(["A 203.0.113.10", "A 198.51.100.7", "A 192.0.2.7"])
    assert results({"cdn.example.com": ["A 198.51.100.1"], TARGET: rotating}) == []


def test_cname_needs_no_address_in_common() -> None:
    """CloudFront may change its addresses between two queries."""
    first = Resolution(cnames=(TARGET,), addresses=frozenset({ip_address("203.0.113.10")}))
    second = Resolution(addresses=frozenset({ip_address("198.51.100.1")}))
    assert list(check_target("cdn.example.com", first, TARGET, second)) == []


@pytest.mark.parametrize(
    ("zone", "chain"),
    [
        pytest.param(
            {
                "cdn.example.com": ["CNAME d222222abcdef8.cloudfront.net"],
                "d222222abcdef8.cloudfront.net": ["A 198.51.100.1"],
            },
            "cdn.example.com → d222222abcdef8.cloudfront.net → 198.51.100.1",
            id="CNAME-elsewhere",
        ),
        pytest.param(
            {
                "cdn.example.com": ["CNAME proxy.example.net"],
                "proxy.example.net": ["A 203.0.113.10", "AAAA 2001:db8:ffff::1"],
            },
            "cdn.example.com → proxy.example.net → 2001:db8:ffff::1",
            id="CNAME-elsewhere-only-in-IPv6",
        ),
        pytest.param(
            {
                TARGET: ["A 203.0.113.10"],
                "cdn.example.com": ["A 203.0.113.10", "AAAA 2001:db8:9000:1::1"],
            },
            "cdn.example.com → 2001:db8:9000:1::1",
            id="IPv6-address-that-the-distribution-does-not-have",
        ),
    ],
)
def test_name_that_leads_elsewhere_is_a_finding(zone: Zone, chain: str) -> None:
    """The problem contains the whole chain, and the fix contains the distribution's own name."""
    [finding] = results(zone)
    assert isinstance(finding, Finding)
    assert finding.code == "dns-elsewhere"
    assert finding.problem == f"{chain} does not lead to the distribution {TARGET}"
    assert f"cdn.example.com CNAME {TARGET}" in finding.fix


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param({}, id="no-such-name"),
        pytest.param({"cdn.example.com": ["TXT nothing"]}, id="no-address"),
        pytest.param({"cdn.example.com": ["CNAME gone.example.net"]}, id="dangling-CNAME"),
    ],
)
def test_name_without_an_address_is_a_finding(zone: Zone) -> None:
    """The fix contains the distribution's own name."""
    [finding] = results(zone)
    assert isinstance(finding, Finding)
    assert finding.code == "dns-no-address"
    assert finding.problem == "no address for cdn.example.com"
    assert finding.fix.endswith(f"\ncdn.example.com CNAME {TARGET}")


def test_all_names_without_an_address_are_one_finding() -> None:
    """No records exist before the first deployment, so one fix lists all of them."""
    hosts = [
        Host(name=f"{label}.example.com", target=f"{label}.cloudfront.net", is_site=label == "www")
        for label in ("cdn", "events", "www")
    ]
    with dns_server({}) as port:
        [finding] = check_hosts(make_resolver("127.0.0.1", port), hosts)
    assert isinstance(finding, Finding)
    assert finding.code == "dns-no-address"
    assert finding.fix.splitlines()[1:] == [
        "cdn.example.com CNAME cdn.cloudfront.net",
        "events.example.com CNAME events.cloudfront.net",
        "www.example.com CNAME www.cloudfront.net",
    ]


def test_silent_resolver_is_queried_for_one_name() -> None:
    """The query for each further name would also time out."""
    hosts = [
        Host(name=f"{label}.example.com", target=TARGET, is_site=False)
        for label in ("cdn", "events")
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = make_resolver("127.0.0.1", silent.getsockname()[1])
        resolver.lifetime = 0.2
        [result] = check_hosts(resolver, hosts)
    assert isinstance(result, Inconclusive)
    assert result.code == "dns-no-answer"


@pytest.mark.parametrize(
    ("records", "addresses", "expected"),
    [
        pytest.param(
            ["A 198.51.100.1", "A 198.51.100.2"],
            "198.51.100.1, 198.51.100.2",
            "203.0.113.10, 203.0.113.77",
            id="IPv4",
        ),
        pytest.param(
            ["A 203.0.113.10", "AAAA 2001:db8:ffff::1"],
            "2001:db8:ffff::1",
            "2001:db8:9000:1::1",
            id="only-IPv6",
        ),
    ],
)
def test_alias_with_other_addresses_could_not_be_checked(
    records: list[str], addresses: str, expected: str
) -> None:
    """The alias may lead to another edge location."""
    [result] = results({"cdn.example.com": records})
    assert isinstance(result, Inconclusive)
    assert result.code == "dns-other-addresses"
    assert result.reason.startswith(f"cdn.example.com → {addresses}: ")
    assert f"{TARGET} answers from {expected} now," in result.reason


def test_resolver_that_fails_raises() -> None:
    """The error contains the name and the resolver's answer."""
    with (
        dns_server({"cdn.example.com": ["SERVFAIL"]}) as port,
        pytest.raises(DnsError, match=r"^cdn\.example\.com .*SERVFAIL"),
    ):
        resolve(make_resolver("127.0.0.1", port), "cdn.example.com")


# WebKit's rule for the site's host


def test_site_that_is_a_cname_keeps_its_cookies() -> None:
    with dns_server({**CLOUDFRONT, "www.example.com": [f"CNAME {TARGET}"]}) as port:
        found = resolve(make_resolver("127.0.0.1", port), "www.example.com")
    [note] = check_itp("www.example.com", found)
    assert isinstance(note, Note)
    assert note.code == "itp-cname"
    assert note.text.startswith("www.example.com ")


def test_site_that_is_an_alias_could_not_be_checked() -> None:
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
    [result] = check_itp("example.com", found)
    assert isinstance(result, Inconclusive)
    assert result.code == "itp-addresses"
    assert "203.0.0.0/16, 2001:db8:9000:1::/64, 2001:db8:9000:2::/64;" in result.reason


def test_name_without_addresses_has_no_result_about_itp() -> None:
    with dns_server({}) as port:
        found = resolve(make_resolver("127.0.0.1", port), "example.com")
    assert list(check_itp("example.com", found)) == []
