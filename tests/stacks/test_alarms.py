"""Alarms on both proxies and on the edge functions of the site's distributions.

Metrics: CloudFront Developer Guide, "Types of metrics for CloudFront". Metrics of edge functions:
the graph "5xx errors for Lambda@Edge" in CloudFront's console.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from tests.support.templates import MakeApp, distribution

TOPIC = "arn:aws:sns:us-east-1:111122223333:on-call"
NAMES = {"SdkProxy": "cdn.example.com", "EventsProxy": "events.example.com"}


@pytest.fixture(scope="module")
def operated(make_app: MakeApp) -> CloudAssembly:
    """Both stacks with a topic and two of the site's distributions."""
    return make_app({"alarm_topic_arn": TOPIC, "site_distribution_id": "E123,E456"}).synth()


@pytest.fixture(scope="module")
def template(operated: CloudAssembly) -> Template:
    """The proxies with a topic."""
    return Template.from_json(
        operated.get_stack_by_name("FirstPartyTracking-example-com-Proxies").template
    )


@pytest.fixture(scope="module")
def alarms(operated: CloudAssembly) -> Mapping[str, dict[str, Any]]:
    """The properties of all alarms of both stacks, by alarm name."""
    return {
        resource["Properties"]["AlarmName"]: resource["Properties"]
        for stack in operated.stacks
        for resource in stack.template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def dimensions(distribution_id: object) -> list[dict[str, object]]:
    """Return the two dimensions that every metric of CloudFront has."""
    return [
        {"Name": "DistributionId", "Value": distribution_id},
        {"Name": "Region", "Value": "Global"},
    ]


def test_each_proxy_has_two_alarms_and_each_distribution_has_three(
    alarms: Mapping[str, dict[str, Any]],
) -> None:
    assert sorted(alarms) == [
        "FirstPartyTracking-example-com-E123-ExecutionErrors",
        "FirstPartyTracking-example-com-E123-InvalidResponses",
        "FirstPartyTracking-example-com-E123-Throttles",
        "FirstPartyTracking-example-com-E456-ExecutionErrors",
        "FirstPartyTracking-example-com-E456-InvalidResponses",
        "FirstPartyTracking-example-com-E456-Throttles",
        "FirstPartyTracking-example-com-EventsProxy-4xx",
        "FirstPartyTracking-example-com-EventsProxy-5xx",
        "FirstPartyTracking-example-com-SdkProxy-4xx",
        "FirstPartyTracking-example-com-SdkProxy-5xx",
    ]


@pytest.mark.parametrize("proxy", ["SdkProxy", "EventsProxy"])
@pytest.mark.parametrize(("status", "percent"), [("4xx", 25), ("5xx", 5)])
def test_alarm_on_the_error_rate_of_a_proxy(
    alarms: Mapping[str, dict[str, Any]], template: Template, proxy: str, status: str, percent: int
) -> None:
    """A rate counts only if there are ten failures in five minutes. Three in a row are an alarm.

    A single 4xx at night is a rate of 100 %, but wakes no one.
    """
    alarm = alarms[f"FirstPartyTracking-example-com-{proxy}-{status}"]
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
def test_alarm_on_the_edge_functions_of_a_distribution(
    alarms: Mapping[str, dict[str, Any]], distribution_id: str, name: str, metric: str
) -> None:
    """Five failures in five minutes, twice within fifteen, are an alarm. The count is worldwide."""
    alarm = alarms[f"FirstPartyTracking-example-com-{distribution_id}-{name}"]
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


def test_every_alarm_notifies_the_topic_and_ignores_missing_data(
    alarms: Mapping[str, dict[str, Any]],
) -> None:
    """Without requests there is no data, which happens every night on a small site."""
    for alarm in alarms.values():
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("name", "meaning", "fix"),
    [
        (
            "SdkProxy-4xx",
            "cdn.example.com: over 25% of the requests got 4xx for 15 minutes.",
            "Open the URL of the script",
        ),
        (
            "SdkProxy-5xx",
            "cdn.example.com: over 5% of the requests got 5xx for 15 minutes.",
            "then the same path on cdn.hightouch-events.com",
        ),
        (
            "EventsProxy-4xx",
            "events.example.com: over 25% of the requests got 4xx for 15 minutes.",
            "events_host_header=origin",
        ),
        (
            "EventsProxy-5xx",
            "events.example.com: over 5% of the requests got 5xx for 15 minutes.",
            "Post an event directly to us-east-1.hightouch-events.com",
        ),
        (
            "E123-ExecutionErrors",
            "Distribution E123: An edge function raised an error or ran longer than 5 seconds, so "
            "CloudFront answered 503.",
            "Read its log in the Region where it ran",
        ),
        (
            "E123-InvalidResponses",
            "Distribution E123: CloudFront rejected an edge function's answer and sent 502 "
            "instead.",
            "Deploy the previous version",
        ),
        (
            "E123-Throttles",
            "Distribution E123: An edge function reached the quota of concurrent executions in a "
            "Region, so CloudFront answered 503.",
            "Ask AWS for a higher quota",
        ),
    ],
)
def test_description_states_the_problem_and_the_fix(
    alarms: Mapping[str, dict[str, Any]], name: str, meaning: str, fix: str
) -> None:
    """The person on call reads the description first. AWS accepts at most 1,024 characters."""
    description = alarms[f"FirstPartyTracking-example-com-{name}"]["AlarmDescription"]
    assert description.startswith(meaning)
    assert fix in description.removeprefix(meaning)
    assert len(description) <= 1024


def test_description_names_the_host_of_the_region(make_app: MakeApp) -> None:
    app = make_app({"alarm_topic_arn": TOPIC, "hightouch_region": "eu-west-1"})
    stack = app.synth().get_stack_by_name("FirstPartyTracking-example-com-Proxies")
    text = json.dumps(stack.template)
    assert "Post an event directly to eu-west-1.hightouch-events.com" in text
    assert "us-east-1.hightouch-events.com" not in text


def test_alarms_do_not_change_the_distributions(template: Template, proxies: Template) -> None:
    """Alarms can be added at any time."""
    resources = template.to_json()["Resources"]
    before = proxies.to_json()["Resources"]
    assert {key: resources[key] for key in before} == before


@pytest.fixture(scope="module")
def watched(make_app: MakeApp) -> Template:
    """The proxies with a silence alarm after six hours."""
    app = make_app({"alarm_topic_arn": TOPIC, "silence_alarm_hours": "6"})
    stack = app.synth().get_stack_by_name("FirstPartyTracking-example-com-Proxies")
    return Template.from_json(stack.template)


def test_silence_alarm_goes_off_after_hours_without_a_request(watched: Template) -> None:
    """Hours without a request have no data, so missing data count as breaching."""
    events, _ = distribution(watched, "events.example.com")
    [alarm] = watched.find_resources(
        "AWS::CloudWatch::Alarm",
        {"Properties": {"AlarmName": "FirstPartyTracking-example-com-EventsProxy-Silence"}},
    ).values()
    properties = alarm["Properties"]
    assert {key: properties[key] for key in properties if key != "AlarmDescription"} == {
        "AlarmName": "FirstPartyTracking-example-com-EventsProxy-Silence",
        "AlarmActions": [TOPIC],
        "Namespace": "AWS/CloudFront",
        "MetricName": "Requests",
        "Dimensions": dimensions({"Ref": events}),
        "Statistic": "Sum",
        "Period": 3600,
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 1,
        "DatapointsToAlarm": 6,
        "EvaluationPeriods": 6,
        "TreatMissingData": "breaching",
    }
    description = properties["AlarmDescription"]
    assert description.startswith("events.example.com: no request for 6 hours. ")
    assert "the alarm starts in the state ALARM and leaves it with that event" in description
    assert len(description) <= 1024


def test_silence_alarm_changes_nothing_else(watched: Template, template: Template) -> None:
    resources, before = (one.to_json()["Resources"] for one in (watched, template))
    added = {key for key in resources if key not in before}
    assert {resources[key]["Type"] for key in added} == {"AWS::CloudWatch::Alarm"}
    assert len(added) == 1
    assert {key: resources[key] for key in before} == before


def test_construct_ids_do_not_change(make_app: MakeApp) -> None:
    """Under another ID, an alarm would be created before the old one with its name is deleted."""
    app = make_app({"alarm_topic_arn": TOPIC, "site_distribution_id": "E123"})
    paths = [
        construct.node.path
        for construct in app.node.find_all()
        if isinstance(construct, cloudwatch.CfnAlarm)
    ]
    assert [path.removeprefix("FirstPartyTracking-example-com-") for path in paths] == [
        "Proxies/SdkProxyAlarms/ErrorRate4xx/Resource",
        "Proxies/SdkProxyAlarms/ErrorRate5xx/Resource",
        "Proxies/EventsProxyAlarms/ErrorRate4xx/Resource",
        "Proxies/EventsProxyAlarms/ErrorRate5xx/Resource",
        "CookieService/E123Alarms/ExecutionErrors/Resource",
        "CookieService/E123Alarms/InvalidResponses/Resource",
        "CookieService/E123Alarms/Throttles/Resource",
    ]


def test_without_a_topic_there_is_neither_alarm_nor_dashboard(make_app: MakeApp) -> None:
    """Alarms and dashboards cost money."""
    for stack in make_app({"site_distribution_id": "E123"}).synth().stacks:
        types = {resource["Type"] for resource in stack.template["Resources"].values()}
        assert {name for name in types if name.startswith("AWS::CloudWatch::")} == set()


def test_attachments_are_deployed_after_alarms_and_dashboard(operated: CloudAssembly) -> None:
    """If an alarm fails, CloudFormation cancels what is in progress, but no attachment is."""
    stack = operated.get_stack_by_name("FirstPartyTracking-example-com-CookieService")
    resources = stack.template["Resources"]
    before = {
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")
    }
    attachments = [
        resource for resource in resources.values() if resource["Type"].startswith("Custom::")
    ]
    assert len(before) == 7
    assert len(attachments) == 2
    for attachment in attachments:
        assert before <= set(attachment["DependsOn"])
