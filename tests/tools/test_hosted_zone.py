"""The findings of `plan` about the hosted zone of a certificate that the deployment requests."""

import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from attachment.finding import Finding
from tests.support.dns_server import Zone, dns_server
from tools import hosted_zone
from tools.doctor.dns_records import DnsError, make_resolver
from tools.hosted_zone import check_zone

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

ID = "Z1D633PJN98FT9"
NAMES = ("cdn.example.com", "events.example.com")
SERVERS = ("ns-1.awsdns-1.com", "ns-2.awsdns-2.net")
DELEGATED = [f"NS {server}." for server in SERVERS]


def zone(name: str = "example.com.", **config: Any) -> dict[str, Any]:
    """Return Route 53's answer for a zone."""
    return {
        "HostedZone": {
            "Id": f"/hostedzone/{ID}",
            "Name": name,
            "CallerReference": "1",
            "Config": config,
        },
        "DelegationSet": {"NameServers": list(SERVERS)},
    }


def client() -> "Route53Client":
    """Return a client without an account."""
    return boto3.client("route53", aws_access_key_id="a", aws_secret_access_key="b")


def check(public: Zone, answer: dict[str, Any], names: Sequence[str] = NAMES) -> list[Finding]:
    """Return the findings if public DNS has these records."""
    route53 = client()
    with Stubber(route53) as stub, dns_server(public) as port:
        stub.add_response("get_hosted_zone", answer, {"Id": ID})
        return list(check_zone(route53, ID, names, make_resolver("127.0.0.1", port)))


def test_delegated_zone_has_no_finding() -> None:
    assert check({"example.com": DELEGATED}, zone()) == []


def test_case_and_final_dot_of_name_servers_do_not_matter() -> None:
    assert check({"example.com": ["NS NS-1.AWSDNS-1.com."]}, zone()) == []


def test_zone_below_the_registrable_domain_is_compared_with_its_own_delegation() -> None:
    names = ("cdn.shop.example.com", "events.shop.example.com")
    public = {"example.com": ["NS ns.example.net."], "shop.example.com": DELEGATED}
    assert check(public, zone("shop.example.com."), names) == []


@pytest.mark.parametrize(
    ("public", "shown"),
    [
        pytest.param({}, "none", id="no-domain"),
        pytest.param({"example.com": ["A 203.0.113.1"]}, "none", id="no-name-servers"),
        pytest.param(
            {"example.com": ["NS ns.registrar.example."]}, "ns.registrar.example", id="registrar"
        ),
        pytest.param(
            {"example.com": [DELEGATED[0], "NS ns.registrar.example."]},
            "ns-1.awsdns-1.com, ns.registrar.example",
            id="some-are-others",
        ),
    ],
)
def test_zone_without_a_public_delegation_is_a_finding(public: Zone, shown: str) -> None:
    [finding] = check(public, zone())
    assert finding.code == "zone-not-delegated"
    assert f"are {shown} in public DNS, but ns-1.awsdns-1.com, ns-2.awsdns-2.net in" in (
        finding.problem
    )
    assert "certificate_arn" in finding.fix


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(zone(PrivateZone=True), "zone-private", id="private"),
        pytest.param(zone("example.org."), "zone-of-another-domain", id="other"),
        pytest.param(zone("shop.example.com."), "zone-of-another-domain", id="below"),
        pytest.param(zone("ample.com."), "zone-of-another-domain", id="part-of-a-label"),
    ],
)
def test_zone_that_cannot_hold_the_records_is_the_only_finding(
    answer: dict[str, Any], code: str
) -> None:
    """DNS is not queried."""
    [finding] = check({"example.com": ["SERVFAIL"]}, answer)
    assert finding.code == code


@pytest.mark.parametrize(
    ("records", "is_allowed"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"example.com": ['CAA 0 issue "amazon.com"']}, True, id="amazon"),
        pytest.param(
            {"example.com": ['CAA 0 issue "amazonaws.com; account=1"']}, True, id="parameters"
        ),
        pytest.param({"example.com": ['CAA 0 iodef "mailto:a@example.com"']}, True, id="iodef"),
        pytest.param(
            {"example.com": ['CAA 0 issuewild "letsencrypt.org"']}, True, id="only-wildcards"
        ),
        pytest.param(
            {
                "example.com": ['CAA 0 issue "letsencrypt.org"'],
                "cdn.example.com": ['CAA 0 issue "amazon.com"'],
                "events.example.com": ['CAA 0 issue "amazon.com"'],
            },
            True,
            id="the-nearest-counts",
        ),
        pytest.param({"example.com": ['CAA 0 issue "letsencrypt.org"']}, False, id="another"),
        pytest.param({"example.com": ['CAA 0 issue ";"']}, False, id="no-one"),
        pytest.param({"com": ['CAA 0 issue "letsencrypt.org"']}, False, id="top-level-domain"),
    ],
)
def test_caa_records_that_exclude_amazon_are_findings(
    records: dict[str, list[str]], is_allowed: bool
) -> None:
    """RFC 8659: only the CAA records of the nearest domain that has CAA records count."""
    public = {**records, "example.com": [*DELEGATED, *records.get("example.com", [])]}
    found = check(public, zone())
    assert [finding.code for finding in found] == ([] if is_allowed else ["zone-caa"] * 2)


def test_zone_that_does_not_exist_is_a_finding() -> None:
    route53 = client()
    with Stubber(route53) as stub:
        stub.add_client_error("get_hosted_zone", "NoSuchHostedZone")
        [finding] = check_zone(route53, ID, NAMES, make_resolver("127.0.0.1", 9))
    assert finding.code == "zone-missing"


def test_denied_request_is_raised() -> None:
    route53 = client()
    with Stubber(route53) as stub:
        stub.add_client_error("get_hosted_zone", "AccessDenied")
        with pytest.raises(ClientError):
            list(check_zone(route53, ID, NAMES, make_resolver("127.0.0.1", 9)))


def test_failing_resolver_is_an_error_and_no_finding() -> None:
    with pytest.raises(DnsError, match="cannot be resolved"):
        check({"example.com": ["SERVFAIL"]}, zone())


def test_silent_resolver_is_an_error_within_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosted_zone, "_SECONDS", 0.5)
    route53 = client()
    with Stubber(route53) as stub, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        stub.add_response("get_hosted_zone", zone(), {"Id": ID})
        resolver = make_resolver("127.0.0.1", silent.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(DnsError):
            list(check_zone(route53, ID, NAMES, resolver))
        assert time.monotonic() - started < 5
