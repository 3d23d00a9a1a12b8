"""The stack of the two proxies."""

from datetime import timedelta

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.client_snippet import client_snippet
from stacks.constructs.alarms import SDK_RUNBOOK, SilenceAlarm, events_runbook
from stacks.constructs.proxy import Proxy
from stacks.deployment import SNIPPET_OUTPUT, Deployment


class ProxyStack(cdk.Stack):
    """The SDK proxy and the events proxy, each on its own alternate domain name."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment) -> None:
        # CloudFront accepts certificates only from us-east-1, so the whole stack is there.
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region="us-east-1"),
            tags=deployment.tags,
        )
        config = deployment.config
        zone = topic = None
        if config.hosted_zone_id:
            zone = route53.HostedZone.from_hosted_zone_id(self, "HostedZone", config.hosted_zone_id)
        certificate = self._certificate(deployment, zone)
        if config.alarm_topic_arn:
            topic = sns.Topic.from_topic_arn(self, "AlarmTopic", config.alarm_topic_arn)
        events = deployment.events_proxy
        for proxy_id, description, runbook in (
            ("SdkProxy", deployment.sdk_proxy, SDK_RUNBOOK),
            ("EventsProxy", events, events_runbook(events.table.origin_domain)),
        ):
            proxy = Proxy(
                self,
                proxy_id,
                description=description,
                certificate=certificate,
                hosted_zone=zone,
                alarm_topic=topic,
                runbook=runbook,
            )
            cdk.CfnOutput(
                self,
                description.cname_target_output,
                value=proxy.distribution.distribution_domain_name,
                description=proxy.dns_instruction,
            )
            if description == events and topic and config.silence_alarm:
                SilenceAlarm(
                    self,
                    "EventsProxySilence",
                    distribution=proxy.distribution,
                    distinctive_name=description.distinctive_name,
                    domain_name=description.domain_name,
                    hours=config.silence_alarm // timedelta(hours=1),
                    topic=topic,
                )
        cdk.CfnOutput(
            self,
            SNIPPET_OUTPUT,
            value=client_snippet(config),
            description="Insert your source's write key, then add this to the head of every page",
        )

    def _certificate(
        self, deployment: Deployment, zone: route53.IHostedZone | None
    ) -> acm.ICertificate:
        """Return the user's certificate, or a new one that is validated in the hosted zone."""
        if not (names := deployment.certificate_names):
            return acm.Certificate.from_certificate_arn(
                self, "Certificate", deployment.config.certificate_arn
            )
        first, *others = names
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=first,
            subject_alternative_names=others,
            validation=acm.CertificateValidation.from_dns(zone),
        )
