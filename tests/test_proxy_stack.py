"""The two proxies, row by row as in the tables under "Proxying" of the vendor's page.

Source: Hightouch docs, "First party tracking", last updated 2024-04-16. Policy ids: CloudFront
Developer Guide, "Use managed cache policies" and "Use managed origin request policies".
"""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

SDK = "cdn.example.com"
EVENTS = "events.example.com"
DEFAULT_BEHAVIOR = "DefaultCacheBehavior"

#: Rows with the same value in both tables: the row, where CloudFormation has it, its value there.
#: None: not there at all.
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


def distribution(template: Template, alternate_domain_name: str) -> tuple[str, dict[str, Any]]:
    """Return logical id and properties of the one distribution with exactly that name."""
    ((logical_id, resource),) = template.find_resources(
        "AWS::CloudFront::Distribution",
        {"Properties": {"DistributionConfig": {"Aliases": [alternate_domain_name]}}},
    ).items()
    properties: dict[str, Any] = resource["Properties"]
    return logical_id, properties


def config_of(template: Template, alternate_domain_name: str) -> dict[str, Any]:
    """Return the `DistributionConfig` of the one distribution with exactly that name."""
    config: dict[str, Any] = distribution(template, alternate_domain_name)[1]["DistributionConfig"]
    return config


def at(config: Any, path: tuple[str | int, ...]) -> object:
    """Return what `config` has at `path`, None where it has nothing."""
    for step in path:
        if isinstance(config, Mapping) and step not in config:
            return None
        config = config[step]
    found: object = config
    return found


# The vendor's tables


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
def test_row_of_the_vendors_table(
    proxies: Template, name: str, path: tuple[str | int, ...], value: object
) -> None:
    """What is deployed is what the vendor documents."""
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
    """Row "Allowed HTTP methods", in any order, none twice."""
    allowed = config_of(proxies, name)["DefaultCacheBehavior"]["AllowedMethods"]
    assert (set(allowed), len(allowed)) == (methods, len(methods))


@pytest.mark.parametrize(
    ("name", "distinctive_name"),
    [
        pytest.param(SDK, "FirstPartyTracking-SdkProxy", id="sdk"),
        pytest.param(EVENTS, "FirstPartyTracking-EventsProxy", id="events"),
    ],
)
def test_name_is_the_tag_that_the_console_shows(
    proxies: Template, name: str, distinctive_name: str
) -> None:
    """Row "Name: Give your distribution a unique name"."""
    assert distribution(proxies, name)[1]["Tags"] == [{"Key": "Name", "Value": distinctive_name}]


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_comment_is_the_name_too(proxies: Template, name: str) -> None:
    """The console lists the comment beside the name."""
    _, properties = distribution(proxies, name)
    assert properties["DistributionConfig"]["Comment"] == properties["Tags"][0]["Value"]


# What the tables leave open


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_distribution_sets_nothing_beyond_the_table(proxies: Template, name: str) -> None:
    """No web ACL, price class, error page or second behavior that the vendor does not ask for."""
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
    """Times to live, streaming and field-level encryption stay CloudFront's own."""
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
def test_behavior_leads_to_the_one_origin(proxies: Template, name: str) -> None:
    """There is one origin, and the default behavior's target is it."""
    config = config_of(proxies, name)
    (origin,) = config["Origins"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == origin["Id"]


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_origin_is_reached_over_tls_1_2(proxies: Template, name: str) -> None:
    """Visitors' events are never sent on in the clear."""
    assert config_of(proxies, name)["Origins"][0]["CustomOriginConfig"] == {
        "OriginProtocolPolicy": "https-only",
        "OriginSSLProtocols": ["TLSv1.2"],
    }


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_viewers_need_sni_and_tls_1_2(proxies: Template, name: str) -> None:
    """The dedicated-IP alternative costs $600 a month, older TLS is broken."""
    certificate = config_of(proxies, name)["ViewerCertificate"]
    assert (certificate["SslSupportMethod"], certificate["MinimumProtocolVersion"]) == (
        "sni-only",
        "TLSv1.2_2021",
    )


@pytest.mark.parametrize("name", [SDK, EVENTS])
def test_distribution_is_enabled(proxies: Template, name: str) -> None:
    """A deployment serves at once."""
    assert config_of(proxies, name)["Enabled"] is True


def test_stack_holds_two_distributions_and_nothing_else(proxies: Template) -> None:
    """No role, bucket or custom resource comes along."""
    types = [resource["Type"] for resource in proxies.to_json()["Resources"].values()]
    assert types == ["AWS::CloudFront::Distribution"] * 2


@pytest.mark.parametrize("proxy", ["SdkProxy", "EventsProxy"])
def test_construct_ids_stay(make_app: Callable[..., cdk.App], proxy: str) -> None:
    """Another id would replace a live distribution, whose alternate domain name is taken."""
    stack = make_app().node.find_child("FirstPartyTracking-Proxies")
    resource = stack.node.find_child(proxy).node.find_child("Distribution").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.cfn_resource_type == "AWS::CloudFront::Distribution"


# Which parts of a request reach the vendor

#: As the managed policies forward them, less the cookies.
ALL_HEADERS = {"HeaderBehavior": "allViewer"}
ALL_HEADERS_BUT_HOST = {"HeaderBehavior": "allExcept", "Headers": ["Host"]}


def proxies_with(make_app: Callable[..., cdk.App], context: Mapping[str, object]) -> Template:
    """Return the template of the proxies for the example context with `context` on top."""
    assembly = make_app(context).synth()
    return Template.from_json(assembly.get_stack_by_name("FirstPartyTracking-Proxies").template)


def origin_request_policy(template: Template, name: str) -> object:
    """Return the id of a managed policy, or the configuration of one of the stack's own."""
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
def test_without_cookies_all_else_is_forwarded_as_documented(
    make_app: Callable[..., cdk.App], host_header: str, events_headers: object
) -> None:
    """The same headers and query strings as with the documented policy, and no cookie."""
    template = proxies_with(
        make_app, {"forward_cookies": "false", "events_host_header": host_header}
    )
    for name, distinctive_name, headers in (
        (SDK, "FirstPartyTracking-SdkProxy", ALL_HEADERS_BUT_HOST),
        (EVENTS, "FirstPartyTracking-EventsProxy", events_headers),
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


def test_origins_own_host_header_for_events(make_app: Callable[..., cdk.App]) -> None:
    """AllViewerExceptHostHeader on both proxies, as a vendor may want it."""
    template = proxies_with(make_app, {"events_host_header": "origin"})
    for name in (SDK, EVENTS):
        policy = origin_request_policy(template, name)
        assert policy == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"forward_cookies": "true", "events_host_header": "viewer"}, id="text"),
        pytest.param(
            {"forward_cookies": True, "hosted_zone_id": "", "alarm_topic_arn": ""}, id="typed"
        ),
    ],
)
def test_stated_defaults_change_nothing(
    make_app: Callable[..., cdk.App], proxies: Template, context: Mapping[str, object]
) -> None:
    """What the vendor documents may be stated, too."""
    assert proxies_with(make_app, context).to_json() == proxies.to_json()


# Outputs


@pytest.mark.parametrize(
    ("output", "name"),
    [
        pytest.param("SdkProxyCnameTarget", SDK, id="sdk"),
        pytest.param("EventsProxyCnameTarget", EVENTS, id="events"),
    ],
)
def test_cname_target_is_printed(proxies: Template, output: str, name: str) -> None:
    """The user learns which CNAME to point at which name."""
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
def test_client_snippet_is_printed(proxies: Template, text: str) -> None:
    """The user learns what to put into the pages."""
    assert text in proxies.find_outputs("ClientSnippet")["ClientSnippet"]["Value"]


def test_nothing_else_is_printed(proxies: Template) -> None:
    """Three outputs, none of them an export that would lock the stack."""
    outputs = proxies.to_json()["Outputs"]
    assert set(outputs) == {"SdkProxyCnameTarget", "EventsProxyCnameTarget", "ClientSnippet"}
    assert not any("Export" in output for output in outputs.values())


# A second site in the same account


@pytest.fixture(scope="module")
def second_site(make_app: Callable[..., cdk.App]) -> Template:
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
    """Own alternate domain names, and a `Name` that no other site's proxy has."""
    properties = distribution(second_site, name)[1]
    assert properties["DistributionConfig"]["Origins"][0]["DomainName"] == origin
    assert properties["Tags"] == [{"Key": "Name", "Value": tag}]


def test_snippet_of_the_second_site_has_its_names(second_site: Template) -> None:
    """The printed snippet follows the configuration."""
    snippet = second_site.find_outputs("ClientSnippet")["ClientSnippet"]["Value"]
    assert "https://js.example.com/" in snippet
    assert '"apiHost":"in.example.com"' in snippet


def test_international_domain_stands_as_a_label(make_app: Callable[..., cdk.App]) -> None:
    """CloudFront takes alternate domain names in ASCII alone."""
    app = make_app({"domain": "münchen.de"})
    template = app.synth().get_stack_by_name("FirstPartyTracking-Proxies").template
    assert distribution(Template.from_json(template), "cdn.xn--mnchen-3ya.de")
