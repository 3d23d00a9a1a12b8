"""The certificate of the two proxies, and who else holds their names. Pure."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.deployed import aliases_of
from tools.doctor.report import NO_SAFE_FIX, Finding, NotCheckable, Note, Remark

# ACM begins to renew its own certificates long before that.
# https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
_SHORTEST = timedelta(days=30)


def judge(
    certificate: Mapping[str, Any], names: Collection[str], now: datetime
) -> Iterator[Finding]:
    """Yield what is wrong with a certificate that has to cover `names`.

    `certificate` is ACM's answer to DescribeCertificate.
    """
    arn = certificate["CertificateArn"]
    if (status := certificate["Status"]) != "ISSUED":
        yield Finding(
            f"{arn} is {status}",
            "add the DNS records that the ACM console shows for it, or request it anew",
        )
    covered = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    for name in names:
        if not any(_covers(pattern, name) for pattern in covered):
            yield Finding(
                f"{arn} does not cover {name}, only {', '.join(dict.fromkeys(covered))}",
                "request one that covers both names and pass it as certificate_arn",
            )
    if expiry := certificate.get("NotAfter"):
        yield from _judge_expiry(certificate, expiry, now)


def _judge_expiry(
    certificate: Mapping[str, Any], expiry: datetime, now: datetime
) -> Iterator[Finding]:
    arn, left = certificate["CertificateArn"], expiry - now
    renewal = certificate.get("RenewalSummary", {}).get("RenewalStatus", "")
    if left > _SHORTEST and renewal not in {"FAILED", "PENDING_VALIDATION"}:
        return
    if certificate["Type"] == "IMPORTED":
        remedy = "import the new one under the same ARN (ACM renews none that was imported)"
    else:
        remedy = (
            "keep the DNS records that prove the domain yours, which the ACM console shows; "
            "without them it is not renewed"
        )
    state = f" and its renewal is {renewal}" if renewal else ""
    yield Finding(f"{arn} expires on {expiry:%Y-%m-%d}, in {left.days} days{state}", remedy)


def _covers(pattern: str, name: str) -> bool:
    """Whether a certificate's name covers a host; a wildcard stands for one label."""
    return pattern == name or pattern == f"*.{name.partition('.')[2]}"


def judge_alias(
    name: str,
    own_id: str,
    distributions: Collection[Mapping[str, Any]],
    conflicts: Collection[Mapping[str, Any]] | None,
) -> Iterator[Remark]:
    """Yield who else holds the alternate domain name `name`, which `own_id` should hold alone.

    `distributions` are the account's, as ListDistributions has them. `conflicts` is CloudFront's
    answer to ListDomainConflicts, None where no distribution of ours is there to ask with.
    A name can stand on one distribution only; one that a wildcard covers too is no conflict, as
    the more specific name wins: in one account, and wherever the name is on its distribution yet.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
    """
    aliases = {one["Id"]: aliases_of(one) for one in distributions}
    for holder, held in aliases.items():
        if holder != own_id and name in held:
            yield Finding(
                f"{name} is an alternate domain name of {holder} in this account",
                NO_SAFE_FIX,
            )
    if conflicts is None:
        yield NotCheckable(
            f"whether another account holds {name}: CloudFront tells only the owner of a "
            "distribution with a certificate for it; if one does, the deployment will fail"
        )
        return
    for conflict in conflicts:
        holder = conflict["ResourceId"]
        if name in aliases.get(holder, []) or holder == own_id:
            continue
        where = f"{conflict['ResourceType']} {holder} of account {conflict['AccountId']}"
        is_held = name in aliases.get(own_id, []) and conflict["Domain"].startswith("*.")
        if holder in aliases or is_held:
            yield Note(f"a wildcard of {where} covers {name} too; the more specific name wins")
        else:
            yield Finding(f"{conflict['Domain']} is held by {where}", NO_SAFE_FIX)
