"""Chromium."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest

from bench.cost import USES, Use
from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import EngineContract
from tests.browser.engines import Browser
from tests.browser.scenario_contract import ScenarioContract
from tests.browser.visitor import DEFAULT_FLUSH, DOCUMENTED_LOGOUT, Visitor
from tests.browser.world import World

ENGINE = "chromium"
# What it would be without this project, too: the page itself.
SITES_OWN = (f"GET shop.example/?flush={DEFAULT_FLUSH}", "GET shop.example/favicon.ico")


class TestScenarios(ScenarioContract):
    pass


class TestEmulator(EmulatorContract):
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


def test_requests_of_a_page_view_and_of_a_logout(browser: Browser, world: World) -> None:
    """As bench/cost.py multiplies them. A browser may leave out the preflight of a reload."""
    visitor = Visitor(browser, world, world.documented)

    def requests(act: Callable[[], None]) -> Counter[str]:
        before = len(world.exchanges)
        act()
        visitor.settle()
        counted = Counter(f"{one.method} {one.host}{one.path}" for one in world.exchanges[before:])
        return Counter({one: counted[one] for one in counted if one not in SITES_OWN})

    first_view = requests(lambda: visitor.open(flush=DEFAULT_FLUSH))
    reload = requests(visitor.reload)
    logout = requests(lambda: browser.eval(DOCUMENTED_LOGOUT))

    assert first_view == {
        "POST shop.example/ht/renew": 4,
        "GET cdn.shop.example/browser/release/v1-latest/events.min.js": 1,
        "OPTIONS events.shop.example/v1/page": 1,
        "POST events.shop.example/v1/page": 1,
    }
    assert reload - Counter({"OPTIONS events.shop.example/v1/page": 1}) == {
        "POST shop.example/ht/renew": 3,
        "POST events.shop.example/v1/page": 1,
    }
    assert logout == {"POST shop.example/ht/clear": 4}
    assert dict(USES) == {
        "first views": Use(calls=4, others=3),
        "reloads": Use(calls=3, others=2),
        "logouts": Use(calls=4, others=0),
    }
