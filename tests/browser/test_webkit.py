"""The tests of every engine in WebKit with ITP (WebKitGTK), and without ITP as the control."""

from tests.browser.cohort_contract import CohortContract
from tests.browser.duplicate_contract import DuplicateContract
from tests.browser.emulator_contract import EmulatorContract
from tests.browser.engine_contract import SET_BY_HTTP, SET_BY_SCRIPT, EngineContract
from tests.browser.moving_contract import MovingContract
from tests.browser.planting_contract import PlantingContract
from tests.browser.scenario_contract import ScenarioContract
from tools.visit.engines import Browser, WebKit

ENGINE = "webkit"


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
    executable = "Xvfb"
    not_installed = (
        "WebKitGTK, Xvfb, or libfaketime is not installed: apt-get install "
        "gir1.2-webkit2-4.1 gir1.2-gtk-3.0 python3-gi xvfb faketime"
    )

    def test_itp_caps_cookies_that_scripts_write(self, browser: Browser) -> None:
        """A script's cookie of 365 days gets 7 days. Cookies that are set by HTTP keep 365."""
        assert _days_left(browser) == [
            {"by_script": 7, "by_http": 365, "http_only": 365},
            {"by_http": 357, "http_only": 357},
            {"by_http": 349, "http_only": 349},
        ]

    def test_without_itp_no_cookie_is_capped(self, browser: Browser) -> None:
        """The control: with ITP off, every cookie keeps its age."""
        with WebKit(browser.proxy, itp=False) as control:
            control.fresh()
            assert _days_left(control) == [
                {"by_script": 365, "by_http": 365, "http_only": 365},
                {"by_script": 357, "by_http": 357, "http_only": 357},
                {"by_script": 349, "by_http": 349, "http_only": 349},
            ]


def _days_left(browser: Browser) -> list[dict[str, float | None]]:
    """Return the days that cookies of 365 days have left at first, and after 8 and 16 days."""
    browser.goto("https://shop.example/")
    browser.eval(SET_BY_SCRIPT + SET_BY_HTTP)
    days = []
    for _ in range(3):
        days.append({cookie.name: cookie.days for cookie in browser.cookies()})
        browser.days_later(8)
        browser.goto("https://shop.example/")
    return days
