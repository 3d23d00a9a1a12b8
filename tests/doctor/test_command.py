"""`python -m tools doctor`: what a crash of one check does to its output and its exit status."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from tools.__main__ import main
from tools.doctor import conformance
from tools.doctor.report import Finding, Remark

ENDPOINT = ["doctor", "--endpoint", "https://www.example.com", "--via", "http://127.0.0.1:9"]


def crashing(*_arguments: object) -> Iterator[Remark]:
    """A check that finds one fault and then meets an error of its own."""
    yield Finding("answers 500 in place of 200", "see its logs")
    raise RecursionError("maximum recursion depth exceeded")


def only_crashing(*_arguments: object) -> Iterator[Remark]:
    """A check that finds nothing before its error."""
    raise RecursionError("maximum recursion depth exceeded")


def test_a_crashing_check_keeps_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check", crashing)

    done = CliRunner().invoke(main, ENDPOINT)

    assert done.exit_code == 1
    assert "answers 500 in place of 200" in done.stdout
    assert "RecursionError" in done.stdout
    assert "1 of 1 checks with findings" in done.stdout


def test_a_check_that_only_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check", only_crashing)

    done = CliRunner().invoke(main, ENDPOINT)

    assert done.exit_code == 1
    assert done.stdout.startswith("error          cookie service on www.example.com\n")
    assert done.stdout.endswith("0 of 1 checks with findings, 1 crashed\n")


def test_json_lists_a_crash_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check", crashing)

    done = CliRunner().invoke(main, [*ENDPOINT, "--json"])

    assert done.exit_code == 1
    [report] = json.loads(done.stdout)
    assert [one["what"] for one in report["findings"]] == ["answers 500 in place of 200"]
    [error] = report["errors"]
    assert "RecursionError" in error
