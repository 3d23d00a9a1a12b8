"""One of Hightouch's two proxies as a CloudFront distribution."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from stacks.hightouch import (
    ALL_VIEWER,
    ALL_VIEWER_EXCEPT_HOST_HEADER,
    ManagedPolicy,
    ProxyTable,
)

# The tables speak CloudFront's own words, the library has names of its own for them.
_VIEWER_PROTOCOL_POLICIES = {"https-only": cloudfront.ViewerProtocolPolicy.HTTPS_ONLY}
_HTTP_VERSIONS = {"http2and3": cloudfront.HttpVersion.HTTP2_AND_3}
_ALLOWED_METHODS = {
    frozenset(allowed.methods): allowed
    for allowed in (cloudfront.AllowedMethods.ALLOW_GET_HEAD, cloudfront.AllowedMethods.ALLOW_ALL)
}
# Which headers the managed policies forward.
_HEADERS = {
    ALL_VIEWER: cloudfront.OriginRequestHeaderBehavior.all(),
    ALL_VIEWER_EXCEPT_HOST_HEADER: cloudfront.OriginRequestHeaderBehavior.deny_list("Host"),
}


class ProxyDistribution(Construct):
    """A distribution set up as one of the tables under "Proxying" of Hightouch's page says.

    `distinctive_name` is what the console shows as its name. Every row of the table is stated,
    also where it equals CDK's default, so that a new default changes nothing. Without
    `forward_cookies` the origin request policy is the table's less the cookies.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: ProxyTable,
        distinctive_name: str,
        domain_name: str,
        certificate: acm.ICertificate,
        forward_cookies: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=distinctive_name,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(
                    table.origin_domain,
                    origin_path=table.origin_path,
                    origin_shield_enabled=table.enable_origin_shield,
                    protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                    origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                ),
                compress=table.compress_objects_automatically,
                viewer_protocol_policy=_VIEWER_PROTOCOL_POLICIES[table.viewer_protocol_policy],
                allowed_methods=_ALLOWED_METHODS[frozenset(table.allowed_http_methods)],
                trusted_key_groups=list(table.trusted_key_groups),
                cache_policy=cloudfront.CachePolicy.from_cache_policy_id(
                    self, "CachePolicy", table.cache_policy.id
                ),
                origin_request_policy=(
                    cloudfront.OriginRequestPolicy.from_origin_request_policy_id(
                        self, "OriginRequestPolicy", table.origin_request_policy.id
                    )
                    if forward_cookies
                    else _without_cookies(self, table.origin_request_policy, distinctive_name)
                ),
                response_headers_policy=table.response_headers_policy,
                function_associations=list(table.function_associations),
                edge_lambdas=list(table.function_associations),
            ),
            domain_names=[domain_name],
            certificate=certificate,
            ssl_support_method=cloudfront.SSLMethod.SNI,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=_HTTP_VERSIONS[table.supported_http_versions],
            default_root_object=table.default_root_object,
            enable_logging=table.standard_logging,
            enable_ipv6=table.ipv6,
        )
        # The console's "Name" of a distribution is this tag.
        cdk.Tags.of(self.distribution).add("Name", distinctive_name)
        cdk.Validations.of(self.distribution).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR1",
                reason="Visitors of the site come from anywhere",
            ),
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR2",
                reason="The vendor's table has no web ACL; the site's owner may add one",
            ),
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR3",
                reason="The vendor's table says standard logging: Off",
            ),
        )


def _without_cookies(
    scope: Construct, policy: ManagedPolicy, distinctive_name: str
) -> cloudfront.OriginRequestPolicy:
    """Return a policy that forwards what `policy` does, less the cookies.

    The header `Cookie` follows the setting of cookies, not that of headers: with "none" no cookie
    is sent, but for those that a cache policy lists, and the documented ones list none.
    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginRequestPolicyCookiesConfig.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
    """
    return cloudfront.OriginRequestPolicy(
        scope,
        "OriginRequestPolicyWithoutCookies",
        origin_request_policy_name=f"{distinctive_name}-WithoutCookies",
        comment=f"{policy.name} less the cookies",
        header_behavior=_HEADERS[policy],
        query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
        cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
    )
