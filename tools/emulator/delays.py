"""Delays in ministack, as on AWS: a change takes effect only after a number of requests.

Only roles see the delays. The root user, whom tests use, sees every change at once. The numbers of
requests are assumed.
"""

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import cloudfront, iam

from tools.emulator.strict import Answer

#: The number of reads after a change that show a distribution as InProgress. Documented: "When you
#: create or update a distribution, the status is InProgress until the changes are propagated".
LOOKS_IN_PROGRESS = 2
#: The number of reads after a change that return the configuration from before it. Assumed:
#: CloudFront does not promise that a read returns the last write.
STALE_READS = 1
#: The number of permission checks that ignore a new policy on CloudFront of a role.
#: Observed: https://github.com/aws/aws-cdk/issues/37675
CHECKS_WITHOUT_POLICY = 3


@dataclass
class _Change:
    """A change of a distribution, with the answers from before it and the reads that are left."""

    distribution: Answer
    configuration: Answer
    stale_reads: int = STALE_READS
    looks_in_progress: int = LOOKS_IN_PROGRESS


@dataclass
class _PutPolicy:
    """A new policy of a role. Until it takes effect, the policy `before` counts, if any."""

    before: str | None
    checks: int = CHECKS_WITHOUT_POLICY


_changes: dict[str, _Change] = {}
# The name of the role and the name of the policy are the key.
_put_policies: dict[tuple[str, str], _PutPolicy] = {}

_get, _get_config = cloudfront._get_distribution, cloudfront._get_distribution_config
_gather_policies = iam_evaluator._gather_role_policies
_enforce = iam_evaluator.enforce
_put_policy = iam._put_role_policy


def install() -> None:
    """Replace ministack's functions that read and change distributions and policies of roles.

    Call this after strict.install(), so that a rejected change has no delays.
    """
    update = cloudfront._update_distribution

    def update_with_delays(distribution_id: str, headers: dict[str, str], body: bytes) -> Answer:
        change = _Change(_get(distribution_id), _get_config(distribution_id))
        answer: Answer = update(distribution_id, headers, body)
        if answer[0] == 200:
            _changes[distribution_id] = change
        return answer

    cloudfront._update_distribution = update_with_delays
    cloudfront._get_distribution = _get_with_delays
    cloudfront._get_distribution_config = _get_config_with_delay
    iam._put_role_policy = iam._IAM_HANDLERS["PutRolePolicy"] = _put_policy_with_delay
    iam_evaluator._gather_role_policies = _gather_policies_with_delay
    iam_evaluator.enforce = _enforce_and_count


def _get_with_delays(distribution_id: str) -> Answer:
    change = _seen_change(distribution_id)
    if change and change.stale_reads:
        change.stale_reads -= 1
        return change.distribution
    status, headers, body = _get(distribution_id)
    if change and change.looks_in_progress:
        change.looks_in_progress -= 1
        body = body.replace(b"<Status>Deployed</Status>", b"<Status>InProgress</Status>")
    return status, headers, body


def _get_config_with_delay(distribution_id: str) -> Answer:
    change = _seen_change(distribution_id)
    if change and change.stale_reads:
        change.stale_reads -= 1
        return change.configuration
    answer: Answer = _get_config(distribution_id)
    return answer


def _seen_change(distribution_id: str) -> _Change | None:
    """Return the last change of a distribution that exists, or None for the root user."""
    is_role = ":assumed-role/" in iam_evaluator.caller_arn()
    exists = distribution_id in cloudfront._distributions
    return _changes.get(distribution_id) if is_role and exists else None


def _put_policy_with_delay(parameters: dict[str, Any]) -> Answer:
    role_name, name = (iam._p(parameters, key) for key in ("RoleName", "PolicyName"))
    role = iam._roles.get(role_name)
    before = role and role["InlinePolicies"].get(name)
    answer: Answer = _put_policy(parameters)
    # Only these: CDK's Provider does not retry, and CloudFormation creates the Provider's policies
    # long before it uses them.
    is_delayed = "cloudfront:" in iam._p(parameters, "PolicyDocument")
    if answer[0] == 200 and is_delayed:
        _put_policies[role_name, name] = _PutPolicy(before)
    return answer


def _gather_policies_with_delay(role_name: str, account_id: str) -> Any:
    role = iam._roles.get_scoped(account_id, None, role_name)
    if role is None:
        return _gather_policies(role_name, account_id)
    policies = role["InlinePolicies"]
    seen = dict(policies)
    for name in policies:
        put = _put_policies.get((role_name, name))
        if put and put.checks:
            seen[name] = put.before or '{"Statement": []}'
    role["InlinePolicies"] = seen
    try:
        return _gather_policies(role_name, account_id)
    finally:
        role["InlinePolicies"] = policies


def _enforce_and_count(*arguments: Any, **named: Any) -> Any:
    denied = _enforce(*arguments, **named)
    caller = iam_evaluator.caller_arn()
    for (role_name, _), put in _put_policies.items():
        if put.checks and f":assumed-role/{role_name}/" in caller:
            put.checks -= 1
    return denied
