"""The clock of Lambda functions, compared with the clock of this machine."""

import json
import time

import boto3
import pytest

from tests.support.emulated_account import make_function

_CODE = """
import time
import boto3

def handler(event, context):
    before, real = time.time(), time.monotonic()
    time.sleep(10)
    boto3.client("sts").get_caller_identity()
    return {"slept": time.time() - before, "really": time.monotonic() - real, "now": time.time()}
"""


def invoke(name: str) -> dict[str, float]:
    answer = boto3.client("lambda").invoke(FunctionName=name)
    result: dict[str, float] = json.loads(answer["Payload"].read())
    return result


def test_clock_of_functions_runs_twenty_times_faster() -> None:
    name, other = make_function(_CODE, Timeout=600), make_function(_CODE, Timeout=600)
    began = time.monotonic()
    first, second = invoke(name), invoke(other)
    passed = time.monotonic() - began

    assert first["slept"] >= 10
    assert first["slept"] / first["really"] == pytest.approx(20, rel=0.01)
    # All functions have one clock.
    assert 0 < second["now"] - first["now"] <= 20 * passed
