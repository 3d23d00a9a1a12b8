"""Both of Hightouch's tables, compared with the proxies in the AWS emulator after deployment."""

import json
from typing import Any

import boto3
import pytest

from tests.support.checkout import CERTIFICATE_ARN, ROOT, Checkout
from tests.support.documents import command_of

SDK, EVENTS = "cdn.example.com", "events.example.com"


@pytest.fixture(scope="module")
def deployed(
    aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """The configuration, the tags, and the outputs of each proxy, by alternate domain name."""
    checkout = Checkout.make(tmp_path_factory.mktemp("proxies") / "checkout", aws)
    checkout.deploy("FirstPartyTracking-example-com-Proxies")
    cloudfront = boto3.client("cloudfront")
    resources = boto3.client("cloudformation").list_stack_resources(
        StackName="FirstPartyTracking-example-com-Proxies"
    )["StackResourceSummaries"]
    found: dict[str, dict[str, Any]] = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::CDK::Metadata":
            continue
        assert resource["ResourceType"] == "AWS::CloudFront::Distribution"
        distribution = cloudfront.get_distribution(Id=resource["PhysicalResourceId"])[
            "Distribution"
        ]
        [alias] = distribution["DistributionConfig"]["Aliases"]["Items"]
        tags = cloudfront.list_tags_for_resource(Resource=distribution["ARN"])["Tags"]["Items"]
        found[alias] = {
            **distribution["DistributionConfig"],
            "Tags": {tag["Key"]: tag["Value"] for tag in tags},
            "DomainName": distribution["DomainName"],
            "Outputs": checkout.outputs("FirstPartyTracking-example-com-Proxies"),
        }
    return found


def test_stack_has_a_tag_with_the_domain(deployed: dict[str, dict[str, Any]]) -> None:
    """The tag lets plan and doctor recognize the deployment of another domain."""
    described = boto3.client("cloudformation").describe_stacks(
        StackName="FirstPartyTracking-example-com-Proxies"
    )
    tags = {tag["Key"]: tag["Value"] for tag in described["Stacks"][0]["Tags"]}
    assert tags == {"FirstPartyTracking:domain": "example.com"}
    assert deployed[SDK]["Tags"]["FirstPartyTracking:domain"] == "example.com"


@pytest.mark.parametrize("alias", [SDK, EVENTS])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("Origins.Items.0.OriginPath", "", id="Origin path: blank"),
        pytest.param("Origins.Items.0.OriginShield.Enabled", False, id="Origin Shield: No"),
        pytest.param("DefaultCacheBehavior.Compress", True, id="Compress: Yes"),
        pytest.param(
            "DefaultCacheBehavior.ViewerProtocolPolicy", "https-only", id="Viewer: HTTPS only"
        ),
        pytest.param(
            "DefaultCacheBehavior.TrustedKeyGroups.Enabled", False, id="Restrict viewer access: No"
        ),
        pytest.param(
            "DefaultCacheBehavior.ResponseHeadersPolicyId", None, id="Response headers: None"
        ),
        pytest.param(
            "DefaultCacheBehavior.FunctionAssociations.Quantity", 0, id="No function associations"
        ),
        pytest.param(
            "DefaultCacheBehavior.LambdaFunctionAssociations.Quantity", 0, id="No edge functions"
        ),
        pytest.param(
            "ViewerCertificate.ACMCertificateArn", CERTIFICATE_ARN, id="Custom SSL certificate"
        ),
        pytest.param("HttpVersion", "http2and3", id="HTTP/2 and HTTP/3"),
        pytest.param("DefaultRootObject", "", id="Default root object: blank"),
        pytest.param("Logging", None, id="Standard logging: Off"),
        pytest.param("IsIPV6Enabled", True, id="IPv6: On"),
        pytest.param("CacheBehaviors", None, id="no other behaviors"),
    ],
)
def test_row_of_both_tables_is_deployed(
    deployed: dict[str, dict[str, Any]], alias: str, path: str, expected: object
) -> None:
    assert _at(deployed[alias], path) == expected


@pytest.mark.parametrize(
    ("alias", "path", "expected"),
    [
        pytest.param(
            SDK, "Origins.Items.0.DomainName", "cdn.hightouch-events.com", id="sdk-origin"
        ),
        pytest.param(
            EVENTS,
            "Origins.Items.0.DomainName",
            "us-east-1.hightouch-events.com",
            id="events-origin",
        ),
        pytest.param(
            SDK,
            "DefaultCacheBehavior.CachePolicyId",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            id="sdk-CachingOptimized",
        ),
        pytest.param(
            EVENTS,
            "DefaultCacheBehavior.CachePolicyId",
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            id="events-CachingDisabled",
        ),
        pytest.param(
            SDK,
            "DefaultCacheBehavior.OriginRequestPolicyId",
            "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            id="sdk-AllViewerExceptHostHeader",
        ),
        pytest.param(
            EVENTS,
            "DefaultCacheBehavior.OriginRequestPolicyId",
            "216adef6-5c7f-47e4-b989-5492eafa07d3",
            id="events-AllViewer",
        ),
        pytest.param(SDK, "Tags.Name", "FirstPartyTracking-example-com-SdkProxy", id="sdk-name"),
        pytest.param(
            EVENTS, "Tags.Name", "FirstPartyTracking-example-com-EventsProxy", id="events-name"
        ),
    ],
)
def test_row_of_one_table_is_deployed(
    deployed: dict[str, dict[str, Any]], alias: str, path: str, expected: object
) -> None:
    assert _at(deployed[alias], path) == expected


@pytest.mark.parametrize(
    ("alias", "methods"),
    [
        (SDK, {"GET", "HEAD"}),
        (EVENTS, {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
    ],
)
def test_allowed_methods_are_deployed(
    deployed: dict[str, dict[str, Any]], alias: str, methods: set[str]
) -> None:
    assert set(_at(deployed[alias], "DefaultCacheBehavior.AllowedMethods.Items")) == methods


@pytest.mark.parametrize(
    ("alias", "output"), [(SDK, "SdkProxyCnameTarget"), (EVENTS, "EventsProxyCnameTarget")]
)
def test_output_is_the_name_to_point_the_cname_at(
    deployed: dict[str, dict[str, Any]], alias: str, output: str
) -> None:
    assert deployed[alias]["Outputs"][output] == deployed[alias]["DomainName"]


def test_stack_creates_only_the_two_proxies(deployed: dict[str, dict[str, Any]]) -> None:
    assert set(deployed) == {SDK, EVENTS}


def test_command_of_the_other_hosting_page_deploys_only_the_proxies(checkout: Checkout) -> None:
    page = (ROOT / "docs" / "other-hosting.md").read_text()
    checkout.add_settings(domain="example.com", certificate_arn=CERTIFICATE_ARN)
    checkout.deploy_as_typed(command_of(page, "Deploy the proxies", "npx cdk deploy"))
    deployed_stacks = json.loads((checkout.folder / "outputs.json").read_text())
    assert set(deployed_stacks) == {"FirstPartyTracking-example-com-Proxies"}


def _at(value: Any, path: str) -> Any:
    """Return the value at a path with dots, or None if it does not exist."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
        if value is None:
            return None
    return value
