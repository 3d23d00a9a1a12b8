"""An app that has only the main constructs of this project's app, with CDK's defaults.

If the context key `attached` is given, it also has CDK's `Provider` and a custom resource.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources

app = cdk.App()
env = cdk.Environment(region="us-east-1")
proxies = cdk.Stack(app, "Proxies", env=env)
for name in ("Sdk", "Events"):
    cloudfront.Distribution(
        proxies,
        name,
        default_behavior=cloudfront.BehaviorOptions(origin=origins.HttpOrigin("example.com")),
    )
edge = cdk.Stack(app, "Edge", env=env)
function = lambda_.Function(
    edge,
    "Function",
    code=lambda_.Code.from_inline("def handler(event, context): pass"),
    handler="index.handler",
    runtime=lambda_.Runtime.PYTHON_3_14,
)
lambda_.Version(edge, "Version", lambda_=function)
if app.node.try_get_context("attached"):
    provider = custom_resources.Provider(
        edge, "Provider", on_event_handler=function, is_complete_handler=function
    )
    cdk.CustomResource(edge, "Resource", service_token=provider.service_token)
app.synth()
