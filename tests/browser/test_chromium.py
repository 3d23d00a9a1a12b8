"""Chromium. It also counts the requests that cost money."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest

from bench.cost import USES, Use
from tests.browser.deployments import Deployments
from tests.browser.duplicate_contract import DuplicateContract
from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import EngineContract
from tests.browser.moving_contract import MovingContract
from tests.browser.planting_contract import PlantingContract
from tests.browser.scenario_contract import ScenarioContract
from tests.browser.visitor import DEFAULT_FLUSH, DOCUMENTED_LOGOUT, ScenarioVisitor
from tools.visit.engines import Browser

ENGINE = "chromium"
# Requests that a site has without this project, too.
REQUESTS_OF_THE_SITE = (f"GET shop.example/?flush={DEFAULT_FLUSH}", "GET shop.example/favicon.ico")


class TestScenarios(ScenarioContract):
    pass


class TestDuplicates(DuplicateContract):
    pass


class TestPlanting(PlantingContract):
    pass


class TestMoving(MovingContract):
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
def test_user_id_that_is_json_is_restored_as_its_json_value(
    browser: Browser, deployments: Deployments, user_id: str, after_8_days: str
) -> None:
    """The SDK reads cookies as JSON. docs/troubleshooting.md says how to avoid this."""
    visitor = ScenarioVisitor(browser, deployments, deployments.documented)
    visitor.open()
    visitor.identify(user_id)
    visitor.look()
    assert visitor.server_cookies()["htjs_user_id_srvr"] == quote(user_id, safe="{}:")

    visitor.days_later(8)
    visitor.open()
    visitor.look()

    assert visitor.story == [f"a1/{user_id}", after_8_days]


def test_requests_of_a_page_view_and_of_a_logout(
    browser: Browser, deployments: Deployments
) -> None:
    """bench/cost.py multiplies these numbers. A browser may send no preflight after a reload."""
    visitor = ScenarioVisitor(browser, deployments, deployments.documented)

    def requests(act: Callable[[], None]) -> Counter[str]:
        before = len(deployments.exchanges)
        act()
        visitor.settle()
        sent = [
            f"{exchange.method} {exchange.host}{exchange.path}"
            for exchange in deployments.exchanges[before:]
        ]
        return Counter(request for request in sent if request not in REQUESTS_OF_THE_SITE)

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
