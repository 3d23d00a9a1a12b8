"""`python -m tools doctor` on a real deployment: each check holds, and finds the fault it is for.

The faults are made in the embedded AWS, an account of its own here: several checks look at all
that an account has.
"""

import ast
import io
import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import click
import httpx
import pytest
from botocore.config import Config as BotoConfig

from stacks.config import TrackingConfig
from tests.aws import faults
from tests.aws.customer import behavior, behaviors, create_distribution
from tests.aws.embedded import embedded_aws
from tests.aws.test_documents import EXAMPLE_ID, blocks
from tests.checkout import CERTIFICATE_ARN, ROOT, Checkout, options
from tests.dns_server import Zone, dns_server
from tests.doctor.test_conformance import right
from tests.live_hosts import Answer, by_host, client, edge, events_proxy, sdk_proxy, serve
from tools.__main__ import doctor_command
from tools.doctor import dns_records, permissions, report
from tools.doctor.checks import Account, Aws, Doctor
from tools.doctor.report import Finding, NotCheckable, Note, Remark
from tools.preview.edge_function import EdgeFunction

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"

Config = dict[str, Any]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An account without anything of other tests."""
    with embedded_aws(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The app, deployed under its usual name and attached to a customer's distribution."""

    checkout: Checkout
    site: str
    context: dict[str, str]
    outputs: dict[str, str]

    def doctor(
        self, *, zone_port: int | None = None, live: Answer | None = None, **context: str
    ) -> Doctor:
        """Return the doctor of this deployment, called with other context on top."""
        config = TrackingConfig.from_context(
            {**self.context, **context}, without=["certificate_arn"]
        )
        aws = Aws.connect()
        return Doctor(
            config=config,
            account=Account.read(aws, config.name),
            aws=aws,
            http=client(live or right()),
            resolver=(
                None if zone_port is None else dns_records.make_resolver("127.0.0.1", zone_port)
            ),
        )

    def ask(self, check: str, **options: Any) -> list[Remark]:
        """Return what one check says."""
        return list(self.doctor(**options).checks()[check]())


@pytest.fixture(scope="module")
def deployment(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    certificate = boto3.client("acm").request_certificate(DomainName="*.example.com")
    site = create_distribution(behavior(PathPattern="/api/*"))
    context = {
        "domain": "example.com",
        "certificate_arn": certificate["CertificateArn"],
        "site_distribution_id": site,
    }
    checkout = Checkout.make(tmp_path_factory.mktemp("doctor") / "checkout", aws)
    checkout.deploy("--all", *(f"{key}={value}" for key, value in context.items()))
    outputs = {
        **checkout.outputs("FirstPartyTracking-Proxies"),
        **checkout.outputs("FirstPartyTracking-CookieService"),
    }
    return Deployment(checkout=checkout, site=site, context=context, outputs=outputs)


def distribution_at(domain_name: str) -> str:
    """Return the id of the distribution with CloudFront's name `domain_name`."""
    listed = boto3.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    [found] = [one["Id"] for one in listed if one["DomainName"] == domain_name]
    return found


@contextmanager
def edited(distribution_id: str, change: Callable[[Config], object]) -> Iterator[None]:
    """Let somebody change a live distribution, and change it back in the end."""
    cloudfront = boto3.client("cloudfront")
    before: Any = cloudfront.get_distribution_config(Id=distribution_id)["DistributionConfig"]
    config = deepcopy(before)
    change(config)
    _put(distribution_id, config)
    try:
        yield
    finally:
        _put(distribution_id, before)


def _put(distribution_id: str, config: Any) -> None:
    # The embedded AWS leaves out the defaults that AWS fills in and boto3 asks for.
    cloudfront = boto3.client("cloudfront", config=BotoConfig(parameter_validation=False))
    etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
    cloudfront.update_distribution(Id=distribution_id, IfMatch=etag, DistributionConfig=config)


def set_behavior(**values: Any) -> Callable[[Config], object]:
    return lambda config: config["DefaultCacheBehavior"].update(values)


def set_origin(**values: Any) -> Callable[[Config], object]:
    return lambda config: config["Origins"]["Items"][0].update(values)


def set_custom_origin(**values: Any) -> Callable[[Config], object]:
    return lambda config: config["Origins"]["Items"][0]["CustomOriginConfig"].update(values)


def set_config(**values: Any) -> Callable[[Config], object]:
    return lambda config: config.update(values)


def methods(*names: str) -> dict[str, Any]:
    cached = {"Quantity": 2, "Items": ["HEAD", "GET"]}
    allowed = {"Quantity": len(names), "Items": list(names), "CachedMethods": cached}
    return {"AllowedMethods": allowed}


ALL_METHODS = methods("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")


def what(remarks: list[Remark]) -> list[str]:
    """Return the findings' texts; nothing but findings may be there."""
    assert all(isinstance(one, Finding) and one.remedy for one in remarks)
    return [one.what for one in remarks]


# The proxies


@pytest.mark.parametrize("check", ["SDK proxy", "events proxy"])
def test_deployed_proxy_is_as_documented(deployment: Deployment, check: str) -> None:
    assert deployment.ask(check) == []


ORIGIN_HEADER = {
    "Quantity": 1,
    "Items": [{"HeaderName": "x-token", "HeaderValue": "secret"}],
}
ERROR_RESPONSES = {
    "Quantity": 2,
    "Items": [{"ErrorCode": code, "ErrorCachingMinTTL": 300} for code in (403, 404)],
}
RESTRICTIONS = {
    "GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 2, "Items": ["CH", "DE"]}
}


def _without_policy(config: Config) -> None:
    del config["DefaultCacheBehavior"]["OriginRequestPolicyId"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            set_origin(DomainName="cdn.example.net"),
            "Origin domain: cdn.example.net, should be cdn.hightouch-events.com",
            id="Origin domain",
        ),
        pytest.param(
            set_origin(OriginPath="/sdk"), "Origin path: /sdk, should be blank", id="Origin path"
        ),
        pytest.param(
            set_origin(OriginShield={"Enabled": True, "OriginShieldRegion": "us-east-1"}),
            "Enable Origin Shield: Yes, should be No",
            id="Enable Origin Shield",
        ),
        pytest.param(
            set_behavior(Compress=False),
            "Compress objects automatically: No, should be Yes",
            id="Compress objects automatically",
        ),
        pytest.param(
            set_behavior(ViewerProtocolPolicy="allow-all"),
            "Viewer protocol policy: allow-all, should be https-only",
            id="Viewer protocol policy",
        ),
        pytest.param(
            set_behavior(**ALL_METHODS),
            "Allowed HTTP methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, should be "
            "GET, HEAD",
            id="Allowed HTTP methods",
        ),
        pytest.param(
            set_behavior(TrustedKeyGroups={"Enabled": True, "Quantity": 1, "Items": ["K1"]}),
            "Restrict viewer access: Yes, should be No",
            id="Restrict viewer access",
        ),
        pytest.param(
            set_behavior(CachePolicyId=CACHING_DISABLED),
            "Cache policy: CachingDisabled, should be CachingOptimized",
            id="Cache policy",
        ),
        pytest.param(
            set_behavior(OriginRequestPolicyId=ALL_VIEWER),
            "Origin request policy: AllViewer, should be AllViewerExceptHostHeader",
            id="Origin request policy",
        ),
        pytest.param(
            _without_policy,
            "Origin request policy: none, should be AllViewerExceptHostHeader",
            id="no origin request policy",
        ),
        pytest.param(
            set_behavior(ResponseHeadersPolicyId=SECURITY_HEADERS),
            f"Response headers policy: {SECURITY_HEADERS}, should be none",
            id="Response headers policy",
        ),
        pytest.param(
            set_behavior(
                FunctionAssociations={
                    "Quantity": 1,
                    "Items": [
                        {
                            "FunctionARN": "arn:aws:cloudfront::000000000000:function/rewrite",
                            "EventType": "viewer-request",
                        }
                    ],
                }
            ),
            "Function associations: arn:aws:cloudfront::000000000000:function/rewrite, should be "
            "none",
            id="Function associations",
        ),
        pytest.param(
            set_behavior(
                LambdaFunctionAssociations={
                    "Quantity": 1,
                    "Items": [
                        {
                            "LambdaFunctionARN": "arn:aws:lambda:us-east-1:000000000000:"
                            "function:a:1",
                            "EventType": "viewer-request",
                        }
                    ],
                }
            ),
            "Function associations: arn:aws:lambda:us-east-1:000000000000:function:a:1, should be "
            "none",
            id="Function associations of Lambda@Edge",
        ),
        pytest.param(
            set_config(Aliases={"Quantity": 2, "Items": ["cdn.example.com", "a.example.com"]}),
            "Alternate domain name (CNAME): cdn.example.com, a.example.com, should be "
            "cdn.example.com",
            id="Alternate domain name (CNAME)",
        ),
        pytest.param(
            set_config(HttpVersion="http2"),
            "Supported HTTP versions: http2, should be http2and3",
            id="Supported HTTP versions",
        ),
        pytest.param(
            set_config(DefaultRootObject="index.html"),
            "Default root object: index.html, should be blank",
            id="Default root object",
        ),
        pytest.param(
            set_config(
                Logging={
                    "Enabled": True,
                    "IncludeCookies": True,
                    "Bucket": "logs.s3.amazonaws.com",
                    "Prefix": "",
                }
            ),
            "Standard logging: On, should be Off",
            id="Standard logging",
        ),
        pytest.param(set_config(IsIPV6Enabled=False), "IPv6: Off, should be On", id="IPv6"),
        pytest.param(
            set_custom_origin(OriginProtocolPolicy="http-only"),
            "Origin protocol policy: http-only, should be https-only",
            id="Origin protocol policy",
        ),
        pytest.param(
            lambda config: config["ViewerCertificate"].update(MinimumProtocolVersion="TLSv1"),
            "Security policy: TLSv1, should be TLSv1.2_2021",
            id="Security policy",
        ),
        pytest.param(
            set_custom_origin(OriginSslProtocols={"Quantity": 2, "Items": ["TLSv1", "TLSv1.2"]}),
            "Origin SSL protocols: TLSv1, TLSv1.2, should be TLSv1.2",
            id="Origin SSL protocols",
        ),
        pytest.param(set_config(Enabled=False), "Enabled: No, should be Yes", id="Enabled"),
        pytest.param(
            set_custom_origin(HTTPSPort=8443),
            "Origin HTTPS port: 8443, should be 443",
            id="Origin HTTPS port",
        ),
        pytest.param(
            set_origin(CustomHeaders=ORIGIN_HEADER),
            "Origin custom headers: x-token, should be none",
            id="Origin custom headers",
        ),
        pytest.param(
            set_config(
                CacheBehaviors={"Quantity": 1, "Items": [behavior(PathPattern="/browser/*")]}
            ),
            "Behaviors besides Default (*): /browser/*, should be none",
            id="further behaviors",
        ),
        pytest.param(
            set_config(CustomErrorResponses=ERROR_RESPONSES),
            "Custom error responses: 403, 404, should be none",
            id="Custom error responses",
        ),
        pytest.param(
            set_config(Restrictions=RESTRICTIONS),
            "Geographic restrictions: whitelist CH, DE, should be none",
            id="Geographic restrictions",
        ),
    ],
)
def test_row_of_the_sdk_proxy_that_somebody_changed(
    deployment: Deployment, change: Callable[[Config], object], expected: str
) -> None:
    distribution_id = distribution_at(deployment.outputs["SdkProxyCnameTarget"])
    with edited(distribution_id, change):
        [found] = deployment.ask("SDK proxy")
    assert isinstance(found, Finding)
    assert found.what == expected
    if expected.startswith("Alternate domain name"):
        assert_no_command(found)  # the other name may be in use
    else:
        assert found.remedy == (
            f"set it on {distribution_id} in the CloudFront console, or deploy with "
            "npx cdk deploy FirstPartyTracking-Proxies --revert-drift"
        )


def assert_no_command(finding: Finding) -> None:
    """Every command known so far would take a working service offline."""
    assert finding.remedy.startswith("no safe command exists yet")
    assert "aws " not in finding.remedy
    assert "cdk " not in finding.remedy


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            set_origin(DomainName="cdn.hightouch-events.com"),
            "Origin domain: cdn.hightouch-events.com, should be us-east-1.hightouch-events.com",
            id="Origin domain",
        ),
        pytest.param(
            set_behavior(**methods("GET", "HEAD")),
            "Allowed HTTP methods: GET, HEAD, should be "
            "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            id="Allowed HTTP methods",
        ),
        pytest.param(
            set_behavior(CachePolicyId="658327ea-f89d-4fab-a63d-7e88639e58f6"),
            "Cache policy: CachingOptimized, should be CachingDisabled",
            id="Cache policy",
        ),
        pytest.param(
            set_behavior(OriginRequestPolicyId=ALL_VIEWER_EXCEPT_HOST),
            "Origin request policy: AllViewerExceptHostHeader, should be AllViewer",
            id="Origin request policy",
        ),
    ],
)
def test_row_of_the_events_proxy_that_somebody_changed(
    deployment: Deployment, change: Callable[[Config], object], expected: str
) -> None:
    with edited(distribution_at(deployment.outputs["EventsProxyCnameTarget"]), change):
        assert what(deployment.ask("events proxy")) == [expected]


def test_defaults_that_cloudfront_fills_in_are_as_good(deployment: Deployment) -> None:
    """The embedded AWS leaves them out."""

    def change(config: Config) -> None:
        set_config(
            CustomErrorResponses={"Quantity": 0},
            PriceClass="PriceClass_All",
            Restrictions={"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            WebACLId="",
        )(config)
        set_origin(CustomHeaders={"Quantity": 0})(config)
        set_custom_origin(HTTPPort=80, HTTPSPort=443)(config)

    with edited(distribution_at(deployment.outputs["SdkProxyCnameTarget"]), change):
        assert deployment.ask("SDK proxy") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            set_config(WebACLId="arn:aws:wafv2:us-east-1:000000000000:global/webacl/bots/1"),
            "the web ACL arn:aws:wafv2:us-east-1:000000000000:global/webacl/bots/1 looks at every "
            "request; what it blocks or challenges is lost, as the SDK solves no challenge",
            id="web-ACL",
        ),
        pytest.param(
            set_config(PriceClass="PriceClass_100"),
            "with PriceClass_100 some visitors are served from farther away",
            id="price-class",
        ),
    ],
)
def test_choice_of_the_owners_is_worth_a_note(
    deployment: Deployment, change: Callable[[Config], object], expected: str
) -> None:
    with edited(distribution_at(deployment.outputs["EventsProxyCnameTarget"]), change):
        assert deployment.ask("events proxy") == [Note(expected)]


def test_another_certificate_than_the_contexts(deployment: Deployment) -> None:
    other = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    [found] = what(deployment.ask("SDK proxy", certificate_arn=other))
    own = deployment.context["certificate_arn"]
    assert found == f"Custom SSL certificate: {own}, should be {other}"


def test_a_name_that_somebody_changed(deployment: Deployment) -> None:
    """The console's name of a distribution is its tag `Name`."""
    cloudfront = boto3.client("cloudfront")
    distribution_id = distribution_at(deployment.outputs["SdkProxyCnameTarget"])
    arn = cloudfront.get_distribution(Id=distribution_id)["Distribution"]["ARN"]

    def name(value: str) -> None:
        cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "Name", "Value": value}]})

    name("proxy")
    try:
        assert what(deployment.ask("SDK proxy")) == [
            "Name: proxy, should be FirstPartyTracking-SdkProxy"
        ]
    finally:
        name("FirstPartyTracking-SdkProxy")


def test_a_proxy_that_was_set_up_by_hand_is_found_by_its_name(deployment: Deployment) -> None:
    """It has a console name of its own, and no deployment that would change it."""
    distribution_id = distribution_at(deployment.outputs["SdkProxyCnameTarget"])
    [note] = deployment.ask("SDK proxy", name="ByHand")
    assert isinstance(note, Note)
    assert note.what.startswith(f"{distribution_id} does not belong to the stack ByHand-Proxies")
    with edited(distribution_id, set_config(IsIPV6Enabled=False)):
        found, _ = deployment.ask("SDK proxy", name="ByHand")
    assert isinstance(found, Finding)
    assert found.remedy == f"set it on {distribution_id} in the CloudFront console"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            set_custom_origin(OriginSslProtocols={"Quantity": 1, "Items": ["TLSv1.1"]}),
            [],
            id="Origin SSL protocols",
        ),
        pytest.param(
            set_custom_origin(HTTPSPort=8443),
            ["Origin HTTPS port: 8443, should be 443"],
            id="Origin HTTPS port",
        ),
        pytest.param(
            set_config(Restrictions=RESTRICTIONS),
            ["Geographic restrictions: whitelist CH, DE, should be none"],
            id="Geographic restrictions",
        ),
    ],
)
def test_what_a_proxy_that_was_set_up_by_hand_may_have_otherwise(
    deployment: Deployment, change: Callable[[Config], object], expected: list[str]
) -> None:
    """What the page leaves to the reader, but nothing that keeps visitors away."""
    with edited(distribution_at(deployment.outputs["SdkProxyCnameTarget"]), change):
        *found, note = deployment.ask("SDK proxy", name="ByHand")
    assert what(found) == expected
    assert isinstance(note, Note)


def test_a_proxy_that_is_not_there(deployment: Deployment) -> None:
    assert what(deployment.ask("events proxy", domain="example.org", name="Absent")) == [
        "no distribution has the alternate domain name events.example.org as a proxy of Hightouch's"
    ]


def test_a_proxy_that_somebody_deleted(deployment: Deployment) -> None:
    doctor = deployment.doctor()
    without = replace(doctor, account=replace(doctor.account, distributions=[]))
    [found] = what(list(without.checks()["SDK proxy"]()))
    assert found == (
        f"the distribution {deployment.outputs['SdkProxyCnameTarget']} of the stack "
        "FirstPartyTracking-Proxies is gone"
    )


@pytest.fixture(scope="module")
def private(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the context of a second deployment, whose proxies forward no cookies."""
    context = {
        "domain": "example.net",
        "name": "Private",
        "forward_cookies": "false",
        "events_host_header": "origin",
        "site_distribution_id": "",
        "certificate_arn": "",
    }
    checkout = Checkout.make(tmp_path_factory.mktemp("private") / "checkout", aws)
    checkout.deploy(
        "Private-Proxies",
        *(f"{key}={value}" for key, value in context.items() if key != "certificate_arn"),
    )
    del context["certificate_arn"]
    return context


def test_what_the_context_changes_in_the_table(
    deployment: Deployment, private: dict[str, str]
) -> None:
    own = Deployment(
        checkout=deployment.checkout, site="", context=private, outputs=deployment.outputs
    )
    assert own.ask("SDK proxy") == []
    assert own.ask("events proxy") == []
    assert what(own.ask("SDK proxy", forward_cookies="true")) == [
        "Origin request policy: AllViewerExceptHostHeader less the cookies, should be "
        "AllViewerExceptHostHeader"
    ]
    assert what(own.ask("events proxy", events_host_header="viewer")) == [
        "Origin request policy: AllViewerExceptHostHeader less the cookies, should be "
        "AllViewer less the cookies"
    ]


def test_a_policy_of_ones_own_that_forwards_something_else(
    deployment: Deployment, private: dict[str, str]
) -> None:
    cloudfront = boto3.client("cloudfront")
    listed = cloudfront.list_origin_request_policies(Type="custom")
    [policy] = [
        one["OriginRequestPolicy"]
        for one in listed["OriginRequestPolicyList"]["Items"]
        if one["OriginRequestPolicy"]["OriginRequestPolicyConfig"]["Name"].startswith(
            "Private-SdkProxy"
        )
    ]
    config = policy["OriginRequestPolicyConfig"]
    etag = cloudfront.get_origin_request_policy(Id=policy["Id"])["ETag"]
    cloudfront.update_origin_request_policy(
        Id=policy["Id"],
        IfMatch=etag,
        OriginRequestPolicyConfig={
            **config,
            "CookiesConfig": {
                "CookieBehavior": "whitelist",
                "Cookies": {"Quantity": 1, "Items": ["session"]},
            },
        },
    )
    own = Deployment(
        checkout=deployment.checkout, site="", context=private, outputs=deployment.outputs
    )
    assert what(own.ask("SDK proxy")) == [
        "Origin request policy: Private-SdkProxy-WithoutCookies, should be "
        "AllViewerExceptHostHeader less the cookies"
    ]


# Certificate and alternate domain names


def test_certificate_covers_both_names(deployment: Deployment) -> None:
    assert deployment.ask("certificate") == []


def test_certificate_for_one_name_of_two(deployment: Deployment) -> None:
    arn = boto3.client("acm").request_certificate(DomainName="cdn.example.com")["CertificateArn"]
    assert what(deployment.ask("certificate", certificate_arn=arn)) == [
        f"{arn} does not cover events.example.com, only cdn.example.com"
    ]


def test_certificate_that_does_not_exist(deployment: Deployment) -> None:
    arn = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
    assert what(deployment.ask("certificate", certificate_arn=arn)) == [
        f"there is no {arn} in us-east-1 of this account"
    ]


def test_without_the_key_the_live_certificate_counts(deployment: Deployment) -> None:
    arn = boto3.client("acm").request_certificate(DomainName="www.example.com")["CertificateArn"]

    def change(config: Config) -> None:
        config["ViewerCertificate"]["ACMCertificateArn"] = arn

    context = {key: value for key, value in deployment.context.items() if "certificate" not in key}
    without_key = replace(deployment, context=context)
    assert without_key.ask("certificate") == []
    with edited(distribution_at(deployment.outputs["EventsProxyCnameTarget"]), change):
        assert what(without_key.ask("certificate")) == [
            f"{arn} does not cover events.example.com, only www.example.com"
        ]


def test_certificate_before_the_first_deployment(deployment: Deployment) -> None:
    context = {"domain": "example.org", "name": "Absent"}
    [remark] = replace(deployment, context=context).ask("certificate")
    assert isinstance(remark, NotCheckable)


def test_alternate_domain_names_are_ours(deployment: Deployment) -> None:
    assert deployment.ask("alternate domain names") == []


def test_alternate_domain_name_on_another_distribution(deployment: Deployment) -> None:
    other = create_distribution(alias="events.example.com")
    try:
        assert what(deployment.ask("alternate domain names")) == [
            f"events.example.com is an alternate domain name of {other} in this account"
        ]
    finally:
        delete_distribution(other)


def test_alternate_domain_name_that_is_taken_before_the_first_deployment(
    deployment: Deployment,
) -> None:
    """Something else that has the name is no proxy that was set up by hand."""
    other = create_distribution(alias="cdn.example.org")
    first = replace(deployment, context={"domain": "example.org", "name": "Absent"})
    try:
        [taken, *rest] = first.ask("alternate domain names")
        assert what(first.ask("SDK proxy")) == [
            "no distribution has the alternate domain name cdn.example.org as a proxy of "
            "Hightouch's"
        ]
    finally:
        delete_distribution(other)
    assert what([taken]) == [
        f"cdn.example.org is an alternate domain name of {other} in this account"
    ]
    assert all(isinstance(remark, NotCheckable) for remark in rest)


def delete_distribution(distribution_id: str) -> None:
    cloudfront = boto3.client("cloudfront")
    answer: Any = cloudfront.get_distribution_config(Id=distribution_id)
    _put(distribution_id, {**answer["DistributionConfig"], "Enabled": False})
    etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
    cloudfront.delete_distribution(Id=distribution_id, IfMatch=etag)


# DNS


def zone(deployment: Deployment, **other: list[str]) -> Zone:
    """Return records as they should be; `other` go over them, `_` for a dot."""
    sdk = deployment.outputs["SdkProxyCnameTarget"]
    events = deployment.outputs["EventsProxyCnameTarget"]
    cloudfront = boto3.client("cloudfront")
    site = cloudfront.get_distribution(Id=deployment.site)["Distribution"]["DomainName"]
    return {
        "cdn.example.com": [f"CNAME {sdk}"],
        "events.example.com": [f"CNAME {events}"],
        "www.example.com": [f"CNAME {site}"],
        sdk: ["A 203.0.113.1"],
        events: ["A 203.0.113.2"],
        site: ["A 203.0.113.3"],
        **{name.replace("_", "."): records for name, records in other.items()},
    }


def test_names_that_lead_to_their_distributions(deployment: Deployment) -> None:
    with dns_server(zone(deployment)) as port:
        assert deployment.ask("DNS of cdn.example.com", zone_port=port) == []
        assert deployment.ask("DNS of events.example.com", zone_port=port) == []
        [remark] = deployment.ask("DNS of www.example.com", zone_port=port)
    assert isinstance(remark, Note)
    assert "is a CNAME" in remark.what


def test_name_that_leads_to_the_other_proxy(deployment: Deployment) -> None:
    elsewhere = [f"CNAME {deployment.outputs['SdkProxyCnameTarget']}", "A 198.51.100.1"]
    records = {
        **zone(deployment, events_example_com=elsewhere),
        deployment.outputs["SdkProxyCnameTarget"]: ["A 198.51.100.1"],
    }
    with dns_server(records) as port:
        [found] = deployment.ask("DNS of events.example.com", zone_port=port)
    assert isinstance(found, Finding)
    assert "leads past the distribution" in found.what


def test_site_behind_an_alias_gets_no_promise(deployment: Deployment) -> None:
    with dns_server(zone(deployment, www_example_com=["A 203.0.113.3"])) as port:
        [remark] = deployment.ask("DNS of www.example.com", zone_port=port)
    assert isinstance(remark, NotCheckable)
    assert "203.0.0.0/16" in remark.what


def test_resolver_that_fails_is_not_checkable(deployment: Deployment) -> None:
    with dns_server(zone(deployment, cdn_example_com=["SERVFAIL"])) as port:
        [remark] = deployment.ask("DNS of cdn.example.com", zone_port=port)
    assert isinstance(remark, NotCheckable)
    assert "cdn.example.com cannot be resolved" in remark.what


# The edge function


def test_newest_version_is_what_this_checkout_makes(deployment: Deployment) -> None:
    assert deployment.ask("cookie function") == []


def test_other_settings_than_the_contexts(deployment: Deployment) -> None:
    version = deployment.outputs["CookieFunctionVersionArn"]
    assert what(deployment.ask("cookie function", cookie_max_age_days="30")) == [
        f"{version} has another lambda_edge/settings.json than this checkout makes"
    ]


@pytest.mark.parametrize("value", ["arn:aws:lambda:us-east-1:000000000000:function:a:1", ""])
def test_parameter_that_somebody_changed(deployment: Deployment, value: str) -> None:
    """The remedy is run, by somebody at home in another region, and mends it."""
    ssm, name = boto3.client("ssm"), "/FirstPartyTracking/CookieFunctionVersionArn"
    if value:
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    else:
        ssm.delete_parameter(Name=name)
    [found] = deployment.ask("cookie function")
    assert isinstance(found, Finding)
    version = deployment.outputs["CookieFunctionVersionArn"]
    assert found.what == (f"the parameter {name} says {value or 'nothing'}, the stack {version}")

    run(deployment, found.remedy)
    assert deployment.ask("cookie function") == []


def run(deployment: Deployment, command: str) -> None:
    """Run a remedy as a user would who is at home in another region."""
    frankfurt = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    abroad = replace(deployment.checkout, environment=deployment.checkout.environment | frankfurt)
    done = abroad.run("bash", "-ec", f"PATH=$PWD/.venv/bin:$PATH\n{command}")
    assert done.returncode == 0, done.stdout


def test_function_before_the_first_deployment(deployment: Deployment) -> None:
    assert what(deployment.ask("cookie function", name="Absent")) == [
        "there is no stack Absent-CookieService in this account"
    ]


# The attachment


def test_attached_first_on_the_newest_version(deployment: Deployment) -> None:
    assert deployment.ask("attachment") == []


def drop(*patterns: str) -> Callable[[Config], object]:
    def change(config: Config) -> None:
        listed = config["CacheBehaviors"]
        listed["Items"] = [one for one in listed["Items"] if one["PathPattern"] not in patterns]
        listed["Quantity"] = len(listed["Items"])

    return change


def set_ours(**values: Any) -> Callable[[Config], object]:
    """Change the behavior of renew."""

    def change(config: Config) -> None:
        [ours] = [
            one for one in config["CacheBehaviors"]["Items"] if one["PathPattern"] == "/ht/renew"
        ]
        ours.update(values)

    return change


def runs(arn: str) -> dict[str, Any]:
    function = {"LambdaFunctionARN": arn, "EventType": "viewer-request", "IncludeBody": False}
    return {"LambdaFunctionAssociations": {"Quantity": 1, "Items": [function]}}


def put_first(one: dict[str, Any]) -> Callable[[Config], object]:
    def change(config: Config) -> None:
        listed = config["CacheBehaviors"]
        listed["Items"].insert(0, one)
        listed["Quantity"] += 1

    return change


def test_behaviors_that_somebody_removed(deployment: Deployment) -> None:
    """CloudFormation would not notice: the remedy says how it does."""
    version = deployment.outputs["CookieFunctionVersionArn"]
    with edited(deployment.site, drop("/ht/renew", "/ht/clear")):
        found = deployment.ask("attachment")
    assert what(found) == [
        f"{deployment.site} is not as it should be, which is to add behavior {path} with {version}"
        for path in ("/ht/renew", "/ht/clear")
    ]
    assert isinstance(found[0], Finding)
    assert found[0].remedy.startswith("deploy once without this distribution")


def test_an_older_version(deployment: Deployment) -> None:
    version = deployment.outputs["CookieFunctionVersionArn"]
    with edited(deployment.site, set_ours(**runs(f"{version}0"))):
        assert what(deployment.ask("attachment")) == [
            f"{deployment.site} is not as it should be, which is to set the function of /ht/renew "
            f"to {version}"
        ]


def test_a_wildcard_before_ours(deployment: Deployment) -> None:
    with edited(deployment.site, put_first(behavior(PathPattern="/ht/r*"))):
        [found] = deployment.ask("attachment")
    assert found == Finding(
        f"{deployment.site}: behavior /ht/r* stands before ours and answers /ht/renew",
        "move ours first",
    )


def test_somebody_elses_function_on_our_path(deployment: Deployment) -> None:
    other = "arn:aws:lambda:us-east-1:000000000000:function:other:1"
    with edited(deployment.site, set_ours(**runs(other))):
        [found] = deployment.ask("attachment")
    assert found == Finding(
        f"{deployment.site}: behavior '/ht/renew' is there already and not ours: it goes to "
        f"origin 'site' and runs {other}",
        "do not remove it, because pages may use it, but choose other paths with the context keys "
        "renew_path and clear_path",
    )


def test_a_distribution_that_visitors_do_not_reach(deployment: Deployment) -> None:
    with edited(deployment.site, set_config(Enabled=False)):
        assert what(deployment.ask("attachment")) == [
            f"{deployment.site}: it is disabled, so nothing answers there"
        ]


@pytest.mark.parametrize(
    ("aliases", "listed"),
    [
        pytest.param({"Quantity": 1, "Items": ["www.example.net"]}, "www.example.net", id="other"),
        pytest.param({"Quantity": 0}, "none", id="none"),
    ],
)
def test_a_distribution_without_a_name_of_the_sites(
    deployment: Deployment, aliases: Config, listed: str
) -> None:
    """Where it is attached it may stand behind another CDN; else it is likely the wrong one."""
    unnamed = (
        f"{deployment.site}: no alternate domain name of it is example.com or below "
        f"(it has: {listed})"
    )
    with edited(deployment.site, set_config(Aliases=aliases)):
        assert deployment.ask("attachment") == [
            Note(f"{unnamed}; browsers keep its cookies where another CDN there leads to it")
        ]
        with edited(deployment.site, drop("/ht/renew", "/ht/clear")):
            *_, found = deployment.ask("attachment")
    assert found == Finding(
        unnamed, f"change that on {deployment.site}, or name the site's other one"
    )


def test_another_host_of_the_site_is_as_good(deployment: Deployment) -> None:
    """With several hosts on several distributions, no more than one of them is `domain`."""
    assert deployment.ask("attachment", domain="shop.example.com") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            set_ours(**methods("GET", "HEAD")),
            "lets /ht/renew be called with GET, HEAD alone",
            id="no-POST",
        ),
        pytest.param(
            set_ours(TrustedKeyGroups={"Enabled": True, "Quantity": 1, "Items": ["K1"]}),
            "wants signed requests on /ht/renew",
            id="key-group",
        ),
    ],
)
def test_setting_of_ours_with_which_calls_fail(
    deployment: Deployment, change: Callable[[Config], object], expected: str
) -> None:
    with edited(deployment.site, change):
        assert what(deployment.ask("attachment")) == [f"{deployment.site} {expected}"]


def test_error_responses_are_worth_a_note(deployment: Deployment) -> None:
    """Many sites map 403 to a page; renew and clear themselves answer 200."""
    responses = {
        "Quantity": 1,
        "Items": [
            {
                "ErrorCode": 403,
                "ResponsePagePath": "/index.html",
                "ResponseCode": "200",
                "ErrorCachingMinTTL": 10,
            }
        ],
    }
    with edited(deployment.site, set_config(CustomErrorResponses=responses)):
        [remark] = deployment.ask("attachment")
        live = deployment.ask("cookie service on www.example.com")
    assert isinstance(remark, Note)
    assert "its custom error response for 403" in remark.what
    [hidden] = live
    assert isinstance(hidden, NotCheckable)


def test_a_distribution_of_another_stack(deployment: Deployment) -> None:
    """Its owner's next deployment removes what ours attached."""
    cloudfront = boto3.client("cloudfront")
    arn = cloudfront.get_distribution(Id=deployment.site)["Distribution"]["ARN"]
    key = "aws:cloudformation:stack-name"
    cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": key, "Value": "their-site"}]})
    try:
        [found] = deployment.ask("attachment")
    finally:
        cloudfront.untag_resource(Resource=arn, TagKeys={"Items": [key]})
    assert isinstance(found, Finding)
    assert found.what == (
        f"{deployment.site} belongs to the CloudFormation stack their-site, whose next change to "
        "it removes our behaviors"
    )
    # Without its ID in the context a deployment detaches, even from what their-site has added.
    assert_no_command(found)


#: What takes a working service offline, if what doctor examines belongs to another deployment.
DESTRUCTIVE = re.compile(
    r"take (it|the name) off|taken off|; remove it|update-distribution|associate-alias|"
    r"cdk destroy|delete-|--revert-drift"
)


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"name": "Acmee"}, id="another-name"),
        pytest.param({"domain": "second.example"}, id="another-domain"),
        pytest.param(
            {"domain": "second.example", "name": "Acmee", "site_distribution_id": ""},
            id="another-name-and-domain",
        ),
    ],
)
def test_wrong_context_gets_no_advice_that_harms_what_runs(
    deployment: Deployment, context: dict[str, Any]
) -> None:
    """What doctor then examines belongs to the deployment whose name was mistyped."""
    checks = deployment.doctor(**context).checks()
    remarks = [remark for check in checks.values() for remark in check()]
    assert any(isinstance(remark, Finding) for remark in remarks)

    texts = [text for remark in remarks for text in (remark.what, getattr(remark, "remedy", ""))]
    assert [text for text in texts if DESTRUCTIVE.search(text)] == []


def test_dns_of_a_proxy_without_the_name_gets_no_advice(deployment: Deployment) -> None:
    """A record that led there would take the name off the distribution that serves it."""
    with dns_server(zone(deployment)) as port:
        doctor = deployment.doctor(zone_port=port, sdk_domain="cdn2.example.com")
        [remark] = doctor.checks()["DNS of cdn2.example.com"]()
    assert isinstance(remark, NotCheckable)
    assert "is no alternate domain name of" in remark.what


def test_behaviors_that_another_tool_added_are_as_good(deployment: Deployment) -> None:
    version = deployment.outputs["CookieFunctionVersionArn"]
    ours = [
        behavior(PathPattern=path, **ALL_METHODS, **runs(version))
        for path in ("/ht/renew", "/ht/clear")
    ]
    theirs = create_distribution(*ours, alias="shop.example.com")
    try:
        assert deployment.ask("attachment") == []
        assert "cookie service on shop.example.com" in deployment.doctor().checks()
        with edited(theirs, drop("/ht/clear")):
            [found] = deployment.ask("attachment")
    finally:
        delete_distribution(theirs)
    assert isinstance(found, Finding)
    assert found.what.startswith(f"{theirs} is not as it should be, which is to add behavior /ht/c")
    assert found.remedy.startswith("change it with the tool that manages it")


def test_a_distribution_that_is_gone_leaves_the_others_checked(deployment: Deployment) -> None:
    both = f"E2QWRUHAPOMQZL,{deployment.site}"
    with edited(deployment.site, set_config(Enabled=False)):
        first, second = what(deployment.ask("attachment", site_distribution_id=both))
    assert first.startswith("distribution E2QWRUHAPOMQZL: there is no such distribution")
    assert second == f"{deployment.site}: it is disabled, so nothing answers there"


def test_no_distribution_at_all(deployment: Deployment) -> None:
    """The likely one is named."""
    doctor = deployment.doctor(site_distribution_id="")
    deployed = replace(doctor.account.deployed, attachments={})
    with edited(deployment.site, drop("/ht/renew", "/ht/clear")):
        account = replace(deployment.doctor().account, deployed=deployed)
    [found] = replace(doctor, account=account).checks()["attachment"]()
    assert isinstance(found, Finding)
    assert found.what == "no distribution runs the cookie service"
    assert f"-c site_distribution_id={deployment.site}" in found.remedy


# Stacks and quotas


def test_stacks_that_are_well(deployment: Deployment) -> None:
    assert deployment.ask("stacks") == []


def test_quotas_that_are_far(deployment: Deployment) -> None:
    remarks = deployment.ask("quotas")
    assert [one.what for one in remarks] == [
        f"behaviors on {deployment.site}: 3 of 75",
        f"Lambda@Edge functions on {deployment.site}: 2 of 100",
        "distributions with Lambda@Edge functions: 1 of 500",
        "distributions with the cookie service: 1 of 500",
    ]
    assert all(isinstance(one, Note) for one in remarks)


def test_one_behavior_too_many(deployment: Deployment) -> None:
    many = [behavior(PathPattern=f"/{number}/*") for number in range(74)]
    full = create_distribution(*many)
    try:
        [found] = [
            one
            for one in deployment.ask("quotas", site_distribution_id=full)
            if isinstance(one, Finding)
        ]
    finally:
        delete_distribution(full)
    assert found.what == f"behaviors on {full}: 74 of 75, and 2 to come"


# The live hosts


def test_cookie_service_of_the_real_package(deployment: Deployment, tmp_path: Path) -> None:
    unpacked = package(deployment, tmp_path)
    with EdgeFunction(unpacked, "lambda_edge.handler.handler") as function:
        assert deployment.ask("cookie service on www.example.com", live=edge(function)) == []


def package(deployment: Deployment, folder: Path) -> Path:
    """Unpack the deployed version as Lambda has it."""
    version = deployment.outputs["CookieFunctionVersionArn"]
    function = boto3.client("lambda").get_function(FunctionName=version)
    with (
        urllib.request.urlopen(function["Code"]["Location"]) as download,
        zipfile.ZipFile(io.BytesIO(download.read())) as files,
    ):
        files.extractall(folder)
    return folder


@pytest.mark.parametrize(
    ("aliases", "hosts"),
    [
        pytest.param(["*.example.com"], ["www.shop.example.com"], id="alone"),
        pytest.param(
            ["*.example.com", "www.example.com"],
            ["www.example.com", "www.shop.example.com"],
            id="beside-another-host",
        ),
    ],
)
def test_domain_that_a_wildcard_stands_for(
    deployment: Deployment, aliases: list[str], hosts: list[str]
) -> None:
    """A wildcard of CloudFront's stands for any depth. What its distribution does is known."""

    def change(config: Config) -> None:
        set_config(Aliases={"Quantity": len(aliases), "Items": aliases})(config)
        page = {"ResponsePagePath": "/index.html", "ResponseCode": "200", "ErrorCachingMinTTL": 10}
        responses = {"Quantity": 1, "Items": [{"ErrorCode": 403, **page}]}
        set_config(CustomErrorResponses=responses)(config)

    with edited(deployment.site, change):
        doctor = deployment.doctor(domain="www.shop.example.com")
    checks = doctor.checks()
    for kind in ("DNS of", "cookie service on"):
        found = [name for name in checks if name.startswith(kind)]
        assert [name for name in found if "cdn." not in name and "events." not in name] == [
            f"{kind} {host}" for host in hosts
        ]
    [hidden] = checks["cookie service on www.shop.example.com"]()
    assert isinstance(hidden, NotCheckable)


def test_page_in_the_cookie_services_place(deployment: Deployment) -> None:
    """Story of every single-page application: the SDK takes the page for success."""
    found = what(
        deployment.ask(
            "cookie service on www.example.com",
            live=lambda _: httpx.Response(200, html="<title>Shop</title>"),
        )
    )
    assert found == [
        "answers 200 with text/html; charset=utf-8 in place of JSON "
        "(both browser cookies; clear with all cookies)"
    ]


def test_proxies_live(deployment: Deployment) -> None:
    assert deployment.ask("events through events.example.com", live=events_proxy) == []
    [remark] = deployment.ask("SDK through cdn.example.com", live=sdk_proxy())
    assert isinstance(remark, NotCheckable)
    with dns_server({}) as port:
        assert deployment.ask("SDK through cdn.example.com", live=sdk_proxy(), zone_port=port) == []


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("SDK through cdn.example.org", "there is no SDK proxy yet"),
        ("events through events.example.org", "there is no events proxy yet"),
    ],
)
def test_proxy_before_the_first_deployment_is_not_asked(
    deployment: Deployment, check: str, expected: str
) -> None:
    """Whatever answers there by now is none of ours, and no setting of a proxy's mends it."""
    found = deployment.ask(
        check, domain="example.org", name="Absent", live=lambda _: httpx.Response(404)
    )
    assert found == [NotCheckable(expected)]


# What AWS does not allow


def test_what_aws_denies_is_a_finding_with_the_policy(deployment: Deployment) -> None:
    doctor = deployment.doctor()
    denied = faults.refused(403, "AccessDenied", "not authorized: cloudfront:ListDomainConflicts")

    def answer(request: Any, **_: object) -> Any:
        return denied(request)

    event = "before-send.cloudfront.ListDomainConflicts"
    doctor.aws.cloudfront.meta.events.register(event, answer)
    name = "alternate domain names"
    [finished] = report.run({name: doctor.checks()[name]})

    [found] = finished.remarks
    assert isinstance(found, Finding)
    assert found.what == (
        "AWS does not allow it; grant the action that it names "
        "(AccessDenied: not authorized: cloudfront:ListDomainConflicts)"
    )
    assert "python -m tools doctor --policy" in found.remedy


def test_the_policy_grants_what_is_called_and_nothing_else(
    deployment: Deployment, private: dict[str, str]
) -> None:
    """Every call of a whole run, by its IAM action; all of them read."""
    called: set[str] = set()

    def listen(event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        called.add(f"{service}:{operation}")

    for own in (deployment, replace(deployment, site="", context=private)):
        aws = Aws.connect()
        clients: Any = (aws.acm, aws.cloudformation, aws.cloudfront, aws.iam, aws.lambda_, aws.ssm)
        for one in clients:
            one.meta.events.register("before-send", listen)
        doctor = replace(
            own.doctor(),
            aws=aws,
            account=Account.read(aws, own.context.get("name", "FirstPartyTracking")),
        )
        for _ in report.run(doctor.checks()):
            pass

    granted = json.loads(permissions.policy())["Statement"][0]["Action"]
    assert sorted(called) == sorted(granted)
    assert all(
        action.partition(":")[2].startswith(("Get", "List", "Describe")) for action in granted
    )


# What earlier deployments left


@pytest.fixture(scope="module")
def left(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """Return a deployment that published two versions; a distribution of the owner's runs both."""
    context = {"domain": "example.org", "name": "Left"}
    checkout = Checkout.make(tmp_path_factory.mktemp("left") / "checkout", aws)
    site = create_distribution(behavior(PathPattern="/api/*"), alias="www.example.org")
    for age in ("30", "60"):
        checkout.deploy("Left-CookieService", "name=Left", f"cookie_max_age_days={age}")
    outputs = checkout.outputs("Left-CookieService")
    return Deployment(checkout=checkout, site=site, context=context, outputs=outputs)


def test_nothing_left(deployment: Deployment) -> None:
    assert deployment.ask("leftovers") == []


def test_leftovers_are_shown_with_the_commands_that_remove_them(left: Deployment) -> None:
    """An older version, then all that `cdk destroy` retains, each removed by its own command."""
    newest = left.outputs["CookieFunctionVersionArn"]
    function_arn, _, number = newest.rpartition(":")
    function = function_arn.rpartition(":")[2]
    older = f"{function_arn}:{int(number) - 1}"
    first = f"no distribution uses version {int(number) - 1} of {function}: "

    # As long as a distribution runs it, the older version is needed.
    wired = put_first(behavior(PathPattern="/ht/renew", **ALL_METHODS, **runs(older)))
    with edited(left.site, wired):
        assert left.ask("leftovers") == []
    [remark] = left.ask("leftovers")
    assert isinstance(remark, Note)
    assert remark.what.startswith(first)
    run(left, remark.what.removeprefix(first))
    assert left.ask("leftovers") == []

    cloudfront = boto3.client("cloudfront")
    config: Any = cloudfront.get_distribution_config(Id=left.site)["DistributionConfig"]
    put_first(behavior(PathPattern="/ht/renew", **ALL_METHODS, **runs(newest)))(config)
    _put(left.site, config)
    left.checkout.cdk("destroy", "Left-CookieService", "--force", *options("name=Left"))
    [orphan] = left.ask("leftovers")
    assert isinstance(orphan, Finding)
    assert orphan.what == f"{left.site} runs {function_arn} on /ht/renew, and no stack knows it"
    advice, _, commands = orphan.remedy.partition("\n")
    assert advice.startswith("use the newest AWS CLI")
    run(left, commands)
    assert behaviors(left.site) == [("/api/*", "")]

    remarks = left.ask("leftovers")
    assert [type(one) for one in remarks] == [Note, Note]
    for one in remarks:
        run(left, one.what.partition(": ")[2])
    assert left.ask("leftovers") == []


# The command, and its page

PAGE = (ROOT / "docs" / "doctor.md").read_text()


def doctor(
    aws: dict[str, str], *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools", "doctor", *arguments],
        cwd=ROOT,
        env=aws | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def address(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the live hosts of the deployment on this machine."""
    unpacked = package(deployment, tmp_path_factory.mktemp("package"))
    with (
        EdgeFunction(unpacked, "lambda_edge.handler.handler") as function,
        serve(
            by_host(
                {
                    "cdn.example.com": sdk_proxy(),
                    "events.example.com": events_proxy,
                    "www.example.com": edge(function),
                }
            )
        ) as url,
    ):
        yield url


def context_options(deployment: Deployment) -> list[str]:
    return [part for key, value in deployment.context.items() for part in ("-c", f"{key}={value}")]


def test_healthy_deployment_exits_with_0(
    aws: dict[str, str], deployment: Deployment, address: str
) -> None:
    done = doctor(aws, *context_options(deployment), "--via", address)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[-1] == "0 of 15 checks with findings"
    assert sorted(line for line in lines if line.startswith(("ok", "finding", "not"))) == [
        "not checkable  DNS of cdn.example.com",
        "not checkable  DNS of events.example.com",
        "not checkable  DNS of www.example.com",
        "not checkable  SDK through cdn.example.com",
        "ok             SDK proxy",
        "ok             alternate domain names",
        "ok             attachment",
        "ok             certificate",
        "ok             cookie function",
        "ok             cookie service on www.example.com",
        "ok             events proxy",
        "ok             events through events.example.com",
        "ok             leftovers",
        "ok             quotas",
        "ok             stacks",
    ]


def test_a_fault_exits_with_1_and_shows_its_remedy(
    aws: dict[str, str], deployment: Deployment, address: str
) -> None:
    """As the page shows it."""
    [shown] = blocks(PAGE, "text")
    distribution_id = distribution_at(deployment.outputs["EventsProxyCnameTarget"])
    with edited(distribution_id, set_behavior(Compress=False)):
        done = doctor(aws, *context_options(deployment), "--via", address)

    assert done.returncode == 1
    assert shown.replace(EXAMPLE_ID, distribution_id) in done.stdout
    assert done.stdout.endswith("\n1 of 15 checks with findings\n")


def test_every_command_of_the_page_succeeds(deployment: Deployment, address: str) -> None:
    """The live hosts are on this machine, and certificate and distribution the deployment's."""
    commands = [line.removeprefix("$ ") for line in "".join(blocks(PAGE, "console")).splitlines()]
    assert [" ".join(command.split()[:5]) for command in commands] == [
        "python -m tools doctor -c",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --policy",
        "npx cdk deploy FirstPartyTracking-Proxies --revert-drift",
    ]
    failed = {}
    for command in commands:
        real = command.replace(EXAMPLE_ID, deployment.site).replace(
            "http://127.0.0.1:8400", address
        )
        real = real.replace(CERTIFICATE_ARN, deployment.context["certificate_arn"])
        real = real.replace("cdk deploy", "cdk deploy --require-approval=never")
        if "tools doctor" in real and "--via" not in real:
            real += f" --via {address}"
        done = deployment.checkout.run("bash", "-c", real)
        if done.returncode:
            failed[command] = done.stdout
    assert failed == {}


def test_remedy_asks_cloudformation_to_revert_drift(
    aws: dict[str, str], deployment: Deployment
) -> None:
    """The embedded AWS does not know this mode: what the CDK sends is all that can be seen."""
    sent: list[str] = []

    def forward(request: httpx.Request) -> httpx.Response:
        sent.append(request.content.decode(errors="replace"))
        url = f"{aws['AWS_ENDPOINT_URL']}{request.url.raw_path.decode()}"
        headers = {name: text for name, text in request.headers.items() if name != "host"}
        answer = httpx.request(
            request.method, url, headers=headers, content=request.content, timeout=60
        )
        for name in ("date", "server"):  # `serve` has its own
            answer.headers.pop(name, None)
        return answer

    with serve(forward) as url:
        environment = deployment.checkout.environment | {"AWS_ENDPOINT_URL": url}
        checkout = replace(deployment.checkout, environment=environment)
        context = [f"{key}={value}" for key, value in deployment.context.items()]
        checkout.cdk("deploy", "FirstPartyTracking-Proxies", "--revert-drift", *options(*context))

    [created] = [parse_qs(body) for body in sent if "Action=CreateChangeSet" in body]
    assert created["StackName"] == ["FirstPartyTracking-Proxies"]
    assert created["DeploymentMode"] == ["REVERT_DRIFT"]


def test_every_check_has_its_part_on_the_page(deployment: Deployment) -> None:
    """Less the host that some of them name."""
    headings = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    checks = [
        re.sub(r" (of )?\S+\.example\.com$", "", name) for name in deployment.doctor().checks()
    ]
    assert sorted(set(checks)) == sorted(headings)


def test_json_has_every_check_in_one_order(
    aws: dict[str, str], deployment: Deployment, address: str
) -> None:
    runs_ = [
        doctor(aws, *context_options(deployment), "--via", address, "--json") for _ in range(2)
    ]

    first, second = (json.loads(done.stdout) for done in runs_)
    assert first == second
    assert first[1] == {
        "check": "SDK proxy",
        "status": "ok",
        "findings": [],
        "errors": [],
        "not_checkable": [],
        "notes": [],
    }
    assert len(first) == 15


def test_resolver_of_the_users_choice(aws: dict[str, str], deployment: Deployment) -> None:
    with dns_server(zone(deployment, events_example_com=[])) as port:
        done = doctor(
            aws, *context_options(deployment), "--resolver", f"127.0.0.1:{port}", "--json"
        )
    status = {one["check"]: one["status"] for one in json.loads(done.stdout)}
    assert status["DNS of cdn.example.com"] == "ok"
    assert status["DNS of events.example.com"] == "finding"


def test_endpoint_needs_no_account_and_no_context(address: str) -> None:
    """The cookie domain follows from the endpoint."""
    environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "", "HOME": "/nonexistent"}
    done = doctor(environment, "--endpoint", "https://www.example.com", "--via", address)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == (
        "ok             cookie service on www.example.com\n\n0 of 1 checks with findings\n"
    )


def test_endpoint_that_is_no_cookie_service(address: str) -> None:
    environment = {"PATH": os.environ["PATH"]}
    done = doctor(environment, "--endpoint", "https://events.example.com", "--via", address)

    assert done.returncode == 1
    assert "    answers 404 in place of 200 (" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["-c", "domain"], "expected KEY=VALUE", id="no-pair"),
        pytest.param(["--endpoint", "www.example.com"], "expected a URL without", id="no-URL"),
        pytest.param(["--endpoint", "https://"], "expected a URL without", id="no-host"),
        pytest.param(["--endpoint", "https://:443"], "expected a URL without", id="a-port-alone"),
        pytest.param(["--endpoint", "https://[::1"], "no URL: Invalid IPv6 URL", id="no-bracket"),
        pytest.param(
            ["--endpoint", "https://example.com:99999"],
            "no URL: Port out of range 0-65535",
            id="port-of-endpoint",
        ),
        pytest.param(["--via", "http://127.0.0.1:1/x"], "expected a URL without", id="a-path"),
        pytest.param(["--via", "http://ä..b"], "no URL: ", id="no-label"),
        pytest.param(["--via", "http://h:abc"], "no URL: Port could not be cast", id="no-port"),
        pytest.param(["--via", "https://127.0.0.1:99999"], "no URL: Port out", id="port-of-via"),
        pytest.param(["--via", "http://127.0.0.1:0"], "a port from 1 to 65535", id="port-0-of-via"),
        pytest.param(["--resolver", "dns.google"], "expected an address such as", id="a-name"),
        pytest.param(["--resolver", "1.1.1.1:dns"], "expected an address such as", id="a-port"),
        pytest.param(["--resolver", "1.1.1.1:"], "expected an address such as", id="empty-port"),
        pytest.param(
            ["--resolver", "127.0.0.1:99999"], "a port from 1 to 65535", id="port-of-resolver"
        ),
        pytest.param(["--resolver", "[::1]:0"], "a port from 1 to 65535", id="port-0-of-resolver"),
        pytest.param(["-c", "domian=example.com"], "did you mean 'domain'?", id="unknown-key"),
        pytest.param([], "domain: not given", id="no-domain"),
        pytest.param(
            ["--endpoint", "http://127.0.0.1:3000"],
            "'127.0.0.1' is no host name of a site; name that, and where it is served: --endpoint "
            "https://www.example.com --via http://127.0.0.1:3000",
            id="an-address",
        ),
        pytest.param(
            ["--endpoint", "http://localhost:3000"],
            "--endpoint https://www.example.com --via http://localhost:3000",
            id="this-machine",
        ),
    ],
)
def test_bad_usage_exits_with_2(aws: dict[str, str], arguments: list[str], words: str) -> None:
    done = doctor(aws, *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ("", 53)),
        ("1.1.1.1", ("1.1.1.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2606:4700:4700::1111", ("2606:4700:4700::1111", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_resolver_is_an_address_and_maybe_a_port(value: str, expected: tuple[str, int]) -> None:
    [option] = [one for one in doctor_command.params if one.name == "resolver"]
    context = click.Context(doctor_command)
    assert option.process_value(context, value) == expected


def test_policy_is_printed_without_an_account() -> None:
    done = doctor({"PATH": os.environ["PATH"]}, "--policy")

    assert done.returncode == 0
    policy = json.loads(done.stdout)
    assert policy["Version"] == "2012-10-17"
    assert "cloudfront:UpdateDistribution" not in done.stdout


def loaded_by(code: str) -> list[str]:
    """Return which of the libraries some Python code loads."""
    libraries = ("aws_cdk", "boto3", "botocore", "dns", "httpx")
    code += f"; print([one for one in {libraries} if one in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: list[str] = ast.literal_eval(done.stderr)
    return found


def test_no_command_loads_what_it_does_not_need(address: str) -> None:
    """The CDK takes seconds to start; the libraries of the checks take half a one."""
    command = "import sys; from tools.__main__ import main; main({}, standalone_mode=False)"
    endpoint = f"import sys; sys.exit = print; {command}"
    assert loaded_by("import sys, tools.__main__") == []
    assert loaded_by(command.format(["doctor", "--policy"])) == []
    assert loaded_by(
        endpoint.format(["doctor", "--endpoint", "https://www.example.com", "--via", address])
    ) == ["botocore", "httpx"]
    assert loaded_by("import sys, tools.doctor.checks") == ["boto3", "botocore", "dns", "httpx"]
