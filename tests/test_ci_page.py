"""The workflows and policies of docs/ci.md agree with the project and its cloud assembly."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from aws_cdk.cx_api import CloudAssembly

from tests.support.checkout import ROOT
from tests.support.documents import blocks
from tools.__main__ import main

PAGE = (ROOT / "docs" / "ci.md").read_text()
WORKFLOWS: dict[str, dict[Any, Any]] = {
    workflow["name"]: workflow for workflow in map(yaml.safe_load, blocks(PAGE, "yaml"))
}
TRUST, DEPLOYER = map(json.loads, blocks(PAGE, "json"))


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow's only job."""
    [job] = WORKFLOWS[name]["jobs"].values()
    listed: list[dict[str, Any]] = job["steps"]
    return listed


def test_page_has_two_workflows() -> None:
    assert list(WORKFLOWS) == ["Review", "Deploy"]


def schema_errors(folder: Path, workflow: str) -> str:
    """Return the errors that check-jsonschema reports for a workflow, with its built-in schema."""
    file = folder / "workflow.yml"
    file.write_text(workflow)
    checker = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"]
    done = subprocess.run(
        [*checker, "vendor.github-workflows", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("workflow", blocks(PAGE, "yaml"), ids=list(WORKFLOWS))
def test_workflow_follows_githubs_schema(tmp_path: Path, workflow: str) -> None:
    assert schema_errors(tmp_path, workflow) == ""


def test_workflow_that_breaks_the_schema_is_rejected(tmp_path: Path) -> None:
    [deploy] = [each for each in blocks(PAGE, "yaml") if "name: Deploy" in each]
    errors = schema_errors(tmp_path, deploy.replace("runs-on:", "run-on:"))
    assert "'runs-on' is a required property" in errors


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_pins_each_action_to_a_commit_and_names_its_release(name: str) -> None:
    [text] = [each for each in blocks(PAGE, "yaml") if f"name: {name}\n" in each]
    used = re.findall(r"uses: (.*)", text)
    assert len(used) >= 2
    assert [
        one for one in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)
    ] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_may_only_read_the_repository_and_request_a_token(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read", "id-token": "write"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_uses_no_secret(name: str) -> None:
    assert "secrets." not in json.dumps(steps(name))
    [credentials] = [
        step["with"] for step in steps(name) if "configure-aws-credentials" in step.get("uses", "")
    ]
    assert credentials.keys() == {"aws-region", "role-to-assume"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_tools_of_a_workflow_exist_and_accept_its_options(name: str) -> None:
    commands = [
        found
        for step in steps(name)
        for found in re.findall(r"python -m tools (\w+)([^>|]*)", step.get("run", ""))
    ]
    assert commands
    for command, options in commands:
        main.commands[command].make_context(command, options.split())


def test_review_keeps_both_reports_even_if_the_gate_fails() -> None:
    [upload] = [step for step in steps("Review") if "upload-artifact" in step.get("uses", "")]
    assert upload["if"] == "${{ !cancelled() }}"
    assert upload["with"]["path"].split() == ["review.md", "plan.txt"]


def test_label_that_allows_a_detach_starts_the_gate_again() -> None:
    assert {"labeled", "unlabeled"} <= set(WORKFLOWS["Review"][True]["pull_request"]["types"])


def test_table_of_exit_statuses_agrees_with_the_gate() -> None:
    [allowed] = [step["env"]["ALLOWED"] for step in steps("Review") if "env" in step]
    with_label, without = re.findall(r"'([0-9 ]+)'", allowed)
    rows = re.findall(r"^\| (\d) \| .* \| (passes|fails[^|]*) \|$", PAGE, re.MULTILINE)
    assert [status for status, run in rows if run == "passes"] == without.split()
    assert [status for status, run in rows if run != "fails"] == with_label.split()


def test_unknown_option_of_a_tool_is_rejected() -> None:
    with pytest.raises(click.NoSuchOption):
        main.commands["plan"].make_context("plan", ["--check"])


def test_only_a_merged_change_is_deployed() -> None:
    # YAML 1.1 reads the key `on` as a Boolean.
    assert WORKFLOWS["Deploy"][True] == {"push": {"branches": ["main"]}}
    deploying = [name for name in WORKFLOWS if "cdk deploy" in json.dumps(steps(name))]
    assert deploying == ["Deploy"]


def test_trust_policy_names_the_environment_of_the_workflow() -> None:
    [statement] = TRUST["Statement"]
    subject = statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    environment = WORKFLOWS["Deploy"]["jobs"]["deploy"]["environment"]
    assert subject.endswith(f":environment:{environment}")
    assert "*" not in json.dumps(TRUST)


def test_deployer_may_assume_exactly_the_roles_that_the_assembly_names(
    assembly: CloudAssembly,
) -> None:
    """The role that CloudFormation uses is passed to it, and not assumed by the CDK CLI."""
    folder = Path(assembly.directory)
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    roles = {
        artifact["properties"]["assumeRoleArn"]
        for artifact in artifacts
        if artifact["type"] == "aws:cloudformation:stack"
    }
    for manifest in folder.glob("*.assets.json"):
        for file in json.loads(manifest.read_text())["files"].values():
            roles |= {place["assumeRoleArn"] for place in file["destinations"].values()}
    [statement] = DEPLOYER["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert sorted(statement["Resource"]) == sorted(
        role.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "111122223333")
        for role in roles
    )
