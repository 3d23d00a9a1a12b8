"""Checks of the DNS records of the proxies' and the site's hosts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import dns.exception
import dns.rdatatype
import dns.resolver

from attachment.finding import Finding
from tools.doctor.report import Inconclusive, Note, Result

_LIFETIME_SECONDS = 10
#: CloudFront answers each query with some of its addresses.
_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """The answer for a name: its CNAMEs in order, and the addresses of the last one."""

    cnames: tuple[str, ...] = ()
    addresses: frozenset[IPv4Address | IPv6Address] = frozenset()

    def with_more(self, later: "Resolution") -> "Resolution":
        """Return the later answer, with the addresses of both."""
        return Resolution(cnames=later.cnames, addresses=self.addresses | later.addresses)


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """A host, with the domain name of its distribution as `target`, or "" if it has none yet.

    `is_site` is whether the host is one of the site's, and not a proxy.
    """

    name: str
    target: str
    is_site: bool


class DnsError(Exception):
    """The resolver returned no usable answer. The message is the reason.

    `is_silent` is whether the query timed out. The next query would take as long.
    """

    def __init__(self, reason: str, *, is_silent: bool = False) -> None:
        super().__init__(reason)
        self.is_silent = is_silent


def make_resolver(address: str = "", port: int = 53) -> dns.resolver.Resolver:
    """Return the resolver at `address`, or the one that this machine uses. Raises DnsError."""
    try:
        resolver = dns.resolver.Resolver(configure=not address)
    except dns.resolver.NoResolverConfiguration as error:
        raise DnsError(
            "this machine has no DNS resolver configured; pass one with --resolver"
        ) from error
    if address:
        resolver.nameservers = [address]
        resolver.port = port
    resolver.lifetime = _LIFETIME_SECONDS
    return resolver


def resolve(resolver: dns.resolver.Resolver, name: str) -> Resolution:
    """Return the answer for `name`, which is empty if the name does not exist. Raises DnsError."""
    cnames: tuple[str, ...] = ()
    addresses: set[IPv4Address | IPv6Address] = set()
    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        try:
            answer = resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            continue
        except dns.exception.DNSException as error:
            raise DnsError(
                f"{name} cannot be resolved: {error}",
                is_silent=isinstance(error, dns.resolver.LifetimeTimeout),
            ) from error
        chain = answer.chaining_result.cnames
        cnames = tuple(str(cname.target).rstrip(".") for rrset in chain for cname in rrset)
        addresses |= {ip_address(record.address) for record in answer.rrset or ()}
    return Resolution(cnames=cnames, addresses=frozenset(addresses))


def check_hosts(resolver: dns.resolver.Resolver, hosts: Sequence[Host]) -> Iterator[Result]:
    """Yield the findings and notes for the hosts' records.

    All names without an address are one finding. If a query times out, no more hosts are queried.
    """
    without_address: list[tuple[Resolution, Host]] = []
    for host in hosts:
        try:
            found, at_target = resolve_both(resolver, host.name, host.target)
        except DnsError as error:
            yield Inconclusive("dns-no-answer", str(error))
            if error.is_silent:
                break
            continue
        if not host.target:
            yield Inconclusive(
                "no-distribution-yet", f"the distribution for {host.name} does not exist yet"
            )
        elif not found.addresses and host.target not in found.cnames:
            without_address.append((found, host))
        else:
            yield from check_target(host.name, found, host.target, at_target)
        if host.is_site:
            yield from check_itp(host.name, found)
    if without_address:
        chains = [_chain(host.name, found) for found, host in without_address]
        records = [f"{host.name} CNAME {host.target}" for _, host in without_address]
        yield Finding(
            "dns-no-address",
            f"no address for {', '.join(chains)}",
            "\n".join(["add these records (at the top of a zone, alias records)", *records]),
        )


def resolve_both(
    resolver: dns.resolver.Resolver, name: str, target: str
) -> tuple[Resolution, Resolution]:
    """Return the answers for `name` and for `target`. Raises DnsError.

    If `check_target` yields a result, both are queried again, and the answers are combined. If
    `target` is empty, only `name` is queried.
    """
    if not target:
        return resolve(resolver, name), Resolution()
    found, at_target = Resolution(), Resolution()
    for _ in range(_TRIES):
        found = found.with_more(resolve(resolver, name))
        at_target = at_target.with_more(resolve(resolver, target))
        if not any(check_target(name, found, target, at_target)):
            break
    return found, at_target


def check_target(
    name: str, found: Resolution, target: str, at_target: Resolution
) -> Iterator[Result]:
    """Yield a finding if `name` does not lead to `target`, a distribution's own domain name.

    A CNAME names the target. An alias record shows only addresses, and CloudFront changes these
    within the network of an edge location. So one network in common is enough for IPv4, and one for
    IPv6: within it, CloudFront chooses the distribution by the host name. An alias record without a
    network in common may still be right, for another edge location.
    """
    if target in found.cnames:
        return
    for version in (4, 6):
        addresses = [one for one in found.addresses if one.version == version]
        expected = [one for one in at_target.addresses if one.version == version]
        if not addresses or _networks(addresses) & _networks(expected):
            continue
        if found.cnames or not expected:
            yield Finding(
                "dns-elsewhere",
                f"{_chain(name, found)} → {_listed(addresses)} does not lead to the distribution "
                f"{target}",
                f"change the record: {name} CNAME {target} (at the top of a zone, an alias record)",
            )
        else:
            yield Inconclusive(
                "dns-other-addresses",
                f"{name} → {_listed(addresses)}: the distribution {target} answers from "
                f"{_listed(expected)} now, and CloudFront has other addresses too; the check of "
                f"the requests to {name} shows whether the record is right",
            )


def _chain(name: str, found: Resolution) -> str:
    return " → ".join((name, *found.cnames))


def check_itp(host: str, found: Resolution) -> Iterator[Result]:
    """Yield whether WebKit caps the age of a cookie that `host` sets for its own pages.

    WebKit caps the cookies of a response if the CNAME chain of its host ends in another registrable
    domain than that of the page's host. If the host has no CNAME, WebKit caps them if the answer's
    address differs from the page's in the first 16 bits of IPv4 or 64 bits of IPv6. This is from
    WebKit's source (`setCookieTransformForFirstPartyRequest` in `NetworkTaskCocoa.mm`), and not
    tried on Safari.
    """
    if found.cnames:
        yield Note(
            "itp-cname", f"{host} is a CNAME: WebKit compares it with itself, and caps no cookie"
        )
    elif found.addresses:
        v4 = {_prefix(address, 16) for address in found.addresses if address.version == 4}
        v6 = {_prefix(address, 64) for address in found.addresses if address.version == 6}
        prefixes = ", ".join([*sorted(v4), *sorted(v6)])
        yield Inconclusive(
            "itp-addresses",
            f"{host} is not a CNAME, so WebKit compares the addresses of the page and of the "
            f"cookie service. This host's addresses are in {prefixes}; if the two answers come "
            "from different networks, Safari may cap the cookies at 7 days, until the next visit "
            "renews them",
        )


def _networks(addresses: Collection[IPv4Address | IPv6Address]) -> set[str]:
    # CloudFront announces networks of these sizes for one edge location.
    return {_prefix(one, 24 if one.version == 4 else 48) for one in addresses}


def _prefix(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network((address, bits), strict=False))


def _listed(addresses: Collection[IPv4Address | IPv6Address]) -> str:
    return ", ".join(sorted(map(str, addresses)))
