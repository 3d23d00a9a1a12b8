"""The workflows of docs/ci.md, with their roles, in an AWS emulator that checks permissions.

The exchange of GitHub's token is left out: the tests assume the workflows' roles directly. The
tests run in order, as one story.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.support.checkout import CERTIFICATE_ARN, ROOT, Checkout
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.deployer import documented_policy, environment_of_role
from tests.support.documents import EXAMPLE_ACCOUNT, blocks, commands, section
from tests.support.emulated_account import ACCOUNT
from tests.support.emulator import bootstrapped_emulator

PAGE = (ROOT / "docs" / "ci.md").read_text().replace(EXAMPLE_ACCOUNT, ACCOUNT)
WORKFLOWS: dict[str, dict[Any, Any]] = {
    workflow["name"]: workflow for workflow in map(yaml.safe_load, blocks(PAGE, "yaml"))
}
EXECUTION_ROLE = f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"


@dataclass(frozen=True)
class Story:
    """A repository with a settings file, and the emulated account that it deploys to."""

    checkout: Checkout
    site: str

    def shell(self, command: str, environment: Mapping[str, str] | None = None) -> str:
        """Run a command, which has to succeed, and return what it prints."""
        status, printed = self.run(command, environment)
        assert status == 0, printed
        return printed

    def run(self, command: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run a command in the virtual environment; return its exit status and what it prints."""
        environment = environment or self.checkout.environment
        checkout = replace(self.checkout, environment=dict(environment))
        done = checkout.shell(command)
        return done.returncode, done.stdout

    def role(self, *policies: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment in which commands run as a new role with these policies."""
        together = [statement for policy in policies for statement in policy["Statement"]]
        return environment_of_role(
            self.checkout.environment, {"Version": "2012-10-17", "Statement": together}
        )

    def policy_of(self, tool: str) -> dict[str, Any]:
        """Return the policy that a tool prints."""
        policy: dict[str, Any] = json.loads(self.shell(f"python -m tools {tool} --policy"))
        return policy

    def workflow(
        self, name: str, environment: Mapping[str, str], folder: Path, **own: str
    ) -> tuple[int, str]:
        """Run the commands of a workflow's job as GitHub does, until one fails."""
        path, summary = folder / "path", folder / "summary"
        path.touch()
        variables = {"GITHUB_PATH": str(path), "GITHUB_STEP_SUMMARY": str(summary), **own}
        [job] = WORKFLOWS[name]["jobs"].values()
        printed = ""
        for step in job["steps"]:
            if "run" not in step:
                continue
            added = ":".join([*path.read_text().split(), environment["PATH"]])
            checkout = replace(
                self.checkout, environment={**environment, **variables, "PATH": added}
            )
            done = checkout.run("bash", "-e", "-c", step["run"])
            printed += done.stdout
            if done.returncode:
                return done.returncode, printed
        return 0, printed


def paths(story: Story) -> list[str]:
    """Return the path patterns of the site's distribution."""
    return [path for path, _ in behaviors(story.site)]


def deployed_version() -> str:
    """Return the ARN of the deployed version."""
    name = "/FirstPartyTracking-example-com/CookieFunctionVersionArn"
    return boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("ci")
    with bootstrapped_emulator(folder) as environment:
        site = create_distribution(behavior(PathPattern="/api/*"))
        made = Story(Checkout.make(folder / "checkout", environment), site)
        made.checkout.add_settings(
            domain="example.com", certificate_arn=CERTIFICATE_ARN, site_distribution_id=site
        )
        yield made


@pytest.fixture(scope="module")
def restricted(story: Story) -> Story:
    """The story, after the commands that restrict CloudFormation's permissions."""
    for command in commands(section(PAGE, "## Limit CloudFormation's permissions")):
        story.shell(command)
    return story


@pytest.fixture(scope="module")
def planner(story: Story) -> dict[str, str]:
    return story.role(story.policy_of("plan"))


@pytest.fixture(scope="module")
def deployer(story: Story) -> dict[str, str]:
    return story.role(documented_policy(), story.policy_of("doctor"))


def test_bootstrap_gives_cloudformation_only_the_printed_policy(restricted: Story) -> None:
    iam = boto3.client("iam")
    attached = iam.list_attached_role_policies(RoleName=EXECUTION_ROLE)["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["tracking-execution"]
    version = iam.get_policy_version(PolicyArn=attached[0]["PolicyArn"], VersionId="v1")
    assert version["PolicyVersion"]["Document"] == restricted.policy_of("review")


@pytest.mark.usefixtures("restricted")
def test_pull_request_that_attaches_passes_with_the_permissions_of_plan(
    story: Story, planner: dict[str, str], tmp_path: Path
) -> None:
    status, printed = story.workflow("Review", planner, tmp_path, ALLOWED="0 3")
    assert status == 0, printed
    assert f"{story.site}: ATTACH" in (story.checkout.folder / "plan.txt").read_text()
    review = (story.checkout.folder / "review.md").read_text()
    assert review == (tmp_path / "summary").read_text()
    assert "## IAM statements" in review


@pytest.mark.usefixtures("restricted")
def test_deployment_in_ci_fails_without_require_approval(
    story: Story, deployer: dict[str, str]
) -> None:
    status, printed = story.run("npx cdk deploy --all", deployer)
    assert status != 0, printed
    assert "AccessDenied" not in printed
    assert paths(story) == ["/api/*"]


@pytest.mark.usefixtures("restricted")
def test_merged_change_is_deployed_through_the_roles_of_the_bootstrap(
    story: Story, deployer: dict[str, str], tmp_path: Path
) -> None:
    """The workflow fails only because `doctor` finds that the example's hosts do not exist."""
    status, printed = story.workflow("Deploy", deployer, tmp_path)
    assert paths(story) == ["/ht/renew", "/ht/clear", "/api/*"]
    assert status == 1, printed
    assert "AccessDenied" not in printed
    assert "denied" not in printed


def test_reverted_commit_restores_the_settings(story: Story, deployer: dict[str, str]) -> None:
    commit = "git -c user.name=a -c user.email=a@example.com commit --quiet --all --message"
    story.shell("git init --quiet && git add .")
    story.shell(f"git add --force cdk.context.json && {commit} first")
    first = deployed_version()
    story.checkout.add_settings(restore_after_hours="23")
    story.shell(f"{commit} second")
    story.shell("npx cdk deploy --all --require-approval=never", deployer)
    second = deployed_version()
    assert [version for _, version in behaviors(story.site)[:2]] == [second, second]

    identity = {
        f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    for command in commands(section(PAGE, "## Roll back")):
        story.shell(command, deployer | identity)

    third = deployed_version()
    assert len({first, second, third}) == 3
    assert [version for _, version in behaviors(story.site)[:2]] == [third, third]
    code = boto3.client("lambda").get_function_configuration
    assert code(FunctionName=third)["CodeSha256"] == code(FunctionName=first)["CodeSha256"]


def test_release_is_pulled_reviewed_and_deployed(story: Story, tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    story.shell(f"git clone --quiet . {upstream}")
    story.shell(f"git remote add origin {upstream} && git fetch --quiet origin")
    story.shell('git branch --quiet --set-upstream-to="origin/$(git branch --show-current)"')
    note = "git -c user.name=a -c user.email=a@example.com commit --quiet --all --message release"
    story.shell(f"cd {upstream} && echo '- New.' >> CHANGELOG.md && {note}")

    both = story.role(documented_policy(), story.policy_of("plan"))
    upgrade, permissions = section(PAGE, "## Upgrade to a new release").split("If you limited")
    for command in commands(upgrade):
        story.shell(command, both)
    for command in commands(permissions):
        story.shell(command)

    assert (story.checkout.folder / "CHANGELOG.md").read_text().endswith("- New.\n")
    policy = f"arn:aws:iam::{ACCOUNT}:policy/tracking-execution"
    assert boto3.client("iam").get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v2"


def test_pull_request_that_detaches_fails_unless_it_has_the_label(
    story: Story, planner: dict[str, str], tmp_path: Path
) -> None:
    story.checkout.add_settings(site_distribution_id="none")
    status, printed = story.workflow("Review", planner, tmp_path, ALLOWED="0 3")
    assert (status, "DETACH" in printed) == (4, True), printed
    status, printed = story.workflow("Review", planner, tmp_path, ALLOWED="0 3 4")
    assert status == 0, printed


def test_pull_request_that_is_refused_fails_even_with_the_label(
    story: Story, planner: dict[str, str], tmp_path: Path
) -> None:
    story.checkout.add_settings(site_distribution_id="E00000000000")
    status, printed = story.workflow("Review", planner, tmp_path, ALLOWED="0 3 4")
    assert status == 1, printed


@pytest.mark.parametrize("role", documented_policy()["Statement"][0]["Resource"])
def test_deployer_needs_each_role_of_its_policy(story: Story, role: str) -> None:
    story.checkout.add_settings(site_distribution_id=story.site, restore_after_hours="22")
    policy = documented_policy()
    policy["Statement"][0]["Resource"].remove(role)
    status, printed = story.run("npx cdk deploy --all --require-approval=never", story.role(policy))
    assert status != 0, printed


def test_deployment_that_needs_more_than_cloudformations_policy_is_rolled_back(
    story: Story, deployer: dict[str, str]
) -> None:
    story.checkout.add_settings(
        site_distribution_id=story.site,
        alarm_topic_arn=f"arn:aws:sns:us-east-1:{ACCOUNT}:on-call",
    )
    before = behaviors(story.site)
    status, printed = story.run("npx cdk deploy --all --require-approval=never", deployer)
    assert status != 0
    assert "cloudwatch:Put" in printed
    assert behaviors(story.site) == before
