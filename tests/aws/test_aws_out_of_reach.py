"""The tools if AWS does not answer, or if there are no credentials."""

import pytest

from tests.support.tool_commands import run_tool


@pytest.mark.parametrize("tool", ["plan", "doctor"])
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "Could not connect to the endpoint URL",
            id="no-network",
        ),
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "Unable to locate credentials",
            id="no-credentials",
        ),
    ],
)
def test_aws_out_of_reach_is_one_problem_with_its_fix(
    aws: dict[str, str], tool: str, environment: dict[str, str], words: str
) -> None:
    """The words are boto3's."""
    context = ["-c", "domain=example.com", "-c", "site_distribution_id=E2QWRUHAPOMQZL"]
    done = run_tool(aws | environment, tool, *context)

    assert done.returncode == 1
    assert done.stdout == ""
    problem, fix = done.stderr.splitlines()
    assert problem.startswith(f"Error: AWS did not answer: {words}")
    assert fix == "Fix: check the network and your AWS credentials, then try again"
