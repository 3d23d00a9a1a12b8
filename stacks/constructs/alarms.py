"""Alarms worth waking someone for. Each description says what it means and what to do.

CloudFront's metrics are only in us-east-1, in the namespace AWS/CloudFront, with the dimensions
DistributionId and Region, which is always "Global".
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.deployment import SNIPPET_OUTPUT

_PERIOD = cdk.Duration.minutes(5)

#: A rate of fewer failed requests in a period says little: at night a single one is 100 %.
_FAILED_REQUESTS = 10

#: A broken function fails four renews on a first page view, each tried four times by the SDK.
_FUNCTION_ERRORS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyRunbook:
    """What a proxy's 4xx and 5xx answers mean, and what to do about them."""

    on_4xx: str
    on_5xx: str


SDK_RUNBOOK = ProxyRunbook(
    on_4xx="Pages do not get the SDK, so they track nothing. Open the script's address, which the "
    f"output {SNIPPET_OUTPUT} has: 403 points to the alternate domain name or its certificate, 404 "
    "to a file that Hightouch has moved.",
    on_5xx="Pages do not get the SDK, so they track nothing. Open the script's address, which the "
    f"output {SNIPPET_OUTPUT} has, then the same on cdn.hightouch-events.com: if both fail, report "
    "it to Hightouch.",
)


def events_runbook(origin_domain: str) -> ProxyRunbook:
    """Return the runbook of the events proxy, whose origin is Hightouch's host `origin_domain`."""
    return ProxyRunbook(
        on_4xx="Events are refused and lost. Look at one in a browser's network panel: 400 and 401 "
        "point to the write key or the event itself, 403 on all to the Host header, which "
        "events_host_header=origin changes.",
        on_5xx=f"Events are lost once the SDK gives up. Post one to {origin_domain}: if that fails "
        "too, report it to Hightouch; 502 only through the proxy points to the Host header, which "
        "events_host_header=origin changes.",
    )


class ErrorRateAlarms(Construct):
    """Alarms on the rates of 4xx and 5xx answers of a proxy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        distribution: cloudfront.IDistribution,
        distinctive_name: str,
        domain_name: str,
        runbook: ProxyRunbook,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        distribution_id = distribution.distribution_id
        for status, most_percent, advice in (
            # Scanners cause some 4xx on every host.
            ("4xx", 25, runbook.on_4xx),
            ("5xx", 5, runbook.on_5xx),
        ):
            metrics = {
                "percent": _metric(f"{status}ErrorRate", "Average", distribution_id),
                "requests": _metric("Requests", "Sum", distribution_id),
            }
            _alarm(
                self,
                f"ErrorRate{status}",
                topic=topic,
                name=f"{distinctive_name}-{status}",
                description=(
                    f"{domain_name}: over {most_percent} % of the requests got {status} for "
                    f"15 minutes. {advice}"
                ),
                metric=cloudwatch.MathExpression(
                    expression=f"IF(percent * requests / 100 >= {_FAILED_REQUESTS}, percent, 0)",
                    using_metrics=metrics,
                    period=_PERIOD,
                    label=f"{status} rate, of {_FAILED_REQUESTS} failed requests or more",
                ),
                operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                threshold=most_percent,
                datapoints=3,
            )


class SilenceAlarm(Construct):
    """An alarm that goes off after hours without a request to the events proxy.

    CloudWatch evaluates at most seven days, in periods of an hour or longer.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        distribution: cloudfront.IDistribution,
        distinctive_name: str,
        domain_name: str,
        hours: int,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        duration = "1 hour" if hours == 1 else f"{hours} hours"
        _alarm(
            self,
            "Silence",
            topic=topic,
            name=f"{distinctive_name}-Silence",
            description=(
                f"{domain_name}: no request for {duration}. Before the first event, this is "
                "normal: the alarm starts in ALARM, and ends with that event. Later, see whether "
                f"the site has visitors, its pages have the snippet, and {domain_name} resolves: "
                "python -m tools doctor checks the name."
            ),
            metric=_metric("Requests", "Sum", distribution.distribution_id).with_(
                period=cdk.Duration.hours(1)
            ),
            operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            datapoints=hours,
            periods=hours,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )


class EdgeFunctionAlarms(Construct):
    """Alarms on what goes wrong with the edge functions of one distribution, worldwide.

    Lambda has its metrics in the regions where a function ran, which no one alarm can watch.
    CloudFront counts failures for each distribution. Its reference of metrics leaves these three
    out; they are what its console's graph "5xx errors for Lambda@Edge" asks for, part of the
    default metrics "at no additional cost". Dashboards that people exported from it have the last
    one's name with and without its "s".
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/viewing-cloudfront-metrics.html
    https://github.com/awsdocs/amazon-cloudfront-developer-guide/pull/73
    """

    @classmethod
    def on_each(
        cls,
        scope: Construct,
        distribution_ids: Sequence[str],
        *,
        name_prefix: str,
        topic: sns.ITopic,
    ) -> list[Self]:
        """Return the alarms of several distributions."""
        return [
            cls(
                scope,
                f"{distribution_id}Alarms",
                distribution_id=distribution_id,
                name_prefix=name_prefix,
                topic=topic,
            )
            for distribution_id in distribution_ids
        ]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        distribution_id: str,
        name_prefix: str,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        for alarm_id, metric_name, advice in (
            (
                "ExecutionErrors",
                "LambdaExecutionError",
                "An edge function raised an error or took over 5 seconds, so CloudFront answered "
                "503. Read its log in the region where it ran: docs/operate.md.",
            ),
            (
                "InvalidResponses",
                "LambdaValidationError",
                "CloudFront refused an edge function's answer and sent 502 instead. Deploy the "
                "version before, then report the change.",
            ),
            (
                "Throttles",
                "LambdaLimitExceededErrors",
                "An edge function ran too often at once in some region, so CloudFront answered "
                "503. Ask for a higher quota of concurrent executions in the region that the "
                "dashboard shows.",
            ),
        ):
            _alarm(
                self,
                alarm_id,
                topic=topic,
                name=f"{name_prefix}-{distribution_id}-{alarm_id}",
                description=(
                    f"Distribution {distribution_id}: {advice} The count is of all edge functions "
                    "on that distribution; if others are there too, look at them as well."
                ),
                metric=_metric(metric_name, "Sum", distribution_id),
                operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                threshold=_FUNCTION_ERRORS,
                datapoints=2,
            )


def _metric(metric_name: str, statistic: str, distribution_id: str) -> cloudwatch.Metric:
    """Return a metric of CloudFront's.

    CDK's own `metric4xx_error_rate()` and its siblings leave out the dimension Region, and without
    it a metric of CloudFront's has no data.
    """
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=metric_name,
        dimensions_map={"DistributionId": distribution_id, "Region": "Global"},
        statistic=statistic,
        period=_PERIOD,
    )


def _alarm(
    scope: Construct,
    construct_id: str,
    *,
    topic: sns.ITopic,
    name: str,
    description: str,
    metric: cloudwatch.IMetric,
    operator: cloudwatch.ComparisonOperator,
    threshold: int,
    datapoints: int,
    periods: int = 3,
    # Without requests there are no data.
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> None:
    """Make an alarm that goes off after so many bad `datapoints` of the last `periods`."""
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        comparison_operator=operator,
        threshold=threshold,
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        treat_missing_data=missing,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
