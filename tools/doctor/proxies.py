"""The two live proxy distributions against the vendor's tables, row by row. Pure."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.config import TrackingConfig
from stacks.hightouch import (
    ALL_VIEWER,
    ALL_VIEWER_EXCEPT_HOST_HEADER,
    EVENTS_PROXY,
    EVENTS_PROXY_WITH_ORIGIN_HOST,
    SDK_PROXY,
    ProxyTable,
)
from tools.deployed import Stack, aliases_of
from tools.doctor.report import NO_SAFE_FIX, Finding, Note, Remark

#: The policies that the page names, id to name in the console.
_POLICIES = {
    policy.id: policy.name
    for table in (SDK_PROXY, EVENTS_PROXY)
    for policy in (table.cache_policy, table.origin_request_policy)
}
#: The price class with all edge locations, which is CloudFront's default.
_EVERYWHERE = "PriceClass_All"
_LESS_THE_COOKIES = " less the cookies"
_ALIAS_ROW = "Alternate domain name (CNAME)"
#: Rows that the page leaves to the reader; the deployment states them.
_OURS = ("Name", "Origin protocol policy", "Origin SSL protocols", "Security policy")


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """One of the two proxies as it should be. `name` is what people call it.

    Without `forward_cookies` its origin request policy is the table's less the cookies.
    """

    name: str
    table: ProxyTable
    forward_cookies: bool
    domain_name: str
    distinctive_name: str
    cname_target_output: str


def proxies_of(config: TrackingConfig) -> tuple[Proxy, Proxy]:
    """Return the SDK proxy and the events proxy."""
    return (
        Proxy(
            name="SDK proxy",
            table=SDK_PROXY,
            forward_cookies=config.forward_cookies,
            domain_name=config.sdk_domain,
            distinctive_name=f"{config.name}-SdkProxy",
            cname_target_output="SdkProxyCnameTarget",
        ),
        Proxy(
            name="events proxy",
            table=(
                EVENTS_PROXY_WITH_ORIGIN_HOST
                if config.events_host_header == "origin"
                else EVENTS_PROXY
            ),
            forward_cookies=config.forward_cookies,
            domain_name=config.events_domain,
            distinctive_name=f"{config.name}-EventsProxy",
            cname_target_output="EventsProxyCnameTarget",
        ),
    )


def find(
    proxy: Proxy, stack: Stack, distributions: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the proxy's distribution: the stack's, or else one that was set up by hand.

    The latter has the proxy's name and Hightouch's origin. `distributions` are summaries of
    CloudFront's.
    """
    by_hand = None
    for distribution in distributions:
        if _is_the_stacks(proxy, stack, distribution):
            return distribution
        origins = [origin["DomainName"] for origin in distribution["Origins"]["Items"]]
        has_name = proxy.domain_name in aliases_of(distribution)
        if has_name and proxy.table.origin_domain in origins:
            by_hand = distribution
    return by_hand


def missing(proxy: Proxy, stack: Stack) -> Finding:
    """Return the finding for a proxy without a distribution."""
    if target := stack.outputs.get(proxy.cname_target_output):
        return Finding(
            f"the distribution {target} of the stack {stack.name} is gone",
            f"delete the stack (npx cdk destroy {shlex.quote(stack.name)}) and deploy it again",
        )
    return Finding(
        f"no distribution has the alternate domain name {proxy.domain_name} as a proxy of "
        "Hightouch's",
        f"deploy it: npx cdk deploy {shlex.quote(stack.name)}",
    )


def judge(
    proxy: Proxy,
    distribution: Mapping[str, Any],
    tags: Mapping[str, str],
    own_policy: Mapping[str, Any] | None,
    certificate_arn: str,
    stack: Stack,
) -> Iterator[Remark]:
    """Yield the rows in which the live distribution differs from the vendor's table.

    `distribution` is CloudFront's answer to GetDistribution, `own_policy` the configuration of its
    origin request policy, None where that is one of CloudFront's own. An empty `certificate_arn`:
    any. A web ACL and a price class are the owner's choice, whoever made the proxy: the tables have
    neither, and both are worth a note.
    """
    config = distribution["DistributionConfig"]
    is_the_stacks = _is_the_stacks(proxy, stack, distribution)
    remedy = f"set it on {distribution['Id']} in the CloudFront console"
    if proxy.domain_name not in aliases_of(config):
        # It may be the proxy of another deployment that has the same `name`.
        remedy = NO_SAFE_FIX
    elif is_the_stacks:
        deploy = shlex.join(["npx", "cdk", "deploy", stack.name, "--revert-drift"])
        remedy += f", or deploy with {deploy}"
    for row, expected, got in _rows(proxy, config, tags, own_policy, certificate_arn):
        if got != expected and (is_the_stacks or row not in _OURS):
            # Another alternate domain name of a proxy may be in use.
            fix = NO_SAFE_FIX if row == _ALIAS_ROW else remedy
            yield Finding(f"{row}: {got}, should be {expected}", fix)
    if acl := config.get("WebACLId"):
        yield Note(
            f"the web ACL {acl} looks at every request; what it blocks or challenges is lost, as "
            "the SDK solves no challenge"
        )
    if (price_class := config.get("PriceClass", _EVERYWHERE)) != _EVERYWHERE:
        yield Note(f"with {price_class} some visitors are served from farther away")
    if not is_the_stacks:
        yield Note(
            f"{distribution['Id']} does not belong to the stack {stack.name}: it was set up by "
            "hand, or by a deployment with another name; CloudFront refuses a second distribution "
            f"for {proxy.domain_name}"
        )
    if distribution["Status"] != "Deployed":
        yield Note(f"its last change is still on its way to the edge: {distribution['Status']}")


def _is_the_stacks(proxy: Proxy, stack: Stack, distribution: Mapping[str, Any]) -> bool:
    return bool(stack.outputs.get(proxy.cname_target_output) == distribution["DomainName"])


def own_policy_id(distribution: Mapping[str, Any]) -> str:
    """Return the id of the origin request policy, empty where it is one of CloudFront's own."""
    policy_id: str = distribution["DefaultCacheBehavior"].get("OriginRequestPolicyId", "")
    return "" if policy_id in _POLICIES else policy_id


def _rows(
    proxy: Proxy,
    config: Mapping[str, Any],
    tags: Mapping[str, str],
    own_policy: Mapping[str, Any] | None,
    certificate_arn: str,
) -> Iterator[tuple[str, str, str]]:
    """Yield each row's name, what is documented and what is live, in the page's order and words."""
    table, behavior = proxy.table, config["DefaultCacheBehavior"]
    origins = {origin["Id"]: origin for origin in config["Origins"]["Items"]}
    origin = origins.get(behavior["TargetOriginId"], {"DomainName": "an origin group"})
    yield "Origin domain", table.origin_domain, origin["DomainName"]
    yield "Origin path", _shown(table.origin_path), _shown(origin.get("OriginPath"))
    yield "Name", proxy.distinctive_name, tags.get("Name", "none")
    shield = origin.get("OriginShield", {}).get("Enabled", False)
    yield "Enable Origin Shield", _yes_no(table.enable_origin_shield), _yes_no(shield)
    compress = behavior.get("Compress", False)
    yield (
        "Compress objects automatically",
        _yes_no(table.compress_objects_automatically),
        _yes_no(compress),
    )
    yield (
        "Viewer protocol policy",
        table.viewer_protocol_policy,
        behavior["ViewerProtocolPolicy"],
    )
    methods = behavior.get("AllowedMethods", {}).get("Items", ["GET", "HEAD"])
    yield (
        "Allowed HTTP methods",
        ", ".join(sorted(table.allowed_http_methods)),
        ", ".join(sorted(methods)),
    )
    restricted = any(
        behavior.get(signers, {}).get("Enabled", False)
        for signers in ("TrustedKeyGroups", "TrustedSigners")
    )
    yield "Restrict viewer access", _yes_no(bool(table.trusted_key_groups)), _yes_no(restricted)
    yield "Cache policy", _policy(table.cache_policy.id), _policy(behavior.get("CachePolicyId"))
    yield (
        "Origin request policy",
        table.origin_request_policy.name + ("" if proxy.forward_cookies else _LESS_THE_COOKIES),
        _own_policy(own_policy) if own_policy else _policy(behavior.get("OriginRequestPolicyId")),
    )
    yield "Response headers policy", "none", behavior.get("ResponseHeadersPolicyId") or "none"
    functions = [
        association[arn]
        for kind, arn in (
            ("FunctionAssociations", "FunctionARN"),
            ("LambdaFunctionAssociations", "LambdaFunctionARN"),
        )
        for association in behavior.get(kind, {}).get("Items", [])
    ]
    yield "Function associations", "none", ", ".join(functions) or "none"
    yield _ALIAS_ROW, proxy.domain_name, _listed(config.get("Aliases", {}))
    certificate = config["ViewerCertificate"].get("ACMCertificateArn", "CloudFront's own")
    yield "Custom SSL certificate", certificate_arn or _own_certificate(certificate), certificate
    yield "Supported HTTP versions", table.supported_http_versions, config.get("HttpVersion", "")
    yield (
        "Default root object",
        _shown(table.default_root_object),
        _shown(config.get("DefaultRootObject")),
    )
    logging = config.get("Logging", {}).get("Enabled", False)
    yield "Standard logging", _on_off(table.standard_logging), _on_off(logging)
    yield "IPv6", _on_off(table.ipv6), _on_off(config.get("IsIPV6Enabled", False))
    custom = origin.get("CustomOriginConfig", {})
    yield "Origin protocol policy", "https-only", custom.get("OriginProtocolPolicy", "none")
    yield "Origin SSL protocols", "TLSv1.2", _listed(custom.get("OriginSslProtocols", {}))
    security_policy = config["ViewerCertificate"].get("MinimumProtocolVersion", "none")
    yield "Security policy", "TLSv1.2_2021", security_policy
    # The page takes these for granted.
    yield "Enabled", _yes_no(True), _yes_no(config["Enabled"])
    yield "Origin HTTPS port", "443", str(custom.get("HTTPSPort", 443))
    yield (
        "Origin custom headers",
        "none",
        _listed(origin.get("CustomHeaders", {}), "HeaderName"),
    )
    yield (
        "Behaviors besides Default (*)",
        "none",
        _listed(config.get("CacheBehaviors", {}), "PathPattern"),
    )
    yield (
        "Custom error responses",
        "none",
        _listed(config.get("CustomErrorResponses", {}), "ErrorCode"),
    )
    restriction = config.get("Restrictions", {}).get("GeoRestriction", {})
    kind = restriction.get("RestrictionType", "none")
    yield (
        "Geographic restrictions",
        "none",
        kind if kind == "none" else f"{kind} {_listed(restriction)}",
    )


def _own_certificate(certificate: str) -> str:
    """Return what stands there where that is a certificate of one's own, any one being right."""
    return certificate if certificate.startswith("arn:") else "a certificate of your own in ACM"


def _policy(policy_id: str | None) -> str:
    """Return the policy's name in the console, where the page knows it."""
    return _POLICIES.get(policy_id or "", policy_id or "none")


def _own_policy(policy: Mapping[str, Any]) -> str:
    """Return what a policy that is not CloudFront's own forwards, told by what theirs forward."""
    headers = policy["HeadersConfig"]
    match headers["HeaderBehavior"], headers.get("Headers", {}).get("Items", []):
        case "allViewer", _:
            like = ALL_VIEWER.name
        case "allExcept", [name] if name.lower() == "host":
            like = ALL_VIEWER_EXCEPT_HOST_HEADER.name
        case _:
            like = ""
    has_all_queries = policy["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    cookies = policy["CookiesConfig"]["CookieBehavior"]
    if like and has_all_queries and cookies in {"all", "none"}:
        return like + ("" if cookies == "all" else _LESS_THE_COOKIES)
    return str(policy["Name"])


def _listed(items: Mapping[str, Any], key: str = "") -> str:
    """Return CloudFront's list in a line: the values of `key`, or the items themselves."""
    return ", ".join(str(one[key] if key else one) for one in items.get("Items", [])) or "none"


def _shown(text: str | None) -> str:
    return text or "blank"


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def _on_off(value: bool) -> str:
    return "On" if value else "Off"
