"""`python -m tools visit`: its arguments, its output, and its exit status."""

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner

from attachment.finding import Finding
from tools import __main__
from tools.doctor.report import Note, Report
from tools.visit import visits
from tools.visit.engine_visits import Visit

URL = "https://www.example.com"
OK = Report(check="Chromium", results=(Note("browser", "version 1"),))
BROKEN = Report(check="Firefox", results=(Finding("no-snippet", "no SDK", "add it"),))


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[Visit]:
    """The visits that the command makes. Each has a finding in Firefox."""
    made: list[Visit] = []

    def run(visit: Visit, progress: Callable[[str], None]) -> Iterator[Report]:
        made.append(visit)
        progress("Firefox: starting")
        yield BROKEN
        yield OK

    monkeypatch.setattr(visits, "run", run)
    return made


def test_reports_are_on_stdout_and_progress_on_stderr(visited: list[Visit]) -> None:
    done = CliRunner().invoke(__main__.main, ["visit", URL])
    assert done.exit_code == 1
    assert done.stderr == "Firefox: starting\n"
    assert "no SDK [no-snippet]\n      fix: add it\n" in done.stdout
    assert done.stdout.endswith("1 of 2 checks with findings\n")
    assert [(one.url, one.paths, one.click) for one in visited] == [(URL, (), None)]


@pytest.mark.usefixtures("visited")
def test_json_has_all_reports_in_the_order_of_their_names() -> None:
    done = CliRunner().invoke(__main__.main, ["visit", URL, "--json"])
    assert done.exit_code == 1
    reports = json.loads(done.stdout)
    assert [one["check"] for one in reports] == ["Chromium", "Firefox"]
    assert reports[1]["findings"] == [{"code": "no-snippet", "problem": "no SDK", "fix": "add it"}]


def test_options_reach_the_visit(visited: list[Visit]) -> None:
    options = ["--click", "#accept", "--path", "/a", "--path", "/b?c"]
    CliRunner().invoke(__main__.main, ["visit", URL, *options])
    assert [(one.paths, one.click) for one in visited] == [(("/a", "/b?c"), "#accept")]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["http://www.example.com"], id="plain-http"),
        pytest.param(["www.example.com"], id="no-scheme"),
        pytest.param(["https://"], id="no-host"),
        pytest.param(["https://user@www.example.com"], id="user"),
        pytest.param(["https://www.example.com:0"], id="port-zero"),
        pytest.param(["https://www.example.com:x"], id="no-port"),
        pytest.param(["https://[www.example.com"], id="bracket"),
        pytest.param([f"https://{'a' * 64}.example.com"], id="long-label"),
        pytest.param([URL, "--path", "checkout"], id="path-without-slash"),
        pytest.param([URL, "--path", "//other.example"], id="path-with-host"),
        pytest.param([URL, "--trust", "/no/such/file"], id="no-file"),
        pytest.param([URL, "--trust", __file__], id="no-certificate"),
    ],
)
@pytest.mark.usefixtures("visited")
def test_bad_argument_is_a_usage_error(arguments: list[str]) -> None:
    done = CliRunner().invoke(__main__.main, ["visit", *arguments])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_missing_drivers_are_an_error_with_the_install_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(__main__, "find_spec", lambda _: None)
    done = CliRunner().invoke(__main__.main, ["visit", URL])
    assert done.exit_code == 1
    assert done.output == (
        "Error: the browsers' drivers are not installed here: run make install-dev\n"
    )
