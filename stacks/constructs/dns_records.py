"""Route 53 records of a distribution's alternate domain name."""

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct


class DnsRecords(Construct):
    """Alias records of one host name: A, AAAA, and HTTPS.

    An HTTPS record tells browsers before they connect that the host supports HTTP/3 (RFC 9460).
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
        # Without the final dot, CDK would append the zone's name, which it cannot get from the ID.
        record_name = f"{domain_name}."
        route53.ARecord(self, "A", zone=hosted_zone, record_name=record_name, target=target)
        route53.AaaaRecord(self, "Aaaa", zone=hosted_zone, record_name=record_name, target=target)
        route53.HttpsRecord(self, "Https", zone=hosted_zone, record_name=record_name, target=target)
