"""`python -m tools review`: its page, compared with the templates that these tests read."""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import example
from tests.support.checkout import ROOT, options
from tests.support.templates import MakeApp
from tests.support.tool_commands import run_tool
from tools.review.assembly import read_stacks
from tools.review.page import page

COOKIE_SERVICE = "FirstPartyTracking-example-com-CookieService.template.json"
PROXIES = "FirstPartyTracking-example-com-Proxies.template.json"
#: Changes the text of one template in the cloud assembly, and returns the page about it.
Review = Callable[..., str]


@pytest.fixture(scope="module")
def assemblies(make_app: MakeApp) -> dict[str, Path]:
    """The folders of three cloud assemblies."""
    contexts: dict[str, dict[str, str | None]] = {
        "example": {},
        "attached": {"site_distribution_id": "E123"},
        "every-key": example.EVERY_KEY,
    }
    return {name: Path(make_app(given).synth().directory) for name, given in contexts.items()}


@pytest.fixture(scope="module")
def pages(assemblies: dict[str, Path]) -> dict[str, str]:
    """The page about each cloud assembly."""
    return {name: page_of(folder) for name, folder in assemblies.items()}


@pytest.fixture
def review(assemblies: dict[str, Path], tmp_path: Path) -> Review:
    """A function that replaces text in a template, once, and returns the page about the result."""

    def edit(template: str, old: str, new: str, assembly: str = "attached") -> str:
        folder = tmp_path / "edited"
        shutil.copytree(assemblies[assembly], folder)
        text = json.dumps(json.loads((folder / template).read_text()))
        assert old in text
        (folder / template).write_text(text.replace(old, new, 1))
        return page(read_stacks(folder))

    return edit


def page_of(folder: Path) -> str:
    """Return the command's page about a cloud assembly."""
    done = run_tool({"PATH": os.environ["PATH"]}, "review", "--assembly", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def chapter(page: str, title: str) -> str:
    """Return the text below a second-level heading."""
    [text] = [part for part in page.split("\n## ") if part.startswith(f"{title}\n")]
    return text.removeprefix(title)


def cells(row: str) -> list[str]:
    """Return the cells of a row of a table."""
    return re.split(r"(?<!\\)\|", row.strip().strip("|"))


def resources(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each resource in the templates of a cloud assembly."""
    for template in (COOKIE_SERVICE, PROXIES):
        yield from json.loads((folder / template).read_text())["Resources"].items()


def spelled(value: Any) -> str:
    """Return a value of a template as the page writes it."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": [_, parts]}:
            return "".join(map(spelled, parts))
    return str(value)


def many(value: Any) -> list[str]:
    """Return a value, or each value of a list, as the page writes it."""
    return [spelled(item) for item in (value if isinstance(value, list) else [value])]


def statements(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield each statement in the templates: its role, its actions, and its resources.

    A trust policy's statement has principals instead of resources.
    """
    for logical_id, resource in resources(folder):
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy":
            [role] = [role["Ref"] for role in properties["Roles"]]
        else:
            role = logical_id
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [
            properties[name]
            for name in ("AssumeRolePolicyDocument", "PolicyDocument")
            if name in properties
        ]
        for document in documents:
            for statement in document["Statement"]:
                assert statement["Effect"] == "Allow"
                on = statement.get("Resource") or statement["Principal"]["Service"]
                yield role, *many(statement["Action"]), "on", *many(on)


def shown_statements(page: str) -> Iterator[tuple[str, ...]]:
    """Yield each statement on the page, like `statements`."""
    role = ""
    for line in chapter(page, "IAM statements").splitlines():
        if line.startswith("#### "):
            role = line.removeprefix("#### ").strip("`")
        elif found := re.fullmatch(r"- .*: Allows (.*) (?:on|to) (.*)\. Reason: .+", line):
            actions, on = (re.findall(r"`([^`]+)`", part) for part in found.groups())
            yield role, *actions, "on", *on


every_assembly = pytest.mark.parametrize("assembly", ["example", "attached", "every-key"])


@every_assembly
def test_every_resource_has_one_row(
    assemblies: dict[str, Path], pages: dict[str, str], assembly: str
) -> None:
    created = chapter(pages[assembly], "What is created and what is kept")
    rows = re.findall(r"^\| `(\w+)` \| `([\w:]+)` \|", created, re.MULTILINE)
    assert Counter(rows) == Counter(
        (logical_id, resource["Type"]) for logical_id, resource in resources(assemblies[assembly])
    )


@every_assembly
def test_every_statement_has_one_line(
    assemblies: dict[str, Path], pages: dict[str, str], assembly: str
) -> None:
    found = Counter(statements(assemblies[assembly]))
    assert Counter(shown_statements(pages[assembly])) == found
    assert found.total() >= 2


@every_assembly
def test_every_resource_and_permission_has_a_known_reason(
    pages: dict[str, str], assembly: str
) -> None:
    assert "no known" not in pages[assembly]


@pytest.mark.parametrize(
    ("title", "shown", "same"),
    [
        ("Origin domain", "`cdn.hightouch-events.com`", "yes"),
        ("Origin path", "(blank)", "yes"),
        ("Name", "a unique name", "yours"),
        ("Enable Origin Shield", "No", "yes"),
        ("Compress objects automatically", "Yes", "yes"),
        ("Viewer protocol policy", "HTTPS only", "yes"),
        ("Allowed HTTP methods", "`GET`, `HEAD`", "yes"),
        ("Restrict viewer access", "No", "yes"),
        ("Cache policy", "CachingOptimized `658327ea-f89d-4fab-a63d-7e88639e58f6`", "yes"),
        (
            "Origin request policy",
            "AllViewerExceptHostHeader `b689b0a8-53d0-40ab-baf2-68738e2966ac`",
            "yes",
        ),
        ("Response headers policy", "none", "yes"),
        ("Function associations", "none", "yes"),
        ("Alternate domain name", "the proxy's host name", "yours"),
        ("Custom SSL certificate", "a certificate of that name", "yours"),
        ("Supported HTTP versions", "HTTP/2 and HTTP/3", "yes"),
        ("Default root object", "(blank)", "yes"),
        ("Standard logging", "Off", "yes"),
        ("IPv6", "On", "yes"),
    ],
)
def test_row_of_the_sdk_proxy_has_hightouchs_value(
    pages: dict[str, str], title: str, shown: str, same: str
) -> None:
    [cell] = [row for row in rows_of(pages["example"], "SdkProxy") if row[0] == title]
    assert (cell[1], cell[3]) == (shown, same)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Origin domain", "`us-east-1.hightouch-events.com`"),
        (
            "Allowed HTTP methods",
            "`GET`, `HEAD`, `OPTIONS`, `PUT`, `POST`, `PATCH`, `DELETE`",
        ),
        ("Cache policy", "CachingDisabled `4135ea2d-6df8-44a3-9df3-4b5a84be39ad`"),
        ("Origin request policy", "AllViewer `216adef6-5c7f-47e4-b989-5492eafa07d3`"),
    ],
)
def test_row_of_the_events_proxy_has_hightouchs_value(
    pages: dict[str, str], title: str, shown: str
) -> None:
    [cell] = [row for row in rows_of(pages["example"], "EventsProxy") if row[0] == title]
    assert (cell[1], cell[3]) == (shown, "yes")


def test_both_proxies_have_the_same_rows_once(pages: dict[str, str]) -> None:
    titles = [row[0] for row in rows_of(pages["example"], "SdkProxy")]
    assert len(set(titles)) == len(titles) == 18
    assert [row[0] for row in rows_of(pages["example"], "EventsProxy")] == titles


def test_row_of_the_template_names_the_managed_policy(pages: dict[str, str]) -> None:
    [row] = [row for row in rows_of(pages["example"], "EventsProxy") if row[0] == "Cache policy"]
    assert row[2] == "CachingDisabled `4135ea2d-6df8-44a3-9df3-4b5a84be39ad`"


def rows_of(page: str, proxy: str) -> list[list[str]]:
    """Return the rows of Hightouch's table for a proxy, without the header."""
    text = chapter(page, "Hightouch's tables and the templates")
    [section] = re.findall(rf"^#### `{proxy}.*?(?=^Every other)", text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\|.*\|$", section, re.MULTILINE)[2:]
    return [[cell.strip() for cell in cells(row)] for row in rows]


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        pytest.param('"https-only"', '"allow-all"', "Viewer protocol policy", id="http"),
        pytest.param('"IPV6Enabled": true', '"IPV6Enabled": false', "IPv6", id="ipv6"),
        pytest.param(
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "216adef6-5c7f-47e4-b989-5492eafa07d3",
            "Cache policy",
            id="cache-policy",
        ),
        pytest.param(
            '"Enabled": true',
            '"Logging": {"Bucket": "logs"}, "Enabled": true',
            "Standard logging",
            id="logging",
        ),
        pytest.param(
            '"LambdaFunctionAssociations": []',
            '"LambdaFunctionAssociations": [{"EventType": "viewer-request"}]',
            "Function associations",
            id="function",
        ),
    ],
)
def test_changed_row_is_named_first(review: Review, old: str, new: str, title: str) -> None:
    page = review(PROXIES, old, new)
    assert f"differs from Hightouch's row '{title}'." in chapter(page, "Look at these first")
    [row] = [row for row in rows_of(page, "SdkProxy") if row[0] == title]
    assert row[3] == "**no**"


def test_option_that_changes_a_row_is_named(pages: dict[str, str]) -> None:
    [row] = [
        row for row in rows_of(pages["every-key"], "SdkProxy") if row[0] == "Origin request policy"
    ]
    assert row[3] == "**no** (`forward_cookies` or `events_host_header` sets it)"


def test_setting_without_a_row_is_shown(review: Review) -> None:
    behavior = '"CacheBehaviors": [{"PathPattern": "/admin/*"}], "Enabled": true'
    page = review(PROXIES, '"Enabled": true', behavior)
    assert "| `CacheBehaviors[0].PathPattern` | `/admin/*` |" in page


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            '"cloudfront:UpdateDistribution"', '"cloudfront:DeleteDistribution"', id="action"
        ),
        pytest.param('"cloudfront:UpdateDistribution"', '"cloudfront:*"', id="actions"),
        pytest.param('"wafv2:GetWebACL"', '"*"', id="every-action"),
        pytest.param(":distribution/E123", ":distribution/*", id="distributions"),
        pytest.param('{"Ref": "AWS::StackId"}', '"*"', id="every-resource"),
        pytest.param(":global/webacl/", ":*/webacl/", id="resources"),
        pytest.param('"Effect": "Allow"', '"Effect": "Deny"', id="effect"),
        pytest.param('"edgelambda.amazonaws.com"', '"ec2.amazonaws.com"', id="trust"),
        pytest.param(
            '"Action": "wafv2:GetWebACL"', '"NotAction": "wafv2:GetWebACL"', id="not-action"
        ),
        pytest.param(
            "service-role/AWSLambdaBasicExecutionRole", "AdministratorAccess", id="managed-policy"
        ),
    ],
)
def test_widened_permission_has_no_known_reason(
    review: Review, pages: dict[str, str], old: str, new: str
) -> None:
    page = review(COOKIE_SERVICE, old, new)
    assert "no known reason" in chapter(page, "Look at these first")
    statements_now = chapter(page, "IAM statements").splitlines()
    before = chapter(pages["attached"], "IAM statements").splitlines()
    [changed] = [line for line in statements_now if line not in before]
    assert changed.endswith("Reason: **no known reason**")


def test_unknown_resource_is_named_first(review: Review) -> None:
    page = review(PROXIES, '"Resources": {', '"Resources": {"Db": {"Type": "AWS::RDS::DBCluster"},')
    assert "`Db` is a resource with no known purpose" in chapter(page, "Look at these first")


def test_page_states_that_no_live_distribution_changes(pages: dict[str, str]) -> None:
    text = chapter(pages["example"], "What changes on live distributions")
    assert text.strip() == "- The deployment changes no distribution that it did not create."


def test_page_names_the_live_distributions_and_the_role(pages: dict[str, str]) -> None:
    text = chapter(pages["every-key"], "What changes on live distributions")
    assert re.findall(r"on distribution `(\w+)`", text) == ["E123", "E456"]
    assert text.count("`AttachmentsRole") == 2


def test_page_lists_who_can_use_the_standing_role(pages: dict[str, str]) -> None:
    text = chapter(pages["attached"], "Who can use the role that changes distributions")
    assert "Principals that may assume it: `lambda.amazonaws.com`." in text
    [functions] = re.findall("Functions that run with it: (.*)", text)
    assert re.findall(r"Attachments([A-Za-z]+?)[0-9A-F]{8}", functions) == ["OnEvent", "IsComplete"]
    assert len(re.findall("ServiceRole", text)) == 3


def test_role_with_a_wildcard_action_is_a_standing_role(review: Review) -> None:
    page = review(COOKIE_SERVICE, '"logs:CreateLogGroup"', '"cloudfront:Up*"', "example")
    text = chapter(page, "Who can use the role that changes distributions")
    assert re.search(r"`CookieFunctionRole\w+` stays in the account", text)


def test_page_names_the_resources_that_outlive_the_stack(pages: dict[str, str]) -> None:
    created = chapter(pages["every-key"], "What is created and what is kept")
    kept = re.findall(r"`AWS::(\w+::\w+)` .* \| \*\*kept\*\*.* \|$", created, re.MULTILINE)
    assert kept == ["IAM::Role", "Lambda::Function", "Lambda::Version"]


def test_page_has_the_monthly_price_of_docs_operate(pages: dict[str, str]) -> None:
    """It pays for 14 alarm metrics (8 of proxies, 3 of each distribution) and a dashboard."""
    assert "Due each month without any request: $4.40 " in pages["every-key"]
    assert "Due each month without any request: $0.00 " in pages["example"]


def test_every_price_is_in_the_documentation(pages: dict[str, str]) -> None:
    documented = "".join(
        (ROOT / "docs" / name).read_text() for name in ("operate.md", "performance.md")
    )
    text = chapter(pages["every-key"], "What it costs").partition("Due each month")[0]
    prices = re.findall(r"\$[\d.]+", text)
    assert len(prices) == 5
    assert [price for price in prices if price not in documented] == []


def test_page_lists_the_logs_and_their_retention(pages: dict[str, str]) -> None:
    text = chapter(pages["attached"], "What is logged")
    assert len(re.findall(r"LogGroup\w+}`, kept for 30 days$", text, re.MULTILINE)) == 5
    assert len(re.findall(r"Distribution\w+`: no access logs$", text, re.MULTILINE)) == 2
    assert len(re.findall(r"^- `CookieFunction\w+`: .*\*\*forever\*\*", text, re.MULTILINE)) == 1


def test_log_group_without_retention_is_kept_forever(review: Review) -> None:
    page = review(COOKIE_SERVICE, '"RetentionInDays": 30', '"LogGroupClass": "STANDARD"')
    text = chapter(page, "What is logged")
    assert len(re.findall(r"LogGroup\w+}`, kept \*\*forever\*\*$", text, re.MULTILINE)) == 5


def test_page_lists_who_can_run_up_the_bill(pages: dict[str, str]) -> None:
    without, with_acl = (
        chapter(pages[name], "Who can cause costs") for name in ("example", "every-key")
    )
    assert without.count("no web ACL limits them") == 2
    assert with_acl.count("webacl/proxies") == 2
    assert "at most 5 seconds at 128 MB" in without


@pytest.mark.parametrize(
    ("template", "old", "new", "row"),
    [
        pytest.param(
            COOKIE_SERVICE,
            '"AssumeRolePolicyDocument"',
            '"PermissionsBoundary": "arn:aws:iam::111122223333:policy/B", '
            '"AssumeRolePolicyDocument"',
            r"^\| permissions boundary of `CookieFunctionRole\w+` \| "
            r"`arn:aws:iam::111122223333:policy/B` \|$",
            id="boundary",
        ),
        pytest.param(
            PROXIES,
            '"Resources": {',
            '"Metadata": {"owner": "web"}, "Resources": {',
            r"^\| metadata `owner` \| `web` \|$",
            id="metadata",
        ),
        pytest.param(
            "manifest.json",
            '"FirstPartyTracking:domain": "example.com"',
            '"cost-center": "42"',
            r"^\| tags of the stack \| `cost-center=42` \|$",
            id="tags",
        ),
        pytest.param(
            "manifest.json",
            '"bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version", '
            '"additionalDependencies"',
            '"bootstrapStackVersionSsmParameter": "/cdk-bootstrap/acme/version", '
            '"additionalDependencies"',
            r"^\| bootstrap qualifier \| `acme` \|$",
            id="qualifier",
        ),
    ],
)
def test_setting_of_a_stack_is_shown(
    review: Review, template: str, old: str, new: str, row: str
) -> None:
    assert re.search(row, review(template, old, new), re.MULTILINE)


def test_text_in_a_template_cannot_break_the_page(review: Review) -> None:
    hostile = json.dumps("a`|\n\x1b[31m# b")[1:-1]
    page = review(PROXIES, "FirstPartyTracking-example-com-SdkProxy", hostile)
    assert "| `` a`\\|\\n\\x1b[31m# b `` |" in page
    assert "\x1b" not in page


def test_command_without_an_assembly_synthesizes_one(pages: dict[str, str], tmp_path: Path) -> None:
    """It needs only the environment's Node.js.

    The CDK CLI adds metadata to its templates, so only some chapters are the same.
    """
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "CDK_VALIDATION": "false"}
    certificate = f"certificate_arn={example.CONTEXT['certificate_arn']}"
    done = run_tool(environment, "review", *options(certificate))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no known" not in done.stdout
    for title in ("Hightouch's tables and the templates", "IAM statements", "What is logged"):
        assert chapter(done.stdout, title) == chapter(pages["example"], title)


def test_invalid_context_is_the_error_of_synth() -> None:
    done = run_tool(os.environ, "review", *options("cookie_max_age_days=0"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "cookie_max_age_days" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(None, id="no-manifest"),
        pytest.param("{", id="no-json"),
        pytest.param("[]", id="list"),
        pytest.param('{"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}', id="no-stack"),
    ],
)
def test_folder_without_an_assembly_is_one_error(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    done = run_tool(os.environ, "review", "--assembly", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: got '{tmp_path}', expected the folder that cdk synth")
    assert done.stderr.count("\n") == 1


def test_invalid_template_is_one_error(assemblies: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "edited"
    shutil.copytree(assemblies["example"], folder)
    (folder / PROXIES).write_text('{"Resources": {"A": {}}}')
    done = run_tool(os.environ, "review", "--assembly", str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: a template does not have CloudFormation's format")
    assert done.stderr.count("\n") == 1


def test_context_for_a_finished_assembly_is_a_usage_error(tmp_path: Path) -> None:
    done = run_tool(os.environ, "review", "--assembly", str(tmp_path), "-c", "domain=example.com")
    assert (done.returncode, done.stdout) == (2, "")
