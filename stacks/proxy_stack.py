"""The stack of the two proxies."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from stacks.client_snippet import client_snippet
from stacks.config import TrackingConfig
from stacks.constructs.proxy_distribution import ProxyDistribution
from stacks.hightouch import EVENTS_PROXY, SDK_PROXY


class ProxyStack(cdk.Stack):
    """The SDK proxy and the events proxy, each on its own alternate domain name."""

    def __init__(self, scope: Construct, construct_id: str, *, config: TrackingConfig) -> None:
        # CloudFront takes certificates from us-east-1 alone, so everything is there.
        super().__init__(scope, construct_id, env=cdk.Environment(region="us-east-1"))
        certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", config.certificate_arn
        )
        for proxy_id, table, domain_name in (
            ("SdkProxy", SDK_PROXY, config.sdk_domain),
            ("EventsProxy", EVENTS_PROXY, config.events_domain),
        ):
            proxy = ProxyDistribution(
                self,
                proxy_id,
                table=table,
                distinctive_name=f"{config.name}-{proxy_id}",
                domain_name=domain_name,
                certificate=certificate,
            )
            cdk.CfnOutput(
                self,
                f"{proxy_id}CnameTarget",
                value=proxy.distribution.distribution_domain_name,
                description=f"Point the CNAME of {domain_name} at this name",
            )
        cdk.CfnOutput(
            self,
            "ClientSnippet",
            value=client_snippet(config),
            description="Goes into the head of every page; put your source's write key in",
        )
