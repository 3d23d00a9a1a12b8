"""A healthy system on this machine has a clean bill of health."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.config import TrackingConfig
from tests.checkout import ROOT
from tools.preview.local_aws import client_environment
from tools.preview.serving import listen
from tools.preview.world import Running, preview


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A preview, and the address of its local edge."""
    with (
        listen(0) as listener,
        preview(
            config=TrackingConfig.from_context(
                {"domain": "shop.localhost"}, without=["certificate_arn"]
            ),
            context=json.loads((ROOT / "cdk.json").read_text())["context"],
            items=["domain=shop.localhost"],
            listener=listener,
            tls=False,
            site=None,
            scratch=Path(tmp_path_factory.mktemp("preview")),
            progress=lambda _: None,
            record=lambda _: None,
        ) as started,
    ):
        yield started, f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_doctor_finds_nothing(running: tuple[Running, str]) -> None:
    """The real deployment, read from the embedded AWS, and the local edge in CloudFront's place."""
    started, address = running
    options = ["--json", "-c", "domain=shop.localhost", "--via", address]
    done = subprocess.run(
        [sys.executable, "-m", "tools", "doctor", *options],
        cwd=ROOT,
        env=client_environment(dict(started.aws)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    reports = json.loads(done.stdout)
    assert {one["check"]: one["findings"] for one in reports if one["findings"]} == {}
    assert done.returncode == 0
    # What cannot be told past DNS and CloudFront's caches.
    assert sorted(one["check"] for one in reports if one["status"] == "not checkable") == [
        "DNS of cdn.shop.localhost",
        "DNS of events.shop.localhost",
        "DNS of shop.localhost",
        "SDK through cdn.shop.localhost",
    ]
