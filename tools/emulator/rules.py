"""The rules by which CloudFront rejects documents that ministack accepts, one row of `RULES` each.

Each rule has its evidence. OBSERVED: the source shows CloudFront's answer, and the rule has the
source's message. DOCUMENTED: AWS's documentation says that CloudFront rejects this. ASSUMED: no
source shows it, so a test that passes because of such a rule proves nothing about CloudFront.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element

_DEVELOPER_GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"

#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
_BEHAVIORS_PER_DISTRIBUTION = 75

_VERSION_ARN = re.compile(r"arn:aws:lambda:us-east-1:\d{12}:function:[\w-]+:\d+")
_CUSTOM = "CustomOriginConfig"
_WRITING_METHODS = {"POST", "PUT", "PATCH", "DELETE"}

#: The roles that CloudFront creates in the account when the first function is associated, to the
#: services that use them.
SERVICE_LINKED_ROLES = {
    "AWSServiceRoleForLambdaReplicator": "replicator.lambda.amazonaws.com",
    "AWSServiceRoleForCloudFrontLogger": "logger.cloudfront.amazonaws.com",
}


class Evidence(StrEnum):
    """The evidence that CloudFront rejects a document."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    ASSUMED = "assumed"


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """CloudFront's answer to a document that it rejects."""

    status: int = 400
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The facts about the account and the caller that the rules need.

    `function` returns the configuration of a Lambda function's version, or None. `trusts` returns
    whether a role trusts a service. `denial` returns IAM's message if the caller may not use an
    action on a resource, or None. `has_service_linked_role` accepts a service. `names` are the
    alternate domain names of all other distributions, in lower case.
    """

    account_id: str
    function: Callable[[str], Mapping[str, Any] | None]
    trusts: Callable[[str, str], bool]
    denial: Callable[[str, str], str | None]
    has_service_linked_role: Callable[[str], bool]
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Write:
    """A configuration that a caller sends, and the previous one, which is None in a creation.

    Elements have no namespace. `by_template` is whether CloudFormation sends the configuration, in
    which case CloudFormation has added the settings that the template leaves out.
    """

    config: Element
    previous: Element | None
    account: Account
    by_template: bool = field(default=False)


@dataclass(frozen=True)
class Rule:
    """A reason for which CloudFront rejects a document."""

    name: str
    evidence: Evidence
    source: str
    check: Callable[[Write], Rejection | None]


def rejection(write: Write) -> Rejection | None:
    """Return the answer of the first rule that rejects the document, or None if all accept it."""
    return next((found for rule in RULES if (found := rule.check(write))), None)


def all_behaviors(config: Element) -> list[Element]:
    """Return all behaviors, the default one first."""
    return [*config.findall("DefaultCacheBehavior"), *_listed_behaviors(config)]


def _listed_behaviors(config: Element) -> list[Element]:
    return config.findall("CacheBehaviors/Items/CacheBehavior")


def _texts(element: Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path)]


def _functions(config: Element) -> Iterator[str]:
    """Yield the ARN of each function of all behaviors once."""
    path = "LambdaFunctionAssociations/Items/LambdaFunctionAssociation/LambdaFunctionARN"
    found = [arn for behavior in all_behaviors(config) for arn in _texts(behavior, path)]
    yield from dict.fromkeys(found)


def _versions(write: Write) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the ARN and the configuration of each function that exists."""
    for arn in _functions(write.config):
        if (found := write.account.function(arn)) is not None:
            yield arn, found


def _caller_reference_changed(write: Write) -> Rejection | None:
    if write.previous is None:
        return None
    if write.config.findtext("CallerReference") == write.previous.findtext("CallerReference"):
        return None
    return Rejection(code="IllegalUpdate", message="You cannot update Origin or CallerReference.")


def _inconsistent_quantity(write: Write) -> Rejection | None:
    for element in write.config.iter():
        stated = element.findtext("Quantity")
        supplied = len(element.find("Items") or ())
        if stated is not None and int(stated) != supplied:
            return Rejection(
                code="InconsistentQuantities",
                message=f"The specified quantity of {element.tag} ({stated}) does not match the "
                f"actual quantity supplied ({supplied}).",
            )
    return None


def _no_such_origin(write: Write) -> Rejection | None:
    known = {
        *_texts(write.config, "Origins/Items/Origin/Id"),
        *_texts(write.config, "OriginGroups/Items/OriginGroup/Id"),
    }
    if all(
        behavior.findtext("TargetOriginId") in known for behavior in all_behaviors(write.config)
    ):
        return None
    return Rejection(
        status=404,
        code="NoSuchOrigin",
        message="One or more of your cache behavior target origins or origin groups do not exist.",
    )


def _duplicate_path_pattern(write: Write) -> Rejection | None:
    patterns = Counter(_texts(write.config, "CacheBehaviors/Items/CacheBehavior/PathPattern"))
    twice = [pattern for pattern, count in patterns.items() if count > 1]
    if not twice:
        return None
    return Rejection(code="InvalidArgument", message=f"The path pattern {twice[0]} is not unique.")


def _too_many_behaviors(write: Write) -> Rejection | None:
    if len(_listed_behaviors(write.config)) <= _BEHAVIORS_PER_DISTRIBUTION:
        return None
    return Rejection(
        code="TooManyCacheBehaviors",
        message="Your request contains more CacheBehaviors than are allowed per distribution.",
    )


def _name_in_use(write: Write) -> Rejection | None:
    names = {name.lower() for name in _texts(write.config, "Aliases/Items/CNAME")}
    if not names & write.account.names:
        return None
    return Rejection(
        status=409,
        code="CNAMEAlreadyExists",
        message="One or more of the CNAMEs you provided are already associated with a different "
        "resource.",
    )


def _write_to_origin_group(write: Write) -> Rejection | None:
    groups = _texts(write.config, "OriginGroups/Items/OriginGroup/Id")
    for behavior in all_behaviors(write.config):
        methods = _texts(behavior, "AllowedMethods/Items/Method")
        if behavior.findtext("TargetOriginId") in groups and _WRITING_METHODS & {*methods}:
            return Rejection(
                code="InvalidArgument",
                message="The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE "
                "for a cached behavior associated with an origin group.",
            )
    return None


def _origin_setting_missing(write: Write) -> Rejection | None:
    if write.previous is None or write.by_template:
        return None
    origins = {origin.findtext("Id"): origin for origin in _origins(write.config)}
    for before in _origins(write.previous):
        after = origins.get(before.findtext("Id"))
        if after is None:
            continue
        for old, new, tag in (
            (before, after, "CustomHeaders"),
            (before.find(_CUSTOM), after.find(_CUSTOM), "OriginReadTimeout"),
            (before.find(_CUSTOM), after.find(_CUSTOM), "OriginKeepaliveTimeout"),
        ):
            if old is None or new is None:
                continue  # the origin is not a custom one, or was not
            if old.find(tag) is not None and new.find(tag) is None:
                return _required_for_updates(tag)
    return None


def _origins(config: Element) -> list[Element]:
    return config.findall("Origins/Items/Origin")


def _required_for_updates(tag: str) -> Rejection:
    return Rejection(code="IllegalUpdate", message=f"{tag} is required for updates.")


def _setting_missing(write: Write) -> Rejection | None:
    if write.previous is None or write.by_template:
        return None
    after = {element.tag for element in write.config}
    missing = [element.tag for element in write.previous if element.tag not in after]
    return _required_for_updates(missing[0]) if missing else None


def _new_behaviors(write: Write) -> list[Element]:
    """Return the behaviors that an update adds."""
    if write.previous is None or write.by_template:
        return []
    before = _texts(write.previous, "CacheBehaviors/Items/CacheBehavior/PathPattern")
    return [
        behavior
        for behavior in _listed_behaviors(write.config)
        if behavior.findtext("PathPattern") not in before
    ]


def _field_level_encryption_missing(write: Write) -> Rejection | None:
    for behavior in _new_behaviors(write):
        if behavior.find("FieldLevelEncryptionId") is None:
            return Rejection(
                code="InvalidArgument",
                message="The parameter Field level encryption id is required.",
            )
    return None


def _behavior_setting_missing(write: Write) -> Rejection | None:
    required = ["TargetOriginId", "ViewerProtocolPolicy", "AllowedMethods", "Compress"]
    required += ["LambdaFunctionAssociations"]
    if write.config.findtext("ConnectionMode") != "tenant-only":
        required += ["TrustedSigners", "SmoothStreaming"]
    for behavior in _new_behaviors(write):
        for tag in required:
            if behavior.find(tag) is None:
                return Rejection(
                    code="InvalidArgument", message=f"The parameter {tag} is required."
                )
    return None


def _invalid_association(message: str) -> Rejection:
    return Rejection(code="InvalidLambdaFunctionAssociation", message=message)


def _function_without_version(write: Write) -> Rejection | None:
    for arn in _functions(write.config):
        if not _VERSION_ARN.fullmatch(arn):
            return _invalid_association(
                "The function ARN must reference a specific function version. (The ARN must end "
                f"with the version number.) ARN: {arn}"
            )
    return None


def _no_such_function(write: Write) -> Rejection | None:
    for arn in _functions(write.config):
        if write.account.function(arn) is None:
            return _invalid_association(f"The function does not exist. Function: {arn}")
    return None


def _function_not_active(write: Write) -> Rejection | None:
    for arn, function in _versions(write):
        if function.get("State", "Active") != "Active":
            return _invalid_association(
                "The function must be in an Active state. The current state for function "
                f"{arn} is {function['State']}"
            )
    return None


def _function_with_environment(write: Write) -> Rejection | None:
    for arn, function in _versions(write):
        if function.get("Environment", {}).get("Variables"):
            return _invalid_association(
                f"The function cannot have environment variables. Function: {arn}"
            )
    return None


def _role_not_assumable(write: Write) -> Rejection | None:
    for _, function in _versions(write):
        role = function["Role"]
        services = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")
        if not all(write.account.trusts(role, service) for service in services):
            return _invalid_association(
                "The function execution role must be assumable with edgelambda.amazonaws.com as "
                "well as lambda.amazonaws.com principals. Update the IAM role and try again. "
                f"Role: {role}"
            )
    return None


def _function_not_readable(write: Write) -> Rejection | None:
    for arn in _functions(write.config):
        if write.account.denial("lambda:GetFunction", arn):
            return _invalid_association(
                "Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy "
                f"to add permission: lambda:GetFunction for resource: {arn}"
            )
    return None


def _replication_not_allowed(write: Write) -> Rejection | None:
    for arn in _functions(write.config):
        if write.account.denial("lambda:EnableReplication", arn):
            return _invalid_association(
                "Lambda@Edge cannot enable replication for the specified Lambda function. Update "
                "the IAM policy to add permission: lambda:EnableReplication* for resource: "
                f"{arn}"
            )
    return None


def _denied(message: str) -> Rejection:
    return Rejection(status=403, code="AccessDenied", message=message)


def _end_of_replication_not_allowed(write: Write) -> Rejection | None:
    before = [] if write.previous is None else _functions(write.previous)
    kept = {*_functions(write.config)}
    for arn in before:
        if arn not in kept and (message := write.account.denial("lambda:DisableReplication", arn)):
            return _denied(message)
    return None


def _service_linked_role_not_allowed(write: Write) -> Rejection | None:
    if not any(_functions(write.config)):
        return None
    for name, service in SERVICE_LINKED_ROLES.items():
        if write.account.has_service_linked_role(service):
            continue
        arn = f"arn:aws:iam::{write.account.account_id}:role/aws-service-role/{service}/{name}"
        if message := write.account.denial("iam:CreateServiceLinkedRole", arn):
            return _denied(message)
    return None


def _web_acl_not_readable(write: Write) -> Rejection | None:
    arn = write.config.findtext("WebACLId")
    message = write.account.denial("wafv2:GetWebACL", arn) if arn else None
    return _denied(message) if message else None


def _vpc_origin_not_readable(write: Write) -> Rejection | None:
    for vpc_origin in _texts(write.config, "Origins/Items/Origin/VpcOriginConfig/VpcOriginId"):
        arn = f"arn:aws:cloudfront::{write.account.account_id}:vpcorigin/{vpc_origin}"
        if message := write.account.denial("cloudfront:GetVpcOrigin", arn):
            return _denied(message)
    return None


RULES = (
    Rule(
        "caller-reference-changed",
        Evidence.OBSERVED,
        "https://github.com/hashicorp/terraform-provider-aws/issues/33338",
        _caller_reference_changed,
    ),
    Rule(
        "inconsistent-quantity",
        Evidence.OBSERVED,
        "https://github.com/linz/basemaps/pull/2120",
        _inconsistent_quantity,
    ),
    Rule(
        "no-such-origin",
        Evidence.OBSERVED,
        # The code and the status are in https://github.com/hashicorp/terraform/issues/18283.
        "https://github.com/aws-cloudformation/rain/issues/517",
        _no_such_origin,
    ),
    Rule(
        "duplicate-path-pattern",
        Evidence.ASSUMED,
        "path patterns identify behaviors; no source shows the answer",
        _duplicate_path_pattern,
    ),
    Rule(
        "too-many-behaviors",
        Evidence.OBSERVED,
        "https://github.com/anomalyco/sst/issues/4141",
        _too_many_behaviors,
    ),
    Rule(
        "name-in-use",
        Evidence.OBSERVED,
        "https://github.com/jogold/cloudstructs/issues/169",
        _name_in_use,
    ),
    Rule(
        "write-to-origin-group",
        Evidence.OBSERVED,
        "https://github.com/aws/aws-cdk/issues/32450",
        _write_to_origin_group,
    ),
    Rule(
        "origin-setting-missing",
        Evidence.OBSERVED,
        "https://github.com/boto/boto3/issues/1083",
        _origin_setting_missing,
    ),
    Rule(
        "setting-missing",
        Evidence.ASSUMED,
        "CloudFront's answer to a missing setting of an origin, for all other settings",
        _setting_missing,
    ),
    Rule(
        "field-level-encryption-missing",
        Evidence.OBSERVED,
        "https://github.com/boto/boto3/issues/1558",
        _field_level_encryption_missing,
    ),
    Rule(
        "behavior-setting-missing",
        Evidence.ASSUMED,
        "CloudFront's answer to a missing MinTTL, for the other settings of a behavior: "
        "https://github.com/aws-controllers-k8s/community/issues/2335",
        _behavior_setting_missing,
    ),
    Rule(
        "function-without-version",
        Evidence.OBSERVED,
        "https://github.com/hashicorp/terraform-provider-aws/issues/21238",
        _function_without_version,
    ),
    Rule(
        "function-not-readable",
        Evidence.OBSERVED,
        "https://github.com/awslabs/live-streaming-with-automated-multi-language-subtitling/"
        "issues/33",
        _function_not_readable,
    ),
    Rule(
        "no-such-function",
        Evidence.ASSUMED,
        "a function has to exist; no source shows the answer",
        _no_such_function,
    ),
    Rule(
        "function-not-active",
        Evidence.OBSERVED,
        "https://github.com/goldstack/goldstack/issues/18",
        _function_not_active,
    ),
    Rule(
        "function-with-environment",
        Evidence.OBSERVED,
        "https://github.com/anomalyco/ion/issues/1194",
        _function_with_environment,
    ),
    Rule(
        "role-not-assumable",
        Evidence.OBSERVED,
        "https://github.com/aws/aws-cdk/issues/5180",
        _role_not_assumable,
    ),
    Rule(
        "replication-not-allowed",
        Evidence.OBSERVED,
        "https://github.com/serverless-operations/"
        "serverless-lambda-edge-pre-existing-cloudfront/issues/36",
        _replication_not_allowed,
    ),
    Rule(
        "end-of-replication-not-allowed",
        Evidence.DOCUMENTED,
        f"{_DEVELOPER_GUIDE}lambda-edge-permissions.html",
        _end_of_replication_not_allowed,
    ),
    Rule(
        "service-linked-role-not-allowed",
        Evidence.DOCUMENTED,
        f"{_DEVELOPER_GUIDE}lambda-edge-permissions.html",
        _service_linked_role_not_allowed,
    ),
    Rule(
        "web-acl-not-readable",
        Evidence.ASSUMED,
        "AWS's own AwsCommunity::CloudFront::WebACLAssociation declares the permission",
        _web_acl_not_readable,
    ),
    Rule(
        "vpc-origin-not-readable",
        Evidence.ASSUMED,
        "the Service Authorization Reference lists the permission for similar operations",
        _vpc_origin_not_readable,
    ),
)
