"""Firefox."""

from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import EngineContract
from tests.browser.scenario_contract import ScenarioContract

ENGINE = "firefox"


class TestScenarios(ScenarioContract):
    pass


class TestEmulator(EmulatorContract):
    pass


class TestEngine(EngineContract):
    executable = "firefox-esr"
    not_installed = "firefox-esr is not installed: apt-get install firefox-esr"
