"""Chromium."""

from urllib.parse import quote

import pytest

from tests.browser.engine_contract import EngineContract
from tests.browser.engines import Browser
from tests.browser.scenario_contract import ScenarioContract
from tests.browser.visitor import Visitor
from tests.browser.world import World

ENGINE = "chromium"


class TestScenarios(ScenarioContract):
    pass


class TestEngine(EngineContract):
    executable = "chromium"
    not_installed = "chromium is not installed: apt-get install chromium"


@pytest.mark.parametrize(
    ("user_id", "after_8_days"),
    [
        pytest.param("12345678901234567890", "a1/12345678901234567000", id="long-number"),
        pytest.param('{"a":1}', "nothing", id="json"),
        pytest.param("true", "nothing", id="boolean"),
    ],
)
def test_a_user_id_that_is_json_comes_back_as_what_it_says(
    browser: Browser, world: World, user_id: str, after_8_days: str
) -> None:
    """The SDK reads cookies as JSON. docs/troubleshooting.md tells how to do without."""
    visitor = Visitor(browser, world, world.documented)
    visitor.open()
    visitor.identify(user_id)
    visitor.look()
    assert visitor.server_cookies()["htjs_user_id_srvr"] == quote(user_id, safe="{}:")

    visitor.days_later(8)
    visitor.open()
    visitor.look()

    assert visitor.story == [f"a1/{user_id}", after_8_days]
