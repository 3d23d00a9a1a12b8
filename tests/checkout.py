"""A copy of the project in which commands run as a user's would."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

CERTIFICATE_ARN = (
    "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
)


def options(*context: str) -> list[str]:
    """Return the options that pass the example's context and these items `key=value` on top."""
    items = ["domain=example.com", f"certificate_arn={CERTIFICATE_ARN}", *context]
    return [option for item in items for option in ("-c", item)]


@dataclass(frozen=True)
class Checkout:
    """The project's files, less what git ignores, with the installed parts linked in."""

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
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)  # with its time, which `make` compares
        for installed in (".venv", "node_modules"):
            (folder / installed).symlink_to(ROOT / installed)
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
