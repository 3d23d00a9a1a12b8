"""Three checkers of the templates: cfn-lint, cdk-nag, and CDK's own validation.

Each finds different faults. For each checker, a second test shows that it finds a fault.
"""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk.cx_api import CloudAssembly

from tests.support.templates import MakeApp

every_app = pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="not-attached"),
        pytest.param({"site_distribution_id": "E123,E456"}, id="attached"),
        pytest.param(
            {
                "site_distribution_id": "E123,E456",
                "hosted_zone_id": "Z1D633PJN98FT9",
                "web_acl_arn": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/proxies/"
                "12345678-1234-1234-1234-123456789012",
                "alarm_topic_arn": "arn:aws:sns:us-east-1:111122223333:on-call",
                "forward_cookies": "false",
                "events_host_header": "origin",
                "honor_gpc": "true",
                "mark_restored": "true",
            },
            id="every-key",
        ),
    ],
)


def lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    """Run cfn-lint over `templates`."""
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run(
        [cfn_lint, "--non-zero-exit-code", "warning", "--", *templates],
        capture_output=True,
        text=True,
        check=False,
    )


def check(app: cdk.App, plugin: cdk.IPolicyValidationPlugin) -> set[str]:
    """Synthesize `app` with `plugin`, and return the findings that no acknowledgment covers.

    Each finding is "rule construct-path". Warnings count.
    """
    cdk.Validations.of(app).add_plugins(plugin)
    with contextlib.suppress(RuntimeError):  # raised for errors, once the report is written
        app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text())["pluginReports"]
    return {
        f"{violation['ruleName']} {construct['constructPath']}"
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }


def proxies_of(app: cdk.App) -> cdk.Stack:
    """Return the app's stack of the two proxies."""
    stack = app.node.find_child("FirstPartyTracking-example-com-Proxies")
    assert isinstance(stack, cdk.Stack)
    return stack


@every_app
def test_cfn_lint_finds_nothing(make_app: MakeApp, context: dict[str, str]) -> None:
    """It finds neither an error nor a warning in either template."""
    stacks = make_app(context).synth().stacks
    found = lint(*(Path(stack.template_full_path) for stack in stacks))
    assert (found.stdout, found.returncode) == ("", 0)


def test_cfn_lint_finds_a_fault(assembly: CloudAssembly, tmp_path: Path) -> None:
    """A template with one misspelled property fails."""
    (template,) = (
        stack.template_full_path
        for stack in assembly.stacks
        if stack.stack_name == "FirstPartyTracking-example-com-Proxies"
    )
    broken = tmp_path / "broken.template.json"
    broken.write_text(Path(template).read_text().replace('"HttpVersion"', '"HttpVersions"'))
    found = lint(broken)
    assert "HttpVersions" in found.stdout
    assert found.returncode != 0


@every_app
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(
    make_app: MakeApp, context: dict[str, str]
) -> None:
    """If Hightouch's table breaks a rule, the acknowledgment has the reason."""
    assert check(make_app(context), cdk_nag.AwsSolutionsChecks(verbose=True)) == set()


def test_cdk_nag_finds_a_distribution_without_acknowledgments(make_app: MakeApp) -> None:
    """Without acknowledgments, the same rules report it. Warnings count."""
    app = make_app()
    cloudfront.Distribution(
        proxies_of(app),
        "Bare",
        default_behavior=cloudfront.BehaviorOptions(origin=origins.HttpOrigin("example.com")),
    )
    assert check(app, cdk_nag.AwsSolutionsChecks(verbose=True)) >= {
        "AwsSolutions-CFR1 FirstPartyTracking-example-com-Proxies/Bare/Resource",
        "AwsSolutions-CFR2 FirstPartyTracking-example-com-Proxies/Bare/Resource",
        "AwsSolutions-CFR3 FirstPartyTracking-example-com-Proxies/Bare/Resource",
    }


@every_app
def test_cdks_own_validation_finds_nothing(make_app: MakeApp, context: dict[str, str]) -> None:
    """It runs in a user's synth. The environment of these tests turns it off."""
    assert check(make_app(context), cdk.CloudFormationValidatePlugin()) == set()


def test_cdks_own_validation_finds_a_missing_property(make_app: MakeApp) -> None:
    """It knows the properties that CloudFormation requires."""
    app = make_app()
    cdk.CfnResource(
        proxies_of(app), "Broken", type="AWS::SSM::Parameter", properties={"Type": "String"}
    )
    found = check(app, cdk.CloudFormationValidatePlugin())
    assert "F3003 FirstPartyTracking-example-com-Proxies/Broken" in found


def test_unacknowledged_error_stops_the_synth(make_app: MakeApp) -> None:
    """The synth fails if a template breaks a rule without an acknowledgment."""
    app = make_app()
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks())
    cloudfront.Distribution(
        proxies_of(app),
        "Bare",
        default_behavior=cloudfront.BehaviorOptions(origin=origins.HttpOrigin("example.com")),
    )
    with pytest.raises(RuntimeError, match="AwsSolutions-CFR3"):
        app.synth()
