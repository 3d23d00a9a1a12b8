"""The stack of the cookie service."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.config import TrackingConfig
from stacks.constructs.alarms import EdgeFunctionAlarms
from stacks.constructs.cookie_function import CookieFunction
from stacks.constructs.distribution_attachment.infrastructure import DistributionAttachments
from stacks.constructs.edge_dashboard import EdgeDashboard
from stacks.cookie_package import settings_of


class CookieServiceStack(cdk.Stack):
    """The edge function that answers renew and clear, and where to find its newest version."""

    def __init__(self, scope: Construct, construct_id: str, *, config: TrackingConfig) -> None:
        # Functions for Lambda@Edge live in us-east-1.
        super().__init__(scope, construct_id, env=cdk.Environment(region="us-east-1"))
        # The library states each function's dependency on its role, which the reference implies.
        self.template_options.metadata = {"cfn-lint": {"config": {"ignore_checks": ["W3005"]}}}
        function = CookieFunction(self, "CookieFunction", settings=settings_of(config))
        # A parameter, not an export: an export is locked once another stack imports it.
        parameter = ssm.StringParameter(
            self,
            "VersionArnParameter",
            parameter_name=f"/{config.name}/CookieFunctionVersionArn",
            string_value=function.version.function_arn,
            description="Newest version of the Hightouch cookie service, for Lambda@Edge",
        )
        harmless: list[Construct] = [parameter]
        if config.alarm_topic_arn:
            topic = sns.Topic.from_topic_arn(self, "AlarmTopic", config.alarm_topic_arn)
            harmless += [
                EdgeDashboard(
                    self, "Dashboard", name=construct_id, function=function.version.lambda_
                ),
                *(
                    EdgeFunctionAlarms(
                        self,
                        f"{distribution_id}Alarms",
                        distribution_id=distribution_id,
                        name_prefix=config.name,
                        topic=topic,
                    )
                    for distribution_id in config.site_distribution_ids
                ),
            ]
        if config.site_distribution_ids:
            attachments = DistributionAttachments(
                self,
                "Attachments",
                distribution_ids=config.site_distribution_ids,
                version=function.version,
                paths=[config.renew_path, config.clear_path],
            )
            # Last, when everything that may fail without harm has succeeded.
            attachments.node.add_dependency(*harmless)
        cdk.CfnOutput(
            self,
            "CookieFunctionVersionArn",
            value=function.version.function_arn,
            description=(
                f"Attach to viewer-request of {config.renew_path} and {config.clear_path} "
                f"on the distribution of {config.domain}"
            ),
        )
