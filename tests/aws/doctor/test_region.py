"""Hightouch's region in the context, compared with the origin of the live events proxy."""

import pytest

from attachment.finding import Finding
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import edited, set_origin
from tests.support.live_hosts import events_proxy
from tools.doctor.report import Note


def only_finding(deployed: DeployedExample, **context: str) -> Finding:
    """Return the finding of the events proxy, and check that it is the only one."""
    found = deployed.run_check("events proxy", **context)
    [finding] = [result for result in found if isinstance(result, Finding)]
    return finding


def test_context_of_another_region_than_the_live_proxys_is_a_finding(
    deployed: DeployedExample,
) -> None:
    """The live region may be correct, so the fix depends on the workspace's region."""
    finding = only_finding(deployed, hightouch_region="eu-west-1")
    assert finding.code == "region-differs"
    assert finding.problem == (
        "Origin domain: us-east-1.hightouch-events.com, should be eu-west-1.hightouch-events.com"
    )
    assert finding.fix.startswith(
        "if the workspace is in us-east-1, pass -c hightouch_region=us-east-1 to every command; "
        "if it is in eu-west-1, set it on "
    )


def test_live_proxy_of_another_region_than_the_context_is_a_finding(
    deployed: DeployedExample,
) -> None:
    with edited(deployed.events_proxy, set_origin(DomainName="ap-south-1.hightouch-events.com")):
        finding = only_finding(deployed)
        assert deployed.run_check("events proxy", hightouch_region="ap-south-1") == []
    assert finding.code == "region-differs"
    assert "-c hightouch_region=ap-south-1" in finding.fix


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_doctor_reports_the_region_that_receives_the_events(
    deployed: DeployedExample, region: str
) -> None:
    """The note names the live proxy's region, not the context's."""
    with edited(deployed.events_proxy, set_origin(DomainName=f"{region}.hightouch-events.com")):
        [note] = deployed.run_check("events through events.example.com", live=events_proxy)
    assert isinstance(note, Note)
    assert note.code == "hightouch-region"
    assert note.text.startswith(f"events go to Hightouch's region {region}; ")
