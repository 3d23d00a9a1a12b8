"""Doctor, called for a preview on this machine."""

import json
from collections.abc import Iterator

import pytest

from stacks.config import TrackingConfig
from stacks.deployment import Deployment
from tests.support.checkout import feature_flags
from tests.support.tool_commands import run_tool
from tools.emulator.emulator import client_environment
from tools.preview.environment import RunningPreview, preview
from tools.preview.http_server import listen


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningPreview, str]]:
    """A preview, and the address of its local edge."""
    config = TrackingConfig.from_context({"domain": "shop.localhost"}, optional=["certificate_arn"])
    with (
        listen(0) as listener,
        preview(
            deployment=Deployment(config),
            context=feature_flags(),
            items=["domain=shop.localhost"],
            listener=listener,
            tls=False,
            site=None,
            scratch=tmp_path_factory.mktemp("preview"),
            progress=lambda _: None,
            record=lambda _: None,
        ) as started,
    ):
        yield started, f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_doctor_finds_nothing_in_a_preview(running: tuple[RunningPreview, str]) -> None:
    """Doctor reads the deployment from the AWS emulator, and calls the local edge."""
    started, address = running
    options = ["--json", "-c", "domain=shop.localhost", "--via", address]
    done = run_tool(client_environment(dict(started.aws)), "doctor", *options)

    reports = json.loads(done.stdout)
    found = {report["check"]: report["findings"] for report in reports if report["findings"]}
    assert found == {}
    assert done.returncode == 0
    # The checks that need DNS or CloudFront's caches.
    assert sorted(
        report["check"] for report in reports if report["status"] == "could not check"
    ) == [
        "DNS",
        "SDK through cdn.shop.localhost",
    ]
