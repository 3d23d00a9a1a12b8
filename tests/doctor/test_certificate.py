"""Certificates as ACM describes them, and alternate domain names as CloudFront does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.doctor.certificate import judge, judge_alias
from tools.doctor.report import Finding, NotCheckable, Note, Remark

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
BOTH = ["cdn.example.com", "events.example.com"]


def certificate(**own: Any) -> dict[str, Any]:
    """Return ACM's answer; `own` fields go over those of a certificate that does."""
    return {
        "CertificateArn": ARN,
        "DomainName": "*.example.com",
        "SubjectAlternativeNames": ["*.example.com"],
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "NotAfter": NOW + timedelta(days=198),
        **own,
    }


@pytest.mark.parametrize(
    "own",
    [
        pytest.param({}, id="wildcard"),
        pytest.param(
            {"DomainName": "example.com", "SubjectAlternativeNames": ["example.com", *BOTH]},
            id="both-names",
        ),
        pytest.param({"RenewalSummary": {"RenewalStatus": "SUCCESS"}}, id="renewed-once"),
        pytest.param({"Type": "IMPORTED"}, id="imported"),
        pytest.param({"NotAfter": NOW + timedelta(days=31)}, id="31-days-left"),
    ],
)
def test_a_certificate_that_does(own: dict[str, Any]) -> None:
    assert list(judge(certificate(**own), BOTH, NOW)) == []


@pytest.mark.parametrize(
    ("own", "what", "remedy"),
    [
        pytest.param(
            {"Status": "PENDING_VALIDATION", "NotAfter": None},
            f"{ARN} is PENDING_VALIDATION",
            "add the DNS records",
            id="not-issued",
        ),
        pytest.param({"Status": "EXPIRED"}, f"{ARN} is EXPIRED", "anew", id="expired"),
        pytest.param(
            {"DomainName": "example.com", "SubjectAlternativeNames": ["cdn.example.com"]},
            f"{ARN} does not cover events.example.com, only example.com, cdn.example.com",
            "covers both names",
            id="one-name-of-two",
        ),
        pytest.param(
            {"NotAfter": NOW + timedelta(days=12)},
            f"{ARN} expires on 2026-12-05, in 12 days",
            "keep the DNS records",
            id="12-days-left",
        ),
        pytest.param(
            {"Type": "IMPORTED", "NotAfter": NOW + timedelta(days=12)},
            f"{ARN} expires on 2026-12-05, in 12 days",
            "import the new one",
            id="imported-12-days-left",
        ),
        pytest.param(
            {
                "NotAfter": NOW + timedelta(days=58),
                "RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION"},
            },
            f"{ARN} expires on 2027-01-20, in 58 days and its renewal is PENDING_VALIDATION",
            "keep the DNS records",
            id="renewal-waits",
        ),
    ],
)
def test_a_certificate_that_does_not(own: dict[str, Any], what: str, remedy: str) -> None:
    [found] = judge(certificate(**own), BOTH, NOW)
    assert found.what == what
    assert remedy in found.remedy


@pytest.mark.parametrize("name", ["a.cdn.example.com", "example.com"])
def test_a_wildcard_covers_one_label(name: str) -> None:
    """RFC 9525 §6.3."""
    [found] = judge(certificate(), [name], NOW)
    assert found.what == f"{ARN} does not cover {name}, only *.example.com"


# Alternate domain names

OURS, OTHER = "E1OURS00000000", "E2OTHER0000000"


def holding(distribution_id: str, *aliases: str) -> dict[str, Any]:
    """Return a summary of a distribution, as ListDistributions has it."""
    items = {"Items": list(aliases)} if aliases else {}
    return {"Id": distribution_id, "Aliases": {"Quantity": len(aliases), **items}}


def conflict(holder: str, account: str, domain: str = "cdn.example.com") -> dict[str, str]:
    """Return an item of ListDomainConflicts."""
    return {
        "Domain": domain,
        "ResourceType": "distribution",
        "ResourceId": holder,
        "AccountId": account,
    }


def alias_remarks(
    *distributions: dict[str, Any],
    own_id: str = OURS,
    conflicts: list[dict[str, str]] | None = None,
) -> list[Remark]:
    return list(judge_alias("cdn.example.com", own_id, distributions, conflicts))


def test_a_name_that_is_ours_alone() -> None:
    assert alias_remarks(holding(OURS, "cdn.example.com"), holding(OTHER), conflicts=[]) == []


def assert_no_command(finding: Finding) -> None:
    """Every command known so far would take the distribution that has the name offline."""
    assert finding.remedy.startswith("no safe command exists yet")
    assert "aws " not in finding.remedy
    assert "cdk " not in finding.remedy


def test_a_name_on_another_distribution_of_the_account() -> None:
    [found] = alias_remarks(
        holding(OURS),
        holding(OTHER, "www.example.com", "cdn.example.com"),
        conflicts=[conflict(OTHER, "111122223333")],
    )
    assert isinstance(found, Finding)
    assert found.what == (
        "cdn.example.com is an alternate domain name of E2OTHER0000000 in this account"
    )
    assert_no_command(found)


def test_a_name_in_another_account() -> None:
    """CloudFront hides part of the ids of others."""
    [found] = alias_remarks(holding(OURS), conflicts=[conflict("*******ABC12", "******445555")])
    assert isinstance(found, Finding)
    assert found.what == (
        "cdn.example.com is held by distribution *******ABC12 of account ******445555"
    )
    assert_no_command(found)


def test_a_wildcard_of_the_same_account_is_no_conflict() -> None:
    """CloudFront takes the more specific name, whatever DNS says."""
    [remark] = alias_remarks(
        holding(OURS, "cdn.example.com"),
        holding(OTHER, "*.example.com"),
        conflicts=[conflict(OTHER, "111122223333", "*.example.com")],
    )
    assert isinstance(remark, Note)
    assert OTHER in remark.what


def test_a_wildcard_of_another_account_takes_nothing_from_a_name_that_is_ours() -> None:
    elsewhere = [conflict("*******ABC12", "******445555", "*.example.com")]
    [remark] = alias_remarks(holding(OURS, "cdn.example.com"), conflicts=elsewhere)
    assert remark == Note(
        "a wildcard of distribution *******ABC12 of account ******445555 covers cdn.example.com "
        "too; the more specific name wins"
    )


def test_a_wildcard_of_another_account_keeps_the_name_from_us() -> None:
    elsewhere = [conflict("*******ABC12", "******445555", "*.example.com")]
    [found] = alias_remarks(holding(OURS), conflicts=elsewhere)
    assert isinstance(found, Finding)
    assert (
        found.what == "*.example.com is held by distribution *******ABC12 of account ******445555"
    )


def test_before_the_first_deployment_this_account_alone_can_be_asked() -> None:
    found, rest = alias_remarks(holding(OTHER, "cdn.example.com"), own_id="")
    assert isinstance(found, Finding)
    assert isinstance(rest, NotCheckable)
