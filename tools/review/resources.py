"""The sections on resources: their purpose, deletion, logs, and costs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.review.assembly import Stack
from tools.review.values import code, codes, table, values


@dataclass(frozen=True, slots=True)
class _Kind:
    """The purpose of a resource type, and AWS's price for it."""

    purpose: str
    price: str


_NO_CHARGE = "no charge"
_DEPLOYMENTS = "only during deployments"
#: AWS's list prices in us-east-1. docs/performance.md and docs/operate.md have the sources.
_KINDS = {
    "AWS::CDK::Metadata": _Kind("tells AWS which CDK constructs are in the stack", _NO_CHARGE),
    "AWS::CertificateManager::Certificate": _Kind(
        "a certificate for both proxies, validated with records in the hosted zone", _NO_CHARGE
    ),
    "AWS::CloudFront::Distribution": _Kind(
        "a proxy of Hightouch on a host name of the site",
        "$1.00 per million requests, and data transfer",
    ),
    "AWS::CloudFront::OriginRequestPolicy": _Kind(
        "forwards requests to Hightouch without cookies", _NO_CHARGE
    ),
    "AWS::CloudWatch::Alarm": _Kind("sends a message", "$0.10 a month for each metric"),
    "AWS::CloudWatch::Dashboard": _Kind("shows the edge function", "$3.00 a month"),
    "AWS::IAM::Policy": _Kind("permissions of a role", _NO_CHARGE),
    "AWS::IAM::Role": _Kind("an identity for functions", _NO_CHARGE),
    "AWS::Lambda::Function": _Kind(
        "a function", "only during deployments; for the edge function, see its version"
    ),
    "AWS::Lambda::Version": _Kind(
        "the numbered version that CloudFront runs",
        "$0.60 per million renew and clear calls, and $0.00005001 per GB-second",
    ),
    "AWS::Logs::LogGroup": _Kind("logs of deployments", _DEPLOYMENTS),
    "AWS::Route53::RecordSet": _Kind("an alias of a proxy's host name", _NO_CHARGE),
    "AWS::SSM::Parameter": _Kind("a name for the newest version", _NO_CHARGE),
    "AWS::StepFunctions::StateMachine": _Kind("waits for CloudFront", _DEPLOYMENTS),
    "Custom::DistributionAttachment": _Kind(
        "**adds behaviors to a distribution that exists already**, and removes them when removed",
        _DEPLOYMENTS,
    ),
}
_UNKNOWN = _Kind("**no known purpose**", "**no known price**")

#: Properties that identify a resource among others of its type, the most specific first.
_TELLING = (
    "AlarmName",
    "Roles",
    "OriginRequestPolicyConfig",
    "Description",
    "DistributionId",
    "Name",
    "Handler",
)

_DELETION = {
    "Retain": "**kept**",
    "RetainExceptOnCreate": "**kept**, unless the deployment that creates it is rolled back",
    "Snapshot": "deleted, after a snapshot",
}


def section(stack: Stack) -> Iterator[str]:
    """Yield a table with one row for each resource of a stack."""
    yield from table(
        ["resource", "type", "purpose", "if removed"],
        (
            [code(logical_id), code(resource["Type"]), _purpose(resource), _deletion(resource)]
            for logical_id, resource in stack.resources.items()
        ),
    )
    yield ""


def attention(stack: Stack) -> Iterator[str]:
    """Yield the resources of types that this project does not create."""
    for logical_id, resource in stack.resources.items():
        if resource["Type"] not in _KINDS:
            yield f"- {code(logical_id)} is a resource with no known purpose or price."


def _purpose(resource: dict[str, Any]) -> str:
    """Return the purpose of the resource's type, and the property that identifies the resource."""
    properties = resource.get("Properties", {})
    if resource["Type"] not in _KINDS:
        return f"{_UNKNOWN.purpose}: {code(properties)}"
    purpose = _KINDS[resource["Type"]].purpose
    own = next((properties[name] for name in _TELLING if name in properties), None)
    return f"{purpose}: {codes(values(own))}" if own else purpose


def _deletion(resource: dict[str, Any]) -> str:
    """Return whether the resource is kept if its stack is deleted, or if it is replaced."""
    deleted = _DELETION.get(resource.get("DeletionPolicy", "Delete"), "deleted")
    replaced = _DELETION.get(resource.get("UpdateReplacePolicy", "Delete"), "deleted")
    is_kept = "kept" in deleted, "kept" in replaced
    return deleted if is_kept[0] == is_kept[1] else f"{deleted}; if replaced, {replaced}"


def costs(stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield the price of each resource type, and then the sum of all monthly prices."""
    types = Counter(r["Type"] for stack in stacks for r in stack.resources.values())
    yield from table(
        ["type", "count", "price"],
        (
            [code(name), str(count), _KINDS.get(name, _UNKNOWN).price]
            for name, count in sorted(types.items())
        ),
    )
    metrics = sum(
        _metric_count(alarm)
        for stack in stacks
        for _, alarm in stack.of_type("AWS::CloudWatch::Alarm")
    )
    monthly = 0.10 * metrics + 3.00 * types["AWS::CloudWatch::Dashboard"]
    yield ""
    yield (
        f"Due each month without any request: ${monthly:.2f} (metrics that alarms read: {metrics}, "
        f"dashboards: {types['AWS::CloudWatch::Dashboard']}), before AWS's free tier "
        "(docs/operate.md). docs/performance.md has the costs of a million page views. A web ACL "
        "and a pricing plan have their own prices."
    )


def _metric_count(alarm: dict[str, Any]) -> int:
    if "Metrics" not in alarm:
        return 1
    return sum("MetricStat" in metric for metric in alarm["Metrics"])


def logs(stack: Stack) -> Iterator[str]:
    """Yield the logs of each distribution, function, and state machine of a stack."""
    groups = dict(stack.of_type("AWS::Logs::LogGroup"))
    edge = {
        version["FunctionName"].get("Ref")
        for _, version in stack.of_type("AWS::Lambda::Version")
        if isinstance(version.get("FunctionName"), dict)
    }
    for logical_id, properties in stack.of_type("AWS::CloudFront::Distribution"):
        logging = properties["DistributionConfig"].get("Logging")
        where = f"access logs: {code(logging)}" if logging else "no access logs"
        yield f"- {code(logical_id)}: {where}"
    for logical_id, properties in stack.of_type("AWS::Lambda::Function"):
        group = properties.get("LoggingConfig", {}).get("LogGroup")
        if logical_id in edge and not group:
            where = (
                "in a log group in each Region where Lambda@Edge runs it, which AWS creates and "
                "keeps **forever**. The cookie service itself logs nothing: docs/privacy.md"
            )
        elif isinstance(group, dict) and group.get("Ref") in groups:
            days = groups[group["Ref"]].get("RetentionInDays")
            where = f"{code(group)}, kept {f'for {days} days' if days else '**forever**'}"
        else:
            where = "in a log group that AWS creates and keeps **forever**"
        yield f"- {code(logical_id)}: {where}"
    for logical_id, properties in stack.of_type("AWS::StepFunctions::StateMachine"):
        logging = properties.get("LoggingConfiguration")
        yield f"- {code(logical_id)}: {code(logging) if logging else 'no logs'}"
