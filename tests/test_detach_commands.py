"""The printed commands that remove behaviors, run by a shell with a stand-in for the AWS CLI."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import snippets

#: What CloudFront allows in a path pattern.
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
ALLOWED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.*$/~\"'@:+&?"

# Answers a read with the file config.json, and keeps the arguments of every call.
AWS = """#!/bin/sh
printf '%s\\n' "$*" >> calls
[ "$2" = get-distribution-config ] && cat config.json
exit 0
"""


@pytest.fixture(params=["bash", "sh"])
def shell(request: pytest.FixtureRequest) -> str:
    found: str | None = shutil.which(request.param)
    assert found
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(f"/{ALLOWED}", id="all-allowed-characters"),
        pytest.param("/x'&touch$IFS./run&'", id="a-command-behind-a-quote"),
        pytest.param("/$(touch run)", id="a-substitution"),
        pytest.param("/`touch run`", id="backquotes"),
        pytest.param("/it's", id="an-apostrophe"),
        pytest.param('/a"b', id="a-quotation-mark"),
        pytest.param("/*", id="a-wildcard"),
        *(pytest.param(f"/x{one}y", id=f"character-{ord(one):02x}") for one in "$*\"&'?~@:+"),
    ],
)
def test_detach_removes_only_the_named_behavior(shell: str, tmp_path: Path, pattern: str) -> None:
    """Whoever may edit the distribution chose the pattern; the shell must not execute it."""
    others = [{"PathPattern": "/api/*"}, {"PathPattern": "/x"}]
    listed = [others[0], {"PathPattern": pattern}, others[1]]
    behaviors = {"Quantity": 3, "Items": listed}
    answer = {"ETag": "E1TAG", "DistributionConfig": {"CacheBehaviors": behaviors}}
    (tmp_path / "config.json").write_text(json.dumps(answer))
    stand_in = tmp_path / "bin" / "aws"
    stand_in.parent.mkdir()
    stand_in.write_text(AWS)
    stand_in.chmod(0o755)

    done = subprocess.run(
        [shell, "-c", snippets.detach("E2QWRUHAPOMQZL", [pattern])],
        cwd=tmp_path,
        env={"PATH": f"{stand_in.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    made = json.loads((tmp_path / "without.json").read_text())
    assert made == {"CacheBehaviors": {"Quantity": 2, "Items": others}}
    assert (tmp_path / "calls").read_text().splitlines() == [
        "cloudfront get-distribution-config --id E2QWRUHAPOMQZL",
        "cloudfront update-distribution --id E2QWRUHAPOMQZL --if-match E1TAG "
        "--distribution-config file://without.json",
    ]
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "bin",
        "calls",
        "config.json",
        "live.json",
        "without.json",
    ]
