"""docs/browsers.md has the current scenarios, with results that the browser tests allow."""

import re

import pytest

from tests.browser.scenarios import SCENARIOS, SPECIAL, Scenario
from tests.support.checkout import ROOT

PAGE = (ROOT / "docs" / "browsers.md").read_text()
DOCUMENTED, RESTORING_AFTER_23_HOURS, WITH_AD_BLOCKER = PAGE.split("\n## ")[1:]


def rows(section: str) -> dict[str, list[str]]:
    """Return the results of each scenario, one per engine, in the notation of the tests."""
    table = re.findall(r"^\| (.*) \| (`.*`|\*\*.*) \| (.*) \| (.*) \|$", section, re.MULTILINE)
    return {
        summary: [cell.replace("`", "").replace(" → ", " ") for cell in cells]
        for summary, *cells in table
    }


def test_page_names_the_engines_with_their_versions() -> None:
    assert [line.split()[1] for line in PAGE.splitlines() if re.match(r"- \w+ \d", line)] == [
        "Chromium",
        "Firefox",
        "WebKit",
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.steps.__name__)
def test_each_scenario_has_an_allowed_result_in_each_engine(scenario: Scenario) -> None:
    for section, stories in (
        (DOCUMENTED, scenario.documented),
        (RESTORING_AFTER_23_HOURS, scenario.restoring_after_23_hours),
    ):
        cells = rows(section)[scenario.summary]
        assert len(cells) == 3
        assert {cell.replace("that", SPECIAL) for cell in cells} <= set(stories)


def test_page_lists_exactly_the_current_scenarios() -> None:
    summaries = [scenario.summary for scenario in SCENARIOS]
    assert list(rows(DOCUMENTED)) == summaries
    assert list(rows(RESTORING_AFTER_23_HOURS)) == summaries


def test_ad_blocker_stops_only_hightouchs_hosts_and_listed_names() -> None:
    table = re.findall(
        r"^\| ([A-Z].*?) \| (.*) \| (.*) \| (.*) \| (.*) \|$", WITH_AD_BLOCKER, re.MULTILINE
    )
    everything = ["page, track"] * 3
    assert table == [
        ("Hightouch's own hosts, without this project", *everything, "nothing"),
        ("The default names `cdn.` and `events.`", *everything, "page, track"),
        ("The SDK on a name that lists block, `analytics.`", *everything, "nothing"),
    ]
