"""The cost of a million page views, with this project and with alternatives to it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.document import Row
from bench.invocation import milliseconds
from stacks.edge_package import MEMORY_MB

TITLE = "Cost"
COMPARED = (
    "US dollars for a million first views, reloads, or logouts, for the cookie service as a "
    "Lambda@Edge function and for three alternatives. The prices are AWS's list prices for "
    "us-east-1, without its free tiers. Each sum includes the requests through CloudFront, which "
    "are the same for every alternative. There is no goal. A first view makes four renew calls, "
    "loads the SDK, and sends a page event (a preflight and a POST). A reload makes three renew "
    "calls and sends an event; the SDK is in the browser's cache. The documented logout makes two "
    "clear calls, and the SDK makes two more. "
    "The billed duration is an upper bound: the whole invocation as measured here, times the "
    "1,769 MB at which a function has [one full vCPU]"
    "(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), divided by the "
    "128 MB of a viewer event's function. CloudFront Functions would cost less and "
    "[can answer requests, too]"
    "(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html)"
    ". This project does not use them because they run, also for [tests]"
    "(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/test-function.html), only "
    "in AWS, while Lambda's runtime client also runs on a developer's machine. Data transfer and "
    "logs are not counted."
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
    """US dollars for a call, for a second of it at the function's memory size, and for a month."""

    source: str
    call: float = 0
    second: float = 0
    month: float = 0


ALTERNATIVES: Mapping[str, Price] = {
    "Lambda@Edge (this project)": Price(
        source=f"$0.60 a million, $0.00005001 a GB-s: {_LAMBDA}",
        call=0.60 / _MILLION,
        second=0.00005001 * MEMORY_MB / 1024,
    ),
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
    median = milliseconds(rounds=300)["cookie service"]
    return rows_for(billed_ms=math.ceil(median * _FULL_VCPU_MB / MEMORY_MB))


def rows_for(*, billed_ms: int) -> list[Row]:
    """Return the table for calls that AWS bills as `billed_ms` milliseconds."""
    return [
        {
            "cookie service": name,
            **{f"{use}, $": _million(price, USES[use], billed_ms / 1000) for use in USES},
            "fixed, $ a month": price.month,
            "billed, ms": billed_ms if price.second else "",
            "price and source": f"{price.source}; $1.00 a million requests: {_CLOUDFRONT}",
        }
        for name, price in ALTERNATIVES.items()
    ]


def _million(price: Price, use: Use, seconds: float) -> float:
    of_calls = use.calls * (price.call + seconds * price.second)
    return _MILLION * ((use.calls + use.others) * CLOUDFRONT_REQUEST + of_calls)
