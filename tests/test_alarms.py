"""Alarms on both proxies and on the edge functions of the site's distributions.

Metrics: CloudFront Developer Guide, "Types of metrics for CloudFront"; those of edge functions as
the graph "5xx errors for Lambda@Edge" of CloudFront's console asks for them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from tests.test_proxy_stack import distribution

TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
NAMES = {"SdkProxy": "cdn.example.com", "EventsProxy": "events.example.com"}


@pytest.fixture(scope="module")
def operated(make_app: Callable[..., cdk.App]) -> CloudAssembly:
    """Both stacks with a topic and two distributions of the site's."""
    return make_app({"alarm_topic_arn": TOPIC, "site_distribution_id": "E123,E456"}).synth()


@pytest.fixture(scope="module")
def template(operated: CloudAssembly) -> Template:
    """The proxies with a topic."""
    return Template.from_json(operated.get_stack_by_name("FirstPartyTracking-Proxies").template)


@pytest.fixture(scope="module")
def alarms(operated: CloudAssembly) -> Mapping[str, dict[str, Any]]:
    """Properties of each alarm of both stacks, by its name."""
    return {
        resource["Properties"]["AlarmName"]: resource["Properties"]
        for stack in operated.stacks
        for resource in stack.template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def dimensions(distribution_id: object) -> list[dict[str, object]]:
    """Return the two that every metric of CloudFront has."""
    return [
        {"Name": "DistributionId", "Value": distribution_id},
        {"Name": "Region", "Value": "Global"},
    ]


def test_names(alarms: Mapping[str, dict[str, Any]]) -> None:
    """Two for each proxy, three for each of the site's distributions."""
    assert sorted(alarms) == [
        "FirstPartyTracking-E123-ExecutionErrors",
        "FirstPartyTracking-E123-InvalidResponses",
        "FirstPartyTracking-E123-Throttles",
        "FirstPartyTracking-E456-ExecutionErrors",
        "FirstPartyTracking-E456-InvalidResponses",
        "FirstPartyTracking-E456-Throttles",
        "FirstPartyTracking-EventsProxy-4xx",
        "FirstPartyTracking-EventsProxy-5xx",
        "FirstPartyTracking-SdkProxy-4xx",
        "FirstPartyTracking-SdkProxy-5xx",
    ]


@pytest.mark.parametrize("proxy", ["SdkProxy", "EventsProxy"])
@pytest.mark.parametrize(("status", "percent"), [("4xx", 25), ("5xx", 5)])
def test_error_rate_of_a_proxy(
    alarms: Mapping[str, dict[str, Any]], template: Template, proxy: str, status: str, percent: int
) -> None:
    """Only a rate of ten failures or more in five minutes counts, for fifteen minutes in a row.

    A single 4xx at night, which is a rate of 100 %, wakes nobody.
    """
    alarm = alarms[f"FirstPartyTracking-{proxy}-{status}"]
    distribution_id = {"Ref": distribution(template, NAMES[proxy])[0]}

    def metric(name: str, statistic: str) -> dict[str, object]:
        return {
            "Metric": {
                "Namespace": "AWS/CloudFront",
                "MetricName": name,
                "Dimensions": dimensions(distribution_id),
            },
            "Period": 300,
            "Stat": statistic,
        }

    [result, rate, requests] = alarm["Metrics"]
    assert (result["Expression"], result["ReturnData"]) == (
        "IF(percent * requests / 100 >= 10, percent, 0)",
        True,
    )
    assert (rate["Id"], rate["MetricStat"], rate["ReturnData"]) == (
        "percent",
        metric(f"{status}ErrorRate", "Average"),
        False,
    )
    assert (requests["Id"], requests["MetricStat"], requests["ReturnData"]) == (
        "requests",
        metric("Requests", "Sum"),
        False,
    )
    assert (
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        alarm["DatapointsToAlarm"],
        alarm["EvaluationPeriods"],
    ) == ("GreaterThanThreshold", percent, 3, 3)


@pytest.mark.parametrize("distribution_id", ["E123", "E456"])
@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("ExecutionErrors", "LambdaExecutionError"),
        ("InvalidResponses", "LambdaValidationError"),
        ("Throttles", "LambdaLimitExceededErrors"),
    ],
)
def test_edge_functions_of_a_distribution(
    alarms: Mapping[str, dict[str, Any]], distribution_id: str, name: str, metric: str
) -> None:
    """Five failures in five minutes, twice in fifteen: the count is worldwide."""
    alarm = alarms[f"FirstPartyTracking-{distribution_id}-{name}"]
    assert {key: alarm[key] for key in alarm if not key.startswith("Alarm")} == {
        "Namespace": "AWS/CloudFront",
        "MetricName": metric,
        "Dimensions": dimensions(distribution_id),
        "Statistic": "Sum",
        "Period": 300,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 5,
        "DatapointsToAlarm": 2,
        "EvaluationPeriods": 3,
        "TreatMissingData": "notBreaching",
    }


def test_every_alarm_tells_the_topic_and_takes_silence_for_good(
    alarms: Mapping[str, dict[str, Any]],
) -> None:
    """No requests means no data, every night on a small site."""
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("name", "meaning", "remedy"),
    [
        (
            "SdkProxy-4xx",
            "cdn.example.com: over 25 % of the requests got 4xx for 15 minutes.",
            "Open the script's address",
        ),
        (
            "SdkProxy-5xx",
            "cdn.example.com: over 5 % of the requests got 5xx for 15 minutes.",
            "then the same on cdn.hightouch-events.com",
        ),
        (
            "EventsProxy-4xx",
            "events.example.com: over 25 % of the requests got 4xx for 15 minutes.",
            "events_host_header=origin",
        ),
        (
            "EventsProxy-5xx",
            "events.example.com: over 5 % of the requests got 5xx for 15 minutes.",
            "Post one to us-east-1.hightouch-events.com",
        ),
        (
            "E123-ExecutionErrors",
            "Distribution E123: An edge function raised an error or took over 5 seconds, so "
            "CloudFront answered 503.",
            "Read its log in the region where it ran",
        ),
        (
            "E123-InvalidResponses",
            "Distribution E123: CloudFront refused an edge function's answer and sent 502 instead.",
            "Deploy the version before",
        ),
        (
            "E123-Throttles",
            "Distribution E123: An edge function ran too often at once in some region, so "
            "CloudFront answered 503.",
            "Ask for a higher quota",
        ),
    ],
)
def test_description_says_what_it_means_and_what_to_do(
    alarms: Mapping[str, dict[str, Any]], name: str, meaning: str, remedy: str
) -> None:
    """Who is woken reads this first; AWS takes 1024 characters."""
    description = alarms[f"FirstPartyTracking-{name}"]["AlarmDescription"]
    assert description.startswith(meaning)
    assert remedy in description.removeprefix(meaning)
    assert len(description) <= 1024


def test_distributions_stay_as_they_are(template: Template, proxies: Template) -> None:
    """Alarms can be added at any time."""
    resources = template.to_json()["Resources"]
    before = proxies.to_json()["Resources"]
    assert {key: resources[key] for key in before} == before


def test_construct_ids_stay(make_app: Callable[..., cdk.App]) -> None:
    """Another id would create an alarm before the old one, which has its name, is gone."""
    app = make_app({"alarm_topic_arn": TOPIC, "site_distribution_id": "E123"})
    paths = [one.node.path for one in app.node.find_all() if isinstance(one, cloudwatch.CfnAlarm)]
    assert [path.removeprefix("FirstPartyTracking-") for path in paths] == [
        "Proxies/SdkProxyAlarms/ErrorRate4xx/Resource",
        "Proxies/SdkProxyAlarms/ErrorRate5xx/Resource",
        "Proxies/EventsProxyAlarms/ErrorRate4xx/Resource",
        "Proxies/EventsProxyAlarms/ErrorRate5xx/Resource",
        "CookieService/E123Alarms/ExecutionErrors/Resource",
        "CookieService/E123Alarms/InvalidResponses/Resource",
        "CookieService/E123Alarms/Throttles/Resource",
    ]


def test_without_a_topic_there_is_none(make_app: Callable[..., cdk.App]) -> None:
    """Neither alarms nor a dashboard, which cost money."""
    for stack in make_app({"site_distribution_id": "E123"}).synth().stacks:
        types = {resource["Type"] for resource in stack.template["Resources"].values()}
        assert {one for one in types if one.startswith("AWS::CloudWatch::")} == set()


def test_attachments_come_after_alarms_and_dashboard(operated: CloudAssembly) -> None:
    """So that none is at work when CloudFormation cancels what runs beside a failure."""
    stack = operated.get_stack_by_name("FirstPartyTracking-CookieService")
    resources = stack.template["Resources"]
    before = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
    }
    attachments = [one for one in resources.values() if one["Type"].startswith("Custom::")]
    assert len(before) == 7
    assert len(attachments) == 2
    for attachment in attachments:
        assert before <= set(attachment["DependsOn"])
