"""A certificate that the deployment requests and validates in the user's hosted zone."""

from typing import Any

import pytest
from aws_cdk.assertions import Template

from stacks.config import ConfigError, Problem
from tests.support.example import configure
from tests.support.templates import MakeApp, distribution

ZONE = "Z1D633PJN98FT9"
CERTIFICATE = "AWS::CertificateManager::Certificate"


# The configuration


def only_problem(**context: object) -> Problem:
    """Return the one problem of the example context with `context` added."""
    with pytest.raises(ConfigError) as caught:
        configure(**context)
    [problem] = caught.value.problems
    return problem


def test_hosted_zone_makes_the_certificate_optional() -> None:
    config = configure(certificate_arn=None, hosted_zone_id="Z1D633PJN98FT9")
    assert config.certificate_arn == ""


@pytest.mark.parametrize("zone", ["", " ", None])
def test_certificate_is_required_without_a_hosted_zone(zone: object) -> None:
    assert only_problem(certificate_arn=None, hosted_zone_id=zone).key == "certificate_arn"


def test_wrong_hosted_zone_is_the_only_problem_without_a_certificate() -> None:
    assert only_problem(certificate_arn=None, hosted_zone_id="z1").key == "hosted_zone_id"


def test_requested_certificate_needs_a_name_of_at_most_64_characters() -> None:
    long = {"sdk_domain": f"{'a' * 53}.example.com", "events_domain": f"{'b' * 53}.example.com"}
    requested = {"certificate_arn": None, "hosted_zone_id": "Z1D633PJN98FT9"}
    problem = only_problem(**long, **requested)
    assert problem.key == "certificate_arn"
    assert "64 characters" in problem.given
    assert configure(**long, hosted_zone_id="Z1D633PJN98FT9").certificate_arn != ""
    configure(**long | {"sdk_domain": f"{'a' * 52}.example.com"}, **requested)


# The template


def proxies_with(make_app: MakeApp, **context: object) -> Template:
    """Return the template of the proxies."""
    stack = make_app(context).synth().get_stack_by_name("FirstPartyTracking-example-com-Proxies")
    return Template.from_json(stack.template)


@pytest.fixture(scope="module")
def template(make_app: MakeApp) -> Template:
    """The proxies with a hosted zone and without a certificate."""
    return proxies_with(make_app, hosted_zone_id=ZONE, certificate_arn=None)


def only_certificate(template: Template) -> tuple[str, dict[str, Any]]:
    """Return the logical ID and the properties of the certificate."""
    [(logical_id, resource)] = template.find_resources(CERTIFICATE).items()
    return logical_id, resource["Properties"]


def test_certificate_covers_both_names_and_is_validated_in_the_zone(template: Template) -> None:
    _, properties = only_certificate(template)
    assert {key: properties[key] for key in properties if key != "Tags"} == {
        "DomainName": "cdn.example.com",
        "SubjectAlternativeNames": ["events.example.com"],
        "ValidationMethod": "DNS",
        "DomainValidationOptions": [
            {"DomainName": name, "HostedZoneId": ZONE}
            for name in ("cdn.example.com", "events.example.com")
        ],
    }


@pytest.mark.parametrize("name", ["cdn.example.com", "events.example.com"])
def test_proxy_has_the_requested_certificate(template: Template, name: str) -> None:
    logical_id, _ = only_certificate(template)
    viewer = distribution(template, name)[1]["DistributionConfig"]["ViewerCertificate"]
    assert viewer["AcmCertificateArn"] == {"Ref": logical_id}


def test_long_name_is_not_the_main_domain_of_the_certificate(make_app: MakeApp) -> None:
    """ACM accepts at most 64 characters in the main domain name."""
    long = f"{'a' * 53}.example.com"
    template = proxies_with(make_app, hosted_zone_id=ZONE, certificate_arn=None, sdk_domain=long)
    _, properties = only_certificate(template)
    assert properties["DomainName"] == "events.example.com"
    assert properties["SubjectAlternativeNames"] == [long]


def test_given_certificate_is_used_with_a_hosted_zone(make_app: MakeApp) -> None:
    proxies_with(make_app, hosted_zone_id=ZONE).resource_count_is(CERTIFICATE, 0)
