"""docs/browsers.md is what `make matrix` writes for the scenarios as they are now."""

import re

import pytest

from tests.browser.scenarios import SCENARIOS, SPECIAL, Scenario
from tests.checkout import ROOT

PAGE = (ROOT / "docs" / "browsers.md").read_text()
DOCUMENTED, RESTORING = PAGE.split("\n## ")[1:]


def rows(section: str) -> dict[str, list[str]]:
    """Return each scenario's stories, one per engine, as the tests have them."""
    table = re.findall(r"^\| (.*) \| (`.*`|\*\*.*) \| (.*) \| (.*) \|$", section, re.MULTILINE)
    return {
        summary: [cell.replace("`", "").replace(" → ", " ") for cell in cells]
        for summary, *cells in table
    }


def test_the_engines_are_named_with_their_versions() -> None:
    assert [line.split()[1] for line in PAGE.splitlines() if re.match(r"- \w+ \d", line)] == [
        "Chromium",
        "Firefox",
        "WebKit",
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.steps.__name__)
def test_each_scenario_came_out_in_each_engine(scenario: Scenario) -> None:
    for section, stories in (
        (DOCUMENTED, scenario.documented),
        (RESTORING, scenario.restoring_after_23_hours),
    ):
        cells = rows(section)[scenario.summary]
        assert len(cells) == 3
        assert {cell.replace("that", SPECIAL) for cell in cells} <= set(stories)


def test_no_other_scenario_is_on_the_page() -> None:
    summaries = [scenario.summary for scenario in SCENARIOS]
    assert list(rows(DOCUMENTED)) == summaries
    assert list(rows(RESTORING)) == summaries
