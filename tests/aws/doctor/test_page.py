"""The commands, the example, and the sections of docs/doctor.md."""

import re
import shlex
from dataclasses import replace
from urllib.parse import parse_qs

import httpx

from tests.support.checkout import ROOT
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import edited, set_default_behavior
from tests.support.documents import EXAMPLE_ID, blocks
from tests.support.live_hosts import serve
from tests.support.tool_commands import run_tool

PAGE = (ROOT / "docs" / "doctor.md").read_text()


def test_finding_of_the_page_is_what_doctor_prints(
    aws: dict[str, str], deployed: DeployedExample, address: str
) -> None:
    [shown] = blocks(PAGE, "text")
    with edited(deployed.events_proxy, set_default_behavior(Compress=False)):
        done = run_tool(aws, "doctor", *deployed.options, "--via", address)

    assert done.returncode == 1
    shown = shown.replace(f"set it on {EXAMPLE_ID}", f"set it on {deployed.events_proxy}")
    assert _as_deployed(shown, deployed) in done.stdout
    assert done.stdout.endswith("\n1 of 14 checks with findings\n")


def _as_deployed(text: str, deployed: DeployedExample) -> str:
    """Return a text of the page, with the certificate and the site of the deployment."""
    text = re.sub(r"arn:aws:acm:\S+", deployed.context["certificate_arn"], text)
    return text.replace(EXAMPLE_ID, deployed.site)


def test_every_command_of_the_page_succeeds(deployed: DeployedExample, address: str) -> None:
    """The certificate, the distribution, and the address of the live hosts are replaced."""
    commands = [line.removeprefix("$ ") for line in "".join(blocks(PAGE, "console")).splitlines()]
    assert [" ".join(command.split()[:5]) for command in commands] == [
        "python -m tools doctor -c",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --endpoint",
        "python -m tools doctor --policy",
        "npx cdk deploy FirstPartyTracking-example-com-Proxies --revert-drift",
    ]
    failed = {}
    for command in commands:
        real = _as_deployed(command, deployed).replace("http://127.0.0.1:8400", address)
        if "tools doctor" in real and "--via" not in real:
            real += f" --via {address}"
        if "cdk deploy" in real:
            deployed.checkout.deploy_as_typed(real)
            continue
        done = deployed.checkout.run("bash", "-c", real)
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
