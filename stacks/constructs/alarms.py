"""Alarms for the person on call. Each description says what the alarm means and what to do.

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

#: With fewer failed requests in a period, the rate means little: at night, one failure can be 100%.
_FAILED_REQUESTS = 10

#: One visitor of a broken function causes more: on a first page view, the SDK makes four renew
#: calls, and tries each four times.
_FUNCTION_ERRORS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ProxyRunbook:
    """The meaning of a proxy's 4xx and 5xx answers, and what to do about them."""

    on_4xx: str
    on_5xx: str


SDK_RUNBOOK = ProxyRunbook(
    on_4xx="Pages cannot load the SDK, so they send no events. Open the URL of the script, which "
    f"is in the output {SNIPPET_OUTPUT}: 403 points to the alternate domain name or its "
    "certificate, 404 to a file that Hightouch has moved.",
    on_5xx="Pages cannot load the SDK, so they send no events. Open the URL of the script, which "
    f"is in the output {SNIPPET_OUTPUT}, then the same path on cdn.hightouch-events.com: if both "
    "fail, report it to Hightouch.",
)


def events_runbook(origin_domain: str) -> ProxyRunbook:
    """Return the runbook of the events proxy, whose origin is Hightouch's host `origin_domain`."""
    return ProxyRunbook(
        on_4xx="Events are rejected and lost. Look at an event's request in a browser's network "
        "panel: 400 and 401 point to the write key or the event itself; if every request gets 403, "
        "deploy with events_host_header=origin, which changes the Host header.",
        on_5xx="Events are lost when the SDK stops retrying. Post an event directly to "
        f"{origin_domain}: if that fails too, report it to Hightouch; if only the proxy answers "
        "502, deploy with events_host_header=origin, which changes the Host header.",
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
                    f"{domain_name}: over {most_percent}% of the requests got {status} for "
                    f"15 minutes. {advice}"
                ),
                metric=cloudwatch.MathExpression(
                    expression=f"IF(percent * requests / 100 >= {_FAILED_REQUESTS}, percent, 0)",
                    using_metrics=metrics,
                    period=_PERIOD,
                    label=f"{status} rate, if at least {_FAILED_REQUESTS} requests failed",
                ),
                operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                threshold=most_percent,
                datapoints=3,
            )


class SilenceAlarm(Construct):
    """An alarm that goes off if the events proxy receives no request for a number of hours.

    CloudWatch evaluates at most seven days, and needs periods of an hour or longer for that.
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
                "normal: the alarm starts in the state ALARM and leaves it with that event. Later, "
                "check that the site has visitors, that its pages have the snippet, and that "
                f"{domain_name} resolves (python -m tools doctor checks the name)."
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
    """Alarms on the failures of all edge functions of one distribution, worldwide.

    Lambda's own metrics are in each Region where the function ran, and an alarm can watch only one
    Region. CloudFront counts failures per distribution. Its reference of metrics does not list
    these three. Its console reads them for the graph "5xx errors for Lambda@Edge", one of the
    default metrics "at no additional cost". In dashboards exported from the console, the name
    `LambdaLimitExceededErrors` occurs with and without its final "s".
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
        """Create the alarms of several distributions and return them."""
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
                "An edge function raised an error or ran longer than 5 seconds, so CloudFront "
                "answered 503. Read its log in the Region where it ran, as docs/operate.md shows.",
            ),
            (
                "InvalidResponses",
                "LambdaValidationError",
                "CloudFront rejected an edge function's answer and sent 502 instead. Deploy the "
                "previous version, then report the change.",
            ),
            (
                "Throttles",
                "LambdaLimitExceededErrors",
                "An edge function reached the quota of concurrent executions in a Region, so "
                "CloudFront answered 503. Ask AWS for a higher quota in the Region that the "
                "dashboard shows.",
            ),
        ):
            _alarm(
                self,
                alarm_id,
                topic=topic,
                name=f"{name_prefix}-{distribution_id}-{alarm_id}",
                description=(
                    f"Distribution {distribution_id}: {advice} CloudFront counts all edge "
                    "functions of that distribution, so check its other functions too."
                ),
                metric=_metric(metric_name, "Sum", distribution_id),
                operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                threshold=_FUNCTION_ERRORS,
                datapoints=2,
            )


def _metric(metric_name: str, statistic: str, distribution_id: str) -> cloudwatch.Metric:
    """Return one of CloudFront's metrics.

    CDK's `metric4xx_error_rate()` and its other methods leave out the dimension Region, without
    which CloudFront's metrics have no data.
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
    # Without requests, there is no data.
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> None:
    """Create an alarm that goes off if `datapoints` of the last `periods` are bad."""
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
