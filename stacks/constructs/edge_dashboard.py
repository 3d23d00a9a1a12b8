"""The dashboard of the edge function's metrics in all Regions."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.edge_package import EDGE_REGIONS


class EdgeDashboard(Construct):
    """A dashboard of a function's invocations, errors, throttles, and durations by Region.

    It has 39 metrics. An account has three dashboards of up to 50 metrics for free.
    https://aws.amazon.com/cloudwatch/pricing/
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            widgets=[
                [
                    # Duration has one sample per invocation, so no metric of its own is needed.
                    _graph("Invocations", function, "Duration", cloudwatch.Stats.SAMPLE_COUNT),
                    _graph("Duration, p99", function, "Duration", cloudwatch.Stats.p(99)),
                ],
                [
                    _graph("Errors", function, "Errors", cloudwatch.Stats.SUM),
                    _graph("Throttles", function, "Throttles", cloudwatch.Stats.SUM),
                ],
            ],
        )


def _graph(
    title: str, function: lambda_.IFunction, metric_name: str, statistic: str
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        width=12,
        left=[
            cloudwatch.Metric(
                namespace="AWS/Lambda",
                metric_name=metric_name,
                # A replica's name begins with the Region of its function.
                dimensions_map={"FunctionName": f"us-east-1.{function.function_name}"},
                statistic=statistic,
                region=region,
                label=region,
            )
            for region in EDGE_REGIONS
        ],
    )
