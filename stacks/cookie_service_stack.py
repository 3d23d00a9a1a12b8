"""The stack of the cookie service."""

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from lambda_edge.cookie_service import Settings
from stacks.config import TrackingConfig
from stacks.constructs.cookie_function import CookieFunction


class CookieServiceStack(cdk.Stack):
    """The edge function that answers renew and clear, and where to find its newest version."""

    def __init__(self, scope: Construct, construct_id: str, *, config: TrackingConfig) -> None:
        # Functions for Lambda@Edge live in us-east-1.
        super().__init__(scope, construct_id, env=cdk.Environment(region="us-east-1"))
        function = CookieFunction(
            self,
            "CookieFunction",
            settings=Settings(
                cookie_domain=config.cookie_domain,
                max_age_seconds=int(config.cookie_max_age.total_seconds()),
                restore_after_seconds=int(config.restore_after.total_seconds()),
                renew_path=config.renew_path,
                clear_path=config.clear_path,
            ),
        )
        # A parameter, not an export: an export is locked once another stack imports it.
        ssm.StringParameter(
            self,
            "VersionArnParameter",
            parameter_name=f"/{config.name}/CookieFunctionVersionArn",
            string_value=function.version.function_arn,
            description="Newest version of the Hightouch cookie service, for Lambda@Edge",
        )
        cdk.CfnOutput(
            self,
            "CookieFunctionVersionArn",
            value=function.version.function_arn,
            description=(
                f"Attach to viewer-request of {config.renew_path} and {config.clear_path} "
                f"on the distribution of {config.domain}"
            ),
        )
