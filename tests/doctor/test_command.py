"""`python -m tools doctor` when a check crashes: its output and its exit status."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from attachment.finding import Finding
from tools.__main__ import main
from tools.doctor import conformance
from tools.doctor.report import Result

ENDPOINT = ["doctor", "--endpoint", "https://www.example.com", "--via", "http://127.0.0.1:9"]


def crashing(*_arguments: object) -> Iterator[Result]:
    """Yield a finding, then raise an error."""
    yield Finding("answer-status", "answers 500 instead of 200", "see its logs")
    raise RecursionError("maximum recursion depth exceeded")


def only_crashing(*_arguments: object) -> Iterator[Result]:
    """Raise an error without a finding."""
    raise RecursionError("maximum recursion depth exceeded")


def test_crashing_check_keeps_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check_endpoint", crashing)

    done = CliRunner().invoke(main, ENDPOINT)

    assert done.exit_code == 1
    assert "answers 500 instead of 200 [answer-status]\n" in done.stdout
    assert "fix: see its logs\n" in done.stdout
    assert "RecursionError" in done.stdout
    assert "1 of 1 checks with findings" in done.stdout


def test_check_that_only_crashes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check_endpoint", only_crashing)

    done = CliRunner().invoke(main, ENDPOINT)

    assert done.exit_code == 1
    assert done.stdout.startswith("error            cookie service on www.example.com\n")
    assert done.stdout.endswith("0 of 1 checks with findings, 1 crashed\n")


def test_json_lists_a_crash_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "check_endpoint", crashing)

    done = CliRunner().invoke(main, [*ENDPOINT, "--json"])

    assert done.exit_code == 1
    [report] = json.loads(done.stdout)
    assert report["findings"] == [
        {
            "code": "answer-status",
            "problem": "answers 500 instead of 200",
            "fix": "see its logs",
        }
    ]
    [error] = report["errors"]
    assert error["code"] == "check-crashed"
    assert "RecursionError" in error["reason"]
