"""What happens to ids, whichever engine it is."""

from collections.abc import Callable

import pytest

from tests.browser.engines.engine import Browser
from tests.browser.scenarios import SCENARIOS, Scenario
from tests.browser.visitor import Visitor
from tests.browser.world import World


class ScenarioContract:
    """All scenarios with both settings; the core ones always, the others for the matrix."""

    @pytest.mark.parametrize("setting", ["documented", "restoring_after_23_hours"])
    @pytest.mark.parametrize(
        "scenario",
        [
            pytest.param(
                one, id=one.steps.__name__, marks=[] if one.is_core else pytest.mark.matrix
            )
            for one in SCENARIOS
        ],
    )
    def test_scenario(
        self,
        browser: Browser,
        world: World,
        scenario: Scenario,
        setting: str,
        record_property: Callable[[str, object], None],
    ) -> None:
        """The vendor learns who the visitor is and no more, and no one else learns anything."""
        visitor = Visitor(browser, world, getattr(world, setting))

        scenario.steps(visitor)

        story = " ".join(visitor.story)
        assert story in getattr(scenario, setting)
        assert visitor.joined_users() == {}
        assert visitor.foreign_hosts() == set()
        cell = {"engine": type(browser).__name__, "version": browser.version}
        cell |= {"scenario": scenario.name, "setting": setting, "story": story}
        record_property("cell", cell)
