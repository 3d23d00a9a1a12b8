"""`python -m tools visit` on the shop of the preview, in all engines."""

import json
import os
import shlex
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.browser.conftest import ENGINES, require
from tests.support.checkout import clean_folder
from tests.support.processes import processes_with, wait_until_none_has
from tests.support.started_preview import preview


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The command that the preview prints to visit its shop."""
    for engine in ENGINES.values():
        require(engine)
    with preview("--tls", "--port=0", scratch=tmp_path_factory.mktemp("visited")) as started:
        started.wait_for("Ctrl-C ends it")
        [line] = [line for line in started.stderr.splitlines() if " visit " in line]
        yield shlex.split(line)


def test_shop_of_the_preview_has_no_findings(command: list[str]) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--json"], cwd=clean_folder(), capture_output=True, text=True, check=False
    )
    assert time.monotonic() - started < 60
    reports = json.loads(done.stdout)
    assert {one["check"]: one["status"] for one in reports} == {
        "Chromium": "ok",
        "Firefox": "ok",
        "Firefox with uBlock Origin": "ok",
        "WebKit": "ok",
    }
    assert done.returncode == 0
    assert "WebKit: eight days later\n" in done.stderr
    for report in reports:
        codes = [note["code"] for note in report["notes"]]
        expected = "nothing-blocked" if "uBlock" in report["check"] else "same-visitor"
        assert codes[-1] == expected


def test_interrupted_visit_leaves_no_process(command: list[str]) -> None:
    mark = f"MARK={uuid.uuid4()}"
    with subprocess.Popen(
        ["env", mark, *command],
        cwd=clean_folder(),
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "visiting" in line:
                break
        assert len(processes_with(mark)) > 2
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=120)
    assert "Traceback" not in stderr
    assert stdout == ""
    assert process.returncode == 130
    wait_until_none_has(mark, seconds=20)
