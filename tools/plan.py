"""What the next deployment changes on the site's live distributions. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stacks.config import TrackingConfig
from stacks.constructs.distribution_attachment.runtime.edit import (
    Decision,
    RefusalError,
    Wanted,
    behaviors_of,
    decide,
    default_origin,
    functions_of,
    name_of,
)
from stacks.constructs.distribution_attachment.runtime.live import (
    LiveDistribution,
    explain,
    is_gone,
)
from stacks.constructs.distribution_attachment.runtime.xml_document import Element, parse
from stacks.cookie_package import settings_of, version_logical_id
from tools.deployed import paths_running, read_cookie_service, read_distributions

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient

_NOT_PUBLISHED_YET = "the version that this deployment publishes"


@dataclass(frozen=True, kw_only=True)
class DistributionPlan:
    """What happens to one distribution. `before` and `after` are its behaviors, a line each.

    Where `refusal` is not empty the deployment fails with these words and changes nothing.
    `origin` and `version` are what a behavior of ours gets.
    """

    distribution_id: str
    refusal: str = ""
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    owner_stack: str = ""
    origin: str = ""
    version: str = ""


def plan(
    config: TrackingConfig, cloudformation: "CloudFormationClient", cloudfront: "CloudFrontClient"
) -> Iterator[DistributionPlan]:
    """Yield a plan for each distribution that is named, or attached and no longer named.

    Raises ClientError where AWS does not let the stack be read.
    """
    deployed = read_cookie_service(cloudformation, f"{config.name}-CookieService")
    logical_id = version_logical_id(settings_of(config))
    version = deployed.versions.get(logical_id, _NOT_PUBLISHED_YET)
    if version == _NOT_PUBLISHED_YET and deployed.function_arn:
        version = f"{deployed.function_arn}:{_NOT_PUBLISHED_YET}"
    paths = (config.renew_path, config.clear_path)
    for distribution_id in dict.fromkeys((*config.site_distribution_ids, *deployed.attachments)):
        is_named = distribution_id in config.site_distribution_ids
        wanted = deployed.wanted(
            distribution_id, paths if is_named else (), version if is_named else ""
        )
        same = deployed.is_attached_as(distribution_id, paths, logical_id)
        yield _plan_one(
            LiveDistribution(cloudfront, distribution_id),
            wanted,
            config.domain,
            is_untouched=is_named and same,
        )
    if deployed.function_arn:
        planned = {*config.site_distribution_ids, *deployed.attachments}
        yield from _left_over(cloudfront, deployed.function_arn, planned)


def _left_over(
    cloudfront: "CloudFrontClient", function_arn: str, planned: set[str]
) -> Iterator[DistributionPlan]:
    """Yield a plan without changes for each other distribution that runs our function."""
    for summary in read_distributions(cloudfront):
        running = paths_running(function_arn, summary)
        if running and summary["Id"] not in planned:
            yield DistributionPlan(
                distribution_id=summary["Id"],
                warnings=(
                    f"it runs our function on {', '.join(running)}, which no deployment of "
                    "this stack changes: another tool added it, or a detach failed "
                    "(docs/attach.md, Undo)",
                ),
            )


def _plan_one(
    live: LiveDistribution, wanted: Wanted, domain: str, *, is_untouched: bool
) -> DistributionPlan:
    try:
        document = live.read().document
        tags, warnings = _tags(live)
        decision = decide(document, wanted, domain=domain, tags=tags)
    except (RefusalError, ClientError) as error:
        if is_gone(error) and not wanted.paths:
            return DistributionPlan(distribution_id=live.id)
        return DistributionPlan(distribution_id=live.id, refusal=live.describe(error))
    warnings += decision.warnings
    if is_untouched and decision.changes:
        # CloudFormation calls nobody for a resource whose properties stay as they are.
        warnings += (
            "somebody changed our behaviors since they were attached, and the deployment will not "
            "notice; deploy once without this distribution in site_distribution_id, then with it: "
            "until the second deployment it has no cookie service",
        )
        decision = Decision(document=document, changes=(), warnings=(), obstacles=())
    config = parse(document)
    return DistributionPlan(
        distribution_id=live.id,
        changes=decision.changes,
        warnings=warnings,
        before=tuple(_behaviors(config)),
        after=tuple(_behaviors(parse(decision.document))),
        owner_stack=tags.get("aws:cloudformation:stack-name", ""),
        origin=default_origin(config),
        version=wanted.version_arn,
    )


def _tags(live: LiveDistribution) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the tags, and a warning where AWS does not show them: the deployment needs none."""
    try:
        return live.tags(), ()
    except ClientError as error:
        return {}, (
            f"its tags, which would name an owning stack, cannot be read: {explain(error)}",
        )


def _behaviors(config: Element) -> Iterator[str]:
    """Yield a line for each behavior, in the order in which CloudFront tries them."""
    for behavior in [*behaviors_of(config), *config.find_all("DefaultCacheBehavior")]:
        functions = [f"{event} {arn}" for event, arn in functions_of(behavior)]
        origin = f"origin {behavior.value('TargetOriginId')}"
        yield "  ".join([name_of(behavior), origin, *functions])
