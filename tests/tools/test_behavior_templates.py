"""The printed commands that remove behaviors, run with a fake AWS CLI, and printed templates."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from tools import behavior_templates

#: The characters that CloudFront allows in a path pattern.
#: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
ALLOWED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.*$/~\"'@:+&?"

# Prints the file config.json for a read, and appends the arguments of every call to a file.
AWS = """#!/bin/sh
printf '%s\\n' "$*" >> calls
[ "$2" = get-distribution-config ] && cat config.json
exit 0
"""


@pytest.fixture(params=["bash", "sh"])
def shell(request: pytest.FixtureRequest) -> str:
    """The path of a shell."""
    found: str | None = shutil.which(request.param)
    assert found
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(f"/{ALLOWED}", id="all-allowed-characters"),
        pytest.param("/x'&touch$IFS./run&'", id="command-after-a-quote"),
        pytest.param("/$(touch run)", id="command-substitution"),
        pytest.param("/`touch run`", id="backquotes"),
        pytest.param("/it's", id="apostrophe"),
        pytest.param('/a"b', id="quotation-mark"),
        pytest.param("/*", id="wildcard"),
        *(
            pytest.param(f"/x{character}y", id=f"character-{ord(character):02x}")
            for character in "$*\"&'?~@:+"
        ),
    ],
)
def test_detach_removes_only_the_named_behavior(shell: str, tmp_path: Path, pattern: str) -> None:
    """Anyone who can edit the distribution chose the pattern, so the shell must not execute it."""
    others = [{"PathPattern": "/api/*"}, {"PathPattern": "/x"}]
    listed = [others[0], {"PathPattern": pattern}, others[1]]
    behaviors = {"Quantity": 3, "Items": listed}
    answer = {"ETag": "E1TAG", "DistributionConfig": {"CacheBehaviors": behaviors}}
    (tmp_path / "config.json").write_text(json.dumps(answer))
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(AWS)
    aws.chmod(0o755)

    done = subprocess.run(
        [shell, "-c", behavior_templates.detach("E2QWRUHAPOMQZL", [pattern])],
        cwd=tmp_path,
        env={"PATH": f"{aws.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = json.loads((tmp_path / "without.json").read_text())
    assert written == {"CacheBehaviors": {"Quantity": 2, "Items": others}}
    assert (tmp_path / "calls").read_text().splitlines() == [
        "cloudfront get-distribution-config --id E2QWRUHAPOMQZL",
        "cloudfront update-distribution --id E2QWRUHAPOMQZL --if-match E1TAG "
        "--distribution-config file://without.json",
    ]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "bin",
        "calls",
        "config.json",
        "live.json",
        "without.json",
    ]


ORIGINS = [
    pytest.param("Main #1", id="comment"),
    pytest.param("shop: live", id="mapping"),
    pytest.param('a"b\\c', id="quotation-mark-and-backslash"),
    pytest.param('${file("/etc/passwd")}', id="interpolation-of-hcl"),
    pytest.param("%{ if true }x%{ endif }", id="directive-of-hcl"),
    pytest.param("*star", id="alias-of-yaml"),
    pytest.param("yes", id="boolean-of-yaml"),
    pytest.param("0123", id="octal-of-yaml"),
    pytest.param("@x", id="reserved-character-of-yaml"),
    pytest.param("x\u009b31m", id="control-character"),
    pytest.param("größe 😀", id="not-ascii"),
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_yaml_has_any_origin_unchanged(origin: str) -> None:
    [behavior] = yaml.safe_load(behavior_templates.cloudformation(["/0123"], origin, "yes"))
    assert behavior["TargetOriginId"] == origin
    assert behavior["PathPattern"] == "/0123"
    assert behavior["LambdaFunctionAssociations"][0]["LambdaFunctionARN"] == "yes"


@pytest.mark.parametrize("origin", ORIGINS)
def test_hcl_has_any_origin_unchanged(origin: str) -> None:
    """https://developer.hashicorp.com/terraform/language/expressions/strings#quoted-strings."""
    parsed: Any = hcl2.loads(behavior_templates.terraform(["/ht/renew"], origin, "arn"))
    [behavior] = parsed["ordered_cache_behavior"]
    literal = behavior["target_origin_id"]
    # The parser leaves literals as they are written.
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", literal)
    assert json.loads(literal.replace("$${", "${").replace("%%{", "%{")) == origin
    assert json.loads(behavior["path_pattern"]) == "/ht/renew"
    [function] = behavior["lambda_function_association"]
    assert json.loads(function["lambda_arn"]) == "arn"
