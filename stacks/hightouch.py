"""Hightouch's documented values, as data. Pure.

Source: Hightouch docs, "First party tracking", last updated 2024-04-16.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

#: The version of the SDK, npm's `@ht-sdks/events-sdk-js-browser`, with which the tests run.
TESTED_SDK_VERSION = "1.5.1"


#: The version that Hightouch updates, and that its snippet loads.
LATEST_SDK = "v1-latest"


def sdk_path(version: str) -> str:
    """Return the path of a version of the SDK on Hightouch's CDN."""
    return f"/browser/release/{version}/events.min.js"


#: The regions of Hightouch Events: Hightouch docs, "Events overview". Each workspace is in one.
REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")


def events_origin(region: str) -> str:
    """Return the host that receives the events of a region's workspaces.

    Hightouch's page and SDKs name the hosts of us-east-1 and ap-south-1. For other regions, this
    function assumes the same pattern.
    """
    return f"{region}.hightouch-events.com"


def region_of(origin_domain: str) -> str:
    """Return the region whose events this host receives, or empty text if it is not such a host."""
    found = re.fullmatch(r"([a-z]+(?:-[a-z]+)+-[0-9])\.hightouch-events\.com", origin_domain)
    return found[1] if found else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedPolicy:
    """One of CloudFront's managed policies. `name` is its name in the console."""

    name: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyTable:
    """One of the page's two tables, with a field for each row, in the page's order.

    Rows that are the same in both tables are defaults. "Name", "Alternate domain name", and "Custom
    SSL certificate" differ between users, so they are in the configuration.
    """

    origin_domain: str
    origin_path: str = ""  # "Leave this blank"
    enable_origin_shield: bool = False
    compress_objects_automatically: bool = True
    viewer_protocol_policy: Literal["https-only"] = "https-only"
    allowed_http_methods: tuple[str, ...]
    trusted_key_groups: tuple[()] = ()  # "Restrict viewer access: No"
    cache_policy: ManagedPolicy
    origin_request_policy: ManagedPolicy
    response_headers_policy: None = None
    function_associations: tuple[()] = ()
    supported_http_versions: Literal["http2and3"] = "http2and3"
    default_root_object: str = ""  # "Leave this blank"
    standard_logging: bool = False
    ipv6: bool = True


# Policy IDs: CloudFront Developer Guide, "Use managed cache policies" and "Use managed origin
# request policies".

ALL_VIEWER = ManagedPolicy(name="AllViewer", id="216adef6-5c7f-47e4-b989-5492eafa07d3")
ALL_VIEWER_EXCEPT_HOST_HEADER = ManagedPolicy(
    name="AllViewerExceptHostHeader", id="b689b0a8-53d0-40ab-baf2-68738e2966ac"
)

#: Table "Proxying the JavaScript SDK".
SDK_PROXY = ProxyTable(
    origin_domain="cdn.hightouch-events.com",
    allowed_http_methods=("GET", "HEAD"),
    cache_policy=ManagedPolicy(name="CachingOptimized", id="658327ea-f89d-4fab-a63d-7e88639e58f6"),
    origin_request_policy=ALL_VIEWER_EXCEPT_HOST_HEADER,
)

#: Table "Proxying events".
EVENTS_PROXY = ProxyTable(
    origin_domain="us-east-1.hightouch-events.com",
    allowed_http_methods=("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"),
    cache_policy=ManagedPolicy(name="CachingDisabled", id="4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
    origin_request_policy=ALL_VIEWER,
)

#: The same table, except that Hightouch receives its own host name as `Host`, as from the SDK
#: proxy. With the documented row, it receives the proxy's name. A service of the same design
#: answers such requests with 403.
EVENTS_PROXY_WITH_ORIGIN_HOST = replace(
    EVENTS_PROXY, origin_request_policy=ALL_VIEWER_EXCEPT_HOST_HEADER
)
