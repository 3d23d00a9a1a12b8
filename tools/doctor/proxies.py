"""Checks of the live proxies: each row of Hightouch's tables, web ACLs, and price classes. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attachment.finding import Finding
from stacks.deployment import ProxyDescription
from stacks.hightouch import (
    ALL_VIEWER,
    ALL_VIEWER_EXCEPT_HOST_HEADER,
    EVENTS_PROXY,
    SDK_PROXY,
    region_of,
)
from tools.commands import Commands
from tools.deployed import Stack, aliases_of
from tools.doctor.report import NO_SAFE_FIX, Note, Result
from tools.hand_built import IMPORTED

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import (
        DefaultCacheBehaviorOutputTypeDef,
        DistributionConfigOutputTypeDef,
        DistributionSummaryTypeDef,
        DistributionTypeDef,
        OriginOutputTypeDef,
        OriginRequestPolicyConfigOutputTypeDef,
    )

#: The policies on Hightouch's page: ID to name in the console.
_POLICIES = {
    policy.id: policy.name
    for table in (SDK_PROXY, EVENTS_PROXY)
    for policy in (table.cache_policy, table.origin_request_policy)
}
#: The price class with all edge locations, which is CloudFront's default.
_EVERYWHERE = "PriceClass_All"
_WITHOUT_COOKIES = " without cookies"
_ALIAS_ROW = "Alternate domain name (CNAME)"
_ORIGIN_ROW = "Origin domain"


def find_proxy(
    proxy: ProxyDescription, stack: Stack, distributions: "Sequence[DistributionSummaryTypeDef]"
) -> "DistributionSummaryTypeDef | None":
    """Return the proxy's distribution from the stack, or else one that was built by hand.

    One that was built by hand has the proxy's name and an origin in any region of Hightouch.
    """
    by_hand = None
    for summary in distributions:
        if _is_of_stack(proxy, stack, summary):
            return summary
        origins = [origin["DomainName"] for origin in summary["Origins"]["Items"]]
        has_name = proxy.domain_name in aliases_of(summary)
        if has_name and any(_is_same_service(origin, proxy) for origin in origins):
            by_hand = summary
    return by_hand


def _is_same_service(origin_domain: str, proxy: ProxyDescription) -> bool:
    due = proxy.table.origin_domain
    return origin_domain == due or bool(region_of(origin_domain) and region_of(due))


def note_region(distribution: "DistributionSummaryTypeDef") -> Iterator[Note]:
    """Yield a note with the region to which the events proxy sends events.

    Hightouch's answers do not show the region.
    """
    for origin in distribution["Origins"]["Items"]:
        if region := region_of(origin["DomainName"]):
            yield Note(
                "hightouch-region",
                f"events go to Hightouch's region {region}; events for a workspace in another "
                "region are lost, although Hightouch answers them with 200",
            )


def missing_proxy(proxy: ProxyDescription, stack: Stack, commands: Commands) -> Finding:
    """Return the finding for a proxy without a distribution."""
    if target := stack.outputs.get(proxy.cname_target_output):
        return Finding(
            "proxy-deleted",
            f"the distribution {target} of the stack {stack.name} no longer exists",
            "let CloudFormation compare its template with the live resources and create the "
            "distribution again; it changes the other proxy only if another tool changed that\n"
            f"{commands.deploy(stack.name, '--revert-drift')}",
        )
    return Finding(
        "proxy-missing",
        f"no distribution has the alternate domain name {proxy.domain_name} and Hightouch's origin",
        f"deploy the proxy\n{commands.deploy(stack.name)}",
    )


def check_proxy(
    proxy: ProxyDescription,
    distribution: "DistributionTypeDef",
    tags: Mapping[str, str],
    own_policy: "OriginRequestPolicyConfigOutputTypeDef | None",
    certificate_arn: str,
    stack: Stack,
    commands: Commands,
) -> Iterator[Result]:
    """Yield the rows in which the live distribution differs from Hightouch's table.

    `own_policy` is the configuration of the distribution's origin request policy, or None for a
    policy on Hightouch's page. An empty `certificate_arn` accepts every certificate. The tables
    have no web ACL and no price class: if a deployment would remove one, that is reported, also in
    the fix of each row.
    """
    config = distribution["DistributionConfig"]
    is_of_stack = _is_of_stack(proxy, stack, distribution)
    fix = f"set it on {distribution['Id']} in the CloudFront console"
    if proxy.domain_name not in aliases_of(config):
        # The distribution may be the proxy of another deployment with the same `name`.
        fix = NO_SAFE_FIX
    elif is_of_stack:
        fix += ", or let CloudFormation do it"
        if removed := [*_set_by_hand(proxy, config)]:
            fix += f", which also {' and '.join(removed)}"
        fix += f"\n{commands.deploy(stack.name, '--revert-drift')}"
    live = _Live.of(config, tags, own_policy)
    expected = _Expected(proxy, certificate_arn, live)
    region = region_of(live.origin["DomainName"])
    for row in _ROWS:
        should_be, is_now = row.expected(expected), row.live(live)
        if row.label == _ORIGIN_ROW and region and region_of(should_be) not in {"", region}:
            yield Finding(
                "region-differs",
                f"{row.label}: {is_now}, should be {should_be}",
                f"if the workspace is in {region}, pass -c hightouch_region={region} to every "
                f"command; if it is in {region_of(should_be)}, {fix}",
            )
        elif is_now != should_be and (is_of_stack or not row.is_our_choice):
            yield Finding(
                "row-differs",
                f"{row.label}: {is_now}, should be {should_be}",
                # Another alternate domain name of a proxy may be in use.
                NO_SAFE_FIX if row.label == _ALIAS_ROW else fix,
            )
    if is_of_stack:
        yield from _check_web_acl(proxy, config.get("WebACLId", ""), stack, commands)
    if acl := config.get("WebACLId", ""):
        yield Note(
            "web-acl",
            f"the web ACL {acl} checks every request; requests that it blocks or challenges are "
            "lost, because the SDK cannot solve a challenge",
        )
    if (price_class := config.get("PriceClass", _EVERYWHERE)) != _EVERYWHERE:
        reset = (
            f"; the next deployment that changes the proxy resets it to {_EVERYWHERE}"
            if is_of_stack
            else ""
        )
        yield Note(
            "price-class",
            f"with {price_class}, some visitors are served from farther away{reset}",
        )
    if not is_of_stack and stack.status != IMPORTED:
        yield Note(
            "proxy-of-no-stack",
            f"{distribution['Id']} does not belong to the stack {stack.name}: it was built by "
            "hand, or deployed with another name; CloudFront rejects a second distribution for "
            f"{proxy.domain_name}; docs/migrate.md explains how to move this one into the stack",
        )
    if distribution["Status"] != "Deployed":
        yield Note(
            "not-at-the-edge-yet",
            "the last change of the distribution has not reached every edge location: "
            f"{distribution['Status']}",
        )


def _set_by_hand(
    proxy: ProxyDescription, config: "DistributionConfigOutputTypeDef"
) -> Iterator[str]:
    """Yield how a deployment changes a web ACL or a price class that was set by hand.

    When CloudFormation updates a distribution, it sends the template's whole configuration.
    """
    acl, price_class = config.get("WebACLId", ""), config.get("PriceClass", _EVERYWHERE)
    if acl and acl != proxy.web_acl_arn:
        yield f"replaces the web ACL {acl}" if proxy.web_acl_arn else f"removes the web ACL {acl}"
    if price_class != _EVERYWHERE:
        yield f"resets the price class from {price_class} to {_EVERYWHERE}"


def _check_web_acl(
    proxy: ProxyDescription, acl: str, stack: Stack, commands: Commands
) -> Iterator[Finding]:
    if acl and not proxy.web_acl_arn:
        yield Finding(
            "web-acl-set-by-hand",
            f"the web ACL {acl} was set by hand, and the next deployment that changes the proxy "
            "removes it",
            "to keep it, pass its ARN to every deployment\n"
            f"{commands.having(web_acl_arn=acl).deploy(stack.name)}",
        )
    elif acl != proxy.web_acl_arn:
        keep = f"to keep {acl}, pass it as web_acl_arn; otherwise " if acl else ""
        yield Finding(
            "web-acl-differs",
            f"the web ACL is {acl or 'none'}, should be {proxy.web_acl_arn}",
            f"{keep}deploy, or if that changes nothing, set the web ACL in the CloudFront console\n"
            f"{commands.deploy(stack.name)}",
        )


def own_policy_id(distribution: "DistributionSummaryTypeDef") -> str:
    """Return the ID of the origin request policy, or "" for a policy on Hightouch's page."""
    policy_id = distribution["DefaultCacheBehavior"].get("OriginRequestPolicyId", "")
    return "" if policy_id in _POLICIES else policy_id


def _is_of_stack(
    proxy: ProxyDescription,
    stack: Stack,
    distribution: "DistributionSummaryTypeDef | DistributionTypeDef",
) -> bool:
    return stack.outputs.get(proxy.cname_target_output) == distribution["DomainName"]


@dataclass(frozen=True, slots=True)
class _Live:
    """The parts of a live distribution that the rows read. `origin` is the default behavior's."""

    config: "DistributionConfigOutputTypeDef"
    behavior: "DefaultCacheBehaviorOutputTypeDef"
    origin: "OriginOutputTypeDef"
    tags: Mapping[str, str]
    own_policy: "OriginRequestPolicyConfigOutputTypeDef | None"

    @classmethod
    def of(
        cls,
        config: "DistributionConfigOutputTypeDef",
        tags: Mapping[str, str],
        own_policy: "OriginRequestPolicyConfigOutputTypeDef | None",
    ) -> "_Live":
        behavior = config["DefaultCacheBehavior"]
        group: OriginOutputTypeDef = {"Id": "", "DomainName": "an origin group"}
        origins = {origin["Id"]: origin for origin in config["Origins"]["Items"]}
        origin = origins.get(behavior["TargetOriginId"], group)
        return cls(config, behavior, origin, tags, own_policy)

    @property
    def custom_origin(self) -> Mapping[str, Any]:
        return self.origin.get("CustomOriginConfig", {})

    @property
    def certificate(self) -> str:
        certificate = self.config.get("ViewerCertificate", {})
        return certificate.get("ACMCertificateArn", "CloudFront's own")


@dataclass(frozen=True, slots=True)
class _Expected:
    """The expected values of the rows. An empty `certificate_arn` accepts any ACM certificate."""

    proxy: ProxyDescription
    certificate_arn: str
    live_one: _Live

    @property
    def origin_request_policy(self) -> str:
        name = self.proxy.table.origin_request_policy.name
        return name if self.proxy.forward_cookies else name + _WITHOUT_COOKIES

    @property
    def certificate(self) -> str:
        live = self.live_one.certificate
        own = live if live.startswith("arn:") else "a certificate of your own in ACM"
        return self.certificate_arn or own


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of Hightouch's tables, with its expected and its live value.

    If `is_our_choice`, Hightouch's page leaves the value open, and this project chose it. Such a
    row is compared only for a proxy of the stack.
    """

    label: str
    expected: Callable[[_Expected], str]
    live: Callable[[_Live], str]
    is_our_choice: bool = False


def _restricts_viewers(live: _Live) -> bool:
    behavior: Mapping[str, Any] = live.behavior
    return any(
        behavior.get(signers, {}).get("Enabled", False)
        for signers in ("TrustedKeyGroups", "TrustedSigners")
    )


def _functions(live: _Live) -> str:
    behavior: Mapping[str, Any] = live.behavior
    arns = [
        association[arn]
        for kind, arn in (
            ("FunctionAssociations", "FunctionARN"),
            ("LambdaFunctionAssociations", "LambdaFunctionARN"),
        )
        for association in behavior.get(kind, {}).get("Items", [])
    ]
    return ", ".join(arns) or "none"


def _origin_request_policy(live: _Live) -> str:
    """Return the policy's name, or that of the documented policy that a custom one resembles."""
    if live.own_policy is None:
        return _policy(live.behavior.get("OriginRequestPolicyId"))
    headers = live.own_policy["HeadersConfig"]
    match headers["HeaderBehavior"], headers.get("Headers", {}).get("Items", []):
        case "allViewer", _:
            like = ALL_VIEWER.name
        case "allExcept", [name] if name.lower() == "host":
            like = ALL_VIEWER_EXCEPT_HOST_HEADER.name
        case _:
            like = ""
    has_all_queries = live.own_policy["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    cookies = live.own_policy["CookiesConfig"]["CookieBehavior"]
    if like and has_all_queries and cookies in {"all", "none"}:
        return like + ("" if cookies == "all" else _WITHOUT_COOKIES)
    return live.own_policy["Name"]


def _geographic_restrictions(live: _Live) -> str:
    restriction = live.config.get("Restrictions", {}).get("GeoRestriction", {})
    kind = restriction.get("RestrictionType", "none")
    return kind if kind == "none" else f"{kind} {_listed(restriction)}"


def _policy(policy_id: str | None) -> str:
    """Return the console's name of a policy on Hightouch's page, or the ID of another policy."""
    return _POLICIES.get(policy_id or "", policy_id or "none")


def _listed(items: Any, key: str = "") -> str:
    """Return a list of CloudFront on one line: the values of `key`, or the items themselves."""
    return ", ".join(str(item[key] if key else item) for item in items.get("Items", [])) or "none"


def _sorted(methods: Sequence[str]) -> str:
    return ", ".join(sorted(methods))


def _or_blank(value: str | None) -> str:
    return value or "blank"


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def _on_off(value: bool) -> str:
    return "On" if value else "Off"


#: The rows in the order of Hightouch's page, then settings that the page takes for granted.
_ROWS = (
    _Row(
        _ORIGIN_ROW,
        lambda due: due.proxy.table.origin_domain,
        lambda live: live.origin["DomainName"],
    ),
    _Row(
        "Origin path",
        lambda due: _or_blank(due.proxy.table.origin_path),
        lambda live: _or_blank(live.origin.get("OriginPath")),
    ),
    _Row(
        "Name",
        lambda due: due.proxy.distinctive_name,
        lambda live: live.tags.get("Name", "none"),
        is_our_choice=True,
    ),
    _Row(
        "Enable Origin Shield",
        lambda due: _yes_no(due.proxy.table.enable_origin_shield),
        lambda live: _yes_no(live.origin.get("OriginShield", {}).get("Enabled", False)),
    ),
    _Row(
        "Compress objects automatically",
        lambda due: _yes_no(due.proxy.table.compress_objects_automatically),
        lambda live: _yes_no(live.behavior.get("Compress", False)),
    ),
    _Row(
        "Viewer protocol policy",
        lambda due: due.proxy.table.viewer_protocol_policy,
        lambda live: live.behavior["ViewerProtocolPolicy"],
    ),
    _Row(
        "Allowed HTTP methods",
        lambda due: _sorted(due.proxy.table.allowed_http_methods),
        lambda live: _sorted(live.behavior.get("AllowedMethods", {}).get("Items", ["GET", "HEAD"])),
    ),
    _Row(
        "Restrict viewer access",
        lambda due: _yes_no(bool(due.proxy.table.trusted_key_groups)),
        lambda live: _yes_no(_restricts_viewers(live)),
    ),
    _Row(
        "Cache policy",
        lambda due: due.proxy.table.cache_policy.name,
        lambda live: _policy(live.behavior.get("CachePolicyId")),
    ),
    _Row("Origin request policy", lambda due: due.origin_request_policy, _origin_request_policy),
    _Row(
        "Response headers policy",
        lambda due: due.proxy.table.response_headers_policy or "none",
        lambda live: live.behavior.get("ResponseHeadersPolicyId") or "none",
    ),
    _Row(
        "Function associations",
        lambda due: ", ".join(due.proxy.table.function_associations) or "none",
        _functions,
    ),
    _Row(
        _ALIAS_ROW,
        lambda due: due.proxy.domain_name,
        lambda live: _listed(live.config.get("Aliases", {})),
    ),
    _Row("Custom SSL certificate", lambda due: due.certificate, lambda live: live.certificate),
    _Row(
        "Supported HTTP versions",
        lambda due: due.proxy.table.supported_http_versions,
        lambda live: live.config.get("HttpVersion", ""),
    ),
    _Row(
        "Default root object",
        lambda due: _or_blank(due.proxy.table.default_root_object),
        lambda live: _or_blank(live.config.get("DefaultRootObject")),
    ),
    _Row(
        "Standard logging",
        lambda due: _on_off(due.proxy.table.standard_logging),
        lambda live: _on_off(live.config.get("Logging", {}).get("Enabled", False)),
    ),
    _Row(
        "IPv6",
        lambda due: _on_off(due.proxy.table.ipv6),
        lambda live: _on_off(live.config.get("IsIPV6Enabled", False)),
    ),
    _Row(
        "Origin protocol policy",
        lambda _: "https-only",
        lambda live: live.custom_origin.get("OriginProtocolPolicy", "none"),
        is_our_choice=True,
    ),
    _Row(
        "Origin SSL protocols",
        lambda _: "TLSv1.2",
        lambda live: _listed(live.custom_origin.get("OriginSslProtocols", {})),
        is_our_choice=True,
    ),
    _Row(
        "Security policy",
        lambda _: "TLSv1.2_2021",
        lambda live: live.config.get("ViewerCertificate", {}).get("MinimumProtocolVersion", "none"),
        is_our_choice=True,
    ),
    _Row("Enabled", lambda _: "Yes", lambda live: _yes_no(live.config["Enabled"])),
    _Row(
        "Origin HTTPS port",
        lambda _: "443",
        lambda live: str(live.custom_origin.get("HTTPSPort", 443)),
    ),
    _Row(
        "Origin custom headers",
        lambda _: "none",
        lambda live: _listed(live.origin.get("CustomHeaders", {}), "HeaderName"),
    ),
    _Row(
        "Other behaviors than Default (*)",
        lambda _: "none",
        lambda live: _listed(live.config.get("CacheBehaviors", {}), "PathPattern"),
    ),
    _Row(
        "Custom error responses",
        lambda _: "none",
        lambda live: _listed(live.config.get("CustomErrorResponses", {}), "ErrorCode"),
    ),
    _Row("Geographic restrictions", lambda _: "none", _geographic_restrictions),
)
