"""A check that ACM can validate a certificate in the user's hosted zone.

ACM validates a certificate only if public DNS answers from the zone. Otherwise, the deployment
would wait for hours: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.rdatatype
import dns.resolver
from botocore.exceptions import ClientError

from attachment.finding import Finding
from stacks.domains import is_within
from tools.doctor.dns_records import DnsError

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import GetHostedZoneResponseTypeDef

#: Time limit of all queries together.
_SECONDS = 20
#: https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
_AMAZON = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})
_MOST_SHOWN = 8

Query = Callable[[str, dns.rdatatype.RdataType], Sequence[Any]]


def check_zone(
    route53: "Route53Client", zone_id: str, names: Sequence[str], resolver: dns.resolver.Resolver
) -> Iterator[Finding]:
    """Yield a finding for each reason why ACM would not issue a certificate for `names`.

    Raises ClientError, and DnsError if the resolver does not answer.
    """
    try:
        answer = route53.get_hosted_zone(Id=zone_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        yield Finding(
            "zone-missing",
            f"the hosted zone {zone_id} does not exist in this account",
            "copy the zone's ID from the Route 53 console of the account, or leave out "
            "hosted_zone_id and pass certificate_arn",
        )
        return
    zone = answer["HostedZone"]["Name"].rstrip(".")
    if answer["HostedZone"].get("Config", {}).get("PrivateZone"):
        yield Finding(
            "zone-private",
            f"the hosted zone {zone_id} of {zone} is private, so visitors and ACM cannot query it",
            f"pass the ID of the public hosted zone of {zone}",
        )
        return
    if outside := [name for name in names if not is_within(name, zone)]:
        yield Finding(
            "zone-of-another-domain",
            f"the hosted zone {zone_id} is for {zone}, and cannot have records of "
            f"{', '.join(outside)}",
            f"pass the ID of the hosted zone for {' and '.join(names)}",
        )
        return
    query = _bounded(resolver)
    yield from _check_delegation(answer, zone, query)
    for name in names:
        yield from _check_caa(name, query)


def _check_delegation(
    answer: "GetHostedZoneResponseTypeDef", zone: str, query: Query
) -> Iterator[Finding]:
    own = {_host(server) for server in answer["DelegationSet"]["NameServers"]}
    public = {_host(str(record.target)) for record in query(zone, dns.rdatatype.NS)}
    if public and public <= own:
        return
    yield Finding(
        "zone-not-delegated",
        f"the name servers of {zone} are {_listed(public)} in public DNS, but {_listed(own)} in "
        "the hosted zone, so ACM would not find the zone's records, and the deployment would wait "
        "for hours",
        "set the hosted zone's name servers at the registrar or in the parent zone, or request a "
        "certificate yourself and pass its ARN as certificate_arn",
    )


def _check_caa(name: str, query: Query) -> Iterator[Finding]:
    """Yield a finding if CAA records do not let Amazon issue a certificate for `name`.

    Only the records closest to `name` count: its own, or else those of a parent (RFC 8659).
    """
    labels = name.split(".")
    for start in range(len(labels)):
        domain = ".".join(labels[start:])
        if records := query(domain, dns.rdatatype.CAA):
            issuers = [
                record.value.decode(errors="replace").partition(";")[0].strip().lower()
                for record in records
                if record.tag.lower() == b"issue"
            ]
            if issuers and not _AMAZON & {*issuers}:
                yield Finding(
                    "zone-caa",
                    f"the CAA records of {domain} do not let Amazon issue a certificate for {name}",
                    f'add a CAA record to {domain}: 0 issue "amazon.com"',
                )
            return


def _bounded(resolver: dns.resolver.Resolver) -> Query:
    """Return a function that queries the records of a name. All its calls share one time limit."""
    end = time.monotonic() + _SECONDS

    def query(name: str, kind: dns.rdatatype.RdataType) -> Sequence[Any]:
        try:
            answer = resolver.resolve(
                f"{name}.", kind, raise_on_no_answer=False, lifetime=max(end - time.monotonic(), 0)
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except dns.exception.DNSException as error:
            raise DnsError(f"{name} cannot be resolved: {error!s:.200}") from error
        return list(answer.rrset or ())

    return query


def _host(name: str) -> str:
    return name.rstrip(".").lower()


def _listed(hosts: set[str]) -> str:
    shown = sorted(hosts)[:_MOST_SHOWN]
    return ", ".join([*shown, "…"] if len(hosts) > len(shown) else shown) or "none"
