"""The commands, the code, and the links of the documents."""

import json
import re
import subprocess
import time
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest
import yaml
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Match, Template

from tests.support.checkout import ROOT, Checkout
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.documents import EXAMPLE_ACCOUNT, EXAMPLE_ID, blocks
from tools import behavior_templates

README = (ROOT / "README.md").read_text()
ATTACH = (ROOT / "docs" / "attach.md").read_text()
OPERATE = (ROOT / "docs" / "operate.md").read_text()
PRIVACY = (ROOT / "docs" / "privacy.md").read_text()
DOCUMENTS = sorted(
    page.relative_to(ROOT).as_posix()
    for folder in (ROOT, ROOT / "docs")
    for page in folder.glob("*.md")
)


#: Commands that a test cannot run in itself, and one that tests/browser/test_visit_preview.py runs.
LEFT_OUT = ["make preview", "make test", "make visit URL=https://www.example.com"]


def run(document: str, aws: dict[str, str], folder: Path, site: str) -> dict[str, tuple[int, str]]:
    """Run a document's commands in order; return the exit status and the output of each.

    The settings of the README are in the checkout. `site` and the AWS emulator's account replace
    those of the document.
    """
    checkout = Checkout.make(folder / "checkout", aws)

    def real(text: str) -> str:
        return text.replace(EXAMPLE_ID, site).replace(EXAMPLE_ACCOUNT, "000000000000")

    [settings] = blocks(README, "json")
    checkout.add_settings(**json.loads(real(settings)))
    results = {}
    for line in "".join(blocks(document, "console")).splitlines():
        command = line.removeprefix("$ ")
        if command in LEFT_OUT:
            continue
        if "cdk deploy" in command:
            status, printed = 0, checkout.deploy_as_typed(real(command))
        else:
            # A user would type "y" instead of this option.
            typed = real(command).replace("cdk destroy", "cdk destroy --force")
            # The virtual environment contains the AWS CLI of the tests.
            done = checkout.shell(typed)
            status, printed = done.returncode, done.stdout
        results[command] = (status, printed.replace(site, EXAMPLE_ID))
    return results


@pytest.fixture(scope="module")
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution, with the behavior that the documents show."""
    return create_distribution(behavior(PathPattern="/api/*"))


@pytest.fixture(scope="module")
def readme_run(
    aws: dict[str, str], site: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, str]]:
    return run(README, aws, tmp_path_factory.mktemp("readme"), site)


@pytest.fixture(scope="module")
def attach_run(
    aws: dict[str, str],
    site: str,
    tmp_path_factory: pytest.TempPathFactory,
    readme_run: dict[str, tuple[int, str]],  # noqa: ARG001  # bootstrapped the account
) -> dict[str, tuple[int, str]]:
    return run(ATTACH, aws, tmp_path_factory.mktemp("attach"), site)


def test_every_command_of_the_readme_succeeds(readme_run: dict[str, tuple[int, str]]) -> None:
    """`doctor` has findings, because the example's hosts do not exist."""
    assert list(readme_run) == [
        "make install",
        "source .venv/bin/activate",
        "npx cdk synth --quiet",
        "python -m tools review --assembly cdk.out > review.md",
        "python -m tools plan",
        "npx cdk bootstrap aws://111122223333/us-east-1",
        "npx cdk deploy --all",
        "python -m tools doctor",
        "npx cdk destroy --all",
    ]
    failed = {command: output for command, (status, output) in readme_run.items() if status}
    assert list(failed) == ["python -m tools doctor"], failed
    findings = re.findall(r"^finding +(.+)$", failed["python -m tools doctor"], re.MULTILINE)
    assert set(findings) == {"certificate", "DNS"}


def test_deploy_prints_each_output_that_the_readme_explains(
    readme_run: dict[str, tuple[int, str]],
) -> None:
    [deployed] = [output for command, (_, output) in readme_run.items() if "cdk deploy" in command]
    explained = [
        name
        for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", README, re.MULTILINE)
        for name in re.findall(r"\w+", row)
        if name[0].isupper()
    ]
    assert explained == [
        "SdkProxyCnameTarget",
        "EventsProxyCnameTarget",
        "CookieFunctionVersionArn",
        "ClientSnippet",
    ]
    for name in explained:
        assert f".{name} = " in deployed


def test_plan_prints_what_the_readme_shows(readme_run: dict[str, tuple[int, str]]) -> None:
    [shown] = blocks(README, "text")
    assert readme_run["python -m tools plan"][1].startswith(shown)


def test_every_command_of_the_attach_page_succeeds(
    attach_run: dict[str, tuple[int, str]],
) -> None:
    assert [" ".join(command.split()[:4]) for command in attach_run] == [
        "python -m tools plan",
        "npx cdk deploy FirstPartyTracking-example-com-CookieService",
        "aws cloudfront get-distribution-config --id",
        "python3 -c 'import json,",
        "aws cloudfront update-distribution --id",
    ]
    assert {command: output for command, (status, output) in attach_run.items() if status} == {}


def test_detach_commands_remove_only_the_cookie_services_behaviors(
    attach_run: dict[str, tuple[int, str]], site: str
) -> None:
    [live] = [output for command, (_, output) in attach_run.items() if "update-distr" in command]

    assert '"/api/*"' in live
    assert behaviors(site) == [("/api/*", "")]


@pytest.fixture(scope="module")
def operate_run(
    aws: dict[str, str],
    site: str,
    tmp_path_factory: pytest.TempPathFactory,
    attach_run: dict[str, tuple[int, str]],  # noqa: ARG001  # deployed the function
) -> dict[str, tuple[int, str]]:
    """The results of the page's commands, after an error of the edge function in Frankfurt."""
    parameter = boto3.client("ssm").get_parameter(
        Name="/FirstPartyTracking-example-com/CookieFunctionVersionArn"
    )
    function = parameter["Parameter"]["Value"].split(":")[6]
    logs = boto3.client("logs", "eu-central-1")
    where = {"logGroupName": f"/aws/lambda/us-east-1.{function}", "logStreamName": "replica"}
    logs.create_log_group(logGroupName=where["logGroupName"])
    logs.create_log_stream(**where)
    event = {"timestamp": int(time.time() * 1000), "message": "Task timed out"}
    logs.put_log_events(**where, logEvents=[event])
    return run(OPERATE, aws, tmp_path_factory.mktemp("operate"), site)


def test_every_command_of_the_operation_page_succeeds(
    operate_run: dict[str, tuple[int, str]],
) -> None:
    assert [" ".join(command.split()[:3]) for command in operate_run] == [
        "aws sns create-topic",
        "aws sns subscribe",
        "npx cdk deploy",
        "aws cloudwatch set-alarm-state",
        "aws logs filter-log-events",
        "aws logs put-retention-policy",
    ]
    assert {command: output for command, (status, output) in operate_run.items() if status} == {}


def test_log_command_shows_what_went_wrong(operate_run: dict[str, tuple[int, str]]) -> None:
    [shown] = [output for command, (_, output) in operate_run.items() if "filter-log" in command]
    assert shown == "Task timed out\n"


@pytest.mark.usefixtures("operate_run")
def test_operation_page_lists_the_alarms_and_their_cost(site: str) -> None:
    cloudwatch = boto3.client("cloudwatch")
    alarms = {
        alarm["AlarmName"].replace(site, EXAMPLE_ID): len(
            [
                metric
                for metric in alarm.get("Metrics", [{"MetricStat": alarm}])
                if "MetricStat" in metric
            ]
        )
        for alarm in cloudwatch.describe_alarms(AlarmNamePrefix="FirstPartyTracking-example-com-")[
            "MetricAlarms"
        ]
    }
    rows = re.findall(r"^\| `(FirstPartyTracking-[\w-]+)` \|", OPERATE, re.MULTILINE)
    assert sorted(rows) == sorted(alarms)

    dashboard = cloudwatch.get_dashboard(
        DashboardName="FirstPartyTracking-example-com-CookieService"
    )
    shown = {
        (*line[:-1], line[-1]["region"])
        for widget in json.loads(dashboard["DashboardBody"])["widgets"]
        for line in widget["properties"]["metrics"]
    }
    on_proxies = sum(count for name, count in alarms.items() if re.search("Proxy-[45]xx", name))
    silence = alarms["FirstPartyTracking-example-com-EventsProxy-Silence"]
    on_site = sum(count for name, count in alarms.items() if EXAMPLE_ID in name)
    assert re.findall(r"^\| ([^|]+) \| (\d+) \| \$([\d.]+) \|$", OPERATE, re.MULTILINE) == [
        ("four alarms on the proxies", str(on_proxies), f"{on_proxies * 0.10:.2f}"),
        ("the silence alarm", str(silence), f"{silence * 0.10:.2f}"),
        ("three alarms on each distribution of the site", str(on_site), f"{on_site * 0.10:.2f}"),
        ("the dashboard", str(len(shown)), "3.00"),
    ]


#: Runs the logout code of the document, and prints its calls in order.
LOGOUT = """
const calls = []
const answer = () => new Promise(resolve => setTimeout(() => { calls.push("answered"); resolve() }))
const fetch = (url, {method, keepalive}) => {
  calls.push(`${method} ${url}${keepalive ? ", even after the page" : ""}`)
  return answer()
}
const htevents = {reset: () => calls.push("reset")}
const recipe = require("node:fs").readFileSync(0, "utf8")
const logout = new (async () => {}).constructor("fetch", "htevents", recipe)
logout(fetch, htevents).then(() => console.log(JSON.stringify(calls)))
"""


def test_documented_logout_clears_before_and_after_the_reset() -> None:
    """The second clear expires cookies that a renew has set in the meantime."""
    [recipe] = blocks(PRIVACY, "js")
    node = subprocess.run(
        ["node", "-e", LOGOUT], input=recipe, capture_output=True, text=True, check=True
    )
    assert json.loads(node.stdout) == [
        "POST /ht/clear, even after the page",
        "answered",
        "reset",
        "POST /ht/clear, even after the page",
        "answered",
    ]


def test_privacy_page_names_every_cookie_of_the_sdk_and_of_the_cookie_service() -> None:
    sdk = ROOT / "node_modules" / "@ht-sdks" / "events-sdk-js-browser" / "dist" / "umd"
    sources = [*sdk.glob("*.js"), ROOT / "lambda_edge" / "cookie_service.py"]
    used = {
        name
        for source in sources
        for name in re.findall(r"[\"'](htjs_\w+)[\"']", source.read_text())
    }
    assert set(re.findall(r"`(htjs_\w+)`", PRIVACY)) == used


def test_detach_commands_are_those_that_doctor_prints() -> None:
    commands = [line.removeprefix("$ ") for line in "".join(blocks(ATTACH, "console")).splitlines()]
    printed = behavior_templates.detach(EXAMPLE_ID, ["/ht/renew", "/ht/clear"])
    assert printed.splitlines() == commands[-3:]


def test_cdk_code_makes_the_two_behaviors() -> None:
    """The Python of docs/attach.md runs unchanged."""
    stack = cdk.Stack(cdk.App(), "Site", env=cdk.Environment(region="us-east-1"))
    [code] = blocks(ATTACH, "python")
    exec(
        code,
        {
            "stack": stack,
            "site_origin": origins.HttpOrigin("origin.example.com"),
            "cloudfront": cloudfront,
            "lambda_": lambda_,
            "ssm": ssm,
        },
    )

    template = Template.from_stack(stack)
    expected = [
        {
            "PathPattern": path,
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
            "Compress": False,
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "LambdaFunctionAssociations": [
                {"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": Match.any_value()}}
            ],
        }
        for path in ("/ht/renew", "/ht/clear")
    ]
    template.has_resource_properties(
        "AWS::CloudFront::Distribution",
        {"DistributionConfig": {"CacheBehaviors": [*map(Match.object_like, expected)]}},
    )
    template.has_parameter(
        "*",
        {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/FirstPartyTracking-example-com/CookieFunctionVersionArn",
        },
    )


def test_cloudformation_template_is_the_two_behaviors() -> None:
    [snippet] = blocks(ATTACH, "yaml")
    assert yaml.safe_load(snippet) == [
        {
            "PathPattern": path,
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"],
            "Compress": False,
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "LambdaFunctionAssociations": [
                {
                    "EventType": "viewer-request",
                    "LambdaFunctionARN": (
                        "arn:aws:lambda:us-east-1:111122223333:function:"
                        "FirstPartyTracking-CookieFunction:1"
                    ),
                }
            ],
        }
        for path in ("/ht/renew", "/ht/clear")
    ]


@pytest.mark.parametrize("language", ["yaml", "hcl"])
def test_templates_are_those_that_plan_prints(language: str) -> None:
    written = {"yaml": behavior_templates.cloudformation, "hcl": behavior_templates.terraform}[
        language
    ](
        ["/ht/renew", "/ht/clear"],
        "site",
        "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieFunction:1",
    )
    assert blocks(ATTACH, language) == [written]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_file_that_a_document_links_exists(path: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", (ROOT / path).read_text())

    assert [link for link in links if not (ROOT / path).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_heading_that_a_document_links_exists(path: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", (ROOT / path).read_text())

    def anchors(document: Path) -> set[str]:
        headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
        return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def linked(file: str) -> Path:
        return (ROOT / path).parent / file if file else ROOT / path

    assert [anchor for file, anchor in links if anchor not in anchors(linked(file))] == []
