"""The two proxies, row by row as in the tables under "Proxying" of Hightouch's page.

Source: Hightouch docs, "First party tracking", last updated 2024-04-16. Policy IDs: CloudFront
Developer Guide, "Use managed cache policies" and "Use managed origin request policies".
"""

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.support.templates import MakeApp, distribution

SDK = "cdn.example.com"
EVENTS = "events.example.com"
DEFAULT_BEHAVIOR = "DefaultCacheBehavior"

#: Rows with the same value in both tables: the row, its path in the template, and its value there.
#: None if the template must not have it.
SAME_ROWS: list[tuple[str, tuple[str | int, ...], object]] = [
    ("Origin path: blank", ("Origins", 0, "OriginPath"), ""),
    ("Enable Origin Shield: No", ("Origins", 0, "OriginShield"), {"Enabled": False}),
    ("Compress objects automatically: Yes", (DEFAULT_BEHAVIOR, "Compress"), True),
    (
        "Viewer protocol policy: HTTPS only",
        (DEFAULT_BEHAVIOR, "ViewerProtocolPolicy"),
        "https-only",
    ),
    ("Restrict viewer access: No, key groups", (DEFAULT_BEHAVIOR, "TrustedKeyGroups"), []),
    ("Restrict viewer access: No, signers", (DEFAULT_BEHAVIOR, "TrustedSigners"), None),
    ("Cache key and origin requests: no legacy", (DEFAULT_BEHAVIOR, "ForwardedValues"), None),
    ("Response headers policy: None", (DEFAULT_BEHAVIOR, "ResponseHeadersPolicyId"), None),
    ("Function associations: none, CloudFront", (DEFAULT_BEHAVIOR, "FunctionAssociations"), []),
    ("Function associations: none, Lambda", (DEFAULT_BEHAVIOR, "LambdaFunctionAssociations"), []),
    (
        "Custom SSL certificate",
        ("ViewerCertificate", "AcmCertificateArn"),
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
    ),
    ("Supported HTTP versions: 2 and 3", ("HttpVersion",), "http2and3"),
    ("Default root object: blank", ("DefaultRootObject",), ""),
    ("Standard logging: Off", ("Logging",), None),
    ("IPv6: On", ("IPV6Enabled",), True),
]


def config_of(template: Template, alternate_domain_name: str) -> dict[str, Any]:
    """Return the `DistributionConfig` of the one distribution with exactly that name."""
    config: dict[str, Any] = distribution(template, alternate_domain_name)[1]["DistributionConfig"]
    return config


def at(config: Any, path: tuple[str | int, ...]) -> object:
    """Return the value at `path` in `config`, or None if there is none."""
    for step in path:
        if isinstance(config, Mapping) and step not in config:
            return None
        config = config[step]
    found: object = config
    return found


# Hightouch's tables


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        *(
            pytest.param(name, path, value, id=f"{proxy}-{row}")
            for proxy, name in (("sdk", SDK), ("events", EVENTS))
            for row, path, value in SAME_ROWS
        ),
        pytest.param(
            SDK, ("Origins", 0, "DomainName"), "cdn.hightouch-events.com", id="sdk-Origin domain"
        ),
        pytest.param(
            EVENTS,
            ("Origins", 0, "DomainName"),
            "us-east-1.hightouch-events.com",
            id="events-Origin domain",
        ),
        pytest.param(
            SDK,
            (DEFAULT_BEHAVIOR, "CachePolicyId"),
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            id="sdk-Cache policy: CachingOptimized",
        ),
        pytest.param(
            EVENTS,
            (DEFAULT_BEHAVIOR, "CachePolicyId"),
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            id="events-Cache policy: CachingDisabled",
        ),
        pytest.param(
            SDK,
            (DEFAULT_BEHAVIOR, "OriginRequestPolicyId"),
            "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            id="sdk-Origin request policy: AllViewerExceptHostHeader",
        ),
        pytest.param(
            EVENTS,
            (DEFAULT_BEHAVIOR, "OriginRequestPolicyId"),
            "216adef6-5c7f-47e4-b989-5492eafa07d3",
            id="events-Origin request policy: AllViewer",
        ),
        pytest.param(SDK, ("Aliases",), ["cdn.example.com"], id="sdk-Alternate domain name"),
        pytest.param(
            EVENTS, ("Aliases",), ["events.example.com"], id="events-Alternate domain name"
        ),
    ],
)
def test_row_of_hightouchs_table(
    proxies: Template, name: str, path: tuple[str | int, ...], value: object
) -> None:
    """The deployed value is the documented value."""
    assert at(config_of(proxies, name), path) == value


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        pytest.param(SDK, {"GET", "HEAD"}, id="sdk"),
        pytest.param(
            EVENTS, {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}, id="events"
        ),
    ],
)
def test_allowed_http_methods(proxies: Template, name: str, methods: set[str]) -> None:
    """The row is "Allowed HTTP methods". Each method is listed once, in any order."""
    allowed = config_of(proxies, name)["DefaultCacheBehavior"]["AllowedMethods"]
    assert (set(allowed), len(allowed)) == (methods, len(methods))


@pytest.mark.parametrize(
    ("name", "distinctive_name"),
    [
        pytest.param(SDK, "FirstPartyTracking-example-com-SdkProxy", id="sdk"),
        pytest.param(EVENTS, "FirstPartyTracking-example-com-EventsProxy", id="events"),
    ],
)
def test_name_is_the_tag_that_the_console_shows(
    proxies: Template, name: str, distinctive_name: str
) -> None:
    """The row is "Name: Give your distribution a unique name"."""
    assert distribution(proxies, name)[1]["Tags"] == [{"Key": "Name", "Value": distinctive_name}]


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_comment_equals_the_name(proxies: Template, name: str) -> None:
    """The console lists the comment next to the name."""
    _, properties = distribution(proxies, name)
    assert properties["DistributionConfig"]["Comment"] == properties["Tags"][0]["Value"]


# Settings that the tables leave open


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_distribution_sets_nothing_beyond_the_table(proxies: Template, name: str) -> None:
    """It has no web ACL, price class, error page, or second behavior."""
    assert set(config_of(proxies, name)) == {
        "Aliases",
        "Comment",
        "DefaultCacheBehavior",
        "DefaultRootObject",
        "Enabled",
        "HttpVersion",
        "IPV6Enabled",
        "Origins",
        "ViewerCertificate",
    }


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_behavior_sets_nothing_beyond_the_table(proxies: Template, name: str) -> None:
    """Times to live, streaming, and field-level encryption keep CloudFront's defaults."""
    assert set(config_of(proxies, name)["DefaultCacheBehavior"]) == {
        "AllowedMethods",
        "CachePolicyId",
        "Compress",
        "FunctionAssociations",
        "LambdaFunctionAssociations",
        "OriginRequestPolicyId",
        "TargetOriginId",
        "TrustedKeyGroups",
        "ViewerProtocolPolicy",
    }


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_default_behavior_has_the_only_origin(proxies: Template, name: str) -> None:
    config = config_of(proxies, name)
    (origin,) = config["Origins"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == origin["Id"]


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_origin_is_reached_over_tls_1_2(proxies: Template, name: str) -> None:
    """Visitors' events are never forwarded without TLS."""
    assert config_of(proxies, name)["Origins"][0]["CustomOriginConfig"] == {
        "OriginProtocolPolicy": "https-only",
        "OriginSSLProtocols": ["TLSv1.2"],
    }


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_viewers_need_sni_and_tls_1_2(proxies: Template, name: str) -> None:
    """Dedicated IP addresses cost $600 a month, and older TLS versions are broken."""
    certificate = config_of(proxies, name)["ViewerCertificate"]
    assert (certificate["SslSupportMethod"], certificate["MinimumProtocolVersion"]) == (
        "sni-only",
        "TLSv1.2_2021",
    )


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_distribution_is_enabled(proxies: Template, name: str) -> None:
    """A deployed proxy answers without a further step."""
    assert config_of(proxies, name)["Enabled"] is True


def test_stack_has_two_distributions_and_nothing_else(proxies: Template) -> None:
    """It has no role, bucket, or custom resource."""
    types = [resource["Type"] for resource in proxies.to_json()["Resources"].values()]
    assert types == ["AWS::CloudFront::Distribution"] * 2


@pytest.mark.parametrize("proxy", ["SdkProxy", "EventsProxy"])
def test_construct_ids_do_not_change(make_app: MakeApp, proxy: str) -> None:
    """Another ID would replace a live distribution, whose alternate domain name is in use."""
    stack = make_app().node.find_child("FirstPartyTracking-example-com-Proxies")
    resource = stack.node.find_child(proxy).node.find_child("Distribution").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.cfn_resource_type == "AWS::CloudFront::Distribution"


# The parts of a request that reach Hightouch

#: The headers that the managed policies forward.
ALL_HEADERS = {"HeaderBehavior": "allViewer"}
ALL_HEADERS_BUT_HOST = {"HeaderBehavior": "allExcept", "Headers": ["Host"]}


def proxies_with(make_app: MakeApp, context: Mapping[str, object]) -> Template:
    """Return the template of the proxies for the example context with `context` added."""
    assembly = make_app(context).synth()
    return Template.from_json(
        assembly.get_stack_by_name("FirstPartyTracking-example-com-Proxies").template
    )


def origin_request_policy(template: Template, name: str) -> object:
    """Return the ID of a managed policy, or the configuration of the stack's own policy."""
    policy = config_of(template, name)[DEFAULT_BEHAVIOR]["OriginRequestPolicyId"]
    if isinstance(policy, str):
        return policy
    resource = template.to_json()["Resources"][policy["Ref"]]
    assert resource["Type"] == "AWS::CloudFront::OriginRequestPolicy"
    return resource["Properties"]["OriginRequestPolicyConfig"]


@pytest.mark.parametrize(
    ("host_header", "events_headers"),
    [
        pytest.param("viewer", ALL_HEADERS, id="viewer"),
        pytest.param("origin", ALL_HEADERS_BUT_HOST, id="origin"),
    ],
)
def test_policy_without_cookies_forwards_everything_else_as_documented(
    make_app: MakeApp, host_header: str, events_headers: object
) -> None:
    """It forwards the same headers and query strings as the documented policy."""
    template = proxies_with(
        make_app, {"forward_cookies": "false", "events_host_header": host_header}
    )
    for name, distinctive_name, headers in (
        (SDK, "FirstPartyTracking-example-com-SdkProxy", ALL_HEADERS_BUT_HOST),
        (EVENTS, "FirstPartyTracking-example-com-EventsProxy", events_headers),
    ):
        policy = origin_request_policy(template, name)
        assert isinstance(policy, dict)
        del policy["Comment"]
        assert policy == {
            "Name": f"{distinctive_name}-WithoutCookies",
            "HeadersConfig": headers,
            "QueryStringsConfig": {"QueryStringBehavior": "all"},
            "CookiesConfig": {"CookieBehavior": "none"},
        }


def test_events_proxy_can_send_the_origins_host_header(make_app: MakeApp) -> None:
    """Both proxies then have AllViewerExceptHostHeader."""
    template = proxies_with(make_app, {"events_host_header": "origin"})
    for name in (SDK, EVENTS):
        policy = origin_request_policy(template, name)
        assert policy == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"forward_cookies": "true", "events_host_header": "viewer"}, id="text"),
        pytest.param(
            {
                "forward_cookies": True,
                "hosted_zone_id": "",
                "web_acl_arn": "",
                "alarm_topic_arn": "",
            },
            id="typed",
        ),
    ],
)
def test_stated_defaults_change_nothing(
    make_app: MakeApp, proxies: Template, context: Mapping[str, object]
) -> None:
    assert proxies_with(make_app, context).to_json() == proxies.to_json()


def test_web_acl_is_on_both_proxies_only_if_it_is_given(
    make_app: MakeApp, proxies: Template
) -> None:
    arn = (
        "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
        "12345678-1234-1234-1234-123456789012"
    )
    protected = proxies_with(make_app, {"web_acl_arn": arn})
    for name in (SDK, EVENTS):
        configuration = distribution(protected, name)[1]["DistributionConfig"]
        assert configuration.pop("WebACLId") == arn
        assert configuration == distribution(proxies, name)[1]["DistributionConfig"]


# Outputs


@pytest.mark.parametrize(
    ("output", "name"),
    [
        pytest.param("SdkProxyCnameTarget", SDK, id="sdk"),
        pytest.param("EventsProxyCnameTarget", EVENTS, id="events"),
    ],
)
def test_output_has_the_cname_target(proxies: Template, output: str, name: str) -> None:
    """The description names the CNAME that has to point at the value."""
    assert proxies.find_outputs(output)[output] == {
        "Description": f"Point the CNAME of {name} at this name",
        "Value": {"Fn::GetAtt": [distribution(proxies, name)[0], "DomainName"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        '<script type="text/javascript">\n',
        "https://cdn.example.com/browser/release/v1-latest/events.min.js",
        '"apiHost":"events.example.com"',
    ],
)
def test_output_has_the_client_snippet(proxies: Template, text: str) -> None:
    assert text in proxies.find_outputs("ClientSnippet")["ClientSnippet"]["Value"]


def test_stack_has_three_outputs_and_no_export(proxies: Template) -> None:
    """CloudFormation does not change an exported value in use."""
    outputs = proxies.to_json()["Outputs"]
    assert set(outputs) == {"SdkProxyCnameTarget", "EventsProxyCnameTarget", "ClientSnippet"}
    assert not any("Export" in output for output in outputs.values())


# A second site in the same account


@pytest.fixture(scope="module")
def second_site(make_app: MakeApp) -> Template:
    """The proxies of another site, with names of its own."""
    app = make_app(
        {
            "name": "Shop",
            "domain": "münchen.de",
            "sdk_domain": "js.example.com",
            "events_domain": "in.example.com",
        }
    )
    return Template.from_json(app.synth().get_stack_by_name("Shop-Proxies").template)


@pytest.mark.parametrize(
    ("name", "origin", "tag"),
    [
        pytest.param("js.example.com", "cdn.hightouch-events.com", "Shop-SdkProxy", id="sdk"),
        pytest.param(
            "in.example.com", "us-east-1.hightouch-events.com", "Shop-EventsProxy", id="events"
        ),
    ],
)
def test_second_site_has_names_of_its_own(
    second_site: Template, name: str, origin: str, tag: str
) -> None:
    """It has its own alternate domain names, and a `Name` that no other site's proxy has."""
    properties = distribution(second_site, name)[1]
    assert properties["DistributionConfig"]["Origins"][0]["DomainName"] == origin
    assert properties["Tags"] == [{"Key": "Name", "Value": tag}]


def test_snippet_of_the_second_site_has_its_names(second_site: Template) -> None:
    """The output follows the configuration."""
    snippet = second_site.find_outputs("ClientSnippet")["ClientSnippet"]["Value"]
    assert "https://js.example.com/" in snippet
    assert '"apiHost":"in.example.com"' in snippet


def test_region_changes_only_the_events_origin(make_app: MakeApp, proxies: Template) -> None:
    app = make_app({"hightouch_region": "eu-west-1"})
    changed = app.synth().get_stack_by_name("FirstPartyTracking-example-com-Proxies").template
    host = "us-east-1.hightouch-events.com"
    text = json.dumps(proxies.to_json())
    assert text.count(host) == 1
    assert changed == json.loads(text.replace(host, "eu-west-1.hightouch-events.com"))


def test_international_domain_becomes_an_a_label(make_app: MakeApp) -> None:
    """CloudFront accepts alternate domain names only in ASCII."""
    app = make_app({"domain": "münchen.de"})
    template = (
        app.synth().get_stack_by_name("FirstPartyTracking-xn----mnchen--3ya-de-Proxies").template
    )
    assert distribution(Template.from_json(template), "cdn.xn--mnchen-3ya.de")
