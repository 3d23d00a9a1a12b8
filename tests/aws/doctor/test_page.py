"""The commands, the example, and the sections of docs/doctor.md."""

import re
import shlex
import sys
from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest

from tests.support.checkout import ROOT, Checkout
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import edited, set_default_behavior
from tests.support.documents import EXAMPLE_ID, blocks
from tests.support.live_hosts import serve

PAGE = (ROOT / "docs" / "doctor.md").read_text()


@pytest.fixture(scope="module")
def checkout(
    aws: dict[str, str], deployed: DeployedExample, tmp_path_factory: pytest.TempPathFactory
) -> Checkout:
    """A copy of the project that has the deployment's settings."""
    made = Checkout.make(tmp_path_factory.mktemp("page") / "checkout", aws)
    made.add_settings(**deployed.context)
    return made


def test_finding_of_the_page_is_what_doctor_prints(
    checkout: Checkout, deployed: DeployedExample, address: str
) -> None:
    [shown] = blocks(PAGE, "text")
    with edited(deployed.events_proxy, set_default_behavior(Compress=False)):
        done = checkout.run(sys.executable, "-m", "tools", "doctor", "--via", address)

    assert done.returncode == 1
    assert shown.replace(EXAMPLE_ID, deployed.events_proxy) in done.stdout
    assert done.stdout.endswith("\n1 of 14 checks with findings\n")


def test_every_command_of_the_page_succeeds(checkout: Checkout, address: str) -> None:
    """The address of the live hosts is replaced."""
    commands = [line.removeprefix("$ ") for line in "".join(blocks(PAGE, "console")).splitlines()]
    assert [" ".join(command.split()[:5]) for command in commands] == [
        "python -m tools doctor",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --policy",
        "npx cdk deploy FirstPartyTracking-example-com-Proxies --revert-drift",
    ]
    failed = {}
    for command in commands:
        real = command.replace("http://127.0.0.1:8400", address)
        if "tools doctor" in real and "--via" not in real:
            real += f" --via {address}"
        if "cdk deploy" in real:
            checkout.deploy_as_typed(real)
            continue
        done = checkout.shell(real)
        if done.returncode:
            failed[command] = done.stdout
    assert failed == {}


def test_fix_of_a_row_asks_cloudformation_to_revert_drift(
    aws: dict[str, str], deployed: DeployedExample
) -> None:
    """The AWS emulator does not support this mode, so the test checks only CDK's request."""
    sent: list[str] = []

    def forward(request: httpx.Request) -> httpx.Response:
        sent.append(request.content.decode(errors="replace"))
        url = f"{aws['AWS_ENDPOINT_URL']}{request.url.raw_path.decode()}"
        headers = {name: text for name, text in request.headers.items() if name != "host"}
        answer = httpx.request(
            request.method, url, headers=headers, content=request.content, timeout=60
        )
        for name in ("date", "server"):  # `serve` sends its own
            answer.headers.pop(name, None)
        return answer

    with serve(forward) as url:
        environment = deployed.checkout.environment | {"AWS_ENDPOINT_URL": url}
        checkout = replace(deployed.checkout, environment=environment)
        command = "npx cdk deploy FirstPartyTracking-example-com-Proxies --revert-drift"
        checkout.deploy_as_typed(f"{command} {shlex.join(deployed.options)}")

    [created] = [parse_qs(body) for body in sent if "Action=CreateChangeSet" in body]
    assert created["StackName"] == ["FirstPartyTracking-example-com-Proxies"]
    assert created["DeploymentMode"] == ["REVERT_DRIFT"]


def test_every_check_has_its_section(deployed: DeployedExample) -> None:
    """A section's title is the name of a check without its host."""
    headings = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    checks = [re.sub(r" (of )?\S*example\.com$", "", name) for name in deployed.doctor().checks()]
    assert sorted(set(checks)) == sorted(headings)
