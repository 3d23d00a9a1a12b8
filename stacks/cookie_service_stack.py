"""The stack of the cookie service."""

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.config import TrackingConfig
from stacks.constructs.cookie_function import CookieFunction
from stacks.constructs.distribution_attachment.infrastructure import DistributionAttachments
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
        if config.site_distribution_ids:
            attachments = DistributionAttachments(
                self,
                "Attachments",
                distribution_ids=config.site_distribution_ids,
                version=function.version,
                paths=[config.renew_path, config.clear_path],
            )
            # Last, when everything that may fail without harm has succeeded.
            attachments.node.add_dependency(parameter)
        cdk.CfnOutput(
            self,
            "CookieFunctionVersionArn",
            value=function.version.function_arn,
            description=(
                f"Attach to viewer-request of {config.renew_path} and {config.clear_path} "
                f"on the distribution of {config.domain}"
            ),
        )
