"""Checks of the proxies' certificate, and of conflicts for their names. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attachment.finding import Finding
from tools.deployed import aliases_of
from tools.doctor.report import NO_SAFE_FIX, Inconclusive, Note, Result

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef, DomainConflictTypeDef

# ACM starts to renew the certificates that it issued much earlier than this.
# https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
_SHORTEST = timedelta(days=30)


def check_certificate(
    certificate: "CertificateDetailTypeDef", names: Collection[str], now: datetime
) -> Iterator[Finding]:
    """Yield a finding for each problem of a certificate that must cover `names`."""
    arn = certificate["CertificateArn"]
    if (status := certificate["Status"]) != "ISSUED":
        yield Finding(
            "certificate-not-issued",
            f"{arn} is {status}",
            "add the DNS records that the ACM console shows for the certificate, or request it "
            "again",
        )
    covered = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    for name in names:
        if not any(_covers(pattern, name) for pattern in covered):
            yield Finding(
                "certificate-name-missing",
                f"{arn} does not cover {name}, only {', '.join(dict.fromkeys(covered))}",
                "request a certificate that covers both proxies' names, and pass its ARN as "
                "certificate_arn",
            )
    yield from _check_expiry(certificate, now)


def _check_expiry(certificate: "CertificateDetailTypeDef", now: datetime) -> Iterator[Finding]:
    if not (expiry := certificate.get("NotAfter")):
        return
    left = expiry - now
    renewal = certificate.get("RenewalSummary", {}).get("RenewalStatus", "")
    if left > _SHORTEST and renewal not in {"FAILED", "PENDING_VALIDATION"}:
        return
    if certificate["Type"] == "IMPORTED":
        fix = "import a new certificate under the same ARN: ACM renews no imported certificates"
    else:
        fix = (
            "keep the DNS records that the ACM console shows for the certificate: without them, "
            "ACM does not renew it"
        )
    state = f", and its renewal is {renewal}" if renewal else ""
    yield Finding(
        "certificate-expires",
        f"{certificate['CertificateArn']} expires on {expiry:%Y-%m-%d}, in {left.days} days{state}",
        fix,
    )


def _covers(pattern: str, name: str) -> bool:
    """Return whether a certificate's name covers a host. A wildcard matches one label."""
    return pattern == name or pattern == f"*.{name.partition('.')[2]}"


def check_alias(
    name: str,
    own_id: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    conflicts: "Collection[DomainConflictTypeDef] | None",
) -> Iterator[Result]:
    """Yield a finding or a note for each other resource whose alternate domain name covers `name`.

    `own_id` is the distribution that should have the name. `conflicts` is CloudFront's answer to
    ListDomainConflicts, or None if there is no distribution, which the call needs. A name can be on
    only one distribution. A wildcard that covers the name does not conflict if it is in the same
    account, or if the name is on its distribution already: the more specific name wins.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
    """
    aliases = {summary["Id"]: aliases_of(summary) for summary in distributions}
    for holder, held in aliases.items():
        if holder != own_id and name in held:
            yield Finding(
                "name-on-another-distribution",
                f"{name} is an alternate domain name of {holder} in this account",
                NO_SAFE_FIX,
            )
    if conflicts is None:
        yield Inconclusive(
            "name-in-other-accounts",
            f"whether another account uses {name}: CloudFront answers this only to the owner of a "
            "distribution with a certificate for the name; if another account uses it, the "
            "deployment will fail",
        )
        return
    for conflict in conflicts:
        holder = conflict["ResourceId"]
        if name in aliases.get(holder, []) or holder == own_id:
            continue
        where = f"{conflict['ResourceType']} {holder} in account {conflict['AccountId']}"
        has_name = name in aliases.get(own_id, []) and conflict["Domain"].startswith("*.")
        if holder in aliases or has_name:
            yield Note(
                "wildcard-covers-name",
                f"a wildcard of {where} also covers {name}; the more specific name wins",
            )
        else:
            yield Finding(
                "name-in-another-account",
                f"{conflict['Domain']} is an alternate domain name of {where}",
                NO_SAFE_FIX,
            )
