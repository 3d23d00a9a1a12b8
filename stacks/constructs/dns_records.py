"""The names of a distribution in Route 53."""

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct


class DnsRecords(Construct):
    """Alias records of one host name, for IPv4, IPv6 and HTTP/3 without a detour.

    An HTTPS record tells browsers of HTTP/3 before they connect (RFC 9460).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hosted_zone: route53.IHostedZone,
        domain_name: str,
        distribution: cloudfront.IDistribution,
    ) -> None:
        super().__init__(scope, construct_id)
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        # With the dot at its end, or the library puts the zone's name behind it, which it does not
        # know here.
        record_name = f"{domain_name}."
        route53.ARecord(self, "A", zone=hosted_zone, record_name=record_name, target=target)
        route53.AaaaRecord(self, "Aaaa", zone=hosted_zone, record_name=record_name, target=target)
        route53.HttpsRecord(self, "Https", zone=hosted_zone, record_name=record_name, target=target)
