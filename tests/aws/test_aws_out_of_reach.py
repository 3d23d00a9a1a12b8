"""What the tools say where AWS does not answer, or knows nobody."""

import subprocess
import sys

import pytest

from tests.checkout import ROOT


@pytest.mark.parametrize("tool", ["plan", "doctor"])
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "Error: AWS cannot be asked: Could not connect to the endpoint URL",
            id="no-network",
        ),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "Error: AWS cannot be asked: Unable to locate credentials",
            id="no-credentials",
        ),
    ],
)
def test_aws_out_of_reach_is_one_clear_line(
    aws: dict[str, str], tool: str, environment: dict[str, str], words: str
) -> None:
    context = ["-c", "domain=example.com", "-c", "site_distribution_id=E2QWRUHAPOMQZL"]
    done = subprocess.run(
        [sys.executable, "-m", "tools", tool, *context],
        cwd=ROOT,
        env=aws | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(words)
    assert len(done.stderr.splitlines()) == 1
