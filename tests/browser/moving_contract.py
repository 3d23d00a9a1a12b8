"""docs/migrate.md, "Move the cookie service": both services run, then the snippet switches.

`domain` and `host` are cookie services that were built by hand: tests/browser/hand_built.py.
"""

import pytest

from tests.browser.deployments import Deployments
from tests.browser.visitor import ScenarioVisitor
from tools.visit.engines import Browser

EITHER_SERVICE = pytest.mark.parametrize("service", ["domain", "host"])


class MovingContract:
    """Visits with the real SDK during the move."""

    @EITHER_SERVICE
    def test_visitor_who_sees_the_switch_keeps_the_ids(
        self, browser: Browser, deployments: Deployments, service: str
    ) -> None:
        visitor = ScenarioVisitor(browser, deployments, deployments.moving)
        visitor.open(f"/old/{service}")
        visitor.identify("A")
        visitor.look()
        visitor.open()
        visitor.look()
        visitor.days_later(8)
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A", "a1/A"]

    @EITHER_SERVICE
    def test_visitor_who_comes_back_after_the_switch_keeps_the_ids(
        self, browser: Browser, deployments: Deployments, service: str
    ) -> None:
        """The server cookies are from the old service, which was removed in the meantime."""
        visitor = ScenarioVisitor(browser, deployments, deployments.moving)
        visitor.open(f"/old/{service}")
        visitor.identify("A")
        visitor.look()
        visitor.days_later(8)
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A"]

    @EITHER_SERVICE
    def test_visitor_with_an_old_page_in_another_tab_keeps_the_ids(
        self, browser: Browser, deployments: Deployments, service: str
    ) -> None:
        """A visitor who gets an old page later, from a cache or by a rollback, also keeps them."""
        visitor = ScenarioVisitor(browser, deployments, deployments.moving)
        visitor.open(f"/old/{service}")
        visitor.identify("A")
        visitor.look()
        tab = browser.new_tab()
        visitor.open(tab=tab)
        visitor.look(tab)
        visitor.reload()
        visitor.look()
        visitor.days_later(8)
        visitor.open(f"/old/{service}")
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A", "a1/A", "a1/A"]

    def test_logout_after_the_switch_deletes_the_ids_of_the_old_service(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        visitor = ScenarioVisitor(browser, deployments, deployments.moving)
        visitor.open("/old/domain")
        visitor.identify("A")
        visitor.look()
        visitor.open()
        visitor.reset()
        visitor.reload()
        visitor.look()
        visitor.days_later(8)
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/A", "a2/-", "a2/-"]

    def test_service_removed_before_the_switch_loses_the_ids(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """docs/migrate.md advises against this order."""
        visitor = ScenarioVisitor(browser, deployments, deployments.moving)
        visitor.open("/old/domain")
        visitor.identify("A")
        visitor.look()
        visitor.days_later(8)
        visitor.open("/old/removed")
        visitor.look()

        assert visitor.story == ["a1/A", "a2/-"]
