"""A published version against what this checkout makes."""

from collections.abc import Mapping

import pytest

from lambda_edge.cookie_service import Settings
from stacks.cookie_package import package_files
from tools.doctor.cookie_function import judge
from tools.doctor.report import Finding

VERSION = "arn:aws:lambda:us-east-1:111122223333:function:cookies:7"
SETTINGS = Settings(
    cookie_domain="example.com",
    max_age_seconds=31536000,
    restore_after_seconds=0,
    renew_path="/ht/renew",
    clear_path="/ht/clear",
)
CONFIGURATION = {
    "Runtime": "python3.14",
    "Handler": "lambda_edge.handler.handler",
    "Architectures": ["x86_64"],
    "MemorySize": 128,
    "Timeout": 5,
    "State": "Active",
}


def findings(
    files: Mapping[str, bytes | None] = {}, configuration: Mapping[str, object] = {}
) -> list[Finding]:
    """Return what is found where these files (None: missing) and settings differ."""
    package = {**package_files(SETTINGS), **files}
    published = {path: content for path, content in package.items() if content is not None}
    live = {**CONFIGURATION, **configuration}
    return list(judge(VERSION, live, published, SETTINGS, "Name-CookieService"))


def test_the_same() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("lambda_edge/cookies.py", b"changed = True\n", id="changed"),
        pytest.param("lambda_edge/cookies.py", None, id="missing"),
        pytest.param("lambda_edge/more.py", b"", id="one-more"),
    ],
)
def test_another_file(path: str, content: bytes | None) -> None:
    [found] = findings({path: content})
    assert found.what == f"{VERSION} has another {path} than this checkout makes"
    assert found.remedy.startswith("npx cdk deploy Name-CookieService")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Runtime", "python3.11", "python3.14"),
        ("Handler", "index.handler", "lambda_edge.handler.handler"),
        ("Architectures", ["arm64"], "['x86_64']"),
        ("MemorySize", 256, "128"),
        ("Timeout", 3, "5"),
    ],
)
def test_another_setting(name: str, value: object, expected: str) -> None:
    [found] = findings(configuration={name: value})
    assert found.what == f"{VERSION} has {name} {value}, should be {expected}"


def test_a_version_that_does_not_run() -> None:
    [found] = findings(configuration={"State": "Failed", "StateReason": "the role is gone"})
    assert found.what == f"{VERSION} is Failed: the role is gone"
