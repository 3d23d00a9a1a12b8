"""`make install` before anything is installed: the Python that it uses, and its messages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.checkout import ROOT

#: A Python that reports another version, and whose `-m venv` copies this script.
PYTHON = """#!/bin/sh
version="({version})"
case $1 in
-c) exec {real} -c "import sys; sys.version_info = $version
$2" ;;
-m)
    echo "{name} made it"
    mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp {pip} .venv/bin/pip
    echo "version = $version" > .venv/pyvenv.cfg ;;
esac
"""
MISSING = "#!/bin/sh\nexit 127\n"
#: A pip that prints 25 packages, or fails.
PIP = """#!/bin/sh
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    echo "Collecting package-$number==1.0"
    echo "  Downloading package-$number-1.0.whl (9 kB)"
done
[ ! -e fail ] || { echo "ERROR: No matching distribution" >&2; exit 2; }
echo "Installing collected packages: package-1"
"""
NAMES = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """A clone of the project on a machine with a few Pythons."""

    folder: Path
    commands: Path

    def install(
        self, *arguments: str, pythons: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run `make` for the Python packages. `pythons` maps a command to its version."""
        pip = self.commands / "pip"
        for name in {*NAMES, *pythons}:
            text = MISSING
            if name in pythons:
                version = pythons[name].replace(".", ", ")
                text = PYTHON.format(version=version, real=sys.executable, name=name, pip=pip)
            write_command(self.commands / name, text)
        return subprocess.run(
            ["make", ".venv/.installed", *arguments],
            cwd=self.folder,
            env={"PATH": f"{self.commands}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )


def write_command(path: Path, text: str) -> None:
    """Write an executable shell script."""
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh clone on a machine."""
    folder, commands = tmp_path / "clone", tmp_path / "bin"
    for made in (folder / "tools", commands):
        made.mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "tools/make_venv.sh", "tools/install_packages.sh"):
        shutil.copy(ROOT / name, folder / name)
    write_command(commands / "pip", PIP)
    return Machine(folder=folder, commands=commands)


def test_newer_numbered_python_is_used_instead_of_an_old_python3(machine: Machine) -> None:
    done = machine.install(pythons={"python3": "3.10.12", "python3.12": "3.12.1"})
    assert done.returncode == 0, done.stderr
    assert "Making .venv with Python 3.12.1\npython3.12 made it\n" in done.stdout


def test_progress_of_the_installation_is_shown(machine: Machine) -> None:
    done = machine.install(pythons={"python3": "3.11.2"})
    [start, *shown] = done.stdout.partition("Installing ")[2].splitlines()
    assert start.endswith("Python packages, which takes a minute or two the first time")
    total = start.split()[0]
    assert shown[:3] == [f"  10 of {total}", f"  20 of {total}", "  unpacking them"]


def test_failure_of_pip_ends_make(machine: Machine) -> None:
    """The next run fails, too."""
    (machine.folder / "fail").touch()
    for _ in range(2):
        done = machine.install(pythons={"python3": "3.11.2"})
        assert done.returncode != 0
        assert "ERROR: No matching distribution\n" in done.stderr


def test_old_python_is_an_error_before_anything_is_installed(machine: Machine) -> None:
    """The error names the version found, the version needed, and where to get it."""
    done = machine.install(pythons={"python3": "3.10.12"})
    assert done.returncode != 0
    assert "needs Python 3.11 or newer, but python3 is Python 3.10.12." in done.stderr
    assert "https://www.python.org/downloads/" in done.stderr
    assert "make install PYTHON=/path/to/python3\n" in done.stderr
    assert done.stdout == ""
    assert not (machine.folder / ".venv").exists()


def test_missing_python_is_an_error(machine: Machine) -> None:
    done = machine.install(pythons={})
    assert done.returncode != 0
    assert "needs Python 3.11 or newer, but python3 is not installed." in done.stderr


@pytest.mark.parametrize(
    ("before", "arguments", "now"),
    [
        pytest.param("3.10.12", [], {"python3": "3.11.2"}, id="too-old"),
        pytest.param("3.11.2", ["PYTHON=python3.12"], {"python3.12": "3.12.1"}, id="not-the-named"),
    ],
)
def test_venv_of_another_python_is_made_again(
    machine: Machine, before: str, arguments: list[str], now: dict[str, str]
) -> None:
    made = machine.install("PYTHON=python3.11", pythons={"python3.11": "3.11.2"})
    assert made.returncode == 0
    text = PYTHON.format(version=before.replace(".", ", "), real=sys.executable, name="", pip="")
    write_command(machine.folder / ".venv/bin/python", text)

    done = machine.install(*arguments, pythons=now)

    assert done.returncode == 0, done.stderr
    assert "Removing .venv, because another Python made it\n" in done.stdout
    assert "Installing " in done.stdout


@pytest.mark.parametrize("now", [{"python3": "3.13.0"}, {"python3": "3.10.12"}, {}])
def test_venv_that_fits_is_kept(machine: Machine, now: dict[str, str]) -> None:
    """Even if PATH now has another Python or none, nothing is installed again."""
    assert machine.install(pythons={"python3.11": "3.11.2"}).returncode == 0

    done = machine.install(pythons=now)

    assert done.returncode == 0, done.stderr
    assert "made" not in done.stdout
    assert "Installing" not in done.stdout


def test_venv_without_its_python_is_made_again(machine: Machine) -> None:
    """An upgrade of the operating system may remove that Python."""
    assert machine.install(pythons={"python3.11": "3.11.2"}).returncode == 0
    (machine.folder / ".venv/bin/python").unlink()

    done = machine.install(pythons={"python3": "3.12.1"})

    assert "Making .venv with Python 3.12.1\n" in done.stdout
