"""A script on a sibling subdomain plants cookies, and must not decide who the visitor is.

It cannot overwrite a server cookie, but it can set a cookie of the same name with a longer path.
"""

from urllib.parse import unquote

import pytest

from tests.browser.deployments import Deployments
from tests.browser.visitor import DOCUMENTED_LOGOUT, ScenarioVisitor
from tools.visit.engines import Browser

ATTACKER = "%22ATTACKER%22"
HOST_ONLY = (
    "document.cookie = 'htjs_anonymous_id=%22host-only%22; Path=/; Max-Age=31536000; Secure';"
)
BOTH_SETTINGS = pytest.mark.parametrize("setting", ["documented", "restoring_after_23_hours"])


class PlantingContract:
    """Visits with the real SDK and planted cookies."""

    @BOTH_SETTINGS
    def test_planted_server_cookies_are_not_restored_after_itp(
        self, browser: Browser, deployments: Deployments, setting: str
    ) -> None:
        visitor = ScenarioVisitor(browser, deployments, getattr(deployments, setting))
        visitor.open()
        visitor.identify("A")
        visitor.look()
        visitor.days_later(8)
        visitor.plant(f"htjs_anonymous_id_srvr={ATTACKER}; Path=/ht")
        visitor.plant(f"htjs_user_id_srvr={ATTACKER}; Path=/ht/renew")
        assert ATTACKER in values(browser)
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/A", "a1/A"]
        assert ATTACKER not in values(browser)

    @BOTH_SETTINGS
    def test_planted_server_cookies_do_not_outlive_the_documented_logout(
        self, browser: Browser, deployments: Deployments, setting: str
    ) -> None:
        visitor = ScenarioVisitor(browser, deployments, getattr(deployments, setting))
        visitor.open()
        visitor.identify("A")
        visitor.look()
        visitor.plant(f"htjs_anonymous_id_srvr={ATTACKER}; Path=/ht/")
        visitor.plant(f"htjs_user_id_srvr={ATTACKER}; Path=/ht/renew")
        assert ATTACKER in values(browser)
        browser.eval(DOCUMENTED_LOGOUT)
        visitor.settle()
        assert ATTACKER not in values(browser)
        visitor.reload()
        visitor.look()

        assert visitor.story == ["a1/A", "a2/-"]

    @BOTH_SETTINGS
    def test_planted_browser_cookie_is_not_copied(
        self, browser: Browser, deployments: Deployments, setting: str
    ) -> None:
        """A page at `/` does not see the cookie, so the SDK does not read it."""
        visitor = ScenarioVisitor(browser, deployments, getattr(deployments, setting))
        visitor.open()
        visitor.look()
        own = visitor.server_cookies()["htjs_anonymous_id_srvr"]
        visitor.plant(f"htjs_anonymous_id={ATTACKER}; Path=/ht")
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/-", "a1/-"]
        assert visitor.server_cookies()["htjs_anonymous_id_srvr"] == own

    @pytest.mark.parametrize("planted", ["x", "9999999999"])
    def test_planted_time_of_the_last_visit_does_not_restore_deleted_ids(
        self, browser: Browser, deployments: Deployments, planted: str
    ) -> None:
        visitor = ScenarioVisitor(browser, deployments, deployments.restoring_after_23_hours)
        visitor.open()
        visitor.identify("A")
        visitor.look()
        visitor.plant(f"htjs_seen_srvr={planted}; Path=/ht")
        visitor.delete_ids()
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/A", "a2/-"]

    def test_older_host_only_duplicate_of_a_browser_cookie_is_copied(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """The SDK reads the duplicate, and writes the same value to its own cookie."""
        visitor = ScenarioVisitor(browser, deployments, deployments.documented)
        visitor.leave_page()
        browser.eval(HOST_ONLY)
        visitor.open()
        visitor.look()

        assert visitor.anonymous_ids == {"host-only": "a1"}
        assert _copied(visitor) == "host-only"

    def test_newer_host_only_duplicate_of_a_browser_cookie_is_copied(
        self, browser: Browser, deployments: Deployments
    ) -> None:
        """A limit: the SDK does not read the duplicate. Only the site's own host can set one."""
        visitor = ScenarioVisitor(browser, deployments, deployments.documented)
        visitor.open()
        browser.eval(HOST_ONLY)
        visitor.open()
        visitor.look()

        assert visitor.story == ["a1/-"]
        assert "host-only" not in visitor.anonymous_ids
        assert _copied(visitor) == "host-only"


def _copied(visitor: ScenarioVisitor) -> str:
    """Return the anonymous ID in the server cookie. The SDK writes it with or without quotes."""
    return unquote(visitor.server_cookies()["htjs_anonymous_id_srvr"]).strip('"')


def values(browser: Browser) -> list[str]:
    """Return the values of all cookies."""
    return [cookie.value for cookie in browser.cookies()]
