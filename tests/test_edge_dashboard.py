"""The dashboard of the edge function."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

#: The cities of CloudFront's regional edge caches, as AWS regions.
REGIONS = {
    "ap-northeast-1",  # Tokyo
    "ap-northeast-2",  # Seoul
    "ap-south-1",  # Mumbai
    "ap-southeast-1",  # Singapore
    "ap-southeast-2",  # Sydney
    "eu-central-1",  # Frankfurt
    "eu-west-1",  # Dublin
    "eu-west-2",  # London
    "sa-east-1",  # Sao Paulo
    "us-east-1",  # Virginia
    "us-east-2",  # Ohio
    "us-west-1",  # California
    "us-west-2",  # Oregon
}


@pytest.fixture(scope="module")
def dashboard(make_app: Callable[..., cdk.App]) -> dict[str, Any]:
    """The one dashboard: its name, and the body with the function's name in place."""
    topic = "arn:aws:sns:us-east-1:111122223333:on-call"
    stack = (
        make_app({"alarm_topic_arn": topic})
        .synth()
        .get_stack_by_name("FirstPartyTracking-CookieService")
    )
    template = Template.from_json(stack.template)
    ((function_id, _),) = template.find_resources("AWS::Lambda::Function").items()
    ((_, resource),) = template.find_resources("AWS::CloudWatch::Dashboard").items()
    references = {function_id: "cookie-function", "AWS::Region": "us-east-1"}
    _, parts = resource["Properties"]["DashboardBody"]["Fn::Join"]
    body = "".join(part if isinstance(part, str) else references[part["Ref"]] for part in parts)
    return {"name": resource["Properties"]["DashboardName"], **json.loads(body)}


def test_name_is_the_stacks(dashboard: dict[str, Any]) -> None:
    """Names of dashboards are unique in an account, as those of stacks are in its region."""
    assert dashboard["name"] == "FirstPartyTracking-CookieService"


@pytest.mark.parametrize(
    ("title", "metric", "statistic"),
    [
        pytest.param("Invocations", "Duration", "SampleCount", id="invocations"),
        pytest.param("Duration, p99", "Duration", "p99", id="duration"),
        pytest.param("Errors", "Errors", "Sum", id="errors"),
        pytest.param("Throttles", "Throttles", "Sum", id="throttles"),
    ],
)
def test_graph_has_a_line_for_each_region(
    dashboard: dict[str, Any], title: str, metric: str, statistic: str
) -> None:
    """Replicas have their metrics where they run, under the function's name with its region."""
    ((lines),) = (
        widget["properties"]["metrics"]
        for widget in dashboard["widgets"]
        if widget["properties"]["title"] == title
    )
    assert {line[-1]["region"] for line in lines} == REGIONS
    for line in lines:
        options = line[-1]
        assert line[:-1] == ["AWS/Lambda", metric, "FunctionName", "us-east-1.cookie-function"]
        assert options == {
            "stat": statistic,
            "region": options["region"],
            "label": options["region"],
        }


def test_dashboard_is_one_of_those_that_aws_gives(dashboard: dict[str, Any]) -> None:
    """Free are three with up to 50 metrics each: https://aws.amazon.com/cloudwatch/pricing/."""
    metrics = {
        (*line[:-1], line[-1]["region"])
        for widget in dashboard["widgets"]
        for line in widget["properties"]["metrics"]
    }
    assert len(metrics) <= 50
