"""The tools without an answer of AWS, with another server's answer, or without credentials."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.live_hosts import serve
from tests.support.tool_commands import run_tool

CONTEXT = ("-c", "domain=example.com", "-c", "site_distribution_id=E2QWRUHAPOMQZL")
TOOLS = ("plan", "doctor")

# Well-formed XML, which botocore's parser accepts as an answer of AWS.
PAGE = "<html><head><title>Wi-Fi</title></head><body><p>Log in</p></body></html>"


#: The beginning of the fix for each code.
FIXES = {
    "aws-unreachable": "check the network and AWS_ENDPOINT_URL, then try again",
    "aws-credentials": "set AWS_PROFILE to a profile",
}


def problem_of(environment: dict[str, str], tool: str, code: str = "aws-unreachable") -> str:
    """Run a tool, which has to fail with one problem and its fix, and return the problem."""
    done = run_tool(environment, tool, *CONTEXT)

    assert done.returncode == 1
    assert done.stdout == ""
    problem, fix = done.stderr.splitlines()
    assert problem.endswith(f" [{code}]")
    assert fix.startswith(f"Fix: {FIXES[code]}")
    return problem


@pytest.fixture(scope="module")
def silent_endpoint() -> Iterator[str]:
    """The URL of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "Unable to locate credentials",
            id="no-credentials",
        ),
        pytest.param(
            {"AWS_PROFILE": "mistyped"},
            "The config profile (mistyped) could not be found",
            id="unknown-profile",
        ),
    ],
)
def test_unusable_credentials_are_one_problem_with_its_fix(
    aws: dict[str, str], tool: str, environment: dict[str, str], words: str
) -> None:
    """The expected words are boto3's."""
    problem = problem_of(aws | environment, tool, "aws-credentials")
    assert words in problem


@pytest.mark.parametrize("tool", TOOLS)
def test_aws_out_of_reach_is_one_problem_with_its_fix(aws: dict[str, str], tool: str) -> None:
    """The expected words are boto3's."""
    problem = problem_of(aws | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, tool)
    assert problem.startswith("Error: AWS did not answer: Could not connect to the endpoint URL")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(200, {"content-type": "text/html"}, id="page"),
        pytest.param(200, {"content-type": "text/xml"}, id="page-with-content-type-xml"),
        pytest.param(302, {"location": "http://portal.example/"}, id="redirect"),
        pytest.param(403, {"content-type": "text/html"}, id="refusal-of-a-proxy"),
        pytest.param(503, {"content-type": "text/html"}, id="error-of-a-proxy"),
    ],
)
def test_page_of_another_server_is_one_problem_with_its_fix(
    aws: dict[str, str], tool: str, status: int, headers: dict[str, str]
) -> None:
    """For example, the login page of a Wi-Fi network answers every request."""
    with serve(lambda _: httpx.Response(status, headers=headers, text=PAGE)) as portal:
        problem = problem_of(aws | {"AWS_ENDPOINT_URL": portal}, tool)
    assert problem.startswith("Error: AWS did not answer: the server that answered ")
    assert f" with status {status} is not AWS; " in problem


def test_endpoint_that_never_answers_is_one_problem_within_30_seconds(
    aws: dict[str, str], silent_endpoint: str
) -> None:
    environment = aws | {"AWS_ENDPOINT_URL": silent_endpoint}
    started = time.monotonic()

    with ThreadPoolExecutor() as pool:
        problems = list(pool.map(lambda tool: problem_of(environment, tool), TOOLS))

    assert time.monotonic() - started < 30
    for problem in problems:
        assert problem.startswith("Error: AWS did not answer: Read timeout on endpoint URL")
