"""One of Hightouch's two proxies as a CloudFront distribution."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.constructs.alarms import ErrorRateAlarms, ProxyRunbook
from stacks.constructs.dns_records import DnsRecords
from stacks.deployment import ProxyDescription
from stacks.hightouch import ALL_VIEWER, ALL_VIEWER_EXCEPT_HOST_HEADER, ManagedPolicy

# CDK's names for CloudFront's own terms, which the tables use.
_VIEWER_PROTOCOL_POLICIES = {"https-only": cloudfront.ViewerProtocolPolicy.HTTPS_ONLY}
_HTTP_VERSIONS = {"http2and3": cloudfront.HttpVersion.HTTP2_AND_3}
_ALLOWED_METHODS = {
    frozenset(allowed.methods): allowed
    for allowed in (cloudfront.AllowedMethods.ALLOW_GET_HEAD, cloudfront.AllowedMethods.ALLOW_ALL)
}
# The headers that each managed policy forwards.
_HEADERS = {
    ALL_VIEWER: cloudfront.OriginRequestHeaderBehavior.all(),
    ALL_VIEWER_EXCEPT_HOST_HEADER: cloudfront.OriginRequestHeaderBehavior.deny_list("Host"),
}


class Proxy(Construct):
    """A distribution with the settings of one of the "Proxying" tables on Hightouch's page.

    The code states every row of the table, even if it equals CDK's default, so that a new default
    changes nothing. If `hosted_zone` is given, the proxy has records in it; if `alarm_topic` is
    given, it has alarms.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: ProxyDescription,
        certificate: acm.ICertificate,
        hosted_zone: route53.IHostedZone | None,
        alarm_topic: sns.ITopic | None,
        runbook: ProxyRunbook,
    ) -> None:
        super().__init__(scope, construct_id)
        table = description.table
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=description.distinctive_name,
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
                    if description.forward_cookies
                    else _without_cookies(
                        self, table.origin_request_policy, description.distinctive_name
                    )
                ),
                response_headers_policy=table.response_headers_policy,
                function_associations=list(table.function_associations),
                edge_lambdas=list(table.function_associations),
            ),
            domain_names=[description.domain_name],
            certificate=certificate,
            ssl_support_method=cloudfront.SSLMethod.SNI,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=_HTTP_VERSIONS[table.supported_http_versions],
            default_root_object=table.default_root_object,
            enable_logging=table.standard_logging,
            enable_ipv6=table.ipv6,
            web_acl_id=description.web_acl_arn or None,
        )
        # The console's "Name" of a distribution is this tag.
        cdk.Tags.of(self.distribution).add("Name", description.distinctive_name)
        cdk.Validations.of(self.distribution).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR1",
                reason="The site's visitors can be in any country",
            ),
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR2",
                reason="Hightouch's table has no web ACL; web_acl_arn adds one",
            ),
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-CFR3",
                reason="Hightouch's table has standard logging off",
            ),
        )
        # Both are in the scope of this construct, not inside it: a construct's path is part of its
        # logical ID, so moving them would replace the deployed resources.
        if hosted_zone:
            DnsRecords(
                scope,
                f"{construct_id}Records",
                hosted_zone=hosted_zone,
                domain_name=description.domain_name,
                distribution=self.distribution,
            )
        if alarm_topic:
            ErrorRateAlarms(
                scope,
                f"{construct_id}Alarms",
                distribution=self.distribution,
                distinctive_name=description.distinctive_name,
                domain_name=description.domain_name,
                runbook=runbook,
                topic=alarm_topic,
            )
        #: The output's description: whether the user must still create the CNAME record.
        self.dns_instruction = (
            f"The records of {description.domain_name} already point at this name"
            if hosted_zone
            else f"Point the CNAME of {description.domain_name} at this name"
        )


def _without_cookies(
    scope: Construct, policy: ManagedPolicy, distinctive_name: str
) -> cloudfront.OriginRequestPolicy:
    """Return a policy that forwards the same as `policy`, except cookies.

    The policy's cookie setting, not its header setting, controls the header `Cookie`. With "none",
    CloudFront sends only cookies that the cache policy lists; the documented policies list none.
    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginRequestPolicyCookiesConfig.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
    """
    return cloudfront.OriginRequestPolicy(
        scope,
        "OriginRequestPolicyWithoutCookies",
        origin_request_policy_name=f"{distinctive_name}-WithoutCookies",
        comment=f"{policy.name} without cookies",
        header_behavior=_HEADERS[policy],
        query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
        cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
    )
