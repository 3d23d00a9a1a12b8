"""What the edge function imports, held against what Lambda's own runtime client has loaded."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json
import sys

import awslambdaric.bootstrap

before = set(sys.modules)
import lambda_edge.cookie_service
import lambda_edge.cookies

print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_nothing_is_imported_that_the_runtime_has_not_loaded() -> None:
    """Every further module would lengthen a cold start, which the SDK waits for."""
    root = Path(__file__).parent.parent

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [
        "lambda_edge",
        "lambda_edge.cookie_service",
        "lambda_edge.cookies",
    ]
