"""The cost of a month, for three sizes of site."""

from bench import cost
from bench.document import Row

TITLE = "What a month costs, by example"
COMPARED = (
    "US dollars a month for this project, by the number of page views a month, without AWS's free "
    "tiers. Every fifth page view is a visitor's first, and the others are reloads. A logout "
    'follows every hundredth page view. The prices are those of "[What a million page views '
    'cost](#what-a-million-page-views-cost)", and the sums leave out the same things. There is no '
    "goal."
)
PAGE_VIEWS = (10_000, 1_000_000, 100_000_000)
_SHARES = {"first views": 0.2, "reloads": 0.8, "logouts": 0.01}


def measure() -> list[Row]:
    """Return a row for each number of page views."""
    return rows_for(billed_ms=cost.billed_ms())


def rows_for(*, billed_ms: int) -> list[Row]:
    """Return the table for calls that AWS bills as so many milliseconds."""
    this_project, *_ = cost.rows_for(billed_ms=billed_ms, cold_ms=billed_ms)
    million = sum(share * float(this_project[f"{use}, $"]) for use, share in _SHARES.items())
    return [
        {"page views a month": views, "$ a month": million * views / 1_000_000}
        for views in PAGE_VIEWS
    ]
