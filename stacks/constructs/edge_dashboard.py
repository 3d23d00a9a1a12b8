"""What the edge function did in each region, on one page."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.edge_package import EDGE_REGIONS


class EdgeDashboard(Construct):
    """A dashboard of a function's invocations, errors, throttles and durations by region.

    39 metrics in all: AWS gives an account three dashboards of up to 50 metrics.
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
                    # Duration has a sample for each invocation; a metric less for each region.
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
                # A replica is named after the region of its function.
                dimensions_map={"FunctionName": f"us-east-1.{function.function_name}"},
                statistic=statistic,
                region=region,
                label=region,
            )
            for region in EDGE_REGIONS
        ],
    )
