"""The tests of every engine in Chromium, billed requests, and special cases of the mark."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest

from bench.cost import USES, Use
from tests.browser.cohort_contract import CohortContract, restored_visitor
from tests.browser.deployments import Deployments
from tests.browser.duplicate_contract import DuplicateContract
from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import EngineContract
from tests.browser.moving_contract import MovingContract
from tests.browser.planting_contract import PlantingContract
from tests.browser.scenario_contract import ScenarioContract
from tests.browser.visitor import DEFAULT_FLUSH, DOCUMENTED_LOGOUT, NEVER, ScenarioVisitor
from tests.support.checkout import ROOT
from tests.support.documents import blocks
from tools.visit.engines import Browser

ENGINE = "chromium"
# Requests that a site has without this project, too.
REQUESTS_OF_THE_SITE = (f"GET shop.example/?flush={DEFAULT_FLUSH}", "GET shop.example/favicon.ico")
#: The code of docs/measure.md for the npm package.
[CODE_FOR_NPM] = blocks((ROOT / "docs" / "measure.md").read_text(), "js")


class TestScenarios(ScenarioContract):
    pass


class TestCohort(CohortContract):
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
    """The SDK reads cookies as JSON. docs/troubleshooting.md describes how to avoid this."""
    visitor = ScenarioVisitor(browser, deployments, deployments.documented)
    visitor.open()
    visitor.identify(user_id)
    visitor.look()
    assert visitor.server_cookies()["htjs_user_id_srvr"] == quote(user_id, safe="{}:")

    visitor.days_later(8)
    visitor.open()
    visitor.look()

    assert visitor.story == [f"a1/{user_id}", after_8_days]


def test_page_view_and_logout_send_the_requests_of_the_cost_table(
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


def test_documented_code_for_the_npm_package_marks_events(
    browser: Browser, deployments: Deployments
) -> None:
    """The npm package has the same method as the object of the snippet."""
    visitor = ScenarioVisitor(browser, deployments, deployments.documented)
    visitor.open()
    browser.eval("document.cookie = `htjs_restored=${htevents.user().anonymousId()}`;")
    visitor.look()
    browser.eval(CODE_FOR_NPM)
    visitor.look()

    assert visitor.marks == [False, True]


@pytest.mark.parametrize(
    ("query", "early"),
    [
        pytest.param("initial=on", {"type": "page"}, id="initialPageview"),
        pytest.param("ajs_event=early", {"type": "track", "event": "early"}, id="ajs_event"),
        pytest.param("ajs_uid=A", {"type": "identify", "userId": "A"}, id="ajs_uid"),
    ],
)
def test_event_before_the_middleware_is_not_marked(
    browser: Browser, deployments: Deployments, query: str, early: dict[str, str]
) -> None:
    visitor = ScenarioVisitor(browser, deployments, deployments.marking)
    visitor.open()
    before = len(visitor.events)
    visitor.days_later(8)
    browser.goto(f"{deployments.marking.url}/?flush=50&{query}")
    visitor.settle()
    visitor.look()

    # Requests that are sent at once can arrive in any order.
    first = min(visitor.events[before:], key=lambda event: event["timestamp"])
    assert {name: first[name] for name in early} == early
    assert "restored" not in first["context"]
    assert visitor.marks == [True]


def test_visitor_whose_local_storage_was_kept_is_marked(
    browser: Browser, deployments: Deployments
) -> None:
    visitor = ScenarioVisitor(browser, deployments, deployments.marking)
    visitor.open()
    visitor.look()
    visitor.leave_page()
    visitor.delete_cookies("htjs_anonymous_id")
    visitor.open()
    visitor.look()

    assert visitor.story == ["a1/-", "a1/-"]
    assert visitor.marks == [False, True]


def test_visitor_after_a_logout_that_lost_its_clear_call_is_marked(
    browser: Browser, deployments: Deployments
) -> None:
    """The cookie service restores this visitor, too."""
    visitor = ScenarioVisitor(browser, deployments, deployments.marking)
    visitor.open()
    visitor.look()
    visitor.open(flush=NEVER)
    visitor.reset()
    visitor.reload()
    visitor.look()

    assert visitor.story == ["a1/-", "a1/-"]
    assert visitor.marks == [False, True]


def test_event_after_a_reset_on_the_same_page_is_not_marked(
    browser: Browser, deployments: Deployments
) -> None:
    """The SDK has not sent its clear call yet."""
    visitor = restored_visitor(browser, deployments)
    visitor.open(flush=NEVER)
    visitor.look()
    visitor.reset()
    visitor.look()

    assert visitor.story == ["a1/-", "a1/-", "a1/-", "a2/-"]
    assert visitor.marks == [False, True, True, False]
