"""Alias records of both proxies in the user's hosted zone."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53
from aws_cdk.assertions import Template

from tests.test_proxy_stack import distribution

SDK, EVENTS = "cdn.example.com", "events.example.com"


@pytest.fixture(scope="module")
def template(make_app: Callable[..., cdk.App]) -> Template:
    """The proxies with a hosted zone."""
    assembly = make_app({"hosted_zone_id": "Z1D633PJN98FT9"}).synth()
    return Template.from_json(assembly.get_stack_by_name("FirstPartyTracking-Proxies").template)


@pytest.mark.parametrize("record_type", ["A", "AAAA", "HTTPS"])
@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_record(template: Template, name: str, record_type: str) -> None:
    """An alias of the proxy's distribution, by its full name with the dot at the end.

    Z2FDTNDATAQYW2 is the zone of every alias of CloudFront:
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


def test_six_records_are_all_that_is_added(template: Template, proxies: Template) -> None:
    """Nothing changes on the distributions, so a zone can be given at any time."""
    resources = template.to_json()["Resources"]
    before = proxies.to_json()["Resources"]
    added = [one["Type"] for key, one in resources.items() if key not in before]
    assert {key: resources[key] for key in before} == before
    assert added == ["AWS::Route53::RecordSet"] * 6


@pytest.mark.parametrize(
    ("output", "name"), [("SdkProxyCnameTarget", SDK), ("EventsProxyCnameTarget", EVENTS)]
)
def test_output_asks_for_no_cname(template: Template, output: str, name: str) -> None:
    """The output stays for who reads it, without a task that is done."""
    assert template.find_outputs(output)[output] == {
        "Description": f"The records of {name} point at this name already",
        "Value": {"Fn::GetAtt": [distribution(template, name)[0], "DomainName"]},
    }


def test_construct_ids_stay(make_app: Callable[..., cdk.App]) -> None:
    """Another id would create a record before the old one, which has its name, is gone."""
    app = make_app({"hosted_zone_id": "Z1D633PJN98FT9"})
    paths = [one.node.path for one in app.node.find_all() if isinstance(one, route53.CfnRecordSet)]
    assert paths == [
        f"FirstPartyTracking-Proxies/{proxy}Records/{record}/Resource"
        for proxy in ("SdkProxy", "EventsProxy")
        for record in ("A", "Aaaa", "Https")
    ]
