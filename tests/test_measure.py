"""The queries of docs/measure.md, run on events in an embedded database."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.support.warehouse import REVENUE, VISITORS, Received, rows

MONDAY = datetime(2026, 11, 2)
WEEK = date(2026, 11, 2)
NEXT_WEEK = date(2026, 11, 9)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/19.0 Safari/605.1.15"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)


def page(
    visitor: str, *, day: float = 0, restored: bool = False, browser: str | None = SAFARI
) -> Received:
    """Return a page event, by default on the first Monday."""
    context: dict[str, Any] = {"userAgent": browser} | ({"restored": True} if restored else {})
    event = {"type": "page", "anonymousId": visitor, "context": context, "properties": {}}
    return MONDAY + timedelta(days=day), event


def order(visitor: str, revenue: float, *, day: float = 0, browser: str = SAFARI) -> Received:
    event = {
        "type": "track",
        "event": "Order Completed",
        "anonymousId": visitor,
        "context": {"userAgent": browser},
        "properties": {"revenue": revenue},
    }
    return MONDAY + timedelta(days=day), event


def visitors(*received: Received) -> list[tuple[Any, ...]]:
    return [(week.date(), *rest) for week, *rest in rows(received, VISITORS)]


def revenue(*received: Received) -> list[tuple[Any, ...]]:
    return [(week.date(), *rest) for week, *rest in rows(received, REVENUE)]


def test_visitors_are_counted_by_week_and_browser() -> None:
    assert visitors(
        page("a1"),
        page("a2", restored=True),
        page("a3", day=6.9, browser=CHROME),
        page("a4", day=7, restored=True),
    ) == [
        (WEEK, "Chrome", 1, 0),
        (WEEK, "Safari", 2, 1),
        (NEXT_WEEK, "Safari", 1, 1),
    ]


def test_visitor_with_many_pages_in_a_week_counts_once() -> None:
    """The visitor counts once even if only some of the pages are marked."""
    assert visitors(
        page("a1"), page("a1", day=1, restored=True), page("a1", day=1, restored=True), page("a1")
    ) == [(WEEK, "Safari", 1, 1)]


def test_visitor_counts_in_each_week_with_a_visit() -> None:
    assert visitors(page("a1", restored=True), page("a1", day=7)) == [
        (WEEK, "Safari", 1, 1),
        (NEXT_WEEK, "Safari", 1, 0),
    ]


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (SAFARI, "Safari"),
        (CHROME, "Chrome"),
        (f"{CHROME} Edg/150.0.0.0", "Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) CriOS/150.0.0.0 Mobile/15E148 Safari/604.1",
            "iOS",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
            "Gecko) FxiOS/153.0 Mobile/15E148 Safari/605.1.15",
            "iOS",
        ),
        ("curl/8.16.0", "other"),
        (None, "other"),
    ],
)
def test_browser_is_read_from_the_user_agent(user_agent: str | None, browser: str) -> None:
    assert visitors(page("a1", browser=user_agent)) == [(WEEK, browser, 1, 0)]


def test_revenue_counts_as_restored_from_the_first_marked_visit_on() -> None:
    """Even an order after the mark's 30 minutes counts as restored."""
    assert revenue(
        order("a1", 1),
        page("a1", day=1, restored=True),
        order("a1", 10, day=1.1),
        order("a1", 100, day=8),
        page("a2"),
        order("a2", 1000),
        order("a2", 10000, browser=CHROME),
    ) == [
        (WEEK, "Chrome", 10000, 0),
        (WEEK, "Safari", 1011, 10),
        (NEXT_WEEK, "Safari", 100, 100),
    ]


def test_queries_of_an_empty_warehouse_have_no_rows() -> None:
    assert visitors() == []
    assert revenue() == []
