"""The matrix of engines and scenarios, as a page of the documents."""

from collections.abc import Iterable
from datetime import date

from tests.browser.scenarios import SCENARIOS, SPECIAL, Scenario

Cell = dict[str, str]

_ENGINES = ("Chromium", "Firefox", "WebKit")
_HEAD = """\
# What real browsers do

Made by `make matrix` on {date}; do not edit. It is Hightouch's SDK {sdk}, deployed into an
embedded AWS by the CDK and served by the local edge over https, in

{versions}

WebKit is WebKitGTK with ITP on and its clock moved, so script-written cookies go by themselves; in
Chromium and Firefox they are deleted in its place. localStorage is emptied by the test in all
three: Safari does that, WebKitGTK did not in our runs. None of them is Safari.

`a2/A` says as whom Hightouch got the visitor's events: the second anonymous id, user A; `-` is no
user. In every scenario no anonymous id was ever joined with two users, and the pages contacted no
host but the site's own three. `tests/browser/scenarios.py` has the steps.

"""
_SETTINGS = {
    "documented": (
        "As documented: `restore_after_hours=0`",
        "Ids come back whenever both browser cookies are gone.",
    ),
    "restoring_after_23_hours": (
        "With `restore_after_hours=23`",
        "Ids that vanish within 23 hours of the last visit were deleted on purpose.",
    ),
}


def engines_missing(cells: Iterable[Cell]) -> list[str]:
    """Return the engines that have no cell."""
    found = {cell["engine"] for cell in cells}
    return [engine for engine in _ENGINES if engine not in found]


def page(cells: Iterable[Cell], sdk: str, today: date) -> str:
    """Return the page in Markdown. Each cell has engine, version, scenario, setting and story."""
    stories: dict[tuple[str, str, str], str] = {}
    versions: dict[str, str] = {}
    for cell in cells:
        versions[cell["engine"]] = cell["version"]
        stories[cell["setting"], cell["scenario"], cell["engine"]] = cell["story"]
    engines = [engine for engine in _ENGINES if engine in versions]
    listed = "\n".join(f"- {engine} {versions[engine]}" for engine in engines)
    text = _HEAD.format(date=today.isoformat(), sdk=sdk, versions=listed)
    for setting, (title, meaning) in _SETTINGS.items():
        text += f"## {title}\n\n{meaning}\n\n"
        text += f"| scenario | {' | '.join(engines)} |\n|---|{'---|' * len(engines)}\n"
        for scenario in SCENARIOS:
            row = [_cell(stories.get((setting, scenario.name, one))) for one in engines]
            text += f"| {_summary(scenario)} | {' | '.join(row)} |\n"
        text += "\n"
    return text.rstrip("\n") + "\n"


def _summary(scenario: Scenario) -> str:
    return scenario.summary.replace("|", "\\|")


def _cell(story: str | None) -> str:
    if story is None:
        return "**failed**"
    return " → ".join(f"`{one}`" for one in story.replace(SPECIAL, "that").split(" "))
