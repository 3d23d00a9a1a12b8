"""The certificate of the two proxies, and which distributions have their names. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attachment.finding import Finding
from tools.deployed import aliases_of
from tools.doctor.report import NO_SAFE_FIX, Inconclusive, Note, Result

if TYPE_CHECKING:
    from mypy_boto3_acm.type_defs import CertificateDetailTypeDef
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef, DomainConflictTypeDef

# ACM begins to renew its own certificates long before that.
# https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
_SHORTEST = timedelta(days=30)


def check_certificate(
    certificate: "CertificateDetailTypeDef", names: Collection[str], now: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with a certificate that has to cover `names`."""
    arn = certificate["CertificateArn"]
    if (status := certificate["Status"]) != "ISSUED":
        yield Finding(
            "certificate-not-issued",
            f"{arn} is {status}",
            "add the DNS records that the ACM console shows for it, or request it again",
        )
    covered = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    for name in names:
        if not any(_covers(pattern, name) for pattern in covered):
            yield Finding(
                "certificate-name-missing",
                f"{arn} does not cover {name}, only {', '.join(dict.fromkeys(covered))}",
                "request one that covers both names and pass it as certificate_arn",
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
        fix = "import the new one under the same ARN (ACM renews no imported certificate)"
    else:
        fix = (
            "keep the DNS records that prove your control of the domain, which the ACM console "
            "shows; without them ACM does not renew it"
        )
    state = f" and its renewal is {renewal}" if renewal else ""
    yield Finding(
        "certificate-expires",
        f"{certificate['CertificateArn']} expires on {expiry:%Y-%m-%d}, in {left.days} days{state}",
        fix,
    )


def _covers(pattern: str, name: str) -> bool:
    """Return whether a certificate's name covers a host; a wildcard matches one label."""
    return pattern == name or pattern == f"*.{name.partition('.')[2]}"


def check_alias(
    name: str,
    own_id: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    conflicts: "Collection[DomainConflictTypeDef] | None",
) -> Iterator[Result]:
    """Yield which others have the alternate domain name `name`, which only `own_id` should have.

    `conflicts` is CloudFront's answer to ListDomainConflicts, None if there is no distribution to
    query it with. A name can be on only one distribution. A wildcard that also covers it is no
    conflict, as the more specific name wins: in one account, and as soon as the name is on its
    distribution.
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
            f"whether another account has {name}: CloudFront tells only the owner of a "
            "distribution with a certificate for it; if one does, the deployment will fail",
        )
        return
    for conflict in conflicts:
        holder = conflict["ResourceId"]
        if name in aliases.get(holder, []) or holder == own_id:
            continue
        where = f"{conflict['ResourceType']} {holder} of account {conflict['AccountId']}"
        has_name = name in aliases.get(own_id, []) and conflict["Domain"].startswith("*.")
        if holder in aliases or has_name:
            yield Note(
                "wildcard-covers-name",
                f"a wildcard of {where} covers {name} too; the more specific name wins",
            )
        else:
            yield Finding(
                "name-in-another-account",
                f"{conflict['Domain']} is an alternate domain name of {where}",
                NO_SAFE_FIX,
            )
