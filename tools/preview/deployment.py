"""Deployment of this project's app to the AWS emulator, by the real CDK CLI."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools.emulator.emulator import END_WITH_PARENT, ENVIRONMENT

_ROOT = Path(__file__).parents[2]
_CDK = _ROOT / "node_modules" / ".bin" / "cdk"


class DeploymentError(Exception):
    """A CDK command failed. The message is the output of the command."""


@contextmanager
def bootstrapped(environment: dict[str, str], scratch: Path) -> Iterator[None]:
    """Bootstrap the emulator's account for CDK, in parallel with the block."""
    # Use a folder without an app, because the CLI would run the app first.
    folder = scratch / "bootstrap"
    folder.mkdir()
    # This is the default on AWS, but ministack does not evaluate the template's condition for it.
    administrator = (
        "--cloudformation-execution-policies=arn:aws:iam::aws:policy/AdministratorAccess"
    )
    with _cdk("bootstrap", ENVIRONMENT, administrator, environment=environment, folder=folder):
        yield


def synth(
    environment: dict[str, str], scratch: Path, context: Mapping[str, object], items: Iterable[str]
) -> Path:
    """Synthesize the app and return the folder of its cloud assembly.

    `context` is used instead of the context in `cdk.json`. `items` are the `key=value` pairs of
    `-c`.
    """
    folder = scratch / "app"
    folder.mkdir()
    app = f"{sys.executable} {_ROOT / 'app.py'}"
    (folder / "cdk.json").write_text(json.dumps({"app": app, "context": context}))
    options = [option for item in items for option in ("-c", item)]
    # CDK's validation takes seconds, and it also runs in the synth of a real deployment.
    without_validation = environment | {"CDK_VALIDATION": "false"}
    with _cdk("synth", "--quiet", *options, environment=without_validation, folder=folder):
        pass
    return folder / "cdk.out"


def deploy(environment: dict[str, str], scratch: Path, assembly: Path) -> dict[str, dict[str, str]]:
    """Deploy all stacks of the cloud assembly and return the outputs of each."""
    outputs = scratch / "outputs.json"
    options = ["--all", "--concurrency=2", "--require-approval=never"]
    options += [f"--app={assembly}", f"--outputs-file={outputs}"]
    with _cdk("deploy", *options, environment=environment, folder=scratch):
        pass
    result: dict[str, dict[str, str]] = json.loads(outputs.read_text())
    return result


@contextmanager
def _cdk(*arguments: str, environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a CDK command in parallel with the block, and end it if the block raises.

    Raises DeploymentError if the command fails.
    """
    printed = folder / f"{arguments[0]}.log"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            [*END_WITH_PARENT, "", _CDK, *arguments, "--no-notices", "--no-color"],
            cwd=folder,
            # The temporary files that the command leaves are removed with this folder.
            env=environment | {"TMPDIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        yield
        process.wait()
    if process.returncode:
        raise DeploymentError(printed.read_text(errors="replace"))
