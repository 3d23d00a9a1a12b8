"""AWS's limits: a distribution's pricing plan, its behaviors, and Lambda's concurrency.

AWS can change these numbers at any time, so none of them refuses a deployment. A limit that AWS
does not report is unknown.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import UnknownServiceError

from attachment.finding import Finding
from attachment.live import AWS_ERRORS, explain
from stacks.edge_package import EDGE_REGIONS
from tools.commands import Commands

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PLANS_PAGE = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html"
)
QUOTAS_PAGE = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
)

#: Quotas page, "General quotas on distributions". The default behavior does not count.
_DEFAULT_QUOTA = 75
_QUOTA_NAME = "Cache behaviors per distribution"
#: Behaviors per distribution in each pricing plan tier, from AWS's page in September 2026. The page
#: does not say whether the default behavior counts, so it is counted here.
_BEHAVIORS_IN_PLAN = {"FREE": 5, "PRO": 10, "BUSINESS": 50, "PREMIUM": 100}
#: Pricing plan tiers without custom policies.
_WITHOUT_CUSTOM_POLICIES = frozenset({"FREE", "PRO"})
# No command retries a call for a limit, because it can go on without the limit.
_ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})
# An account has one subscription for each distribution.
_AT_MOST = {"MaxItems": 10_000}

_CHANGE_PLAN = f"change the distribution's plan in the CloudFront console ({PLANS_PAGE})"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A limit that AWS did not report, with the reason."""

    reason: str

    def __str__(self) -> str:
        return f"unknown ({self.reason})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The limits of one account.

    `tiers` is distribution ID to pricing plan tier. `quota` is the number of behaviors that the
    account allows per distribution.
    """

    tiers: Mapping[str, str] | Unknown
    quota: int | Unknown

    def pricing_plan(self, distribution_id: str) -> str:
        """Return the name of a distribution's pricing plan, `none`, or why it is unknown."""
        if isinstance(self.tiers, Unknown):
            return str(self.tiers)
        return self._tier(distribution_id).capitalize() or "none"

    def behaviors(self, distribution_id: str, used: int, to_add: int) -> tuple[str, Finding | None]:
        """Return the usage of the limit as text, and a finding if `to_add` behaviors exceed it.

        `used` and `to_add` do not count the default behavior.
        """
        what = f"behaviors on {distribution_id}"
        if tier := self._tier(distribution_id):
            plan = f"the {tier.capitalize()} pricing plan"
            allowed = _BEHAVIORS_IN_PLAN.get(tier)
            if allowed is None:
                return f"{what}: {used}, and how many {plan} includes is unknown", None
            usage = f"{what}, with the default one: {used + 1} of {allowed} in {plan}"
            return usage, _exceeded_plan(usage, used + 1, to_add, allowed)
        if isinstance(self.quota, int):
            usage = f"{what}: {used} of {self.quota}"
            return usage, _exceeded_quota(usage, used, to_add, self.quota)
        usage = (
            f"{what}: {used} of {_DEFAULT_QUOTA} by default, and the account's own quota is "
            f"{self.quota}"
        )
        return usage, _exceeded_quota(usage, used, to_add, _DEFAULT_QUOTA)

    def custom_policy(self, distribution_id: str, stack: str, commands: Commands) -> Finding | None:
        """Return a finding if a proxy's pricing plan includes no custom origin request policy."""
        tier = self._tier(distribution_id)
        if tier not in _WITHOUT_CUSTOM_POLICIES:
            return None
        return Finding(
            "pricing-plan-without-policies",
            f"{distribution_id} has the {tier.capitalize()} pricing plan, which includes no custom "
            "origin request policy, and forward_cookies=false needs one",
            f"{_CHANGE_PLAN}, or deploy with the documented policy, which forwards cookies\n"
            f"{commands.having(forward_cookies='true').deploy(stack)}",
        )

    def _tier(self, distribution_id: str) -> str:
        return "" if isinstance(self.tiers, Unknown) else self.tiers.get(distribution_id, "")


def read_limits(session: boto3.Session) -> Limits:
    """Return the account's limits. A limit is unknown if AWS or boto3 does not provide it."""

    def client(service: str) -> Any:
        return session.client(service, "us-east-1", config=_ONE_ATTEMPT)  # type: ignore[call-overload]

    return Limits(
        tiers=_known(lambda: _tiers(client("pricing-plan-manager"))),
        quota=_known(lambda: _quota(client("service-quotas"))),
    )


def read_concurrency(session: boto3.Session) -> dict[str, int | Unknown]:
    """Return how many executions Lambda allows at once in each Region where Lambda@Edge runs.

    All Regions are queried at the same time.
    """
    # Threads can share clients, but not a session.
    clients = {region: session.client("lambda", region) for region in EDGE_REGIONS}
    with ThreadPoolExecutor(max_workers=len(clients)) as pool:
        return dict(zip(clients, pool.map(_concurrency, clients.values()), strict=True))


def _concurrency(lambda_: "LambdaClient") -> int | Unknown:
    # The unreserved executions leave out those that other functions have reserved.
    return _known(
        lambda: lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    )


def _known(read: Callable[[], T]) -> T | Unknown:
    try:
        return read()
    except UnknownServiceError as error:
        service = error.kwargs["service_name"]
        return Unknown(f"the installed boto3 does not know the API {service}")
    except AWS_ERRORS as error:
        return Unknown(" ".join(explain(error).problem.split()))


def _tiers(pricing_plan_manager: Any) -> dict[str, str]:
    pages = pricing_plan_manager.get_paginator("list_subscriptions").paginate(
        PaginationConfig=_AT_MOST
    )
    return {
        arn.rpartition("/")[2]: subscription.get("planTier", "").upper()
        for page in pages
        for subscription in page.get("subscriptionSummaries", [])
        if subscription.get("status") != "FAILED"
        for arn in subscription.get("resourceArns", [])
        if ":distribution/" in arn
    }


def _quota(service_quotas: Any) -> int | Unknown:
    pages = service_quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="cloudfront", PaginationConfig=_AT_MOST
    )
    for page in pages:
        for quota in page.get("Quotas", []):
            if quota.get("QuotaName") == _QUOTA_NAME:
                return int(quota["Value"])
    return Unknown("Service Quotas does not list it")


def _exceeded_plan(usage: str, used: int, to_add: int, allowed: int) -> Finding | None:
    if not to_add or used + to_add <= allowed:
        return None
    return Finding(
        "pricing-plan-exceeded",
        f"{usage}, and deploying adds {to_add}, so CloudFront may reject the change",
        f"remove unused behaviors, or {_CHANGE_PLAN}",
    )


def _exceeded_quota(usage: str, used: int, to_add: int, quota: int) -> Finding | None:
    if not to_add or used + to_add <= quota:
        return None
    return Finding(
        "quota-exceeded",
        f"{usage}, and deploying adds {to_add}",
        "request a higher quota in the Service Quotas console, unless you already have one "
        f"({QUOTAS_PAGE})",
    )
