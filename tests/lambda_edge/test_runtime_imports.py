"""The modules that the edge function imports, in addition to those of Lambda's runtime client."""

import json
import subprocess
import sys

from tests.support.checkout import ROOT

PROGRAM = """
import json
import sys

import awslambdaric.bootstrap

before = set(sys.modules)
import lambda_edge.cookie_service
import lambda_edge.cookies
import lambda_edge.paths

print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_edge_function_imports_only_what_the_runtime_has_loaded() -> None:
    """Every other module would lengthen a cold start, and the SDK waits for the answer."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [
        "lambda_edge",
        "lambda_edge.cookie_service",
        "lambda_edge.cookies",
        "lambda_edge.paths",
    ]
