"""`python -m tools doctor`: its options, its output, and its exit status."""

import ast
import json
import os
import subprocess
import sys

import click
import pytest

from tests.support.checkout import clean_folder
from tests.support.deployed_example import DeployedExample
from tests.support.dns_server import dns_server
from tests.support.tool_commands import run_tool
from tools.__main__ import doctor_command


def test_healthy_deployment_exits_with_0(
    aws: dict[str, str], deployed: DeployedExample, address: str
) -> None:
    done = run_tool(aws, "doctor", *deployed.options, "--via", address)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[-1] == "0 of 14 checks with findings"
    statuses = ("ok", "finding", "error", "could not check")
    assert sorted(line for line in lines if line.startswith(statuses)) == [
        "could not check  DNS",
        "could not check  SDK through cdn.example.com",
        "ok               SDK proxy",
        "ok               alternate domain names",
        "ok               attachment",
        "ok               certificate",
        "ok               cookie function",
        "ok               cookie service on example.com",
        "ok               cookie service on www.example.com",
        "ok               events proxy",
        "ok               events through events.example.com",
        "ok               leftovers",
        "ok               quotas",
        "ok               stacks",
    ]


def test_json_has_every_check_in_the_same_order_each_time(
    aws: dict[str, str], deployed: DeployedExample, address: str
) -> None:
    arguments = ["doctor", *deployed.options, "--via", address, "--json"]
    first, second = (json.loads(run_tool(aws, *arguments).stdout) for _ in range(2))

    assert first == second
    assert first[1] == {
        "id": "sdk-proxy",
        "check": "SDK proxy",
        "status": "ok",
        "findings": [],
        "errors": [],
        "could_not_check": [],
        "notes": [],
    }
    assert len(first) == 14


def test_resolver_option_names_the_resolver_to_query(
    aws: dict[str, str], deployed: DeployedExample
) -> None:
    with dns_server(deployed.zone(events_example_com=[])) as port:
        resolver = ["--resolver", f"127.0.0.1:{port}"]
        done = run_tool(aws, "doctor", *deployed.options, *resolver, "--json")
    [found] = [report["findings"] for report in json.loads(done.stdout) if report["id"] == "dns"]
    assert [finding["problem"] for finding in found] == ["no address for events.example.com"]


def test_endpoint_needs_no_account_and_no_context(address: str) -> None:
    """Doctor derives the cookie domain from the endpoint."""
    environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "", "HOME": "/nonexistent"}
    endpoint = ["--endpoint", "https://www.example.com"]
    done = run_tool(environment, "doctor", *endpoint, "--via", address)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == (
        "ok               cookie service on www.example.com\n\n0 of 1 checks with findings\n"
    )


def test_endpoint_without_a_cookie_service_exits_with_1(address: str) -> None:
    environment = {"PATH": os.environ["PATH"]}
    endpoint = ["--endpoint", "https://events.example.com"]
    done = run_tool(environment, "doctor", *endpoint, "--via", address, "--json")

    assert done.returncode == 1
    [report] = json.loads(done.stdout)
    [status] = {finding["code"] for finding in report["findings"]}
    assert status == "answer-status"
    assert all("404" in finding["problem"] for finding in report["findings"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["-c", "domain"], "expected KEY=VALUE", id="no-pair"),
        pytest.param(["--endpoint", "www.example.com"], "expected a URL without", id="no-URL"),
        pytest.param(["--endpoint", "https://"], "expected a URL without", id="no-host"),
        pytest.param(["--endpoint", "https://:443"], "expected a URL without", id="only-a-port"),
        pytest.param(
            ["--endpoint", "https://[::1"], "not a URL: Invalid IPv6 URL", id="no-bracket"
        ),
        pytest.param(
            ["--endpoint", "https://example.com:99999"],
            "not a URL: Port out of range 0-65535",
            id="port-of-endpoint",
        ),
        pytest.param(["--via", "http://127.0.0.1:1/x"], "expected a URL without", id="a-path"),
        pytest.param(["--via", "http://ä..b"], "not a URL: ", id="no-label"),
        pytest.param(["--via", "http://h:abc"], "not a URL: Port could not be cast", id="no-port"),
        pytest.param(["--via", "https://127.0.0.1:99999"], "not a URL: Port out", id="port-of-via"),
        pytest.param(["--via", "http://127.0.0.1:0"], "a port from 1 to 65535", id="port-0-of-via"),
        pytest.param(["--resolver", "dns.google"], "expected an address such as", id="a-name"),
        pytest.param(["--resolver", "1.1.1.1:dns"], "expected an address such as", id="a-port"),
        pytest.param(["--resolver", "1.1.1.1:"], "expected an address such as", id="empty-port"),
        pytest.param(
            ["--resolver", "127.0.0.1:99999"], "a port from 1 to 65535", id="port-of-resolver"
        ),
        pytest.param(["--resolver", "[::1]:0"], "a port from 1 to 65535", id="port-0-of-resolver"),
        pytest.param(["-c", "domian=example.com"], "did you mean 'domain'?", id="unknown-key"),
        pytest.param([], "domain: not given", id="no-domain"),
        pytest.param(
            ["--endpoint", "http://127.0.0.1:3000"],
            "'127.0.0.1' is not the host name of a site; pass the site's name, and this address "
            "with --via: --endpoint https://www.example.com --via http://127.0.0.1:3000",
            id="an-address",
        ),
        pytest.param(
            ["--endpoint", "http://localhost:3000"],
            "--endpoint https://www.example.com --via http://localhost:3000",
            id="this-machine",
        ),
    ],
)
def test_bad_usage_exits_with_2(aws: dict[str, str], arguments: list[str], words: str) -> None:
    done = run_tool(aws, "doctor", *arguments)

    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),  # the resolver that this machine uses
        ("1.1.1.1", ("1.1.1.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2606:4700:4700::1111", ("2606:4700:4700::1111", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_resolver_is_an_address_with_or_without_a_port(
    value: str | None, expected: tuple[str, int] | None
) -> None:
    [option] = [option for option in doctor_command.params if option.name == "resolver"]
    context = click.Context(doctor_command)
    assert option.process_value(context, value) == expected


@pytest.mark.parametrize("tool", ["plan", "doctor"])
def test_policy_is_printed_without_an_account(tool: str) -> None:
    done = run_tool({"PATH": os.environ["PATH"]}, tool, "--policy")

    assert done.returncode == 0
    policy = json.loads(done.stdout)
    assert policy["Version"] == "2012-10-17"
    assert "cloudfront:GetDistributionConfig" in done.stdout
    assert "cloudfront:UpdateDistribution" not in done.stdout


def loaded_by(code: str) -> list[str]:
    """Return the slow libraries that a Python program loads."""
    libraries = ("aws_cdk", "boto3", "botocore", "dns", "httpx")
    code += f"; print([name for name in {libraries} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=clean_folder(), capture_output=True, text=True, check=True
    )
    loaded: list[str] = ast.literal_eval(done.stderr)
    return loaded


def test_command_loads_only_the_libraries_that_it_needs(address: str) -> None:
    """The CDK takes seconds to start, and the libraries of the checks take half a second."""
    command = "import sys; from tools.__main__ import main; main({}, standalone_mode=False)"
    endpoint = f"import sys; sys.exit = print; {command}"
    assert loaded_by("import sys, tools.__main__") == []
    assert loaded_by(command.format(["doctor", "--policy"])) == []
    assert loaded_by(
        endpoint.format(["doctor", "--endpoint", "https://www.example.com", "--via", address])
    ) == ["botocore", "httpx"]
    assert loaded_by("import sys, tools.doctor.checks") == ["boto3", "botocore", "dns", "httpx"]
