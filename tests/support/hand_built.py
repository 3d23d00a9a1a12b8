"""Proxies in the AWS emulator, built by hand as Hightouch's page describes."""

from typing import Any

import boto3

from tests.support.customer import behavior, create_distribution, origin

#: Values of the table "Proxying" of Hightouch's page that differ between the two proxies.
SDK_PROXY = {
    "host": "cdn.hightouch-events.com",
    "methods": ["HEAD", "GET"],
    "cache policy": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "origin request policy": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
}
EVENTS_PROXY = {
    "host": "us-east-1.hightouch-events.com",
    "methods": ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"],
    "cache policy": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "origin request policy": "216adef6-5c7f-47e4-b989-5492eafa07d3",
}
#: The web ACL of the proxies in tests.
WEB_ACL = (
    "arn:aws:wafv2:us-east-1:000000000000:global/webacl/bots/12345678-1234-1234-1234-123456789012"
)


def build_proxy(table: dict[str, Any], alias: str, certificate_arn: str, **own: Any) -> str:
    """Create a proxy with this alternate domain name and return its ID.

    Settings that the page leaves open have the defaults of CloudFront's console; `own` replaces
    some.
    """
    methods = table["methods"]
    cached = {"Quantity": 2, "Items": ["HEAD", "GET"]}
    return create_distribution(
        alias=alias,
        DefaultRootObject="",
        Origins={"Quantity": 1, "Items": [origin("hightouch", DomainName=table["host"])]},
        DefaultCacheBehavior=behavior(
            TargetOriginId="hightouch",
            ViewerProtocolPolicy="https-only",
            AllowedMethods={"Quantity": len(methods), "Items": methods, "CachedMethods": cached},
            CachePolicyId=table["cache policy"],
            OriginRequestPolicyId=table["origin request policy"],
        ),
        ViewerCertificate={
            "ACMCertificateArn": certificate_arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
            "CertificateSource": "acm",
        },
        **{"Comment": f"Hightouch at {alias}", "HttpVersion": "http2and3", **own},
    )


def request_certificate(*names: str) -> str:
    """Request a certificate for these names and return its ARN."""
    acm = boto3.client("acm")
    made = acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=names)
    return made["CertificateArn"]


def configuration_of(distribution_id: str) -> Any:
    """Return the configuration of a distribution."""
    answer = boto3.client("cloudfront").get_distribution_config(Id=distribution_id)
    return answer["DistributionConfig"]
