"""The request that CloudFront sends to an origin, as the behavior's policies define it."""

import re

import httpx

from tools.preview.distributions import Behavior
from tools.preview.viewer_request import ViewerRequest, list_items

# Headers that reach a custom origin even if no policy lists them: the rows "forwards the header" of
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
_ALWAYS_FORWARDED = re.compile(
    "cache-control|content-(?:encoding|language|length|md5|type)|date|from"
    "|if-(?:match|modified-since|none-match|range|unmodified-since)|max-forwards|origin|pragma"
    "|(?:request-)?range|warning"
)
# Headers that never reach it: the rows "removes the header" for headers that no policy can list.
_NEVER_FORWARDED = re.compile(
    "connection|expect|keep-alive|proxy-(?:authenticate|authorization|connection)|te|trailer"
    "|transfer-encoding|upgrade|x-edge-.*|x-forwarded-proto|x-real-ip"
)
# Headers that CloudFront writes itself.
_OWN = ("cookie", "via", "x-amz-cf-id", "x-forwarded-for")

#: The value of `Via` that CloudFront sends to origins and to viewers.
VIA = "1.1 local.cloudfront.net (CloudFront)"


def origin_request(request: ViewerRequest, behavior: Behavior, *, scheme: str) -> httpx.Request:
    """Return the request to the behavior's origin. `scheme` is the viewer's, https or http."""
    origin = behavior.origin
    protocol = (
        scheme if origin.protocol == "match-viewer" else origin.protocol.removesuffix("-only")
    )
    port = origin.http_port if protocol == "http" else origin.https_port
    is_default_port = port == {"http": 80, "https": 443}[protocol]
    authority = origin.domain_name if is_default_port else f"{origin.domain_name}:{port}"
    target = origin.path + request.uri
    if query := _query_string(request, behavior):
        target += f"?{query}"
    raw_path = target.encode("latin-1")
    return httpx.Request(
        request.method,
        httpx.URL(f"{protocol}://{authority}").copy_with(raw_path=raw_path),
        headers=_headers(request, behavior, authority),
        content=request.body or None,
        extensions={
            # Path and query are sent unchanged: httpx's URL removes dot segments, for example.
            "target": raw_path,
            "timeout": {
                "connect": origin.connect_seconds,
                "pool": origin.connect_seconds,
                "read": origin.response_seconds,
                "write": origin.response_seconds,
            },
        },
    )


def forwards_cookies(behavior: Behavior) -> bool:
    """Return whether any cookie can reach the origin. If not, CloudFront removes `Set-Cookie`."""
    return any(not policy.cookies.is_empty for policy in behavior.policies)


def _headers(
    request: ViewerRequest, behavior: Behavior, authority: str
) -> list[tuple[bytes, bytes]]:
    policies = behavior.policies
    encodings = [name for policy in policies for name in policy.encodings]
    own = {*_OWN, *list_items(request.values("connection"))}
    if encodings:
        own.add("accept-encoding")
    if request.values("transfer-encoding"):
        # RFC 9112 §6.3: it overrides the length.
        own.add("content-length")
    headers = [
        (name, value)
        for name, value in request.headers
        if not _NEVER_FORWARDED.fullmatch(name)
        and name not in own
        and (
            _ALWAYS_FORWARDED.fullmatch(name) or any(name in policy.headers for policy in policies)
        )
    ]
    present = {name for name, _ in headers}
    if "host" not in present:
        headers.insert(0, ("host", authority))
    if "user-agent" not in present:
        headers.append(("user-agent", "Amazon CloudFront"))
    if cookies := _cookies(request, behavior):
        headers.append(("cookie", cookies))
    if encodings and (accepted := ",".join(request.values("accept-encoding"))):
        names = {item.partition(";")[0].strip().lower() for item in accepted.split(",")}
        both = [name for name in encodings if name in names]
        headers.append(("accept-encoding", ",".join(both) or "identity"))
    addresses = [*request.values("x-forwarded-for"), request.client_ip]
    headers.append(("x-forwarded-for", ",".join(addresses)))
    headers.append(("via", ", ".join([*request.values("via"), VIA])))
    headers.append(("x-amz-cf-id", request.id))
    custom = dict(behavior.origin.custom_headers)
    headers = [(name, value) for name, value in headers if name not in custom]
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in [*headers, *custom.items()]
    ]


def _cookies(request: ViewerRequest, behavior: Behavior) -> str:
    pairs = [pair.strip() for header in request.values("cookie") for pair in header.split(";")]
    forwarded = [
        pair
        for pair in pairs
        if pair and any(_name(pair) in policy.cookies for policy in behavior.policies)
    ]
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Cookies.html
    return "; ".join(sorted(forwarded, key=_name))


def _query_string(request: ViewerRequest, behavior: Behavior) -> str:
    return "&".join(
        pair
        for pair in request.query_string.split("&")
        if any(_name(pair) in policy.query_strings for policy in behavior.policies)
    )


def _name(pair: str) -> str:
    return pair.partition("=")[0]
