"""Alias records of both proxies in the user's hosted zone."""

import pytest
from aws_cdk import aws_route53 as route53
from aws_cdk.assertions import Template

from tests.support.templates import MakeApp, distribution

SDK, EVENTS = "cdn.example.com", "events.example.com"


@pytest.fixture(scope="module")
def template(make_app: MakeApp) -> Template:
    """The proxies with a hosted zone."""
    assembly = make_app({"hosted_zone_id": "Z1D633PJN98FT9"}).synth()
    return Template.from_json(
        assembly.get_stack_by_name("FirstPartyTracking-example-com-Proxies").template
    )


@pytest.mark.parametrize("record_type", ["A", "AAAA", "HTTPS"])
@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_record_is_an_alias_of_the_proxys_distribution(
    template: Template, name: str, record_type: str
) -> None:
    """The record's name is the full name with a dot at the end.

    Z2FDTNDATAQYW2 is the zone of every alias for CloudFront:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-route53-aliastarget.html
    """
    ((_, record),) = template.find_resources(
        "AWS::Route53::RecordSet", {"Properties": {"Name": f"{name}.", "Type": record_type}}
    ).items()
    properties = record["Properties"]
    zone = properties["AliasTarget"].pop("HostedZoneId")
    assert properties == {
        "HostedZoneId": "Z1D633PJN98FT9",
        "Name": f"{name}.",
        "Type": record_type,
        "AliasTarget": {"DNSName": {"Fn::GetAtt": [distribution(template, name)[0], "DomainName"]}},
    }
    mapping, _, key = zone["Fn::FindInMap"]
    assert template.find_mappings(mapping)[mapping]["aws"] == {key: "Z2FDTNDATAQYW2"}


def test_hosted_zone_adds_only_six_records(template: Template, proxies: Template) -> None:
    """The distributions do not change, so the key can be added at any time."""
    resources = template.to_json()["Resources"]
    before = proxies.to_json()["Resources"]
    added = [resource["Type"] for key, resource in resources.items() if key not in before]
    assert {key: resources[key] for key in before} == before
    assert added == ["AWS::Route53::RecordSet"] * 6


@pytest.mark.parametrize(
    ("output", "name"), [("SdkProxyCnameTarget", SDK), ("EventsProxyCnameTarget", EVENTS)]
)
def test_output_with_a_hosted_zone_asks_for_no_cname(
    template: Template, output: str, name: str
) -> None:
    """The deployment has created the records, so the output has no task for the user."""
    assert template.find_outputs(output)[output] == {
        "Description": f"The records of {name} already point at this name",
        "Value": {"Fn::GetAtt": [distribution(template, name)[0], "DomainName"]},
    }


def test_construct_ids_do_not_change(make_app: MakeApp) -> None:
    """Under another ID, a record would be created before the old one with its name is deleted."""
    app = make_app({"hosted_zone_id": "Z1D633PJN98FT9"})
    paths = [
        construct.node.path
        for construct in app.node.find_all()
        if isinstance(construct, route53.CfnRecordSet)
    ]
    assert paths == [
        f"FirstPartyTracking-example-com-Proxies/{proxy}Records/{record}/Resource"
        for proxy in ("SdkProxy", "EventsProxy")
        for record in ("A", "Aaaa", "Https")
    ]
