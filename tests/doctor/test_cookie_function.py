"""A published version, compared with the version that this checkout would deploy."""

from collections.abc import Mapping
from typing import Any

import pytest

from attachment.finding import Finding
from stacks.edge_package import EdgePackage
from tests.support.example import make_settings
from tools.doctor.cookie_function import check_parameter, check_version

VERSION = "arn:aws:lambda:us-east-1:111122223333:function:cookies:7"
PACKAGE = EdgePackage.of(make_settings())
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
    """Return the findings about a version with these changed files and settings.

    The content None removes a file.
    """
    package = {**PACKAGE.files, **files}
    published = {path: content for path, content in package.items() if content is not None}
    live: Any = {**CONFIGURATION, **configuration}
    return list(
        check_version(VERSION, live, published, PACKAGE, "npx cdk deploy Name-CookieService")
    )


def test_version_of_this_checkout_has_no_finding() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("lambda_edge/cookies.py", b"changed = True\n", id="changed"),
        pytest.param("lambda_edge/cookies.py", None, id="missing"),
        pytest.param("lambda_edge/more.py", b"", id="one-more"),
    ],
)
def test_different_file_is_a_finding(path: str, content: bytes | None) -> None:
    """The fix is a deployment of the stack."""
    [finding] = findings({path: content})
    assert finding.code == "function-code-differs"
    assert VERSION in finding.problem
    assert path in finding.problem
    assert finding.fix.endswith("\nnpx cdk deploy Name-CookieService")


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
def test_different_setting_is_a_finding(name: str, value: object, expected: str) -> None:
    """The problem contains the setting, its value, and the expected value."""
    [finding] = findings(configuration={name: value})
    assert finding.code == "function-setting-differs"
    assert finding.problem == f"{VERSION} has {name} {value}, should be {expected}"
    assert finding.fix.endswith("\nnpx cdk deploy Name-CookieService")


def test_version_that_does_not_run_is_a_finding() -> None:
    """The problem contains Lambda's reason."""
    [finding] = findings(configuration={"State": "Failed", "StateReason": "the role is gone"})
    assert finding.code == "version-not-active"
    assert finding.problem == f"{VERSION} is Failed: the role is gone"
    assert finding.fix


def test_parameter_with_the_newest_version_has_no_finding() -> None:
    assert list(check_parameter("/Name/Version", VERSION, VERSION)) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(f"{VERSION[:-1]}6", f"{VERSION[:-1]}6", id="older-version"),
        pytest.param("", "missing", id="no-parameter"),
    ],
)
def test_parameter_with_another_value_is_a_finding(value: str, shown: str) -> None:
    """The fix is the command that writes the newest version."""
    [finding] = check_parameter("/Name/Version", value, VERSION)
    assert finding.code == "parameter-differs"
    assert f"/Name/Version is {shown}," in finding.problem
    assert finding.fix.removeprefix("set the parameter back\n") == (
        f"aws ssm put-parameter --name /Name/Version --value {VERSION} --type String --overwrite "
        "--region us-east-1"
    )
