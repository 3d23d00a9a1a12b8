"""The warnings of docs/migrate.md about other ways to move hand-built proxies."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.checkout import CdkError, Checkout, options
from tests.support.hand_built import (
    EVENTS_PROXY,
    SDK_PROXY,
    WEB_ACL,
    build_proxy,
    configuration_of,
    request_certificate,
)
from tests.support.steady_requests import steady_requests
from tools.hand_built import LOGICAL_IDS
from tools.preview.local_edge import EdgeFunctions


def test_removing_the_names_before_the_deployment_leaves_requests_unanswered(
    checkout: Checkout, tmp_path: Path
) -> None:
    """The page advises against this way. The requests are those of test_migrate.py."""
    names = "cdn.off.example", "events.off.example"
    certificate = request_certificate(*names)
    built = [
        build_proxy(table, name, certificate)
        for table, name in zip((SDK_PROXY, EVENTS_PROXY), names, strict=True)
    ]
    functions = EdgeFunctions(boto3.client("lambda"), tmp_path)
    with steady_requests(functions, *names) as requests:
        with requests.during() as answers:
            for distribution_id in built:
                take_off_names(distribution_id)
            requests.next_answers()
            checkout.deploy("Off-Proxies", *context_of("Off"))
        assert {*requests.next_answers()} == {(name, 200) for name in names}
    assert {(name, 403) for name in names} <= {*answers}


def take_off_names(distribution_id: str) -> None:
    """Remove the alternate domain names of a distribution."""
    cloudfront = boto3.client("cloudfront")
    answer = cloudfront.get_distribution_config(Id=distribution_id)
    configuration = answer["DistributionConfig"] | {"Aliases": {"Quantity": 0}}
    cloudfront.update_distribution(
        Id=distribution_id, IfMatch=answer["ETag"], DistributionConfig=configuration
    )


def build_one(name: str, **own: str) -> str:
    """Build the SDK proxy of a deployment by hand, and return its ID."""
    domain = f"cdn.{name.lower()}.example"
    return build_proxy(SDK_PROXY, domain, request_certificate(domain), **own)


def context_of(name: str, *more: str) -> list[str]:
    """Return the context of a deployment that has a domain of its own."""
    return [f"name={name}", f"domain={name.lower()}.example", *more]


def import_one(checkout: Checkout, name: str, distribution: str, *context: str) -> str:
    """Return what `cdk import` of the SDK proxy of a deployment prints."""
    mapping = json.dumps({LOGICAL_IDS["SDK proxy"]: {"Id": distribution}})
    return checkout.run(
        *("npx", "cdk", "import", f"{name}-Proxies", "--resource-mapping-inline", mapping),
        *options(*context_of(name, *context)),
    ).stdout


def test_import_after_a_deployment_that_failed_needs_the_stack_deleted(checkout: Checkout) -> None:
    """CloudFront rejects a second distribution with the name, and the stack is rolled back."""
    distribution = build_one("Tried")
    with pytest.raises(CdkError, match="ROLLBACK_COMPLETE"):
        checkout.deploy("Tried-Proxies", *context_of("Tried"))
    assert "skipping import" in import_one(checkout, "Tried", distribution)
    boto3.client("cloudformation").delete_stack(StackName="Tried-Proxies")
    boto3.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="Tried-Proxies", WaiterConfig={"Delay": 1}
    )
    assert "✅  Tried-Proxies" in import_one(checkout, "Tried", distribution)
    assert configuration_of(distribution)["Comment"] == "Tried-SdkProxy"


def test_import_without_web_acl_arn_removes_the_web_acl(checkout: Checkout) -> None:
    distribution = build_one("Guarded", WebACLId=WEB_ACL)
    assert "✅  Guarded-Proxies" in import_one(checkout, "Guarded", distribution)
    assert not configuration_of(distribution).get("WebACLId")


def test_import_with_a_custom_policy_fails_and_changes_nothing(checkout: Checkout) -> None:
    distribution = build_one("Policy", WebACLId=WEB_ACL)
    printed = import_one(checkout, "Policy", distribution, "forward_cookies=false")
    assert "Policy-Proxies failed" in printed
    assert configuration_of(distribution)["WebACLId"] == WEB_ACL
    with pytest.raises(ClientError, match="does not exist"):
        boto3.client("cloudformation").describe_stacks(StackName="Policy-Proxies")


def test_import_leaves_alarms_to_the_deployment(checkout: Checkout) -> None:
    topic = "alarm_topic_arn=arn:aws:sns:us-east-1:000000000000:alarms"
    distribution = build_one("Alarmed")
    assert "✅  Alarmed-Proxies" in import_one(checkout, "Alarmed", distribution, topic)
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNamePrefix="Alarmed-")
    assert alarms["MetricAlarms"] == []


def test_way_back_keeps_the_dns_records_that_are_taken_out_too(checkout: Checkout) -> None:
    """Without its DNS records, no browser can resolve a proxy's name."""
    zone = boto3.client("route53").create_hosted_zone(Name="kept.example", CallerReference="kept")
    zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
    context = context_of("Kept", f"hosted_zone_id={zone_id}")
    checkout.deploy("Kept-Proxies", *context)
    parts = ("SdkProxy", "EventsProxy", "SdkProxyRecords", "EventsProxyRecords")
    done = checkout.run(
        *("npx", "cdk", "orphan", "--yes", "--unstable=orphan"),
        *(f"Kept-Proxies/{part}" for part in parts),
        *options(*context),
    )
    assert done.returncode == 0, done.stdout
    checkout.destroy("Kept-Proxies", *context)
    listed = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone_id)
    names = {one["Name"] for one in listed["ResourceRecordSets"]}
    assert {"cdn.kept.example.", "events.kept.example."} < names
