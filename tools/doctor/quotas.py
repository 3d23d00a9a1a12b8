"""CloudFront's quotas against what is there and what is still to come. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.deployed import edge_functions_of, paths_running
from tools.doctor.report import Finding, Note, Remark

# Default quotas: "General quotas on distributions" and "Quotas on Lambda@Edge".
_BEHAVIORS = 75  # per distribution
_FUNCTIONS = 100  # per distribution
_WITH_FUNCTIONS = 500  # distributions per account
_WITH_ONE_FUNCTION = 500  # distributions per function


def judge(
    site_ids: Sequence[str],
    paths: Sequence[str],
    function_arn: str,
    distributions: Sequence[Mapping[str, Any]],
) -> Iterator[Remark]:
    """Yield how much of each quota is used; a finding where attaching would go over one.

    `site_ids` are the distributions that should hold our behaviors, `distributions` all of the
    account, as ListDistributions has them.
    """
    by_id = {one["Id"]: one for one in distributions}
    functions = {one: len(list(edge_functions_of(found))) for one, found in by_id.items()}
    with_any = {one for one, count in functions.items() if count}
    with_ours = {one for one, found in by_id.items() if paths_running(function_arn, found)}
    sites = [one for one in site_ids if one in by_id]
    for site in sites:
        behaviors = by_id[site].get("CacheBehaviors", {}).get("Items", [])
        patterns = {"/" + behavior["PathPattern"].removeprefix("/") for behavior in behaviors}
        missing = len({*paths} - patterns)
        yield from _use(f"behaviors on {site}", len(behaviors), missing, _BEHAVIORS)
        yield from _use(f"Lambda@Edge functions on {site}", functions[site], missing, _FUNCTIONS)
    for what, having, quota in (
        ("distributions with Lambda@Edge functions", with_any, _WITH_FUNCTIONS),
        ("distributions with the cookie service", with_ours, _WITH_ONE_FUNCTION),
    ):
        yield from _use(what, len(having), len({*sites} - having), quota)


def _use(what: str, used: int, to_come: int, quota: int) -> Iterator[Remark]:
    if to_come and used + to_come > quota:
        yield Finding(
            f"{what}: {used} of {quota}, and {to_come} to come",
            "have the quota raised in the Service Quotas console, if it was not already",
        )
    else:
        yield Note(f"{what}: {used} of {quota}")
