"""Engines that are missing, crash, or hang, simulated without a browser."""

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tools.doctor.report import Report
from tools.visit import visits
from tools.visit.engine_visits import Visit
from tools.visit.engines import Browser, WebKit


class Missing(WebKit):
    @staticmethod
    def missing() -> str | None:
        return "not installed"


class Crashing(WebKit):
    @staticmethod
    def missing() -> str | None:
        os._exit(3)


class Hanging(WebKit):
    @staticmethod
    def missing() -> str | None:
        Path(tempfile.gettempdir(), "left behind").touch()
        threading.Event().wait()
        return None


def run(monkeypatch: pytest.MonkeyPatch, *engines: type[Browser]) -> dict[str, list[str]]:
    """Return the codes of the results of each engine."""
    monkeypatch.setattr(visits, "ENGINES", engines)
    reports: list[Report] = list(visits.run(Visit(url="https://www.example.com"), print))
    return {one.check: [result.code for result in one.results] for one in reports}


def test_engine_that_is_missing_or_crashes_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(monkeypatch, Missing, Crashing) == {
        "Missing": ["engine-missing"],
        "Crashing": ["engine-failed"],
    }


def test_engine_that_hangs_is_ended_and_its_files_are_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(visits, "_MOST_SECONDS", 5)
    started = time.monotonic()
    assert run(monkeypatch, Hanging) == {"Hanging": ["out-of-time"]}
    assert time.monotonic() - started < 10
    assert list(tmp_path.iterdir()) == []
