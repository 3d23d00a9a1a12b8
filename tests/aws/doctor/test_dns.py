"""The check of DNS, with a DNS server on this machine."""

import socket
from dataclasses import replace
from typing import Any

import pytest

from tests.support.deployed_example import DeployedExample, findings
from tests.support.dns_server import Zone, dns_server
from tools.doctor import live_requests
from tools.doctor.report import Inconclusive, Note, Result, run


def results(deployed: DeployedExample, zone: Zone, **context: str) -> list[Result]:
    with dns_server(zone) as port:
        return deployed.run_check("DNS", zone_port=port, **context)


def test_names_that_lead_to_their_distributions_are_accepted(deployed: DeployedExample) -> None:
    """The domain itself is not a name of a distribution, so its record cannot be checked."""
    zone = deployed.zone(example_com=["CNAME www.example.com"])
    found = [(type(result), result.code) for result in results(deployed, zone)]
    assert found == [
        (Note, "itp-cname"),
        (Inconclusive, "no-distribution-yet"),
        (Note, "itp-cname"),
    ]


def test_name_that_leads_to_the_other_proxy_is_a_finding(deployed: DeployedExample) -> None:
    elsewhere = [f"CNAME {deployed.outputs['SdkProxyCnameTarget']}", "A 198.51.100.1"]
    records = {
        **deployed.zone(events_example_com=elsewhere),
        deployed.outputs["SdkProxyCnameTarget"]: ["A 198.51.100.1"],
    }
    [finding] = findings(results(deployed, records)[:1])
    assert finding.code == "dns-elsewhere"
    assert deployed.outputs["EventsProxyCnameTarget"] in finding.problem


def test_names_without_records_are_one_finding(deployed: DeployedExample) -> None:
    """No name has a record after the first deployment. The fix lists all records."""
    sdk, events = (deployed.outputs[f"{name}ProxyCnameTarget"] for name in ("Sdk", "Events"))
    zone = deployed.zone(cdn_example_com=[], events_example_com=[])
    found = [result for result in results(deployed, zone) if not isinstance(result, Note)]
    [finding] = findings([result for result in found if not isinstance(result, Inconclusive)])
    assert finding.code == "dns-no-address"
    assert finding.fix.splitlines()[1:] == [
        f"cdn.example.com CNAME {sdk}",
        f"events.example.com CNAME {events}",
    ]


def test_hosts_without_dns_are_one_finding(
    deployed: DeployedExample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks of the hosts report only that they sent no requests."""
    resolve = socket.getaddrinfo

    def resolve_no_host_of_the_site(host: str, *rest: Any, **options: Any) -> Any:
        if host.endswith("example.com"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_no_host_of_the_site)
    zone = deployed.zone(cdn_example_com=[], events_example_com=[], www_example_com=[])
    with dns_server(zone) as port, live_requests.connect() as http:
        doctor = replace(deployed.doctor(zone_port=port), http=http)
        reports = list(run(doctor.checks()))
    assert [finding.code for report in reports for finding in report.findings] == ["dns-no-address"]
    assert [
        report.check
        for report in reports
        if any(result.code == "name-not-resolved" for result in report.results)
    ] == [
        "SDK through cdn.example.com",
        "events through events.example.com",
        "cookie service on www.example.com",
        "cookie service on example.com",
    ]


def test_site_behind_an_alias_could_not_be_checked_for_itp(deployed: DeployedExample) -> None:
    result = results(deployed, deployed.zone(www_example_com=["A 203.0.113.3"]))[0]
    assert isinstance(result, Inconclusive)
    assert result.code == "itp-addresses"
    assert "203.0.0.0/16" in result.reason


def test_name_could_not_be_checked_if_the_resolver_fails(deployed: DeployedExample) -> None:
    result = results(deployed, deployed.zone(cdn_example_com=["SERVFAIL"]))[0]
    assert isinstance(result, Inconclusive)
    assert result.code == "dns-no-answer"
    assert "cdn.example.com cannot be resolved" in result.reason


def test_proxy_without_the_name_gets_no_advice(deployed: DeployedExample) -> None:
    """A record for this proxy would take the name offline, because the proxy does not serve it."""
    result = results(deployed, deployed.zone(), sdk_domain="cdn2.example.com")[0]
    assert isinstance(result, Inconclusive)
    assert result.code == "proxy-without-name"
    assert "cdn2.example.com is not an alternate domain name of" in result.reason
