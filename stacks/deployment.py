"""The description of a deployment, from which the stacks are built and which the tools read. Pure.

No other module spells these names.
"""

from dataclasses import dataclass, replace

from lambda_edge.cookie_service import Settings
from stacks.config import MOST_COMMON_NAME, TrackingConfig
from stacks.domains import registrable_domain
from stacks.hightouch import (
    EVENTS_PROXY,
    EVENTS_PROXY_WITH_ORIGIN_HOST,
    SDK_PROXY,
    ProxyTable,
    events_origin,
)

#: The output with the ARN of the newest version of the edge function.
VERSION_OUTPUT = "CookieFunctionVersionArn"
#: The tag with the site's domain, which each stack carries.
DOMAIN_TAG = "FirstPartyTracking:domain"
#: The output with the script tag for the site's pages.
SNIPPET_OUTPUT = "ClientSnippet"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyDescription:
    """One of the two proxies.

    `label` is its name in messages, `distinctive_name` its name in the CloudFront console.
    `cname_target_output` is the output with the distribution's own domain name. If
    `forward_cookies` is false, its origin request policy is the table's policy without cookies.
    `web_acl_arn` is empty if it has no web ACL.
    """

    label: str
    table: ProxyTable
    domain_name: str
    distinctive_name: str
    cname_target_output: str
    forward_cookies: bool
    web_acl_arn: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """The stacks, names, paths, and settings that one configuration deploys."""

    config: TrackingConfig

    @property
    def proxies_stack(self) -> str:
        """The name of the stack of the two proxies."""
        return f"{self.config.name}-Proxies"

    @property
    def cookie_service_stack(self) -> str:
        """The name of the stack of the cookie service."""
        return f"{self.config.name}-CookieService"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of both stacks, which CloudFormation also puts on their resources."""
        return {DOMAIN_TAG: self.config.domain}

    @property
    def version_parameter(self) -> str:
        """The name of the SSM parameter with the ARN of the newest version."""
        return f"/{self.config.name}/CookieFunctionVersionArn"

    @property
    def sdk_proxy(self) -> ProxyDescription:
        """The SDK proxy."""
        return ProxyDescription(
            label="SDK proxy",
            table=SDK_PROXY,
            domain_name=self.config.sdk_domain,
            distinctive_name=f"{self.config.name}-SdkProxy",
            cname_target_output="SdkProxyCnameTarget",
            forward_cookies=self.config.forward_cookies,
            web_acl_arn=self.config.web_acl_arn,
        )

    @property
    def events_proxy(self) -> ProxyDescription:
        """The events proxy."""
        tables = {"viewer": EVENTS_PROXY, "origin": EVENTS_PROXY_WITH_ORIGIN_HOST}
        table = tables[self.config.events_host_header]
        return ProxyDescription(
            label="events proxy",
            table=replace(table, origin_domain=events_origin(self.config.hightouch_region)),
            domain_name=self.config.events_domain,
            distinctive_name=f"{self.config.name}-EventsProxy",
            cname_target_output="EventsProxyCnameTarget",
            forward_cookies=self.config.forward_cookies,
            web_acl_arn=self.config.web_acl_arn,
        )

    @property
    def proxies(self) -> tuple[ProxyDescription, ProxyDescription]:
        """The SDK proxy and the events proxy."""
        return self.sdk_proxy, self.events_proxy

    @property
    def certificate_names(self) -> tuple[str, str] | None:
        """The names in the certificate that the deployment requests, None if it requests none."""
        if self.config.certificate_arn or not self.config.hosted_zone_id:
            return None
        first, second = (proxy.domain_name for proxy in self.proxies)
        return (first, second) if len(first) <= MOST_COMMON_NAME else (second, first)

    @property
    def paths(self) -> tuple[str, str]:
        """The paths of the cookie service: renew and clear."""
        return self.config.renew_path, self.config.clear_path

    @property
    def settings(self) -> Settings:
        """The settings in the edge function's package."""
        return Settings(
            cookie_domain=self.config.cookie_domain,
            cookie_domain_is_registrable=self.config.cookie_domain
            == registrable_domain(self.config.cookie_domain),
            max_age_seconds=int(self.config.cookie_max_age.total_seconds()),
            restore_after_seconds=int(self.config.restore_after.total_seconds()),
            honor_gpc=self.config.honor_gpc,
            mark_restored=self.config.mark_restored,
            renew_path=self.config.renew_path,
            clear_path=self.config.clear_path,
        )
