"""The cost of a million page views with this project and with alternatives."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from bench import cold_import
from bench.document import Row
from bench.invocation import milliseconds
from stacks.edge_package import MEMORY_MB

TITLE = "What a million page views cost"
COMPARED = (
    "The price in US dollars of a million first views, reloads, or logouts. The rows are the "
    "cookie service as a Lambda@Edge function, the same if every call is a cold start, the same "
    "with a pricing plan, and three alternatives. The prices are AWS's list prices for us-east-1 "
    "in November 2026, without its free tiers, data transfer, and logs. Each sum includes the "
    "requests through CloudFront, unless a pricing plan includes them. There is no goal. A first "
    "view makes four renew calls, loads the SDK, and sends a page event (a preflight and a POST). "
    "A reload makes three renew calls and sends an event; the SDK is in the browser's cache. The "
    "documented logout makes two clear calls, and the SDK makes two more. The billed duration is "
    "the measured duration, multiplied by the 1,769 MB at which a function has [one full "
    "vCPU](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), and divided by "
    "the 128 MB of a viewer event's function. The measured duration is that of an invocation, "
    "plus, for a cold start, the start of an interpreter that imports the package. Since "
    "2025-08-01, Lambda bills the [INIT "
    "phase](https://aws.amazon.com/blogs/compute/"
    "aws-lambda-standardizes-billing-for-init-phase/) of a cold start. AWS does not say whether "
    'that includes Lambda@Edge. The row "every call cold" includes it; a site with few visitors '
    "is near that row. If the site's distribution has a [pricing "
    "plan](attach.md#check-the-pricing-plan), CloudFront does not bill renew and clear calls, but "
    "each of them is one of the plan's requests, and AWS bills Lambda@Edge separately. That row "
    "has the proxies without a pricing plan, and does not include the price of the site's plan. "
    "CloudFront Functions would cost less and [can answer requests, "
    "too](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "cloudfront-functions.html). This project does not use them, because even their "
    "[tests](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/"
    "test-function.html) run only in AWS. Lambda's runtime client also runs on a developer's "
    "machine."
)

_MILLION = 1_000_000
_HOURS_A_MONTH = 730
_FULL_VCPU_MB = 1769

_CLOUDFRONT = "[CloudFront](https://aws.amazon.com/cloudfront/pricing/)"
_LAMBDA = "[Lambda](https://aws.amazon.com/lambda/pricing/)"
_FARGATE = "[Fargate](https://aws.amazon.com/fargate/pricing/)"
_BALANCER = "[load balancer](https://aws.amazon.com/elasticloadbalancing/pricing/)"

CLOUDFRONT_REQUEST = 1.00 / _MILLION


@dataclass(frozen=True, kw_only=True)
class Use:
    """The requests that the SDK makes: calls to the cookie service, and others to the proxies."""

    calls: int
    others: int


# Counted with the real SDK; tests/browser/test_chromium.py asserts these numbers.
USES: Mapping[str, Use] = {
    "first views": Use(calls=4, others=3),
    "reloads": Use(calls=3, others=2),
    "logouts": Use(calls=4, others=0),
}


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per call, per second of a call at the function's memory size, and per month.

    If `is_always_cold` is true, each call is a cold start. If `is_site_on_plan` is true, the
    pricing plan of the site's distribution includes CloudFront's requests for the calls.
    """

    source: str
    call: float = 0
    second: float = 0
    month: float = 0
    is_always_cold: bool = False
    is_site_on_plan: bool = False


_LAMBDA_AT_EDGE = Price(
    source=f"$0.60 a million, $0.00005001 a GB-s: {_LAMBDA}",
    call=0.60 / _MILLION,
    second=0.00005001 * MEMORY_MB / 1024,
)
ALTERNATIVES: Mapping[str, Price] = {
    "Lambda@Edge (this project)": _LAMBDA_AT_EDGE,
    "Lambda@Edge, every call cold": replace(_LAMBDA_AT_EDGE, is_always_cold=True),
    "Lambda@Edge, site on a pricing plan": replace(_LAMBDA_AT_EDGE, is_site_on_plan=True),
    "CloudFront Functions": Price(source=f"$0.10 a million: {_CLOUDFRONT}", call=0.10 / _MILLION),
    "Lambda as an origin": Price(
        source=f"$0.20 a million, $0.0000166667 a GB-s: {_LAMBDA}",
        call=0.20 / _MILLION,
        second=0.0000166667 * MEMORY_MB / 1024,
    ),
    "a container as an origin": Price(
        source=(
            "one task of 0.25 vCPU at $0.04048 an hour and 0.5 GB at $0.004445: "
            f"{_FARGATE}; $0.0225 an hour: {_BALANCER}"
        ),
        month=_HOURS_A_MONTH * (0.25 * 0.04048 + 0.5 * 0.004445 + 0.0225),
    ),
}


def measure() -> list[Row]:
    """Return a row for each alternative."""
    _, package = cold_import.measure()
    cold = _warm_ms() + float(package["wall, ms"])
    return rows_for(billed_ms=billed_ms(), cold_ms=_billed(cold))


def billed_ms() -> int:
    """Return the milliseconds that AWS bills for a call, measured once in a run."""
    return _billed(_warm_ms())


@cache
def _warm_ms() -> float:
    return milliseconds(rounds=300)["cookie service"]


def _billed(milliseconds: float) -> int:
    """Return the duration at the function's share of a vCPU, from a time measured on a full one."""
    return math.ceil(milliseconds * _FULL_VCPU_MB / MEMORY_MB)


def rows_for(*, billed_ms: int, cold_ms: int) -> list[Row]:
    """Return the table for these billed milliseconds of a warm call and of a cold start."""
    rows: list[Row] = []
    for name, price in ALTERNATIVES.items():
        each = cold_ms if price.is_always_cold else billed_ms
        rows.append(
            {
                "cookie service": name,
                **{f"{use}, $": _million(price, USES[use], each / 1000) for use in USES},
                "fixed, $ a month": price.month,
                "billed, ms": each if price.second else "",
                "price and source": f"{price.source}; $1.00 a million requests: {_CLOUDFRONT}",
            }
        )
    return rows


def _million(price: Price, use: Use, seconds: float) -> float:
    requests = use.others if price.is_site_on_plan else use.calls + use.others
    of_calls = use.calls * (price.call + seconds * price.second)
    return _MILLION * (requests * CLOUDFRONT_REQUEST + of_calls)
