"""Chromium."""

from tests.browser.engine_contract import EngineContract
from tests.browser.scenario_contract import ScenarioContract

ENGINE = "chromium"


class TestScenarios(ScenarioContract):
    pass


class TestEngine(EngineContract):
    executable = "chromium"
    not_installed = "chromium is not installed: apt-get install chromium"
