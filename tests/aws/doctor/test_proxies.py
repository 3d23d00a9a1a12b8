"""The checks of the two proxies, which compare live distributions with Hightouch's tables."""

import shlex
from dataclasses import replace
from typing import Any

import boto3
import pytest

from attachment.finding import Finding
from tests.support.deployed_example import DeployedExample, assert_no_safe_fix, findings
from tests.support.distribution_edits import (
    ALL_METHODS,
    Change,
    Configuration,
    add_behavior,
    edited,
    methods,
    set_configuration,
    set_custom_origin,
    set_default_behavior,
    set_origin,
)
from tests.support.hand_built import WEB_ACL
from tests.support.printed_fixes import commands_of
from tools.deployed import Stack
from tools.doctor.report import Inconclusive, Note, Result

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"

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


def rows(found: list[Finding]) -> list[tuple[str, str, str]]:
    """Return the label, the live value, and the expected value of each row that differs."""
    differing = []
    for finding in found:
        assert finding.code == "row-differs"
        label, _, values = finding.problem.partition(": ")
        is_now, _, should_be = values.partition(", should be ")
        differing.append((label, is_now, should_be))
    return differing


@pytest.mark.parametrize("check", ["SDK proxy", "events proxy"])
def test_deployed_proxy_is_as_documented(deployed: DeployedExample, check: str) -> None:
    assert deployed.run_check(check) == []


def _without_policy(configuration: Configuration) -> None:
    del configuration["DefaultCacheBehavior"]["OriginRequestPolicyId"]


@pytest.mark.parametrize(
    ("change", "label", "is_now", "should_be"),
    [
        pytest.param(
            set_origin(DomainName="cdn.example.net"),
            "Origin domain",
            "cdn.example.net",
            "cdn.hightouch-events.com",
            id="Origin domain",
        ),
        pytest.param(
            set_origin(OriginPath="/sdk"), "Origin path", "/sdk", "blank", id="Origin path"
        ),
        pytest.param(
            set_origin(OriginShield={"Enabled": True, "OriginShieldRegion": "us-east-1"}),
            "Enable Origin Shield",
            "Yes",
            "No",
            id="Enable Origin Shield",
        ),
        pytest.param(
            set_default_behavior(Compress=False),
            "Compress objects automatically",
            "No",
            "Yes",
            id="Compress objects automatically",
        ),
        pytest.param(
            set_default_behavior(ViewerProtocolPolicy="allow-all"),
            "Viewer protocol policy",
            "allow-all",
            "https-only",
            id="Viewer protocol policy",
        ),
        pytest.param(
            set_default_behavior(**ALL_METHODS),
            "Allowed HTTP methods",
            "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            "GET, HEAD",
            id="Allowed HTTP methods",
        ),
        pytest.param(
            set_default_behavior(
                TrustedKeyGroups={"Enabled": True, "Quantity": 1, "Items": ["K1"]}
            ),
            "Restrict viewer access",
            "Yes",
            "No",
            id="Restrict viewer access",
        ),
        pytest.param(
            set_default_behavior(CachePolicyId=CACHING_DISABLED),
            "Cache policy",
            "CachingDisabled",
            "CachingOptimized",
            id="Cache policy",
        ),
        pytest.param(
            set_default_behavior(OriginRequestPolicyId=ALL_VIEWER),
            "Origin request policy",
            "AllViewer",
            "AllViewerExceptHostHeader",
            id="Origin request policy",
        ),
        pytest.param(
            _without_policy,
            "Origin request policy",
            "none",
            "AllViewerExceptHostHeader",
            id="no origin request policy",
        ),
        pytest.param(
            set_default_behavior(ResponseHeadersPolicyId=SECURITY_HEADERS),
            "Response headers policy",
            SECURITY_HEADERS,
            "none",
            id="Response headers policy",
        ),
        pytest.param(
            set_default_behavior(
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
            "Function associations",
            "arn:aws:cloudfront::000000000000:function/rewrite",
            "none",
            id="Function associations",
        ),
        pytest.param(
            set_default_behavior(
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
            "Function associations",
            "arn:aws:lambda:us-east-1:000000000000:function:a:1",
            "none",
            id="Function associations of Lambda@Edge",
        ),
        pytest.param(
            set_configuration(
                Aliases={"Quantity": 2, "Items": ["cdn.example.com", "a.example.com"]}
            ),
            "Alternate domain name (CNAME)",
            "cdn.example.com, a.example.com",
            "cdn.example.com",
            id="Alternate domain name (CNAME)",
        ),
        pytest.param(
            set_configuration(HttpVersion="http2"),
            "Supported HTTP versions",
            "http2",
            "http2and3",
            id="Supported HTTP versions",
        ),
        pytest.param(
            set_configuration(DefaultRootObject="index.html"),
            "Default root object",
            "index.html",
            "blank",
            id="Default root object",
        ),
        pytest.param(
            set_configuration(
                Logging={
                    "Enabled": True,
                    "IncludeCookies": True,
                    "Bucket": "logs.s3.amazonaws.com",
                    "Prefix": "",
                }
            ),
            "Standard logging",
            "On",
            "Off",
            id="Standard logging",
        ),
        pytest.param(set_configuration(IsIPV6Enabled=False), "IPv6", "Off", "On", id="IPv6"),
        pytest.param(
            set_custom_origin(OriginProtocolPolicy="http-only"),
            "Origin protocol policy",
            "http-only",
            "https-only",
            id="Origin protocol policy",
        ),
        pytest.param(
            lambda configuration: configuration["ViewerCertificate"].update(
                MinimumProtocolVersion="TLSv1"
            ),
            "Security policy",
            "TLSv1",
            "TLSv1.2_2021",
            id="Security policy",
        ),
        pytest.param(
            set_custom_origin(OriginSslProtocols={"Quantity": 2, "Items": ["TLSv1", "TLSv1.2"]}),
            "Origin SSL protocols",
            "TLSv1, TLSv1.2",
            "TLSv1.2",
            id="Origin SSL protocols",
        ),
        pytest.param(set_configuration(Enabled=False), "Enabled", "No", "Yes", id="Enabled"),
        pytest.param(
            set_custom_origin(HTTPSPort=8443),
            "Origin HTTPS port",
            "8443",
            "443",
            id="Origin HTTPS port",
        ),
        pytest.param(
            set_origin(CustomHeaders=ORIGIN_HEADER),
            "Origin custom headers",
            "x-token",
            "none",
            id="Origin custom headers",
        ),
        pytest.param(
            add_behavior("/browser/*"),
            "Other behaviors than Default (*)",
            "/browser/*",
            "none",
            id="Behaviors other than Default (*)",
        ),
        pytest.param(
            set_configuration(CustomErrorResponses=ERROR_RESPONSES),
            "Custom error responses",
            "403, 404",
            "none",
            id="Custom error responses",
        ),
        pytest.param(
            set_configuration(Restrictions=RESTRICTIONS),
            "Geographic restrictions",
            "whitelist CH, DE",
            "none",
            id="Geographic restrictions",
        ),
    ],
)
def test_changed_row_of_the_sdk_proxy_is_a_finding(
    deployed: DeployedExample, change: Change, label: str, is_now: str, should_be: str
) -> None:
    with edited(deployed.sdk_proxy, change):
        [finding] = findings(deployed.run_check("SDK proxy"))
    assert rows([finding]) == [(label, is_now, should_be)]
    if label == "Alternate domain name (CNAME)":
        assert_no_safe_fix(finding)  # the other name may be in use
    else:
        assert finding.fix.startswith(f"set it on {deployed.sdk_proxy} in the CloudFront console, ")
        assert commands_of(finding) == [
            "npx cdk deploy FirstPartyTracking-example-com-Proxies --revert-drift "
            + shlex.join(deployed.options)
        ]


@pytest.mark.parametrize(
    ("change", "label", "is_now", "should_be"),
    [
        pytest.param(
            set_origin(DomainName="cdn.hightouch-events.com"),
            "Origin domain",
            "cdn.hightouch-events.com",
            "us-east-1.hightouch-events.com",
            id="Origin domain",
        ),
        pytest.param(
            set_default_behavior(**methods("GET", "HEAD")),
            "Allowed HTTP methods",
            "GET, HEAD",
            "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            id="Allowed HTTP methods",
        ),
        pytest.param(
            set_default_behavior(CachePolicyId=CACHING_OPTIMIZED),
            "Cache policy",
            "CachingOptimized",
            "CachingDisabled",
            id="Cache policy",
        ),
        pytest.param(
            set_default_behavior(OriginRequestPolicyId=ALL_VIEWER_EXCEPT_HOST),
            "Origin request policy",
            "AllViewerExceptHostHeader",
            "AllViewer",
            id="Origin request policy",
        ),
    ],
)
def test_changed_row_of_the_events_proxy_is_a_finding(
    deployed: DeployedExample, change: Change, label: str, is_now: str, should_be: str
) -> None:
    with edited(deployed.events_proxy, change):
        found = findings(deployed.run_check("events proxy"))
    assert rows(found) == [(label, is_now, should_be)]


def test_defaults_that_cloudfront_fills_in_are_accepted(deployed: DeployedExample) -> None:
    """The AWS emulator leaves these defaults out."""

    def change(configuration: Configuration) -> None:
        set_configuration(
            CustomErrorResponses={"Quantity": 0},
            PriceClass="PriceClass_All",
            Restrictions={"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            WebACLId="",
        )(configuration)
        set_origin(CustomHeaders={"Quantity": 0})(configuration)
        set_custom_origin(HTTPPort=80, HTTPSPort=443)(configuration)

    with edited(deployed.sdk_proxy, change):
        assert deployed.run_check("SDK proxy") == []


def test_web_acl_of_the_context_is_a_note(deployed: DeployedExample) -> None:
    with edited(deployed.events_proxy, set_configuration(WebACLId=WEB_ACL)):
        [note] = deployed.run_check("events proxy", web_acl_arn=WEB_ACL)
    assert isinstance(note, Note)
    assert note.code == "web-acl"
    assert WEB_ACL in note.text


def test_web_acl_that_the_next_deployment_removes_is_a_finding(deployed: DeployedExample) -> None:
    """The template has no web ACL, and CloudFormation writes the template's whole configuration."""
    with edited(deployed.events_proxy, set_configuration(WebACLId=WEB_ACL)):
        finding, note = deployed.run_check("events proxy")
    assert isinstance(finding, Finding)
    assert finding.code == "web-acl-set-by-hand"
    assert note.code == "web-acl"


@pytest.mark.parametrize("live", ["", WEB_ACL.replace("bots", "other")])
def test_another_web_acl_than_the_contexts_is_a_finding(
    deployed: DeployedExample, live: str
) -> None:
    with edited(deployed.events_proxy, set_configuration(WebACLId=live)):
        finding, *notes = deployed.run_check("events proxy", web_acl_arn=WEB_ACL)
    assert isinstance(finding, Finding)
    assert finding.code == "web-acl-differs"
    assert finding.problem == f"the web ACL is {live or 'none'}, should be {WEB_ACL}"
    assert [note.code for note in notes] == (["web-acl"] if live else [])


def test_price_class_that_the_next_deployment_resets_is_a_note(deployed: DeployedExample) -> None:
    with edited(deployed.events_proxy, set_configuration(PriceClass="PriceClass_100")):
        [note] = deployed.run_check("events proxy")
    assert isinstance(note, Note)
    assert note.code == "price-class"
    assert "PriceClass_100" in note.text
    assert note.text.endswith(" resets it to PriceClass_All")


@pytest.mark.parametrize(
    ("given", "removed"),
    [
        pytest.param(
            "",
            [f"removes the web ACL {WEB_ACL}", "resets the price class from PriceClass_100 "],
            id="removed",
        ),
        pytest.param(
            WEB_ACL.replace("bots", "other"), [f"replaces the web ACL {WEB_ACL}"], id="replaced"
        ),
        pytest.param(WEB_ACL, ["resets the price class from PriceClass_100 "], id="kept"),
    ],
)
def test_fix_that_reverts_drift_names_what_else_it_changes(
    deployed: DeployedExample, given: str, removed: list[str]
) -> None:
    def change(configuration: Configuration) -> None:
        set_configuration(WebACLId=WEB_ACL, PriceClass="PriceClass_100")(configuration)
        set_default_behavior(Compress=False)(configuration)

    with edited(deployed.events_proxy, change):
        results = deployed.run_check("events proxy", web_acl_arn=given)
    [row] = [result for result in results if result.code == "row-differs"]
    assert isinstance(row, Finding)
    _, _, after = row.fix.partition(", which also ")
    assert [part for part in removed if part not in after] == []
    assert ("removes the web ACL" in after) is (given == "")


def test_fix_that_reverts_drift_and_changes_nothing_else_is_only_the_command(
    deployed: DeployedExample,
) -> None:
    with edited(deployed.events_proxy, set_default_behavior(Compress=False)):
        [row] = findings(deployed.run_check("events proxy"))
    assert "which also" not in row.fix


def test_another_certificate_than_the_contexts_is_a_finding(deployed: DeployedExample) -> None:
    other = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
    found = findings(deployed.run_check("SDK proxy", certificate_arn=other))
    own = deployed.context["certificate_arn"]
    assert rows(found) == [("Custom SSL certificate", own, other)]


def test_changed_name_is_a_finding(deployed: DeployedExample) -> None:
    """The console shows a distribution's tag `Name` as its name."""
    cloudfront = boto3.client("cloudfront")
    arn = cloudfront.get_distribution(Id=deployed.sdk_proxy)["Distribution"]["ARN"]

    def name(value: str) -> None:
        cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "Name", "Value": value}]})

    name("proxy")
    try:
        found = findings(deployed.run_check("SDK proxy"))
        assert rows(found) == [("Name", "proxy", "FirstPartyTracking-example-com-SdkProxy")]
    finally:
        name("FirstPartyTracking-example-com-SdkProxy")


# Proxies that no deployment created


def by_hand(deployed: DeployedExample) -> list[Result]:
    """Return the results of the check of the SDK proxy in an account without a deployment."""
    doctor = deployed.doctor(name="ByHand")
    account = replace(doctor.account, others=())
    return list(replace(doctor, account=account).checks()["SDK proxy"]())


def test_hand_built_proxy_is_found_by_its_alternate_domain_name(deployed: DeployedExample) -> None:
    """A hand-built proxy may have any name in the console. The fix has no deployment command."""
    distribution = deployed.sdk_proxy
    [note] = by_hand(deployed)
    assert isinstance(note, Note)
    assert note.code == "proxy-of-no-stack"
    assert note.text.startswith(f"{distribution} does not belong to the stack ByHand-Proxies")
    with edited(distribution, set_configuration(IsIPV6Enabled=False)):
        finding, second_note = by_hand(deployed)
    assert isinstance(finding, Finding)
    assert finding.fix == f"set it on {distribution} in the CloudFront console"
    assert second_note == note


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        pytest.param(
            set_custom_origin(OriginSslProtocols={"Quantity": 1, "Items": ["TLSv1.1"]}),
            [],
            id="Origin SSL protocols",
        ),
        pytest.param(
            set_custom_origin(HTTPSPort=8443),
            [("Origin HTTPS port", "8443", "443")],
            id="Origin HTTPS port",
        ),
        pytest.param(
            set_configuration(Restrictions=RESTRICTIONS),
            [("Geographic restrictions", "whitelist CH, DE", "none")],
            id="Geographic restrictions",
        ),
    ],
)
def test_hand_built_proxy_may_differ_in_settings_that_the_page_leaves_open(
    deployed: DeployedExample, change: Change, differing: list[tuple[str, str, str]]
) -> None:
    """Settings that keep visitors away are still findings."""
    with edited(deployed.sdk_proxy, change):
        *found, note = by_hand(deployed)
    assert rows(findings(found)) == differing
    assert isinstance(note, Note)


def test_missing_proxy_is_a_finding_if_the_cookie_service_exists(
    deployed: DeployedExample,
) -> None:
    doctor = deployed.doctor()
    account = replace(doctor.account, proxies=Stack(name="Absent-Proxies"), distributions=[])
    [finding] = findings(list(replace(doctor, account=account).checks()["events proxy"]()))
    assert finding.code == "proxy-missing"
    assert "events.example.com" in finding.problem


def test_proxy_could_not_be_checked_before_the_first_deployment(deployed: DeployedExample) -> None:
    """The check of the stacks reports that nothing is deployed."""
    results = deployed.run_check("events proxy", domain="example.org", name="Absent")
    assert results == [Inconclusive("no-proxy-yet", "there is no events proxy yet")]


def test_deleted_proxy_is_a_finding(deployed: DeployedExample) -> None:
    doctor = deployed.doctor()
    without = replace(doctor, account=replace(doctor.account, distributions=[]))
    [finding] = findings(list(without.checks()["SDK proxy"]()))
    assert finding.code == "proxy-deleted"
    assert finding.problem == (
        f"the distribution {deployed.outputs['SdkProxyCnameTarget']} of the stack "
        "FirstPartyTracking-example-com-Proxies no longer exists"
    )
    # The other proxy still serves visitors.
    assert "destroy" not in finding.fix


# Context keys that change the tables


def test_context_changes_the_origin_request_policy(private: DeployedExample) -> None:
    """The deployment `private` forwards no cookies, and sends events with the origin's `Host`."""
    assert private.run_check("SDK proxy") == []
    assert private.run_check("events proxy") == []
    sdk = findings(private.run_check("SDK proxy", forward_cookies="true"))
    assert rows(sdk) == [
        (
            "Origin request policy",
            "AllViewerExceptHostHeader without cookies",
            "AllViewerExceptHostHeader",
        )
    ]
    events = findings(private.run_check("events proxy", events_host_header="viewer"))
    assert rows(events) == [
        (
            "Origin request policy",
            "AllViewerExceptHostHeader without cookies",
            "AllViewer without cookies",
        )
    ]


def test_own_policy_that_forwards_other_cookies_is_a_finding(private: DeployedExample) -> None:
    cloudfront = boto3.client("cloudfront")
    listed = cloudfront.list_origin_request_policies(Type="custom")
    [policy] = [
        summary["OriginRequestPolicy"]
        for summary in listed["OriginRequestPolicyList"]["Items"]
        if summary["OriginRequestPolicy"]["OriginRequestPolicyConfig"]["Name"].startswith(
            "Private-SdkProxy"
        )
    ]

    def update(configuration: Any) -> None:
        cloudfront.update_origin_request_policy(
            Id=policy["Id"],
            IfMatch=cloudfront.get_origin_request_policy(Id=policy["Id"])["ETag"],
            OriginRequestPolicyConfig=configuration,
        )

    session_cookie = {
        "CookieBehavior": "whitelist",
        "Cookies": {"Quantity": 1, "Items": ["session"]},
    }
    before = policy["OriginRequestPolicyConfig"]
    update({**before, "CookiesConfig": session_cookie})
    try:
        found = findings(private.run_check("SDK proxy"))
    finally:
        update(before)
    assert rows(found) == [
        (
            "Origin request policy",
            "Private-SdkProxy-WithoutCookies",
            "AllViewerExceptHostHeader without cookies",
        )
    ]
