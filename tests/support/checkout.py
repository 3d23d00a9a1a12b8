"""A copy of the project in which commands run as for a user, but without the user's settings."""

import atexit
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from stacks.config import KEYS
from tests.support.planned_changes import PlannedChanges, read_documents

ROOT = Path(__file__).parents[2]

#: A certificate in the AWS emulator's account.
CERTIFICATE_ARN = (
    "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
)


def feature_flags() -> dict[str, object]:
    """Return the CDK feature flags in `cdk.json`, without the settings that a user keeps there."""
    context: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    own = {key.name for key in KEYS}
    return {key: value for key, value in context.items() if key not in own}


def options(*context: str) -> list[str]:
    """Return the options that pass the example's context, and then these `key=value` items."""
    items = ["domain=example.com", f"certificate_arn={CERTIFICATE_ARN}", *context]
    return [option for item in items for option in ("-c", item)]


class CdkError(Exception):
    """The failure of a CDK CLI command. Its message is what the command printed."""


@dataclass(frozen=True)
class Checkout:
    """The project's files, without those that Git ignores, and links to the installed packages."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path, environment: dict[str, str]) -> "Checkout":
        """Copy the project into the new folder."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if not (ROOT / name).exists():
                continue  # deleted, but still in Git's index
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)  # with its modification time, which `make` compares
        for installed in (".venv", "node_modules"):
            (folder / installed).symlink_to(ROOT / installed)
        cdk_json = json.loads((ROOT / "cdk.json").read_text()) | {"context": feature_flags()}
        (folder / "cdk.json").write_text(json.dumps(cdk_json, indent=2) + "\n")
        return cls(folder=folder, environment=environment)

    def add_settings(self, **context: str) -> None:
        """Set context keys in the settings file, `cdk.context.json`."""
        file = self.folder / "cdk.context.json"
        settings = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(settings | context, indent=2) + "\n")

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the copy. The result's `stdout` includes stderr."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def shell(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as a user types it in the activated virtual environment."""
        return self.run("bash", "-ec", f"PATH=$PWD/.venv/bin:$PATH\n{command}")

    def deploy(self, stack: str, *context: str) -> str:
        """Run `npx cdk deploy` with the example's context and these items; return what it prints.

        Check that it changes exactly what `plan` printed before. Raise CdkError if it fails.
        """
        return self.deploy_as_typed(_deployment_of(stack, *context))

    def deploy_as_typed(self, command: str) -> str:
        """Run a command with `cdk deploy` in a shell, and return what it prints.

        Check that it changes exactly what `plan` printed before. Raise CdkError if it fails.
        """
        planned = self.plan(*_context_in(command))
        printed = self._deploy(command)
        documents = read_documents(self.environment)
        stacks = json.loads((self.folder / "outputs.json").read_text())
        if all(stack.endswith("-Proxies") for stack in stacks):
            assert documents == planned.documents
            return printed
        [version_arn] = (
            value
            for outputs in stacks.values()
            for value in outputs.values()
            if value.startswith("arn:aws:lambda:")
        )
        planned.check(documents, version_arn)
        return printed

    def deploy_refused(self, stack: str, *context: str) -> tuple[dict[str, str], str]:
        """Run a deployment that `plan` refuses, and check that it fails and changes nothing.

        Return the refusal and what the deployment prints.
        """
        planned = self.plan(*context)
        [refusal] = [plan["refusal"] for plan in planned.plans.values() if plan["refusal"]]
        return refusal, self._fail(planned, stack, *context)

    def deploy_with_fault(self, stack: str, *context: str) -> str:
        """Run a deployment that fails for a reason that `plan` cannot know.

        Check that the rollback leaves no change, and return what the deployment prints.
        """
        planned = self.plan(*context)
        assert [plan["refusal"] for plan in planned.plans.values() if plan["refusal"]] == []
        return self._fail(planned, stack, *context)

    def deploy_beside_another(self, stack: str, *context: str) -> str:
        """Run `npx cdk deploy` while another deployment changes the same sites; return its output.

        Do not compare it with `plan`, which cannot know the other deployment's changes. Raise
        CdkError if it fails.
        """
        return self._deploy(_deployment_of(stack, *context))

    def plan(self, *context: str) -> PlannedChanges:
        """Return what `plan` prints about the next deployment with this context."""
        documents = read_documents(self.environment)
        done = self.run(sys.executable, "-m", "tools", "plan", "--json", *options(*context))
        try:
            plans = json.loads(done.stdout)
        except ValueError:
            pytest.fail(done.stdout)
        assert done.returncode == any(plan["refusal"] for plan in plans)
        return PlannedChanges(
            plans={plan["distribution_id"]: plan for plan in plans}, documents=documents
        )

    def destroy(self, stack: str, *context: str) -> str:
        """Run `npx cdk destroy` and return what it prints. Raise CdkError if it fails."""
        command = ["npx", "cdk", "destroy", stack, "--force", "--no-notices", "--no-color"]
        return self._succeed(shlex.join([*command, *options(*context)]))

    def _fail(self, planned: PlannedChanges, stack: str, *context: str) -> str:
        with pytest.raises(CdkError, match="ROLLBACK") as failure:
            self._deploy(_deployment_of(stack, *context))
        assert read_documents(self.environment) == planned.documents
        return str(failure.value)

    def _deploy(self, command: str) -> str:
        # A user would type "y" instead of the first option.
        answered = "cdk deploy --require-approval=never --outputs-file=outputs.json"
        return self._succeed(command.replace("cdk deploy", answered))

    def _succeed(self, command: str) -> str:
        done = self.shell(command)
        if done.returncode:
            raise CdkError(done.stdout)
        return done.stdout

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack that the last `deploy` deployed."""
        outputs: dict[str, str] = json.loads((self.folder / "outputs.json").read_text())[stack]
        return outputs


def _deployment_of(stack: str, *context: str) -> str:
    """Return the command that deploys a stack with the example's context and these items."""
    command = ["npx", "cdk", "deploy", stack, "--no-notices", "--no-color"]
    return shlex.join([*command, *options(*context)])


def _context_in(command: str) -> list[str]:
    """Return the items that a command gets with `-c`."""
    words = shlex.split(command)
    return [item for option, item in pairwise(words) if option == "-c"]


@cache
def clean_folder() -> Path:
    """Return the folder of a copy of the project that all tests of this process share.

    Commands there read none of the user's settings. No test may change it.
    """
    folder = Path(tempfile.mkdtemp(prefix="checkout-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Checkout.make(folder / "project", dict(os.environ)).folder
