"""The dashboard of the edge function."""

import json
from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.support.templates import MakeApp, only

#: The cities of CloudFront's regional edge caches, as AWS Regions.
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
def dashboard(make_app: MakeApp) -> dict[str, Any]:
    """The only dashboard: its name, and the body with the function's name filled in."""
    topic = "arn:aws:sns:us-east-1:111122223333:on-call"
    stack = (
        make_app({"alarm_topic_arn": topic})
        .synth()
        .get_stack_by_name("FirstPartyTracking-example-com-CookieService")
    )
    template = Template.from_json(stack.template)
    function_id, _ = only(template, "AWS::Lambda::Function")
    _, resource = only(template, "AWS::CloudWatch::Dashboard")
    references = {function_id: "cookie-function", "AWS::Region": "us-east-1"}
    _, parts = resource["Properties"]["DashboardBody"]["Fn::Join"]
    body = "".join(part if isinstance(part, str) else references[part["Ref"]] for part in parts)
    return {"name": resource["Properties"]["DashboardName"], **json.loads(body)}


def test_dashboard_has_the_name_of_the_stack(dashboard: dict[str, Any]) -> None:
    """A dashboard's name must be unique in the account, and a stack's name is in the Region."""
    assert dashboard["name"] == "FirstPartyTracking-example-com-CookieService"


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
    """A replica's metrics are in the Region where it runs. Their name has the function's Region."""
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


def test_dashboard_is_small_enough_for_the_free_tier(dashboard: dict[str, Any]) -> None:
    """Three dashboards with up to 50 metrics each are free.

    https://aws.amazon.com/cloudwatch/pricing/
    """
    metrics = {
        (*line[:-1], line[-1]["region"])
        for widget in dashboard["widgets"]
        for line in widget["properties"]["metrics"]
    }
    assert len(metrics) <= 50
