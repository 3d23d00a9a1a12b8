"""CloudFront's pricing plans and quotas in the AWS emulator, which ministack does not have.

This adds the calls of the pricing plan manager that start, list, and cancel subscriptions, and the
call of Service Quotas that lists the account's quotas. CloudFront rejects changes that a
distribution's plan does not include.
"""

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element

import ministack.app
from ministack.services import cloudfront
from ministack.services.cloudformation import provisioners

from tools.emulator.rules import Evidence, all_behaviors
from tools.emulator.strict import Answer, stored_config, without_namespaces

_Dispatch = Callable[..., Awaitable[Answer]]

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
_REMOVED_WEB_ACL = (
    "You can't remove or replace the web ACL for your distribution. Distributions with a pricing "
    "plan subscription must have a web ACL resource."
)
_DELETED = (
    "You can't delete this distribution while it's subscribed to a pricing plan. After you cancel "
    "the pricing plan, you can delete the distribution at the end of monthly billing cycle."
)


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature that a distribution cannot have in some tiers, with the evidence for this."""

    name: str
    evidence: Evidence
    source: str
    is_in: Callable[[Element, str], bool]


def features_missing(config: Element, tier: str) -> Iterator[str]:
    """Yield the names of the configuration's features that the tier does not include."""
    for feature in FEATURES:
        if feature.is_in(config, tier):
            yield feature.name.format(behaviors=_BEHAVIORS.get(tier))


def plan_rejection(config: Element, previous: Element, tier: str) -> str:
    """Return why CloudFront rejects an update of a distribution with a plan, or "".

    Elements have no namespace.
    """
    acl, previous_acl = config.findtext("WebACLId"), previous.findtext("WebACLId")
    if previous_acl and acl != previous_acl:
        return _REMOVED_WEB_ACL
    if missing := ", ".join(features_missing(config, tier)):
        return (
            f"Distributions with the {tier.capitalize()} pricing plan can't have the following "
            f"features: {missing}"
        )
    return ""


# The numbers are those of tools/limits.py, but not imported: both come from AWS's page.
_BEHAVIORS = {"FREE": 5, "PRO": 10, "BUSINESS": 50, "PREMIUM": 100}
_ABOUT_PLANS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html"
)


def _has_too_many_behaviors(config: Element, tier: str) -> bool:
    return len(all_behaviors(config)) > _BEHAVIORS[tier]


def _has_custom(tag: str, policies: Mapping[str, Any]) -> Callable[[Element, str], bool]:
    """Return a check whether a behavior has a custom policy in a tier without custom policies."""

    def is_in(config: Element, tier: str) -> bool:
        ids = {behavior.findtext(tag) for behavior in all_behaviors(config)}
        return tier in {"FREE", "PRO"} and any(one in policies for one in ids - {None})

    return is_in


def _has_price_class(config: Element, _tier: str) -> bool:
    return config.findtext("PriceClass") not in {None, "", "PriceClass_All"}


FEATURES = (
    Feature(
        # It is assumed that the default behavior counts, and that tiers other than Free have this.
        name="More than {behaviors} cache behaviors",
        evidence=Evidence.OBSERVED,
        source="https://veai.jp (the only report)",
        is_in=_has_too_many_behaviors,
    ),
    Feature(
        name="Custom cache policy",
        evidence=Evidence.DOCUMENTED,
        source=_ABOUT_PLANS,
        is_in=_has_custom("CachePolicyId", cloudfront._cache_policies),
    ),
    Feature(
        # The documentation names the tiers, but no source shows the text of the message.
        name="Custom origin request policy",
        evidence=Evidence.ASSUMED,
        source=_ABOUT_PLANS,
        is_in=_has_custom("OriginRequestPolicyId", cloudfront._origin_request_policies),
    ),
    Feature(
        name="Custom response headers policy",
        evidence=Evidence.DOCUMENTED,
        source=_ABOUT_PLANS,
        is_in=_has_custom("ResponseHeadersPolicyId", cloudfront._response_headers_policies),
    ),
    Feature(
        # This was observed only in the Free plan. It is assumed for the others.
        name="Price class",
        evidence=Evidence.OBSERVED,
        source="messages of CloudFront in several public repositories",
        is_in=_has_price_class,
    ),
)

_subscriptions: dict[str, dict[str, Any]] = {}


def install() -> None:
    """Add both APIs to ministack, and let its CloudFront reject changes that a plan excludes.

    The new functions call the present ones, which another module may have replaced.
    """
    ministack.app._dispatch_service_request = _with_plans(ministack.app._dispatch_service_request)
    cloudfront._update_distribution = _rejecting_updates(cloudfront._update_distribution)
    cloudfront._delete_distribution = _rejecting_deletions(cloudfront._delete_distribution)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CloudFront::Distribution"]
    handlers["update"] = _rejecting_template_updates(handlers["update"])
    handlers["delete"] = _rejecting_template_deletions(handlers["delete"])


def _with_plans(dispatch: _Dispatch) -> _Dispatch:
    async def dispatch_too(
        method: str, path: str, headers: Mapping[str, str], body: bytes, *rest: Any
    ) -> Answer:
        scope = _SCOPE.search(headers.get("authorization", ""))
        match scope and scope[1]:
            case "pricingplanmanager":
                return _pricing_plan_manager(path.rpartition("/")[2], json.loads(body or b"{}"))
            case "servicequotas":
                return _service_quotas(headers.get("x-amz-target", ""))
        return await dispatch(method, path, headers, body, *rest)

    return dispatch_too


def _pricing_plan_manager(operation: str, given: Mapping[str, Any]) -> Answer:
    if operation == "ListSubscriptions":
        return _json(200, {"subscriptionSummaries": [*_subscriptions.values()]})
    if operation == "CreateSubscription":
        now = datetime.now(UTC).isoformat()
        arn = f"arn:aws:pricingplanmanager::000000000000:subscription/{uuid.uuid4()}"
        _subscriptions[arn] = {
            "arn": arn,
            "planFamily": given["planFamily"],
            "planTier": given["planTier"],
            "status": "ACTIVE",
            "resourceArns": given["resourceArns"],
            "createdAt": now,
            "updatedAt": now,
            "eTag": uuid.uuid4().hex,
        }
        return _subscription(_subscriptions[arn])
    if operation == "CancelSubscription" and given["arn"] in _subscriptions:
        # AWS ends a paid plan at the end of the billing period.
        return _subscription(_subscriptions.pop(given["arn"]))
    return _json(400, {"message": f"The emulator has no {operation} of {dict(given)}"})


def _subscription(subscription: Mapping[str, Any]) -> Answer:
    status, headers, body = _json(200, subscription)
    return status, {**headers, "ETag": subscription["eTag"]}, body


def _service_quotas(target: str) -> Answer:
    if target != "ServiceQuotasV20190624.ListServiceQuotas":
        return _json(400, {"message": f"The emulator has no {target}"})
    name, value = "Cache behaviors per distribution", 75
    return _json(200, {"Quotas": [{"QuotaName": name, "Value": value, "GlobalQuota": True}]})


def _json(status: int, value: object) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-requestid": str(uuid.uuid4())}
    if status >= 400:
        headers["x-amzn-ErrorType"] = "ValidationException"
    return status, headers, json.dumps(value).encode()


def _tier(distribution_id: str) -> str:
    for subscription in _subscriptions.values():
        for arn in subscription["resourceArns"]:
            if arn.endswith(f":distribution/{distribution_id}"):
                return str(subscription["planTier"])
    return ""


def _rejection(distribution_id: str, config: Element | None) -> str:
    distribution, tier = cloudfront._distributions.get(distribution_id), _tier(distribution_id)
    if not distribution or config is None or not tier:
        return ""
    return plan_rejection(without_namespaces(config), stored_config(distribution), tier)


def _rejecting_updates(update: Callable[..., Answer]) -> Callable[..., Answer]:
    def update_too(distribution_id: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if message := _rejection(distribution_id, cloudfront._parse_body(body)):
            return _error("InvalidArgument", message, 400)
        return update(distribution_id, headers, body)

    return update_too


def _rejecting_deletions(delete: Callable[..., Answer]) -> Callable[..., Answer]:
    def delete_too(distribution_id: str, headers: Mapping[str, str]) -> Answer:
        if _tier(distribution_id):
            return _error("PreconditionFailed", _DELETED, 412)
        return delete(distribution_id, headers)

    return delete_too


def _rejecting_template_updates(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_too(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], *more: Any, **named: Any
    ) -> Any:
        config = provisioners._cf_distribution_config(new, physical_id)
        if message := _rejection(physical_id, config):
            raise ValueError(f"{message} (Service: CloudFront, Status Code: 400)")
        return update(physical_id, old, new, *more, **named)

    return update_too


def _rejecting_template_deletions(delete: Callable[..., Any]) -> Callable[..., Any]:
    def delete_too(physical_id: str, properties: dict[str, Any]) -> Any:
        if _tier(physical_id):
            raise ValueError(f"{_DELETED} (Service: CloudFront, Status Code: 412)")
        return delete(physical_id, properties)

    return delete_too


def _error(code: str, message: str, status: int) -> Answer:
    answer: Answer = cloudfront._error(code, message, status)
    return answer
