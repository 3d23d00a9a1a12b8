"""`python -m tools preview`, started as a user would."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools.preview.local_aws import client_environment


@dataclass(frozen=True)
class Preview:
    """A finished run: what it printed, its process group and its temporary folder."""

    exit_status: int
    stdout: str
    stderr: str
    group: int
    scratch: Path


def preview(*arguments: str, scratch: Path, **environment: str) -> Preview:
    with subprocess.Popen(
        [sys.executable, "-m", "tools", "preview", *arguments],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(scratch), "CDK_VALIDATION": "false"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        stdout, stderr = process.communicate()
    return Preview(process.returncode, stdout, stderr, process.pid, scratch)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Preview:
    return preview("-c", "renew_path=/id/renew", scratch=tmp_path_factory.mktemp("preview"))


def test_outputs_are_on_stdout(shown: Preview) -> None:
    assert shown.exit_status == 0, shown.stderr
    assert re.search(r"SdkProxyCnameTarget\n +[\w.-]+\.cloudfront\.net\n", shown.stdout)
    assert re.search(r"EventsProxyCnameTarget\n +[\w.-]+\.cloudfront\.net\n", shown.stdout)
    assert re.search(r"CookieFunctionVersionArn\n +arn:aws:lambda:us-east-1:.*:1\n", shown.stdout)
    assert '"apiHost":"events.shop.localhost"' in shown.stdout
    assert '"renewUrl":"/id/renew"' in shown.stdout


def test_progress_is_on_stderr(shown: Preview) -> None:
    assert [line.split(":")[0] for line in shown.stderr.splitlines()] == [
        "Starting an embedded AWS",
        "Bootstrapping it",
        "Deploying into it",
    ]


def test_nothing_is_left_behind(shown: Preview) -> None:
    """No process that was started for it, no file in the temporary folder."""
    with pytest.raises(ProcessLookupError):
        os.killpg(shown.group, 0)
    assert list(shown.scratch.iterdir()) == []


def test_bad_context_shows_the_apps_own_words(tmp_path: Path) -> None:
    done = preview("-c", "domian=example.com", scratch=tmp_path)

    assert done.exit_status == 1
    assert "did you mean 'domain'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_context_that_is_no_pair_is_a_usage_error(tmp_path: Path) -> None:
    done = preview("-c", "domain", scratch=tmp_path)

    assert done.exit_status == 2
    assert "got 'domain', expected KEY=VALUE" in done.stderr


def test_missing_node_is_one_clear_line(tmp_path: Path) -> None:
    done = preview(scratch=tmp_path, PATH="")

    assert done.exit_status == 1
    assert done.stderr == (
        "Error: Node.js is not installed: the CDK runs on it, version 20 or later\n"
    )


def test_the_cdk_sends_no_usage_reports() -> None:
    """https://github.com/aws/aws-cdk-cli/tree/main/packages/aws-cdk#cdk-cli-telemetry."""
    assert client_environment({})["CDK_DISABLE_CLI_TELEMETRY"] == "true"
