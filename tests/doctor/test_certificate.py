"""Certificates, as ACM describes them, and alternate domain names, as CloudFront lists them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attachment.finding import Finding
from tools.doctor.certificate import check_alias, check_certificate
from tools.doctor.report import NO_SAFE_FIX, Inconclusive, Note, Result

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ARN = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
BOTH = ["cdn.example.com", "events.example.com"]


def certificate(**own: Any) -> Any:
    """Return ACM's answer for a good certificate; `own` replaces some of its fields."""
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
def test_good_certificate_has_no_finding(own: dict[str, Any]) -> None:
    assert list(check_certificate(certificate(**own), BOTH, NOW)) == []


@pytest.mark.parametrize(
    ("own", "code", "problem", "fix"),
    [
        pytest.param(
            {"Status": "PENDING_VALIDATION", "NotAfter": None},
            "certificate-not-issued",
            f"{ARN} is PENDING_VALIDATION",
            "add the DNS records",
            id="not-issued",
        ),
        pytest.param(
            {"Status": "EXPIRED"},
            "certificate-not-issued",
            f"{ARN} is EXPIRED",
            "request it again",
            id="expired",
        ),
        pytest.param(
            {"DomainName": "example.com", "SubjectAlternativeNames": ["cdn.example.com"]},
            "certificate-name-missing",
            f"{ARN} does not cover events.example.com, only example.com, cdn.example.com",
            "covers both proxies' names",
            id="one-name-of-two",
        ),
        pytest.param(
            {"NotAfter": NOW + timedelta(days=12)},
            "certificate-expires",
            f"{ARN} expires on 2026-12-05, in 12 days",
            "keep the DNS records",
            id="12-days-left",
        ),
        pytest.param(
            {"Type": "IMPORTED", "NotAfter": NOW + timedelta(days=12)},
            "certificate-expires",
            f"{ARN} expires on 2026-12-05, in 12 days",
            "import a new certificate",
            id="imported-12-days-left",
        ),
        pytest.param(
            {
                "NotAfter": NOW + timedelta(days=58),
                "RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION"},
            },
            "certificate-expires",
            f"{ARN} expires on 2027-01-20, in 58 days, and its renewal is PENDING_VALIDATION",
            "keep the DNS records",
            id="renewal-waits",
        ),
    ],
)
def test_bad_certificate_is_a_finding(
    own: dict[str, Any], code: str, problem: str, fix: str
) -> None:
    [finding] = check_certificate(certificate(**own), BOTH, NOW)
    assert (finding.code, finding.problem) == (code, problem)
    assert fix in finding.fix


@pytest.mark.parametrize("name", ["a.cdn.example.com", "example.com"])
def test_wildcard_of_a_certificate_covers_one_label(name: str) -> None:
    """RFC 9525 §6.3."""
    [finding] = check_certificate(certificate(), [name], NOW)
    assert finding.code == "certificate-name-missing"
    assert f" {name}," in finding.problem


# Alternate domain names

OWN, OTHER = "E1OWN000000000", "E2OTHER0000000"
#: A distribution of another account. CloudFront hides a part of both IDs.
ELSEWHERE = ("*******ABC12", "******445555")


def having(distribution_id: str, *aliases: str) -> Any:
    """Return a summary of a distribution with these names, as ListDistributions returns it."""
    items = {"Items": list(aliases)} if aliases else {}
    return {"Id": distribution_id, "Aliases": {"Quantity": len(aliases), **items}}


def conflict(holder: str, account: str, domain: str = "cdn.example.com") -> Any:
    """Return an item of ListDomainConflicts."""
    return {
        "Domain": domain,
        "ResourceType": "distribution",
        "ResourceId": holder,
        "AccountId": account,
    }


def alias_results(
    *distributions: Any,
    own_id: str = OWN,
    conflicts: list[Any] | None = None,
) -> list[Result]:
    return list(check_alias("cdn.example.com", own_id, distributions, conflicts))


def test_name_on_only_its_own_distribution_has_no_result() -> None:
    assert alias_results(having(OWN, "cdn.example.com"), having(OTHER), conflicts=[]) == []


def test_fix_of_a_taken_name_has_no_command() -> None:
    """Every known command would take the distribution that has the name offline."""
    assert NO_SAFE_FIX.startswith("no safe command exists yet")
    assert "aws " not in NO_SAFE_FIX
    assert "cdk " not in NO_SAFE_FIX


def test_name_on_another_distribution_of_the_account_is_a_finding() -> None:
    [finding] = alias_results(
        having(OWN),
        having(OTHER, "www.example.com", "cdn.example.com"),
        conflicts=[conflict(OTHER, "111122223333")],
    )
    assert isinstance(finding, Finding)
    assert finding == Finding(
        "name-on-another-distribution",
        "cdn.example.com is an alternate domain name of E2OTHER0000000 in this account",
        NO_SAFE_FIX,
    )


def test_name_in_another_account_is_a_finding() -> None:
    """The problem contains the part of the IDs that CloudFront shows."""
    [finding] = alias_results(having(OWN), conflicts=[conflict(*ELSEWHERE)])
    assert finding == Finding(
        "name-in-another-account",
        "cdn.example.com is an alternate domain name of distribution *******ABC12 in account "
        "******445555",
        NO_SAFE_FIX,
    )


def test_wildcard_of_the_same_account_is_a_note() -> None:
    """CloudFront uses the most specific name, wherever the DNS record points."""
    [note] = alias_results(
        having(OWN, "cdn.example.com"),
        having(OTHER, "*.example.com"),
        conflicts=[conflict(OTHER, "111122223333", "*.example.com")],
    )
    assert isinstance(note, Note)
    assert note.code == "wildcard-covers-name"
    assert OTHER in note.text


def test_wildcard_of_another_account_is_a_note_if_the_name_is_on_its_distribution() -> None:
    conflicts = [conflict(*ELSEWHERE, "*.example.com")]
    [note] = alias_results(having(OWN, "cdn.example.com"), conflicts=conflicts)
    assert isinstance(note, Note)
    assert note.code == "wildcard-covers-name"
    assert "distribution *******ABC12 in account ******445555" in note.text


def test_wildcard_of_another_account_is_a_finding_before_the_name_is_on_its_distribution() -> None:
    """In this case, CloudFront rejects the name."""
    [finding] = alias_results(having(OWN), conflicts=[conflict(*ELSEWHERE, "*.example.com")])
    assert isinstance(finding, Finding)
    assert finding.code == "name-in-another-account"
    assert finding.problem.startswith("*.example.com ")
    assert finding.problem.endswith(" distribution *******ABC12 in account ******445555")


def test_other_accounts_could_not_be_checked_before_the_first_deployment() -> None:
    """Without a distribution, only this account's names can be read."""
    finding, rest = alias_results(having(OTHER, "cdn.example.com"), own_id="")
    assert isinstance(finding, Finding)
    assert finding.code == "name-on-another-distribution"
    assert isinstance(rest, Inconclusive)
    assert rest.code == "name-in-other-accounts"
