"""The stack of the two proxies."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.client_snippet import client_snippet
from stacks.config import TrackingConfig
from stacks.constructs.alarms import EVENTS_RUNBOOK, SDK_RUNBOOK, ErrorRateAlarms
from stacks.constructs.dns_records import DnsRecords
from stacks.constructs.proxy_distribution import ProxyDistribution
from stacks.hightouch import EVENTS_PROXY, EVENTS_PROXY_WITH_ORIGIN_HOST, SDK_PROXY


class ProxyStack(cdk.Stack):
    """The SDK proxy and the events proxy, each on its own alternate domain name."""

    def __init__(self, scope: Construct, construct_id: str, *, config: TrackingConfig) -> None:
        # CloudFront takes certificates from us-east-1 alone, so everything is there.
        super().__init__(scope, construct_id, env=cdk.Environment(region="us-east-1"))
        certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", config.certificate_arn
        )
        hosted_zone = (
            route53.HostedZone.from_hosted_zone_id(self, "HostedZone", config.hosted_zone_id)
            if config.hosted_zone_id
            else None
        )
        alarm_topic = (
            sns.Topic.from_topic_arn(self, "AlarmTopic", config.alarm_topic_arn)
            if config.alarm_topic_arn
            else None
        )
        events_proxy = {"viewer": EVENTS_PROXY, "origin": EVENTS_PROXY_WITH_ORIGIN_HOST}[
            config.events_host_header
        ]
        for proxy_id, table, domain_name, runbook in (
            ("SdkProxy", SDK_PROXY, config.sdk_domain, SDK_RUNBOOK),
            ("EventsProxy", events_proxy, config.events_domain, EVENTS_RUNBOOK),
        ):
            distinctive_name = f"{config.name}-{proxy_id}"
            distribution = ProxyDistribution(
                self,
                proxy_id,
                table=table,
                distinctive_name=distinctive_name,
                domain_name=domain_name,
                certificate=certificate,
                forward_cookies=config.forward_cookies,
            ).distribution
            if hosted_zone:
                DnsRecords(
                    self,
                    f"{proxy_id}Records",
                    hosted_zone=hosted_zone,
                    domain_name=domain_name,
                    distribution=distribution,
                )
            if alarm_topic:
                ErrorRateAlarms(
                    self,
                    f"{proxy_id}Alarms",
                    distribution=distribution,
                    distinctive_name=distinctive_name,
                    domain_name=domain_name,
                    runbook=runbook,
                    topic=alarm_topic,
                )
            cdk.CfnOutput(
                self,
                f"{proxy_id}CnameTarget",
                value=distribution.distribution_domain_name,
                description=(
                    f"The records of {domain_name} point at this name already"
                    if hosted_zone
                    else f"Point the CNAME of {domain_name} at this name"
                ),
            )
        cdk.CfnOutput(
            self,
            "ClientSnippet",
            value=client_snippet(config),
            description="Goes into the head of every page; put your source's write key in",
        )
