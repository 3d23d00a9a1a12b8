"""What the next deployment changes on the site's live distributions. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from attachment.behaviors import (
    behaviors_of,
    default_origin,
    display_name,
    functions_of,
    read_configuration,
)
from attachment.edit import Decision, Wanted, decide
from attachment.finding import Finding, RefusalError
from attachment.live import LiveDistribution, explain, is_gone
from attachment.xml_document import Element
from stacks.deployment import Deployment
from stacks.edge_package import EdgePackage
from tools.deployed import list_summaries, paths_running, read_cookie_service

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient

_NOT_PUBLISHED_YET = "the version that this deployment publishes"


@dataclass(frozen=True, kw_only=True)
class DistributionPlan:
    """What happens to one distribution. `before` and `after` are its behaviors, a line each.

    With a `refusal`, the deployment fails for this reason and changes nothing. `origin` and
    `version` are what a behavior of the cookie service gets.
    """

    distribution_id: str
    refusal: Finding | None = None
    changes: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    owner_stack: str = ""
    origin: str = ""
    version: str = ""


def plan(
    deployment: Deployment, cloudformation: "CloudFormationClient", cloudfront: "CloudFrontClient"
) -> Iterator[DistributionPlan]:
    """Yield a plan for each distribution that is named, or attached and no longer named.

    Raises ClientError if AWS does not let the stack be read.
    """
    deployed = read_cookie_service(cloudformation, deployment.cookie_service_stack)
    logical_id = EdgePackage.of(deployment.settings).version_logical_id
    version = deployed.versions.get(logical_id, _NOT_PUBLISHED_YET)
    if version == _NOT_PUBLISHED_YET and deployed.function_arn:
        version = f"{deployed.function_arn}:{_NOT_PUBLISHED_YET}"
    named = deployment.config.site_distribution_ids
    for distribution_id in dict.fromkeys((*named, *deployed.attachments)):
        is_named = distribution_id in named
        wanted = deployed.wanted(
            distribution_id,
            deployment.paths if is_named else (),
            version if is_named else "",
        )
        same = deployed.is_attached_as(distribution_id, deployment.paths, logical_id)
        yield _plan_distribution(
            LiveDistribution(cloudfront, distribution_id),
            wanted,
            deployment.config.domain,
            is_untouched=is_named and same,
        )
    if deployed.function_arn:
        planned = {*named, *deployed.attachments}
        yield from _unmanaged(cloudfront, deployed.function_arn, planned)


def _unmanaged(
    cloudfront: "CloudFrontClient", function_arn: str, planned: set[str]
) -> Iterator[DistributionPlan]:
    """Yield a plan without changes for each other distribution that runs the function."""
    for summary in list_summaries(cloudfront):
        running = paths_running(function_arn, summary)
        if running and summary["Id"] not in planned:
            warning = Finding(
                "unmanaged-behaviors",
                f"it runs the cookie service's function on {', '.join(running)}, and no deployment "
                "of this stack changes that: another tool added it, or a detach failed "
                "(docs/attach.md, Undo)",
            )
            yield DistributionPlan(distribution_id=summary["Id"], warnings=(warning,))


def _plan_distribution(
    live: LiveDistribution, wanted: Wanted, domain: str, *, is_untouched: bool
) -> DistributionPlan:
    warnings: list[Finding] = []
    try:
        document = live.read().document
        tags = _tags(live, warnings)
        decision = decide(document, wanted, domain=domain, tags=tags)
    except (RefusalError, ClientError) as error:
        if is_gone(error) and not wanted.paths:
            return DistributionPlan(distribution_id=live.id)
        return DistributionPlan(distribution_id=live.id, refusal=explain(error))
    warnings += decision.warnings
    if is_untouched and decision.changes:
        # CloudFormation does not update a resource whose properties stay the same.
        warnings.append(
            Finding(
                "changed-unnoticed",
                "another tool changed the cookie service's behaviors since they were attached, and "
                "the deployment will not notice",
                "deploy once without this distribution in site_distribution_id, then with it; "
                "until the second deployment it has no cookie service",
            )
        )
        decision = Decision(document=document, changes=(), warnings=())
    configuration = read_configuration(document)
    return DistributionPlan(
        distribution_id=live.id,
        changes=decision.changes,
        warnings=tuple(warnings),
        before=tuple(_behaviors(configuration)),
        after=tuple(_behaviors(read_configuration(decision.document))),
        owner_stack=tags.get("aws:cloudformation:stack-name", ""),
        origin=default_origin(configuration),
        version=wanted.version_arn,
    )


def _tags(live: LiveDistribution, warnings: list[Finding]) -> dict[str, str]:
    """Return the tags; add a warning if AWS does not show them, which no deployment needs."""
    try:
        return live.tags()
    except ClientError as error:
        warnings.append(
            Finding(
                "tags-unreadable",
                "its tags, which would name a stack that owns it, cannot be read: "
                f"{explain(error).problem}",
            )
        )
        return {}


def _behaviors(configuration: Element) -> Iterator[str]:
    """Yield a line for each behavior, in the order in which CloudFront tries them."""
    default = configuration.find_all("DefaultCacheBehavior")
    for behavior in [*behaviors_of(configuration), *default]:
        functions = [f"{event} {arn}" for event, arn in functions_of(behavior)]
        origin = f"origin {behavior.value('TargetOriginId')}"
        yield "  ".join([display_name(behavior), origin, *functions])
