"""The commands of the tools, run as a user runs them."""

import os
import subprocess
import sys
from collections.abc import Mapping

from tests.support.checkout import clean_folder


def run_tool(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `python -m tools` without the user's settings, and return the completed process."""
    return subprocess.run(
        [sys.executable, "-m", "tools", *arguments],
        cwd=clean_folder(),
        env={"HOME": os.environ["HOME"], **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
