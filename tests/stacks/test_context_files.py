"""The settings that a deployment gets from the context files."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.config import ConfigError, Problem
from stacks.context_files import ContextFiles

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
DEPLOYMENTS = {
    "production": {"domain": "example.com"},
    "staging": {"domain": "staging.example.com", "cookie_max_age_days": 30},
}


def files(
    context: dict[str, Any] | None = None,
    *,
    cdk_json: dict[str, Any] | None = None,
    home: dict[str, Any] | None = None,
) -> ContextFiles:
    """Return context files; `context` is in `cdk.context.json`."""
    return ContextFiles(
        cdk_json=cdk_json or {}, cdk_context_json=context or {}, home_cdk_json=home or {}
    )


def settings(read: ContextFiles, **given: str) -> dict[str, Any]:
    """Return the settings with these items given by `-c`."""
    return read.settings(read.merged(given))


def only_problem(read: ContextFiles, **given: str) -> Problem:
    """Return the one problem of the settings with these items given by `-c`."""
    with pytest.raises(ConfigError) as caught:
        settings(read, **given)
    [problem] = caught.value.problems
    return problem


# Deployments


def test_selected_deployment_adds_its_keys_to_the_shared_ones() -> None:
    read = files({"certificate_arn": CERTIFICATE, "deployments": DEPLOYMENTS})

    assert settings(read, deployment="staging") == {
        "certificate_arn": CERTIFICATE,
        "domain": "staging.example.com",
        "cookie_max_age_days": 30,
    }


def test_selected_deployment_can_be_in_a_file() -> None:
    read = files({"deployment": "staging", "deployments": DEPLOYMENTS})
    assert settings(read)["domain"] == "staging.example.com"
    assert settings(read, deployment="production")["domain"] == "example.com"


def test_key_given_on_the_command_line_wins_over_the_selected_deployment() -> None:
    read = files({"deployments": DEPLOYMENTS})
    assert settings(read, deployment="staging", cookie_max_age_days="7") == {
        "domain": "staging.example.com",
        "cookie_max_age_days": "7",
    }


def test_key_that_is_shared_and_in_the_selected_deployment_is_a_problem() -> None:
    """The app cannot distinguish `-c` from the shared value, so neither can reliably win."""
    read = files({"cookie_max_age_days": 90, "deployments": DEPLOYMENTS})
    assert only_problem(read, deployment="staging").key == "cookie_max_age_days"
    assert only_problem(read, deployment="staging", cookie_max_age_days="90").key == (
        "cookie_max_age_days"
    )
    assert settings(read, deployment="production") == {
        "domain": "example.com",
        "cookie_max_age_days": 90,
    }


def test_deployments_are_ignored_when_none_is_selected() -> None:
    read = files({"deployments": DEPLOYMENTS})
    assert settings(read, domain="example.org") == {"domain": "example.org"}
    assert settings(read, domain="example.org", deployment="") == {"domain": "example.org"}


def test_missing_selection_is_a_problem_without_a_domain() -> None:
    problem = only_problem(files({"deployments": DEPLOYMENTS}))
    assert (problem.key, problem.given) == ("deployment", "not given")
    assert "production, staging" in problem.expected
    assert problem.fix == "add to the command:  -c deployment=production"


@pytest.mark.parametrize(
    ("deployments", "fix"),
    [
        pytest.param(DEPLOYMENTS, "did you mean 'staging'?", id="typo"),
        pytest.param({}, "choose another, or add it to cdk.context.json:  ", id="none"),
    ],
)
def test_unknown_deployment_is_a_problem(deployments: dict[str, Any], fix: str) -> None:
    problem = only_problem(files({"deployments": deployments}), deployment="stagin")
    assert problem.key == "deployment"
    assert problem.fix.startswith(fix)


@pytest.mark.parametrize(
    "deployments", [pytest.param("staging", id="text"), pytest.param({"staging": 1}, id="number")]
)
def test_deployments_of_another_form_are_a_problem(deployments: object) -> None:
    problem = only_problem(files({"deployments": deployments}), deployment="staging")
    assert problem.key == "deployments"


# Other projects' keys in ~/.cdk.json


def test_unknown_key_only_in_the_home_folder_is_ignored() -> None:
    read = files({"domain": "example.com"}, home={"vpc": "vpc-1", "honor_gpc": True})
    assert settings(read) == {"domain": "example.com", "honor_gpc": True}


@pytest.mark.parametrize(
    ("read", "given"),
    [
        pytest.param(files(home={"vpc": 1}, cdk_json={"vpc": 1}), {}, id="cdk.json-too"),
        pytest.param(files({"vpc": 1}, home={"vpc": 1}), {}, id="cdk.context.json-too"),
        pytest.param(files(home={"vpc": 1}), {"vpc": "2"}, id="command-line-too"),
    ],
)
def test_unknown_key_that_is_also_given_elsewhere_is_kept(
    read: ContextFiles, given: dict[str, str]
) -> None:
    """The configuration then rejects it."""
    assert "vpc" in settings(read, **given)


# Files that cannot be read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("cdk.context.json", '{"domain": "example.com",}', id="comma-at-the-end"),
        pytest.param("cdk.context.json", "[]", id="list"),
        pytest.param("cdk.json", '{"context": "domain=example.com"}', id="text"),
        pytest.param(".cdk.json", "\x00", id="not-text"),
        pytest.param(".cdk.json", "[" * 100_000, id="deep"),
    ],
)
def test_unreadable_file_is_one_problem_that_names_it(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        ContextFiles.read(tmp_path, tmp_path)
    [problem] = caught.value.problems
    assert problem.key == str(tmp_path / name)


def test_folder_instead_of_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "cdk.context.json").mkdir()
    with pytest.raises(ConfigError):
        ContextFiles.read(tmp_path, tmp_path)


def test_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    """Such a file begins with a byte order mark, which the CLI skips, too."""
    text = json.dumps({"domain": "example.com"})
    (tmp_path / "cdk.context.json").write_text(text, encoding="utf-8-sig")
    assert ContextFiles.read(tmp_path, tmp_path) == files({"domain": "example.com"})
