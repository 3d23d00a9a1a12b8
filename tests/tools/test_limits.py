"""Pricing plans and quotas: 5, 10, 50, and 100 behaviors with a plan, 75 without one by default."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, UnknownServiceError
from botocore.stub import Stubber

from tools.commands import Commands
from tools.limits import Limits, Unknown, read_concurrency, read_limits

SITE = "arn:aws:cloudfront::111122223333:distribution/E1SITE"
WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/1"
DENIED = Unknown("AWS denied the request")


def subscription(tier: str, *, status: str = "ACTIVE") -> dict[str, Any]:
    """Return a subscription in the form of ListSubscriptions."""
    return {
        "arn": "arn:aws:pricingplanmanager::111122223333:subscription/1",
        "planFamily": "CloudFront",
        "planTier": tier,
        "status": status,
        "resourceArns": [SITE, WEB_ACL],
        "createdAt": "2026-09-05T00:00:00Z",
        "updatedAt": "2026-09-05T00:00:00Z",
        "eTag": "1",
    }


class Session(boto3.Session):
    """A session whose clients use no network. The test provides the answers."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(aws_access_key_id="test", aws_secret_access_key="test")
        self._answers = answers

    # The stubs have an overload for each service.
    def client(  # type: ignore[override]
        self, service_name: Any, region_name: Any = None, **_: Any
    ) -> Any:
        answer = self._answers[service_name.replace("-", "_")]
        if isinstance(answer, UnknownServiceError):
            raise answer
        client = super().client(service_name, region_name)
        if isinstance(answer, Exception):

            def fail(**_: object) -> None:
                raise answer

            client.meta.events.register("before-send", fail)
        else:
            stub = Stubber(client)
            for operation, value in answer:
                if isinstance(value, str):
                    stub.add_client_error(operation, value, "no", 403)
                else:
                    stub.add_response(operation, value)
            stub.activate()
        return client


def quotas(value: float) -> list[tuple[str, Any]]:
    """Return the answer of Service Quotas."""
    listed = [
        {"QuotaName": "Origins per distribution", "Value": 25.0},
        {"QuotaName": "Cache behaviors per distribution", "Value": value},
    ]
    return [("list_service_quotas", {"Quotas": listed})]


def subscriptions(*listed: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the answer of the pricing plan manager."""
    return [("list_subscriptions", {"subscriptionSummaries": [*listed]})]


def test_pricing_plan_and_quota_are_read_from_aws() -> None:
    limits = read_limits(
        Session(pricing_plan_manager=subscriptions(subscription("PRO")), service_quotas=quotas(120))
    )
    assert limits == Limits(tiers={"E1SITE": "PRO"}, quota=120)
    assert limits.pricing_plan("E1SITE") == "Pro"
    assert limits.pricing_plan("E2OTHER") == "none"


def test_failed_subscription_is_no_plan() -> None:
    failed = subscriptions(subscription("PRO", status="FAILED"))
    limits = read_limits(Session(pricing_plan_manager=failed, service_quotas=quotas(75)))
    assert limits.pricing_plan("E1SITE") == "none"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(
            [("list_subscriptions", "AccessDeniedException")],
            "AWS denied the request (AccessDeniedException: no)",
            id="denied",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://aws.example"),
            'AWS did not answer: Could not connect to the endpoint URL: "https://aws.example"',
            id="unreachable",
        ),
        pytest.param(
            UnknownServiceError(service_name="pricing-plan-manager", known_service_names="a, b"),
            "the installed boto3 does not know the API pricing-plan-manager",
            id="old-boto3",
        ),
    ],
)
def test_pricing_plan_that_cannot_be_read_is_unknown_with_the_reason(
    answer: Any, reason: str
) -> None:
    limits = read_limits(Session(pricing_plan_manager=answer, service_quotas=quotas(75)))
    assert limits.pricing_plan("E1SITE") == f"unknown ({reason})"
    assert limits.behaviors("E1SITE", 3, 2) == ("behaviors on E1SITE: 3 of 75", None)


def test_quota_that_aws_does_not_list_is_unknown() -> None:
    nothing: Any = [("list_service_quotas", {"Quotas": []})]
    limits = read_limits(Session(pricing_plan_manager=subscriptions(), service_quotas=nothing))
    assert isinstance(limits.quota, Unknown)


@pytest.mark.parametrize(
    ("tier", "fits"), [("FREE", 2), ("PRO", 7), ("BUSINESS", 47), ("PREMIUM", 97)]
)
def test_one_behavior_more_than_a_plan_includes_is_a_finding(tier: str, fits: int) -> None:
    """The default behavior counts, because AWS does not document whether it does."""
    limits = Limits(tiers={"E1SITE": tier}, quota=75)
    assert limits.behaviors("E1SITE", fits, 2)[1] is None
    usage, finding = limits.behaviors("E1SITE", fits + 1, 2)
    assert finding is not None
    assert finding.code == "pricing-plan-exceeded"
    assert finding.problem.startswith(f"{usage}, and deploying adds 2")
    assert "flat-rate-pricing-plan.html" in finding.fix


@pytest.mark.parametrize(
    ("quota", "fits"), [(75, 73), (120, 118), (DENIED, 73)], ids=["default", "raised", "unknown"]
)
def test_one_behavior_more_than_the_quota_is_a_finding(quota: int | Unknown, fits: int) -> None:
    limits = Limits(tiers={}, quota=quota)
    assert limits.behaviors("E1SITE", fits, 2)[1] is None
    usage, finding = limits.behaviors("E1SITE", fits + 1, 2)
    assert finding is not None
    assert finding.code == "quota-exceeded"
    assert ("unknown (AWS denied the request)" in usage) is (quota == DENIED)


def test_exceeded_pricing_plan_is_no_finding_if_nothing_is_added() -> None:
    assert Limits(tiers={"E1SITE": "FREE"}, quota=75).behaviors("E1SITE", 20, 0)[1] is None


def test_unknown_tier_has_an_unknown_limit() -> None:
    usage, finding = Limits(tiers={"E1SITE": "ULTRA"}, quota=75).behaviors("E1SITE", 200, 2)
    assert usage.endswith("how many the Ultra pricing plan includes is unknown")
    assert finding is None


@pytest.mark.parametrize(
    ("tiers", "has_none"),
    [
        pytest.param({"E1SITE": "FREE"}, True, id="Free"),
        pytest.param({"E1SITE": "PRO"}, True, id="Pro"),
        pytest.param({"E1SITE": "BUSINESS"}, False, id="Business"),
        pytest.param({}, False, id="none"),
        pytest.param(DENIED, False, id="unknown"),
    ],
)
def test_custom_policy_is_a_finding_only_in_plans_without_them(tiers: Any, has_none: bool) -> None:
    found = Limits(tiers=tiers, quota=75).custom_policy("E1SITE", "A", Commands())
    assert bool(found) is has_none


def test_concurrency_is_read_in_all_regions_of_lambda_at_edge() -> None:
    allowed = {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 9}}
    by_region = read_concurrency(Session(**{"lambda": [("get_account_settings", allowed)]}))
    assert len(by_region) == 13
    assert set(by_region.values()) == {9}


def test_concurrency_that_aws_denies_is_unknown() -> None:
    denied = [("get_account_settings", "AccessDeniedException")]
    by_region = read_concurrency(Session(**{"lambda": denied}))
    assert set(by_region.values()) == {
        Unknown("AWS denied the request (AccessDeniedException: no)")
    }
