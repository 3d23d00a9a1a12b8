"""A copy of the project in which commands run as a user's would, without the user's settings."""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stacks.config import KEYS

ROOT = Path(__file__).parents[2]

CERTIFICATE_ARN = (
    "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)


def feature_flags() -> dict[str, object]:
    """Return the CDK feature flags in `cdk.json`, without the settings that a user keeps there."""
    context: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    own = {key.name for key in KEYS}
    return {key: value for key, value in context.items() if key not in own}


def options(*context: str) -> list[str]:
    """Return the options that pass the example's context and these items `key=value` on top."""
    items = ["domain=example.com", f"certificate_arn={CERTIFICATE_ARN}", *context]
    return [option for item in items for option in ("-c", item)]


@dataclass(frozen=True)
class Checkout:
    """The project's files, without what git ignores, and with links to the installed parts."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path, environment: dict[str, str]) -> "Checkout":
        """Copy the project into the new folder `folder`."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if not (ROOT / name).exists():
                continue  # deleted, and git does not know yet
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)  # with its time, which `make` compares
        for installed in (".venv", "node_modules"):
            (folder / installed).symlink_to(ROOT / installed)
        cdk_json = json.loads((ROOT / "cdk.json").read_text()) | {"context": feature_flags()}
        (folder / "cdk.json").write_text(json.dumps(cdk_json, indent=2) + "\n")
        return cls(folder=folder, environment=environment)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the copy; `stdout` of the result has stderr in it too."""
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

    def cdk(self, *arguments: str) -> str:
        """Return what `npx cdk …` prints, which has to succeed."""
        done = self.run("npx", "cdk", *arguments, "--no-notices", "--no-color")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def deploy(self, stack: str, *context: str) -> str:
        """Return what `npx cdk deploy` prints; `context` holds items on top of the example's."""
        return self.cdk(
            "deploy",
            stack,
            "--require-approval=never",
            "--outputs-file=outputs.json",
            *options(*context),
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the outputs of a stack that the last `deploy` deployed."""
        outputs: dict[str, str] = json.loads((self.folder / "outputs.json").read_text())[stack]
        return outputs


@cache
def clean_folder() -> Path:
    """Return the folder of a copy of the project that all tests of this process share.

    Commands there read none of the user's settings. No test may change it.
    """
    folder = Path(tempfile.mkdtemp(prefix="checkout-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Checkout.make(folder / "project", dict(os.environ)).folder
