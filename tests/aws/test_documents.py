"""What the documents show is true: their commands run, their tables and code are the project's."""

import re
from pathlib import Path

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Match, Template

from stacks.config import KEYS
from tests.aws.customer import behavior, behaviors, create_distribution
from tests.checkout import ROOT, Checkout
from tools import snippets

README = (ROOT / "README.md").read_text()
ATTACH = (ROOT / "docs" / "attach.md").read_text()
#: The distribution of the documents.
EXAMPLE_ID = "E2QWRUHAPOMQZL"
EXAMPLE_ACCOUNT = "111122223333"


def blocks(document: str, language: str) -> list[str]:
    """Return a document's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def run(document: str, aws: dict[str, str], folder: Path, site: str) -> dict[str, tuple[int, str]]:
    """Run a document's commands in order; return each with its exit status and what it printed.

    All but `make preview` and `make test`, which a test cannot run in itself. `site` and the
    embedded AWS's account stand in for those of the documents.
    """
    checkout = Checkout.make(folder / "checkout", aws)
    results = {}
    for line in "".join(blocks(document, "console")).splitlines():
        command = line.removeprefix("$ ")
        if command not in ("make preview", "make test"):
            # Where a person would type "y".
            answered = command.replace("cdk deploy", "cdk deploy --require-approval=never")
            path = "PATH=$PWD/.venv/bin:$PATH; "  # has the `aws` of the tests
            real = answered.replace(EXAMPLE_ID, site).replace(EXAMPLE_ACCOUNT, "000000000000")
            done = checkout.run("bash", "-c", path + real)
            results[command] = (done.returncode, done.stdout.replace(site, EXAMPLE_ID))
    return results


@pytest.fixture(scope="module")
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution, as the documents show it."""
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
    readme_run: dict[str, tuple[int, str]],  # noqa: ARG001  # made the account ready
) -> dict[str, tuple[int, str]]:
    return run(ATTACH, aws, tmp_path_factory.mktemp("attach"), site)


def test_every_command_of_the_readme_succeeds(readme_run: dict[str, tuple[int, str]]) -> None:
    assert [" ".join(command.split()[:4]) for command in readme_run] == [
        "make install",
        "npx cdk bootstrap aws://111122223333/us-east-1",
        "npx cdk synth -c",
        "npx cdk diff -c",
        "npx cdk deploy --all",
        ".venv/bin/python -m tools plan",
        "npx cdk destroy --all",
    ]
    failed = {command: output for command, (status, output) in readme_run.items() if status}
    assert failed == {}


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
    """But for the function's name, as the README's own deployment has made it by then."""
    [planned] = [output for command, (_, output) in readme_run.items() if "tools plan" in command]
    [shown] = blocks(README, "text")
    published = re.sub(
        r"arn:aws:lambda:\S+:1\b", "the version that this deployment publishes", planned
    )
    assert published.startswith(shown)


def test_every_command_of_the_attach_page_succeeds(
    attach_run: dict[str, tuple[int, str]],
) -> None:
    assert [" ".join(command.split()[:4]) for command in attach_run] == [
        ".venv/bin/python -m tools plan",
        "npx cdk deploy FirstPartyTracking-CookieService",
        "aws cloudfront get-distribution-config --id",
        "python3 -c 'import json;",
        "aws cloudfront update-distribution --id",
    ]
    assert {command: output for command, (status, output) in attach_run.items() if status} == {}


def test_the_commands_by_hand_take_our_behaviors_out_and_leave_the_rest(
    attach_run: dict[str, tuple[int, str]], site: str
) -> None:
    [live] = [output for command, (_, output) in attach_run.items() if "update-distr" in command]

    assert '"/api/*"' in live
    assert behaviors(site) == [("/api/*", "")]


def test_context_table_is_the_codes() -> None:
    section = README.partition("## Configuration")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", section, re.MULTILINE)

    shown = {None: "required", "": "none"}
    assert rows == [
        (key.name, shown.get(key.default, f"`{key.default}`"), key.expected) for key in KEYS
    ]


def test_cdk_code_makes_the_two_behaviors() -> None:
    """The Python of docs/attach.md, run as it stands."""
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
        {"DistributionConfig": {"CacheBehaviors": [Match.object_like(one) for one in expected]}},
    )
    template.has_parameter(
        "*",
        {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/FirstPartyTracking/CookieFunctionVersionArn",
        },
    )


def test_cloudformation_snippet_is_the_two_behaviors() -> None:
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
                        "FirstPartyTracking-CookieService-CookieFunction:1"
                    ),
                }
            ],
        }
        for path in ("/ht/renew", "/ht/clear")
    ]


@pytest.mark.parametrize("language", ["yaml", "hcl"])
def test_snippets_are_those_that_plan_prints(language: str) -> None:
    written = {"yaml": snippets.cloudformation, "hcl": snippets.terraform}[language](
        ["/ht/renew", "/ht/clear"],
        "site",
        "arn:aws:lambda:us-east-1:111122223333:function:"
        "FirstPartyTracking-CookieService-CookieFunction:1",
    )
    assert blocks(ATTACH, language) == [written]


@pytest.mark.parametrize("path", ["README.md", "docs/attach.md"])
def test_every_file_that_it_links_exists(path: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / path).read_text())

    assert [link for link in links if not (ROOT / path).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("path", ["README.md", "docs/attach.md"])
def test_every_heading_that_it_links_exists(path: str) -> None:
    text = (ROOT / path).read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
