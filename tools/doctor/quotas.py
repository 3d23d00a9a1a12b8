"""The usage of CloudFront's and Lambda's quotas, with what deploying adds. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attachment.behaviors import with_slash
from attachment.finding import Finding
from tools.deployed import edge_functions_of, paths_running
from tools.doctor.report import Note, Result
from tools.limits import Limits, Unknown

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef

# Default quotas: "Quotas on Lambda@Edge".
_FUNCTIONS = 100  # per distribution
_WITH_FUNCTIONS = 500  # distributions per account
_WITH_ONE_FUNCTION = 500  # distributions per function

#: Renew calls of a visitor's first page view; tests/browser/test_chromium.py counts them.
_CALLS = 4
#: AWS: a cold start takes "from under 100 ms to over 1 second".
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
_COLD_SECONDS = 1
#: A newsletter or an advertisement can bring enough visitors to exceed fewer executions than this.
#: AWS's default is 1,000, and new accounts begin with 10.
_FEW_EXECUTIONS = 100
_LIMIT_EXCEEDED = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "http-503-service-unavailable.html#http-503-lambda-limit-exceeded-error"
)


def check_quotas(
    site_ids: Sequence[str],
    paths: Sequence[str],
    function_arn: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    limits: Limits,
) -> Iterator[Result]:
    """Yield the usage of each quota, and a finding for each that attaching would exceed.

    `site_ids` are the distributions that should have the cookie service's behaviors.
    `distributions` are all distributions of the account.
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
        yield Note("pricing-plan", f"pricing plan of {site}: {limits.pricing_plan(site)}")
        usage, exceeded = limits.behaviors(site, len(behaviors), missing)
        yield exceeded or Note("quota", usage)
        yield _usage(f"Lambda@Edge functions on {site}", functions[site], missing, _FUNCTIONS)
    for what, having, quota in (
        ("distributions with Lambda@Edge functions", with_any, _WITH_FUNCTIONS),
        ("distributions with the cookie service", with_own, _WITH_ONE_FUNCTION),
    ):
        yield _usage(what, len(having), len({*sites} - having), quota)


def check_concurrency(by_region: Mapping[str, int | Unknown]) -> Iterator[Result]:
    """Yield how many executions Lambda allows at once, and a finding for each low number.

    `by_region` has each Region where the edge function can run.
    """
    regions: dict[int | Unknown, list[str]] = {}
    for region, allowed in by_region.items():
        regions.setdefault(allowed, []).append(region)
    for allowed, named in regions.items():
        what = f"simultaneous Lambda executions in {', '.join(named)}"
        if isinstance(allowed, Unknown):
            yield Note("concurrency", f"{what}: {allowed}")
            continue
        views = allowed / (_CALLS * _COLD_SECONDS)
        usage = (
            f"{what}: {allowed}, enough for {views:g} first views a second in each Region if every "
            f"renew call takes {_COLD_SECONDS} s (a cold start)"
        )
        if allowed >= _FEW_EXECUTIONS:
            yield Note("concurrency", usage)
            continue
        yield Finding(
            "concurrency-low",
            f"{usage}; beyond that, CloudFront answers renew and clear with 503, and other "
            "functions of the account in that Region are throttled too",
            "request a higher quota of Concurrent executions for Lambda in these Regions, in the "
            f"Service Quotas console ({_LIMIT_EXCEEDED})",
        )


def _usage(what: str, used: int, to_add: int, quota: int) -> Result:
    if to_add and used + to_add > quota:
        return Finding(
            "quota-exceeded",
            f"{what}: {used} of {quota}, and deploying adds {to_add}",
            "request a higher quota in the Service Quotas console, unless you already have one",
        )
    return Note("quota", f"{what}: {used} of {quota}")
