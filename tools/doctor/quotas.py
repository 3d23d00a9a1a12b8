"""CloudFront's quotas compared with what is used and what is still to be added. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attachment.behaviors import with_slash
from attachment.finding import Finding
from tools.deployed import edge_functions_of, paths_running
from tools.doctor.report import Note, Result

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef

# Default quotas: "General quotas on distributions" and "Quotas on Lambda@Edge".
_BEHAVIORS = 75  # per distribution
_FUNCTIONS = 100  # per distribution
_WITH_FUNCTIONS = 500  # distributions per account
_WITH_ONE_FUNCTION = 500  # distributions per function


def check_quotas(
    site_ids: Sequence[str],
    paths: Sequence[str],
    function_arn: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
) -> Iterator[Result]:
    """Yield how much of each quota is used; a finding if attaching would exceed one.

    `site_ids` are the distributions that should have the cookie service's behaviors,
    `distributions` are all of the account.
    """
    by_id = {summary["Id"]: summary for summary in distributions}
    functions = {one: len(list(edge_functions_of(found))) for one, found in by_id.items()}
    with_any = {one for one, count in functions.items() if count}
    with_own = {one for one, found in by_id.items() if paths_running(function_arn, found)}
    sites = [site for site in site_ids if site in by_id]
    for site in sites:
        behaviors = by_id[site].get("CacheBehaviors", {}).get("Items", [])
        patterns = {with_slash(behavior["PathPattern"]) for behavior in behaviors}
        missing = len({*paths} - patterns)
        yield _usage(f"behaviors on {site}", len(behaviors), missing, _BEHAVIORS)
        yield _usage(f"Lambda@Edge functions on {site}", functions[site], missing, _FUNCTIONS)
    for what, having, quota in (
        ("distributions with Lambda@Edge functions", with_any, _WITH_FUNCTIONS),
        ("distributions with the cookie service", with_own, _WITH_ONE_FUNCTION),
    ):
        yield _usage(what, len(having), len({*sites} - having), quota)


def _usage(what: str, used: int, to_add: int, quota: int) -> Result:
    if to_add and used + to_add > quota:
        return Finding(
            "quota-exceeded",
            f"{what}: {used} of {quota}, and {to_add} to add",
            "request a higher quota in the Service Quotas console, unless you already have one",
        )
    return Note("quota", f"{what}: {used} of {quota}")
