"""Commands with the Node.js of the Python environment, and with the user's."""

import os
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.checkout import ROOT, Checkout, options

BIN = ROOT / ".venv" / "bin"
#: The programs that the commands start, and that every machine with Python and make has.
PROGRAMS = ("sh", "env", "uname")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for `PATH` with the programs of the machine, and without Node.js."""
    folder = tmp_path / "machine"
    folder.mkdir()
    for program in PROGRAMS:
        found = shutil.which(program)
        assert found
        (folder / program).symlink_to(found)
    return folder


def synth(tmp_path: Path, path: str) -> "CompletedProcess[str]":
    """Run `npx cdk synth` with this `PATH`."""
    environment = {
        "PATH": path,
        "HOME": str(Path.home()),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_VALIDATION": "false",
    }
    checkout = Checkout.make(tmp_path / "checkout", environment)
    return checkout.run("/bin/sh", "-c", 'exec npx cdk synth --quiet "$@"', "npx", *options())


def test_synth_works_in_an_activated_environment(tmp_path: Path, machine: Path) -> None:
    """`source .venv/bin/activate` puts the environment's programs first on `PATH`."""
    done = synth(tmp_path, f"{BIN}{os.pathsep}{machine}")

    assert done.returncode == 0, done.stdout
    assert "end-of-life" not in done.stdout
    assert "upgrade to node" not in done.stdout


def test_synth_works_with_the_users_node_without_activation(tmp_path: Path, machine: Path) -> None:
    """The CLI runs on the user's Node.js, and the app on that of the environment."""
    node = (BIN / "node").resolve()
    (machine / "node").symlink_to(node)
    for program in ("npm", "npx"):
        script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / f"{program}-cli.js"
        (machine / program).symlink_to(script)

    done = synth(tmp_path, str(machine))

    assert done.returncode == 0, done.stdout
