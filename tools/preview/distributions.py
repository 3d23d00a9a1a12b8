"""Distributions with their behaviors and policies, read through CloudFront's API."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stacks.domains import most_specific

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

_UNRESERVED = re.compile(r"%(2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """A set of names: the listed names or, with `all_but`, all names that are not listed."""

    listed: frozenset[str]
    all_but: bool

    def __contains__(self, name: str) -> bool:
        return (name in self.listed) != self.all_but

    @property
    def is_empty(self) -> bool:
        """Whether the set contains no name."""
        return not self.listed and not self.all_but


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The headers, cookies, and query strings that a policy forwards to the origin.

    It is a cache policy or an origin request policy. The names of headers are in lowercase.
    `encodings` are the encodings that CloudFront may request in `Accept-Encoding`. If there are
    any, CloudFront writes this header itself.
    """

    headers: Names
    cookies: Names
    query_strings: Names
    encodings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """An origin of a distribution. `protocol` is http-only, https-only, or match-viewer.

    `connect_seconds` is the timeout for a connection, and `response_seconds` is the timeout for
    each part of a response.
    """

    domain_name: str
    path: str
    protocol: str
    http_port: int
    https_port: int
    connect_seconds: int
    response_seconds: int
    custom_headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Behavior:
    """A cache behavior. `viewer_request` is the ARN of its function for that event, or None.

    If `requires_signature` is true, viewers must sign requests with a key of a trusted key group.
    """

    path_pattern: str
    origin: Origin
    viewer_protocol_policy: str
    allowed_methods: frozenset[str]
    policies: tuple[Policy, ...]
    viewer_request: str | None
    requires_signature: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorResponse:
    """A custom error response: the page and the status that replace an error."""

    page: str
    status: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """An enabled distribution. `behaviors` are in order, the default behavior last."""

    id: str
    domain_name: str
    aliases: tuple[str, ...]
    default_root_object: str
    behaviors: tuple[Behavior, ...]
    error_responses: Mapping[int, ErrorResponse]

    def behavior_for(self, path: str) -> Behavior:
        """Return the first behavior whose path pattern the path matches."""
        return next(behavior for behavior in self.behaviors if matches(behavior.path_pattern, path))


def distribution_for(host: str, distributions: Iterable[Distribution]) -> Distribution | None:
    """Return the distribution with the most specific name that matches the lowercase `host`."""
    by_name = {
        name: distribution
        for distribution in distributions
        for name in (distribution.domain_name, *distribution.aliases)
    }
    name = most_specific(host, by_name)
    return by_name[name] if name else None


def matches(pattern: str, path: str) -> bool:
    """Return whether a path pattern of CloudFront matches the path of a request.

    `*` matches zero or more characters, including slashes, and `?` matches exactly one. The first
    slash is optional, and patterns are case-sensitive. CloudFront first normalizes the path as in
    RFC 3986, and treats consecutive slashes as one.
    Spec: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
    """
    wild = {"*": ".*", "?": "."}
    expression = "".join(
        wild.get(character, re.escape(character)) for character in pattern.removeprefix("/")
    )
    return re.fullmatch(expression, _normalized(path).removeprefix("/"), re.DOTALL) is not None


def _normalized(path: str) -> str:
    """Return the path normalized as in RFC 3986 §6.2.2, with single slashes."""
    path = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path)
    segments = re.sub("/+", "/", path).split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def read_distributions(cloudfront: "CloudFrontClient") -> list[Distribution]:
    """Return all enabled distributions of the account. Raises ClientError, BotoCoreError."""
    policies = _Policies(cloudfront)
    found = []
    for page in cloudfront.get_paginator("list_distributions").paginate():
        for summary in page["DistributionList"].get("Items", []):
            answer = cloudfront.get_distribution_config(Id=summary["Id"])
            config: dict[str, Any] = dict(answer["DistributionConfig"])
            if config["Enabled"]:
                found.append(_distribution(summary["Id"], summary["DomainName"], config, policies))
    return found


def _distribution(
    distribution_id: str, domain_name: str, config: dict[str, Any], policies: "_Policies"
) -> Distribution:
    origins = {origin["Id"]: _origin(origin) for origin in _items(config["Origins"])}
    for group in _items(config.get("OriginGroups", {})):
        origins[group["Id"]] = origins[group["Members"]["Items"][0]["OriginId"]]
    default = {"PathPattern": "*", **config["DefaultCacheBehavior"]}
    return Distribution(
        id=distribution_id,
        domain_name=domain_name,
        aliases=tuple(_items(config.get("Aliases", {}))),
        default_root_object=config.get("DefaultRootObject", ""),
        behaviors=tuple(
            Behavior(
                path_pattern=behavior["PathPattern"],
                origin=origins[behavior["TargetOriginId"]],
                viewer_protocol_policy=behavior["ViewerProtocolPolicy"],
                allowed_methods=frozenset(
                    _items(behavior.get("AllowedMethods", {})) or ["GET", "HEAD"]
                ),
                policies=policies.of(behavior),
                viewer_request=_viewer_request(behavior),
                requires_signature=behavior.get("TrustedKeyGroups", {}).get("Enabled", False),
            )
            for behavior in [*_items(config.get("CacheBehaviors", {})), default]
        ),
        error_responses={
            error["ErrorCode"]: ErrorResponse(
                page=error["ResponsePagePath"], status=int(error["ResponseCode"])
            )
            for error in _items(config.get("CustomErrorResponses", {}))
            if error.get("ResponsePagePath")
        },
    )


def _origin(origin: dict[str, Any]) -> Origin:
    custom = origin.get("CustomOriginConfig", {})
    return Origin(
        domain_name=origin["DomainName"],
        path=origin.get("OriginPath", ""),
        protocol=custom.get("OriginProtocolPolicy", "https-only"),
        http_port=custom.get("HTTPPort", 80),
        https_port=custom.get("HTTPSPort", 443),
        connect_seconds=origin.get("ConnectionTimeout", 10),
        response_seconds=custom.get("OriginReadTimeout", 30),
        custom_headers=tuple(
            (header["HeaderName"].lower(), header["HeaderValue"])
            for header in _items(origin.get("CustomHeaders", {}))
        ),
    )


def _viewer_request(behavior: dict[str, Any]) -> str | None:
    for function in _items(behavior.get("LambdaFunctionAssociations", {})):
        if function["EventType"] == "viewer-request":
            arn: str = function["LambdaFunctionARN"]
            return arn
    return None


def _items(listed: dict[str, Any]) -> list[Any]:
    return list(listed.get("Items", []))


class _Policies:
    """The policies that behaviors refer to. Each policy is read once."""

    def __init__(self, cloudfront: "CloudFrontClient") -> None:
        self._cloudfront = cloudfront
        self._read: dict[str, Policy] = {}

    def of(self, behavior: dict[str, Any]) -> tuple[Policy, ...]:
        found = []
        if policy_id := behavior.get("CachePolicyId"):
            if policy_id not in self._read:
                config: Any = self._cloudfront.get_cache_policy(Id=policy_id)
                config = config["CachePolicy"]["CachePolicyConfig"]
                self._read[policy_id] = _policy(
                    config.get("ParametersInCacheKeyAndForwardedToOrigin", {})
                )
            found.append(self._read[policy_id])
        if policy_id := behavior.get("OriginRequestPolicyId"):
            if policy_id not in self._read:
                config = self._cloudfront.get_origin_request_policy(Id=policy_id)
                self._read[policy_id] = _policy(
                    config["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
                )
            found.append(self._read[policy_id])
        return tuple(found)


def _policy(config: dict[str, Any]) -> Policy:
    headers = config.get("HeadersConfig", {})
    cookies = config.get("CookiesConfig", {})
    query_strings = config.get("QueryStringsConfig", {})
    names = [name.lower() for name in _items(headers.get("Headers", {}))]
    accepted = {"br": "EnableAcceptEncodingBrotli", "gzip": "EnableAcceptEncodingGzip"}
    return Policy(
        headers=_names(headers.get("HeaderBehavior", "none"), names),
        cookies=_names(cookies.get("CookieBehavior", "none"), _items(cookies.get("Cookies", {}))),
        query_strings=_names(
            query_strings.get("QueryStringBehavior", "none"),
            _items(query_strings.get("QueryStrings", {})),
        ),
        encodings=tuple(name for name, setting in accepted.items() if config.get(setting)),
    )


def _names(behavior: str, listed: list[str]) -> Names:
    if behavior in ("all", "allViewer", "allViewerAndWhitelistCloudFront"):
        return Names(frozenset(), all_but=True)
    if behavior == "none":
        return Names(frozenset(), all_but=False)
    return Names(frozenset(listed), all_but=behavior == "allExcept")
