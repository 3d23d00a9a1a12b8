"""The changes of the next deployment to live distributions. This module only reads."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from attachment.behaviors import (
    all_behaviors_of,
    behaviors_of,
    default_origin,
    display_name,
    functions_of,
    path_pattern,
    read_configuration,
)
from attachment.edit import Decision, Wanted, decide, own_behaviors
from attachment.finding import Finding, RefusalError
from attachment.live import LiveDistribution, explain, is_gone
from attachment.xml_document import Element
from stacks.deployment import Deployment
from stacks.edge_package import EdgePackage
from tools import advice
from tools.aws_clients import Caller
from tools.commands import Commands
from tools.deployed import (
    certificate_of,
    list_summaries,
    paths_running,
    read_cookie_service,
    read_stack,
)
from tools.hand_built import find_hand_built, take_over
from tools.limits import Limits

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient

_NOT_PUBLISHED_YET = "the version that this deployment publishes"


class Action(StrEnum):
    """The change of a deployment to the cookie service's behaviors on a distribution."""

    ATTACH = "ATTACH"
    UPDATE = "UPDATE"
    MOVE = "MOVE"
    DETACH = "DETACH"
    NO_CHANGE = "NO CHANGE"


@dataclass(frozen=True, kw_only=True)
class DistributionPlan:
    """The changes of a deployment to one distribution.

    `before` and `after` are the distribution's behaviors, a line each. With a `refusal`, the
    deployment fails for this reason and changes nothing. The cookie service's behaviors have this
    `origin` and this `version` of the function; the version is empty until a deployment publishes
    it. `pricing_plan` and `behaviors` describe AWS's limits.
    """

    distribution_id: str
    action: Action = Action.NO_CHANGE
    refusal: Finding | None = None
    changes: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    owner_stack: str = ""
    origin: str = ""
    version: str = ""
    pricing_plan: str = ""
    behaviors: str = ""


def plan(
    deployment: Deployment,
    commands: Commands,
    caller: Caller,
    cloudformation: "CloudFormationClient",
    cloudfront: "CloudFrontClient",
    limits: Callable[[], Limits],
) -> Iterator[DistributionPlan]:
    """Yield a plan for each distribution that is given, attached, or runs the function otherwise.

    If the account has proxies that were built by hand, the last plan is for them. `limits` is
    called after the stacks are read. Raises ClientError if AWS cannot be read, and RefusalError if
    the context is for another account or domain.
    """
    summaries = list_summaries(cloudfront)
    _check_context(deployment, commands, caller, cloudformation)
    commands = commands.completed(certificate_of(deployment, summaries))
    stack = deployment.cookie_service_stack
    deployed = read_cookie_service(cloudformation, deployment.cookie_service_stack)
    allowed = limits()
    logical_id = EdgePackage.of(deployment.settings).version_logical_id
    version = deployed.versions.get(logical_id, _NOT_PUBLISHED_YET)
    if version == _NOT_PUBLISHED_YET and deployed.function_arn:
        version = f"{deployed.function_arn}:{_NOT_PUBLISHED_YET}"
    named = deployment.config.site_distribution_ids
    planned = tuple(dict.fromkeys((*(named or ()), *deployed.attachments)))
    for distribution_id in planned:
        live = LiveDistribution(cloudfront, distribution_id)
        if named is None:
            warning = advice.left_attached([*deployed.attachments], stack, commands)
            yield _leave(live, version, warning)
            continue
        is_named = distribution_id in named
        yield _change(
            live,
            deployed.wanted(
                distribution_id,
                deployment.paths if is_named else (),
                version if is_named else "",
            ),
            deployment,
            commands,
            allowed,
            is_role_there=bool(deployed.attachments),
            fix=advice.repair(named, deployed.next_repair(), stack, commands)
            if is_named
            and deployed.is_unchanged(
                distribution_id, deployment.paths, logical_id, deployment.config.repair
            )
            else "",
        )
    if deployed.function_arn:
        for summary in summaries:
            running = paths_running(deployed.function_arn, summary)
            if running and summary["Id"] not in planned:
                live = LiveDistribution(cloudfront, summary["Id"])
                warning = advice.unmanaged(live.id, running, planned, stack, commands)
                yield _leave(live, version, warning)
    if by_hand := find_hand_built(deployment, summaries, cloudformation):
        first = LiveDistribution(cloudfront, next(iter(by_hand.values()))["Id"])
        status = read_stack(cloudformation, deployment.proxies_stack).status
        yield _leave(first, version, take_over(by_hand, deployment, status, commands))


def _check_context(
    deployment: Deployment,
    commands: Commands,
    caller: Caller,
    cloudformation: "CloudFormationClient",
) -> None:
    """Raise RefusalError if the context is for another account or domain."""
    if wrong := advice.other_account(deployment.config, caller):
        raise RefusalError(wrong)
    domain = deployment.config.domain
    for name in (deployment.proxies_stack, deployment.cookie_service_stack):
        deployed = read_stack(cloudformation, name).domain
        if deployed not in {"", domain}:
            raise RefusalError(advice.another_domain(name, deployed, domain, commands))


def _leave(live: LiveDistribution, version: str, warning: Finding) -> DistributionPlan:
    """Return the plan for a distribution that the deployment does not change."""
    warnings = [warning]
    try:
        configuration = read_configuration(live.read().document)
    except ClientError as error:
        return DistributionPlan(distribution_id=live.id, warnings=(warning, explain(error)))
    owner_stack = _owner_stack(live, warnings)
    behaviors = tuple(_behaviors(configuration))
    return DistributionPlan(
        distribution_id=live.id,
        warnings=tuple(warnings),
        before=behaviors,
        after=behaviors,
        owner_stack=owner_stack,
        origin=default_origin(configuration),
        version=_published(version),
    )


def _change(
    live: LiveDistribution,
    wanted: Wanted,
    deployment: Deployment,
    commands: Commands,
    limits: Limits,
    *,
    is_role_there: bool,
    fix: str,
) -> DistributionPlan:
    """Return the plan for a distribution that the deployment attaches or detaches.

    If CloudFormation will not call the handlers, `fix` is how to make it call them.
    """
    warnings: list[Finding] = []
    try:
        document = live.read().document
        owner_stack = _owner_stack(live, warnings)
        decision = decide(document, wanted, domain=deployment.config.domain)
    except (RefusalError, ClientError) as error:
        if is_gone(error) and not wanted.paths:
            return DistributionPlan(distribution_id=live.id)
        return DistributionPlan(distribution_id=live.id, refusal=explain(error))
    configuration = read_configuration(document)
    if owner_stack and wanted.paths:
        named = deployment.config.site_distribution_ids or ()
        others = [other for other in named if other != live.id]
        stack = deployment.cookie_service_stack
        warnings.append(advice.owned_by_stack(owner_stack, others, stack, commands))
    if foreign := _other_functions(configuration, wanted):
        warnings.append(advice.other_functions(foreign, is_role_there=is_role_there))
    warnings += decision.warnings
    present = [path_pattern(behavior) for behavior in own_behaviors(configuration, wanted)]
    if left := [path for path in present if wanted.paths and path not in wanted.paths]:
        warnings.append(advice.path_changed(left))
    if fix and decision.changes:
        warnings.append(
            Finding(
                "changed-unnoticed",
                "another tool changed the cookie service's behaviors since they were attached, and "
                "this deployment will not notice",
                fix,
            )
        )
        decision = Decision(document=document, changes=(), warnings=())
    after = read_configuration(decision.document)
    used = len(behaviors_of(configuration))
    usage, exceeded = limits.behaviors(live.id, used, max(len(behaviors_of(after)) - used, 0))
    if exceeded:
        warnings.append(exceeded)
    return DistributionPlan(
        distribution_id=live.id,
        action=_action(present, wanted.paths) if decision.changes else Action.NO_CHANGE,
        changes=tuple(map(_readable, decision.changes)),
        warnings=tuple(warnings),
        before=tuple(_behaviors(configuration)),
        after=tuple(_behaviors(after)),
        owner_stack=owner_stack,
        origin=default_origin(configuration),
        version=_published(wanted.version_arn),
        pricing_plan=limits.pricing_plan(live.id),
        behaviors=usage,
    )


def _action(present: Sequence[str], wanted: Sequence[str]) -> Action:
    """Return the action that changes the behaviors from `present` paths to `wanted` paths."""
    if not wanted:
        return Action.DETACH
    if not present:
        return Action.ATTACH
    return Action.UPDATE if {*present} <= {*wanted} else Action.MOVE


def _published(version: str) -> str:
    """Return the ARN of a version, or "" if the version is not published yet."""
    return "" if version.endswith(_NOT_PUBLISHED_YET) else version


def _readable(text: str) -> str:
    """Return the text without the placeholder ARN of a version that is not published yet."""
    return re.sub(rf"\S+:{_NOT_PUBLISHED_YET}", _NOT_PUBLISHED_YET, text)


def _other_functions(configuration: Element, wanted: Wanted) -> list[str]:
    """Return the ARNs of other teams' Lambda@Edge functions, if the deployment attaches."""
    return [
        arn
        for behavior in all_behaviors_of(configuration)
        for _, arn in functions_of(behavior)
        if wanted.paths and ":lambda:" in arn and not wanted.is_own_function(arn)
    ]


def _owner_stack(live: LiveDistribution, warnings: list[Finding]) -> str:
    """Return the stack that owns the distribution, or "" if none does.

    If the tags cannot be read, add a warning. No deployment needs them.
    """
    try:
        return live.tags().get("aws:cloudformation:stack-name", "")
    except ClientError as error:
        warnings.append(
            Finding(
                "tags-unreadable",
                "the distribution's tags, which would name a stack that owns it, cannot be read: "
                f"{explain(error).problem}",
            )
        )
        return ""


def _behaviors(configuration: Element) -> Iterator[str]:
    """Yield a line for each behavior, in CloudFront's order."""
    for behavior in all_behaviors_of(configuration):
        functions = [f"{event} {arn}" for event, arn in functions_of(behavior)]
        origin = f"origin {behavior.value('TargetOriginId')}"
        yield _readable("  ".join([display_name(behavior), origin, *functions]))
