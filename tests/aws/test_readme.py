"""What README.md shows is true: its commands run, its table and its code are the project's."""

import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Match, Template

from stacks.config import KEYS
from tests.checkout import ROOT, Checkout

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the code blocks of README.md in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return the commands of README.md in the order in which a reader meets them."""
    return [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]


@pytest.fixture(scope="module")
def printed(
    aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, str]]:
    """Each command of README.md to its exit status and what it printed, run in order.

    All but `make preview` and `make test`, which a test cannot run in itself.
    """
    account = {"AWS_ACCESS_KEY_ID": "111122223333"}  # the embedded AWS takes it for the account
    checkout = Checkout.make(tmp_path_factory.mktemp("readme") / "checkout", aws | account)
    results = {}
    for command in commands():
        if command not in ("make preview", "make test"):
            # Where a person would type "y".
            answered = command.replace("cdk deploy", "cdk deploy --require-approval=never")
            done = checkout.run("bash", "-c", answered)
            results[command] = (done.returncode, done.stdout)
    return results


def test_every_command_succeeds(printed: dict[str, tuple[int, str]]) -> None:
    verbs = [" ".join(command.split()[:3]) for command in printed]
    assert verbs == [
        "make install",
        "npx cdk bootstrap",
        "npx cdk synth",
        "npx cdk diff",
        "npx cdk deploy",
        "npx cdk destroy",
    ]
    assert {command: output for command, (status, output) in printed.items() if status} == {}


def test_deploy_prints_each_output_that_the_table_explains(
    printed: dict[str, tuple[int, str]],
) -> None:
    [deployed] = [output for command, (_, output) in printed.items() if "cdk deploy" in command]
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


def test_context_table_is_the_codes() -> None:
    section = README.partition("## Configuration")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", section, re.MULTILINE)

    shown = {None: "required", "": "none"}
    assert rows == [
        (key.name, shown.get(key.default, f"`{key.default}`"), key.expected) for key in KEYS
    ]


def test_behaviors_for_a_cdk_app_do_what_the_settings_table_says() -> None:
    """The Python of README.md, run as it stands."""
    stack = cdk.Stack(cdk.App(), "Site", env=cdk.Environment(region="us-east-1"))
    [code] = blocks("python")
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
    behaviors = [
        {
            "PathPattern": path,
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "LambdaFunctionAssociations": [
                {"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": Match.any_value()}}
            ],
        }
        for path in ("/ht/renew", "/ht/clear")
    ]
    template.has_resource_properties(
        "AWS::CloudFront::Distribution",
        {"DistributionConfig": {"CacheBehaviors": [Match.object_like(b) for b in behaviors]}},
    )
    template.has_parameter(
        "*",
        {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/FirstPartyTracking/CookieFunctionVersionArn",
        },
    )


def test_every_file_that_it_links_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
