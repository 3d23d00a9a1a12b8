"""The IAM statements that this project and CDK's `Provider` need, each with its reason.

A statement has a known reason only if its role, its actions, and its resources all match. A
statement that allows more has no known reason, so a reviewer sees it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.review.values import text, values

#: The eight characters that CDK appends to an ID.
_HASH = "[0-9A-F]{8}"
_ACCOUNT = r"\$\{AWS::AccountId\}"
_EDGE_FUNCTION = rf"\$\{{CookieFunction{_HASH}\.Arn\}}(:\*)?"
_HANDLERS = rf"\$\{{Attachments(OnEvent|IsComplete){_HASH}\.Arn\}}(:\*)?"
_FRAMEWORK = rf"\$\{{AttachmentsProviderframework(isComplete|onTimeout){_HASH}\.Arn\}}(:\*)?"
_EDGE_ROLE = f"CookieFunctionRole{_HASH}"
_ATTACHMENT_ROLE = f"AttachmentsRole{_HASH}"
_PROVIDER_ROLE = f"AttachmentsProviderframework(onEvent|isComplete|onTimeout)ServiceRole{_HASH}"
_ON_EVENT_ROLE = f"AttachmentsProviderframeworkonEventServiceRole{_HASH}"
_WAITER_ROLE = f"AttachmentsProviderwaiterstatemachineRole{_HASH}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A known statement. It allows at most `actions`; `role` and `resource` are patterns."""

    role: str
    actions: frozenset[str]
    resource: str
    why: str

    def covers(self, role: str, body: dict[str, Any]) -> bool:
        """Return whether this known statement allows everything that a role's statement allows."""
        return (
            body.get("Effect") == "Allow"
            and body.keys() <= {"Action", "Effect", "Resource", "Sid"}
            and re.fullmatch(self.role, role) is not None
            and self.actions.issuperset(map(text, values(body.get("Action"))))
            and all(re.fullmatch(self.resource, text(each)) for each in values(body["Resource"]))
        )


def _known(role: str, actions: str, resource: str, why: str) -> Known:
    return Known(role=role, actions=frozenset(actions.split()), resource=resource, why=why)


_KNOWN = (
    _known(
        _EDGE_ROLE,
        "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents",
        rf"arn:aws:logs:\*:{_ACCOUNT}:log-group:/aws/lambda/us-east-1\.\*",
        "Lambda@Edge writes the function's logs in the Region where it runs.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "lambda:DisableReplication* lambda:EnableReplication* lambda:GetFunction",
        _EDGE_FUNCTION,
        "CloudFront checks that the caller of `UpdateDistribution` can use the function that it "
        "attaches.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "lambda:GetFunctionConfiguration",
        _EDGE_FUNCTION,
        "CloudFront accepts a version of a function only when it is Active, so the two handlers of "
        "the attachment wait for that.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "iam:CreateServiceLinkedRole",
        rf"arn:aws:iam::{_ACCOUNT}:role/aws-service-role/"
        r"(logger\.cloudfront\.amazonaws\.com/AWSServiceRoleForCloudFrontLogger"
        r"|replicator\.lambda\.amazonaws\.com/AWSServiceRoleForLambdaReplicator)",
        "The first association of an edge function in an account creates these two AWS roles.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "wafv2:GetWebACL",
        rf"arn:aws:wafv2:us-east-1:{_ACCOUNT}:global/webacl/\*",
        "If the distribution has a web ACL, CloudFront may check that the caller can read it.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "cloudfront:GetVpcOrigin",
        rf"arn:aws:cloudfront::{_ACCOUNT}:vpcorigin/\*",
        "If the distribution has a VPC origin, CloudFront may check that the caller can read it.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "cloudformation:DescribeStacks",
        r"\$\{AWS::StackId\}",
        "The handlers read the stack's status to recognize a rollback and the stack's deletion.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "logs:CreateLogStream logs:PutLogEvents",
        rf"\$\{{AttachmentsLogGroup{_HASH}\.Arn\}}",
        "The handlers write to their own log group.",
    ),
    _known(
        _ATTACHMENT_ROLE,
        "cloudfront:GetDistribution cloudfront:GetDistributionConfig cloudfront:UpdateDistribution",
        rf"arn:aws:cloudfront::{_ACCOUNT}:distribution/E[0-9A-Z]+",
        "The deployment adds the cookie service's behaviors to this distribution and removes them.",
    ),
    _known(
        _PROVIDER_ROLE,
        "lambda:GetFunction lambda:InvokeFunction",
        _HANDLERS,
        "CDK's `Provider` calls the two handlers of the attachment.",
    ),
    _known(
        _ON_EVENT_ROLE,
        "states:StartExecution",
        rf"\$\{{AttachmentsProviderwaiterstatemachine{_HASH}\}}",
        "CDK's `Provider` starts the state machine that waits for CloudFront.",
    ),
    _known(
        _WAITER_ROLE,
        "lambda:InvokeFunction",
        _FRAMEWORK,
        "The state machine of CDK's `Provider` calls these functions until CloudFront is done.",
    ),
)

#: The role, the services that may assume it, and the reason.
_KNOWN_TRUST = (
    (
        _EDGE_ROLE,
        {"edgelambda.amazonaws.com", "lambda.amazonaws.com"},
        "Lambda@Edge runs the cookie service with this role. AWS requires both services.",
    ),
    (
        f"{_ATTACHMENT_ROLE}|{_PROVIDER_ROLE}",
        {"lambda.amazonaws.com"},
        "Lambda runs the functions with this role.",
    ),
    (
        _WAITER_ROLE,
        {"states.amazonaws.com"},
        "Step Functions runs the state machine with this role.",
    ),
)

#: Shown if a statement has no known reason.
UNKNOWN = "**no known reason**"


def reason(roles: Sequence[str], body: dict[str, Any]) -> str:
    """Return the reason why `roles` have a statement, or `UNKNOWN`."""
    reasons = {_reason(role, body) for role in roles}
    return reasons.pop() if len(reasons) == 1 else UNKNOWN


def _reason(role: str, body: dict[str, Any]) -> str:
    match body:
        case {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": dict(principal)}:
            if set(body) != {"Action", "Effect", "Principal"} or set(principal) != {"Service"}:
                return UNKNOWN
            services = set(map(text, values(principal["Service"])))
            return next(
                (
                    why
                    for pattern, known, why in _KNOWN_TRUST
                    if re.fullmatch(pattern, role) and services <= known
                ),
                UNKNOWN,
            )
        case {"Action": _, "Resource": _}:
            return next((known.why for known in _KNOWN if known.covers(role, body)), UNKNOWN)
    return UNKNOWN
