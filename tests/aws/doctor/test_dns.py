"""The checks of DNS, with records on this machine."""

from tests.support.deployed_example import DeployedExample, findings
from tests.support.dns_server import dns_server
from tools.doctor.report import Inconclusive, Note


def test_names_that_lead_to_their_distributions_are_accepted(deployed: DeployedExample) -> None:
    with dns_server(deployed.zone()) as port:
        assert deployed.run_check("DNS of cdn.example.com", zone_port=port) == []
        assert deployed.run_check("DNS of events.example.com", zone_port=port) == []
        [note] = deployed.run_check("DNS of www.example.com", zone_port=port)
    assert isinstance(note, Note)
    assert note.code == "itp-cname"


def test_name_that_leads_to_the_other_proxy_is_a_finding(deployed: DeployedExample) -> None:
    elsewhere = [f"CNAME {deployed.outputs['SdkProxyCnameTarget']}", "A 198.51.100.1"]
    records = {
        **deployed.zone(events_example_com=elsewhere),
        deployed.outputs["SdkProxyCnameTarget"]: ["A 198.51.100.1"],
    }
    with dns_server(records) as port:
        [finding] = findings(deployed.run_check("DNS of events.example.com", zone_port=port))
    assert finding.code == "dns-elsewhere"
    assert deployed.outputs["EventsProxyCnameTarget"] in finding.problem


def test_site_behind_an_alias_gets_no_promise(deployed: DeployedExample) -> None:
    with dns_server(deployed.zone(www_example_com=["A 203.0.113.3"])) as port:
        [result] = deployed.run_check("DNS of www.example.com", zone_port=port)
    assert isinstance(result, Inconclusive)
    assert result.code == "itp-addresses"
    assert "203.0.0.0/16" in result.reason


def test_name_could_not_be_checked_if_the_resolver_fails(deployed: DeployedExample) -> None:
    with dns_server(deployed.zone(cdn_example_com=["SERVFAIL"])) as port:
        [result] = deployed.run_check("DNS of cdn.example.com", zone_port=port)
    assert isinstance(result, Inconclusive)
    assert result.code == "dns-no-answer"
    assert "cdn.example.com cannot be resolved" in result.reason


def test_proxy_without_the_name_gets_no_advice(deployed: DeployedExample) -> None:
    """A record that led there would take the name off the distribution that serves it."""
    with dns_server(deployed.zone()) as port:
        doctor = deployed.doctor(zone_port=port, sdk_domain="cdn2.example.com")
        [result] = doctor.checks()["DNS of cdn2.example.com"]()
    assert isinstance(result, Inconclusive)
    assert result.code == "proxy-without-name"
    assert "cdn2.example.com is no alternate domain name of" in result.reason
