"""The stack of the cookie service."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.constructs.alarms import EdgeFunctionAlarms
from stacks.constructs.cookie_function import CookieFunction
from stacks.constructs.distribution_attachments import DistributionAttachments
from stacks.constructs.edge_dashboard import EdgeDashboard
from stacks.deployment import VERSION_OUTPUT, Deployment


class CookieServiceStack(cdk.Stack):
    """The edge function that answers renew and clear, its alarms, and its attachments."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment) -> None:
        # Lambda@Edge replicates functions only from us-east-1.
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region="us-east-1"),
            tags=deployment.tags,
        )
        # CDK declares each function's dependency on its role, which the reference already implies.
        self.template_options.metadata = {"cfn-lint": {"config": {"ignore_checks": ["W3005"]}}}
        config = deployment.config
        version = CookieFunction(self, "CookieFunction", settings=deployment.settings).version
        # A parameter, not an export: an export cannot change while another stack imports it.
        first: list[Construct] = [
            ssm.StringParameter(
                self,
                "VersionArnParameter",
                parameter_name=deployment.version_parameter,
                string_value=version.function_arn,
                description="Newest version of the Hightouch cookie service, for Lambda@Edge",
            )
        ]
        if config.alarm_topic_arn:
            topic = sns.Topic.from_topic_arn(self, "AlarmTopic", config.alarm_topic_arn)
            function = version.lambda_
            first.append(EdgeDashboard(self, "Dashboard", name=construct_id, function=function))
            first += EdgeFunctionAlarms.on_each(
                self, config.site_distribution_ids or (), name_prefix=config.name, topic=topic
            )
        if config.site_distribution_ids is not None:
            # Last, so that a failure of any other resource leaves the distributions unchanged.
            DistributionAttachments(
                self,
                "Attachments",
                distribution_ids=config.site_distribution_ids,
                version=version,
                paths=deployment.paths,
                repair=config.repair,
            ).node.add_dependency(*first)
        cdk.CfnOutput(
            self,
            VERSION_OUTPUT,
            value=version.function_arn,
            description=f"Attach to the viewer request of {' and '.join(deployment.paths)} on the "
            f"distribution of {config.domain}",
        )
