"""Resources of the context keys for operation, read from the AWS emulator after deployment."""

import json
from typing import Any

import boto3
import pytest

from tests.support.checkout import Checkout
from tests.support.customer import create_distribution

#: Names that no other test module has in the same AWS emulator.
SDK, EVENTS = "cdn.operated.example.com", "events.operated.example.com"


@pytest.fixture(scope="module")
def zone(aws: dict[str, str]) -> str:  # noqa: ARG001
    """The user's hosted zone."""
    created = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
    return created["HostedZone"]["Id"].removeprefix("/hostedzone/")


@pytest.fixture(scope="module")
def topic(aws: dict[str, str]) -> str:  # noqa: ARG001
    """The user's topic."""
    return boto3.client("sns").create_topic(Name="on-call")["TopicArn"]


@pytest.fixture(scope="module")
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution."""
    return create_distribution()


@pytest.fixture(scope="module")
def deployed(
    aws: dict[str, str],
    zone: str,
    topic: str,
    site: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """Outputs of a deployment with every key, after a deployment with none of them."""
    checkout = Checkout.make(tmp_path_factory.mktemp("operation") / "checkout", aws)
    stacks = ("Operated-Proxies", "Operated-CookieService")
    names = ("name=Operated", f"sdk_domain={SDK}", f"events_domain={EVENTS}")
    checkout.deploy("--all", *names)
    before = checkout.outputs("Operated-Proxies")
    checkout.deploy(
        "--all",
        *names,
        f"hosted_zone_id={zone}",
        f"alarm_topic_arn={topic}",
        f"site_distribution_id={site}",
        "forward_cookies=FALSE",
    )
    outputs = checkout.outputs("Operated-Proxies")
    assert outputs == before  # the distributions were not replaced
    return {key: value for stack in stacks for key, value in checkout.outputs(stack).items()}


def proxy(alias: str) -> tuple[str, str]:
    """Return ID and origin request policy of the distribution with this alternate domain name."""
    ((distribution_id, policy_id),) = (
        (summary["Id"], summary["DefaultCacheBehavior"]["OriginRequestPolicyId"])
        for summary in boto3.client("cloudfront").list_distributions()["DistributionList"]["Items"]
        if summary["Comment"].startswith("Operated-") and alias in summary["Aliases"]["Items"]
    )
    return distribution_id, policy_id


def alarms() -> dict[str, Any]:
    """Return the deployment's alarms by name, without the name's prefix."""
    found = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix="Operated-")
    return {alarm["AlarmName"].removeprefix("Operated-"): alarm for alarm in found["MetricAlarms"]}


def records(zone: str) -> dict[tuple[str, str], Any]:
    """Return the zone's records by name and type, without its NS and SOA records."""
    found = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone)
    return {
        (record["Name"], record["Type"]): record["AliasTarget"]
        for record in found["ResourceRecordSets"]
        if record["Name"] != "example.com."
    }


def test_records_are_aliases_of_the_distributions(deployed: dict[str, str], zone: str) -> None:
    assert records(zone) == {
        (f"{name}.", record_type): {
            "HostedZoneId": "Z2FDTNDATAQYW2",
            "DNSName": f"{deployed[output]}.",
            "EvaluateTargetHealth": False,
        }
        for name, output in ((SDK, "SdkProxyCnameTarget"), (EVENTS, "EventsProxyCnameTarget"))
        for record_type in ("A", "AAAA", "HTTPS")
    }


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("alias", "headers"),
    [
        (
            SDK,
            {"HeaderBehavior": "allExcept", "Headers": {"Quantity": 1, "Items": ["Host"]}},
        ),
        (EVENTS, {"HeaderBehavior": "allViewer", "Headers": {"Quantity": 0}}),
    ],
)
def test_proxies_forward_no_cookie(alias: str, headers: dict[str, object]) -> None:
    """Query strings and the documented headers are still forwarded."""
    _, policy_id = proxy(alias)
    answer = boto3.client("cloudfront").get_origin_request_policy(Id=policy_id)
    config = answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"]

    assert config["CookiesConfig"]["CookieBehavior"] == "none"
    assert config["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    assert {"Headers": {"Quantity": 0}, **config["HeadersConfig"]} == headers


@pytest.mark.usefixtures("deployed")
def test_alarms_watch_the_proxies_and_the_site(site: str, topic: str) -> None:
    polled = {}
    for name, alarm in alarms().items():
        assert alarm["AlarmActions"] == [topic]
        if metrics := alarm.get("Metrics"):
            metric = next(
                query["MetricStat"]["Metric"] for query in metrics if "MetricStat" in query
            )
        else:
            metric = alarm
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
        assert dimensions.pop("Region") == "Global"
        polled[name] = (metric["MetricName"], dimensions["DistributionId"])

    assert polled == {
        "SdkProxy-4xx": ("4xxErrorRate", proxy(SDK)[0]),
        "SdkProxy-5xx": ("5xxErrorRate", proxy(SDK)[0]),
        "EventsProxy-4xx": ("4xxErrorRate", proxy(EVENTS)[0]),
        "EventsProxy-5xx": ("5xxErrorRate", proxy(EVENTS)[0]),
        f"{site}-ExecutionErrors": ("LambdaExecutionError", site),
        f"{site}-InvalidResponses": ("LambdaValidationError", site),
        f"{site}-Throttles": ("LambdaLimitExceededErrors", site),
    }


@pytest.mark.usefixtures("deployed")
def test_message_of_an_alarm_says_what_to_do(topic: str) -> None:
    """A subscriber receives the message after the alarm is set by hand."""
    sqs, cloudwatch = boto3.client("sqs"), boto3.client("cloudwatch")
    may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may_send]})
    queue = sqs.create_queue(QueueName="pager", Attributes={"Policy": policy})["QueueUrl"]
    described = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=described["Attributes"]["QueueArn"]
    )

    cloudwatch.set_alarm_state(
        AlarmName="Operated-EventsProxy-4xx", StateValue="ALARM", StateReason="a test"
    )

    [received] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    message = json.loads(json.loads(received["Body"])["Message"])
    assert message["AlarmName"] == "Operated-EventsProxy-4xx"
    assert "events_host_header=origin" in message["AlarmDescription"]


def test_dashboard_shows_the_functions_replicas(deployed: dict[str, str]) -> None:
    answer = boto3.client("cloudwatch").get_dashboard(DashboardName="Operated-CookieService")
    lines = [
        line
        for widget in json.loads(answer["DashboardBody"])["widgets"]
        for line in widget["properties"]["metrics"]
    ]
    function = deployed["CookieFunctionVersionArn"].split(":")[6]
    assert {line[3] for line in lines} == {f"us-east-1.{function}"}
    assert {"us-east-1", "eu-central-1", "ap-southeast-2"} <= {line[-1]["region"] for line in lines}


def test_keys_that_are_left_out_remove_what_they_created(
    checkout: Checkout, zone: str, topic: str
) -> None:
    """The proxies have the documented policies again."""
    given = (f"hosted_zone_id={zone}", f"alarm_topic_arn={topic}", "forward_cookies=false")
    names = ("sdk_domain=cdn2.example.com", "events_domain=events2.example.com")
    stacks = ("--all", "name=Bare", *names)
    cloudfront, cloudwatch = boto3.client("cloudfront"), boto3.client("cloudwatch")

    def created() -> dict[str, list[str]]:
        """Return the names of everything that the keys created."""
        listed = cloudfront.list_origin_request_policies(Type="custom")
        policies = [
            policy["OriginRequestPolicy"]["OriginRequestPolicyConfig"]["Name"]
            for policy in listed["OriginRequestPolicyList"].get("Items", [])
        ]
        found = cloudwatch.describe_alarms(AlarmNamePrefix="Bare-")["MetricAlarms"]
        dashboards = cloudwatch.list_dashboards(DashboardNamePrefix="Bare-")["DashboardEntries"]
        return {
            "policies": [name for name in policies if name.startswith("Bare-")],
            "alarms": [alarm["AlarmName"] for alarm in found],
            "dashboards": [dashboard["DashboardName"] for dashboard in dashboards],
            "records": [name for name, _ in records(zone) if "2.example.com" in name],
        }

    checkout.deploy(*stacks, *given)
    assert {kind: len(names) for kind, names in created().items()} == {
        "policies": 2,
        "alarms": 4,
        "dashboards": 1,
        "records": 6,
    }

    checkout.deploy(*stacks)
    assert created() == {"policies": [], "alarms": [], "dashboards": [], "records": []}
    policies = {
        summary["DefaultCacheBehavior"]["OriginRequestPolicyId"]
        for summary in cloudfront.list_distributions()["DistributionList"]["Items"]
        if summary["Comment"].startswith("Bare-")
    }
    assert policies == {
        "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        "216adef6-5c7f-47e4-b989-5492eafa07d3",
    }
