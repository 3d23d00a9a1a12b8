"""The scenarios that every engine runs."""

from collections.abc import Callable

import pytest

from tests.browser.deployments import Deployments
from tests.browser.scenarios import SCENARIOS, Scenario
from tests.browser.visitor import ScenarioVisitor
from tools.visit.engines.engine import Browser


class ScenarioContract:
    """All scenarios with both settings. Scenarios that are not core run only for the matrix."""

    @pytest.mark.parametrize("setting", ["documented", "restoring_after_23_hours"])
    @pytest.mark.parametrize(
        "scenario",
        [
            pytest.param(
                scenario,
                id=scenario.steps.__name__,
                marks=[] if scenario.is_core else pytest.mark.matrix,
            )
            for scenario in SCENARIOS
        ],
    )
    def test_scenario(
        self,
        browser: Browser,
        deployments: Deployments,
        scenario: Scenario,
        setting: str,
        record_property: Callable[[str, object], None],
    ) -> None:
        """Hightouch gets the expected IDs, joins no two users, and no other host is contacted."""
        visitor = ScenarioVisitor(browser, deployments, getattr(deployments, setting))

        scenario.steps(visitor)

        story = " ".join(visitor.story)
        assert story in getattr(scenario, setting)
        assert visitor.joined_users() == {}
        assert visitor.foreign_hosts() == set()
        cell = {"engine": type(browser).__name__, "version": browser.version}
        cell |= {"scenario": scenario.name, "setting": setting, "story": story}
        record_property("cell", cell)
