"""The real CDK CLI, deploying this project's app into the embedded AWS."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tools.preview.local_aws import ENVIRONMENT

_ROOT = Path(__file__).parents[2]
_CDK = _ROOT / "node_modules" / ".bin" / "cdk"


class DeploymentError(Exception):
    """A CDK command failed. The text is what it printed."""


def bootstrap(environment: dict[str, str], scratch: Path) -> None:
    """Make the account ready for deployments of the CDK."""
    # In a folder without an app: beside one, the CLI runs that first.
    _cdk("bootstrap", ENVIRONMENT, environment=environment, folder=scratch)


def deploy(
    environment: dict[str, str], scratch: Path, context: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Deploy all stacks and return each one's outputs. `context` holds items `key=value`."""
    outputs = scratch / "outputs.json"
    options = [option for item in context for option in ("-c", item)]
    _cdk(
        "deploy",
        "--all",
        "--require-approval=never",
        f"--output={scratch / 'cdk.out'}",
        f"--outputs-file={outputs}",
        *options,
        environment=environment,
        folder=_ROOT,
    )
    result: dict[str, dict[str, str]] = json.loads(outputs.read_text())
    return result


def _cdk(*arguments: str, environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        [_CDK, *arguments, "--no-notices", "--no-color"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeploymentError(done.stdout)
