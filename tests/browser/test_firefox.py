"""The tests of every engine in Firefox, and Global Privacy Control."""

from tests.browser.cohort_contract import CohortContract
from tests.browser.deployments import Deployments
from tests.browser.duplicate_contract import DuplicateContract
from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import EngineContract
from tests.browser.moving_contract import MovingContract
from tests.browser.planting_contract import PlantingContract
from tests.browser.scenario_contract import ScenarioContract
from tests.browser.visitor import ScenarioVisitor
from tools.visit.engines import Browser, Firefox

ENGINE = "firefox"


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
    executable = "firefox-esr"
    not_installed = "firefox-esr is not installed: apt-get install firefox-esr"


def test_visitor_who_opts_out_is_new_after_8_days(
    browser: Browser, deployments: Deployments
) -> None:
    """`honor_gpc` is on. In the control, the visitor sends no signal and stays the same."""
    assert _back_after_8_days(browser, deployments) == ["a1/A", "a1/A"]
    with Firefox(browser.proxy, opts_out=True) as opted_out:
        assert _back_after_8_days(opted_out, deployments) == ["a1/A", "a2/-"]


def _back_after_8_days(browser: Browser, deployments: Deployments) -> list[str]:
    visitor = ScenarioVisitor(browser, deployments, deployments.honoring_gpc)
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()
    return visitor.story
