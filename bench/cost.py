"""What a million page views cost, with this project and with what could stand in its place."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.document import Row
from bench.invocation import milliseconds
from stacks.cookie_package import MEMORY_MB

TITLE = "Cost"
COMPARED = (
    "US dollars for a million of each, at AWS's list prices for us-east-1 and without its free "
    "tiers, for the cookie service as a Lambda@Edge function, as here, and elsewhere; the "
    "requests through CloudFront are the same with each and in each sum. There is no goal. A first "
    "view is four renew calls, the SDK and a page event (a preflight and a POST), a reload three "
    "and an event, the SDK being in the browser's cache; the documented logout is two clear calls, "
    "and two of the SDK's. "
    "The billed duration is an upper bound: the whole invocation as measured here, times the "
    "1,769 MB that come with [a full processor]"
    "(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), over the 128 MB "
    "of a viewer event. CloudFront Functions would cost less and [can answer requests too]"
    "(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html)"
    ": what speaks against them is that AWS runs and [tests]"
    "(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/test-function.html) them "
    "in its own cloud, while a Lambda's runtime client also runs on a developer's machine. Data "
    "transfer and logs are not counted."
)

_MILLION = 1_000_000
_HOURS_A_MONTH = 730
_FULL_PROCESSOR_MB = 1769

_CLOUDFRONT = "[CloudFront](https://aws.amazon.com/cloudfront/pricing/)"
_LAMBDA = "[Lambda](https://aws.amazon.com/lambda/pricing/)"
_FARGATE = "[Fargate](https://aws.amazon.com/fargate/pricing/)"
_BALANCER = "[load balancer](https://aws.amazon.com/elasticloadbalancing/pricing/)"

CLOUDFRONT_REQUEST = 1.00 / _MILLION


@dataclass(frozen=True, kw_only=True)
class Use:
    """What the SDK asks for: calls of the cookie service, and other requests to the proxies."""

    calls: int
    others: int


# Counted by tests/browser/test_chromium.py with the real SDK.
USES: Mapping[str, Use] = {
    "first views": Use(calls=4, others=3),
    "reloads": Use(calls=3, others=2),
    "logouts": Use(calls=4, others=0),
}


@dataclass(frozen=True, kw_only=True)
class Price:
    """In US dollars: of a call, of a second of one with our memory, and of a month of standing."""

    source: str
    call: float = 0
    second: float = 0
    month: float = 0


ALTERNATIVES: Mapping[str, Price] = {
    "Lambda@Edge, as here": Price(
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
    taken = milliseconds(rounds=300)["ours"]
    return rows_for(billed_ms=math.ceil(taken * _FULL_PROCESSOR_MB / MEMORY_MB))


def rows_for(*, billed_ms: int) -> list[Row]:
    """Return the table for calls of that duration, which is billed in whole milliseconds."""
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
