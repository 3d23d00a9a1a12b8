"""Visitors who come back, and the events that `mark_restored` marks."""

from datetime import datetime, timedelta
from typing import Any

from tests.browser.deployments import Deployments
from tests.browser.visitor import DEFAULT_FLUSH, DOCUMENTED_LOGOUT, ScenarioVisitor
from tests.support.warehouse import REVENUE, VISITORS, Received, rows
from tools.visit.engines import Browser

#: The days after which each of 20 visitors comes back.
GAPS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 21, 24, 27, 30)
#: The time of their first visit, on a Monday.
START = datetime(2026, 11, 2, 12)
BUY = 'await htevents.track("Order Completed", { revenue: 10 });'


class CohortContract:
    """The tests compare the mark with the browser's own cookies, which do not depend on it."""

    def test_marked_visitors_are_those_whose_ids_were_restored(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """Of 20 visitors, ITP deletes the IDs of the 14 who are away for 7 days or more.

        The queries of docs/measure.md count the same visitors, and the orders of their second
        visits.
        """
        received: list[Received] = []
        restored, marked = set(), set()
        for days in GAPS:
            visitor = ScenarioVisitor(browser, deployments, deployments.marking)
            visitor.open()
            first_visit = visitor.events
            visitor.later(timedelta(days=days))
            has_id = "htjs_anonymous_id" in {cookie.name for cookie in browser.cookies()}
            visitor.open()
            browser.eval(BUY)
            visitor.settle()
            second_visit = visitor.events[len(first_visit) :]

            assert [event["type"] for event in first_visit] == ["page"]
            assert [event["type"] for event in second_visit] == ["page", "track"]
            [anonymous_id] = {event["anonymousId"] for event in visitor.events}
            assert marks(first_visit) == {False}
            [mark] = marks(second_visit)
            if not has_id:
                restored.add(anonymous_id)
            if mark:
                marked.add(anonymous_id)
            received += [(START, event) for event in first_visit]
            received += [(START + timedelta(days=days), event) for event in second_visit]

        assert len(restored) == 14
        assert marked == restored
        name = {"Chromium": "Chrome", "Firefox": "Firefox", "WebKit": "Safari"}
        by = name[type(browser).__name__]
        assert [(week.day, *row) for week, *row in rows(received, VISITORS)] == [
            (2, by, 20, 0),
            (9, by, 7, 7),
            (16, by, 3, 3),
            (23, by, 3, 3),
            (30, by, 1, 1),
        ]
        assert [(week.day, *row) for week, *row in rows(received, REVENUE)] == [
            (2, by, 60, 0),
            (9, by, 70, 70),
            (16, by, 30, 30),
            (23, by, 30, 30),
            (30, by, 10, 10),
        ]

    def test_next_visit_half_an_hour_later_is_not_marked(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """More pages of the restored visit are marked."""
        visitor = restored_visitor(browser, deployments)
        visitor.reload()
        visitor.look()
        visitor.later(timedelta(minutes=31))
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/-", "a1/-", "a1/-", "a1/-"]
        assert visitor.marks == [False, True, True, False]

    def test_visitor_after_a_logout_is_not_marked(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """The next user of the browser is not marked, either."""
        visitor = restored_visitor(browser, deployments, user_id="A")
        visitor.leave(f"{DOCUMENTED_LOGOUT} location.reload();")
        visitor.look()
        visitor.identify("B")
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A", "a2/-", "a2/B"]
        assert visitor.marks == [False, True, False, False]
        assert "htjs_restored" not in {cookie.name for cookie in browser.cookies()}

    def test_next_user_is_not_marked_even_without_a_logout(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        visitor = restored_visitor(browser, deployments, user_id="A")
        visitor.identify("B")
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A", "a2/B"]
        assert visitor.marks == [False, True, False]

    def test_visitor_without_the_cookie_service_is_not_marked(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """The snippet has the line that marks events, and the browser has server cookies."""
        visitor = ScenarioVisitor(browser, deployments, deployments.marking)
        visitor.open()
        visitor.look()
        visitor.days_later(8)
        visitor.open("/plain")
        visitor.look()

        assert visitor.story == ["a1/-", "a2/-"]
        assert visitor.marks == [False, False]


def marks(events: list[dict[str, Any]]) -> set[bool]:
    """Return the different values of the mark, False if an event has none."""
    return {event["context"].get("restored", False) for event in events}


def restored_visitor(
    browser: Browser, deployments: Deployments, *, user_id: str | None = None
) -> ScenarioVisitor:
    """Return a visitor who looked once, came back after 8 days, and looked again."""
    visitor = ScenarioVisitor(browser, deployments, deployments.marking)
    visitor.open(flush=DEFAULT_FLUSH)
    if user_id:
        visitor.identify(user_id)
    visitor.look()
    visitor.days_later(8)
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.look()
    return visitor
