"""The check of the cookie service's behaviors on the site's distributions."""

from dataclasses import replace

import boto3
import pytest

from attachment.finding import Finding
from tests.support.customer import behavior, create_distribution
from tests.support.deployed_example import DeployedExample, findings
from tests.support.distribution_edits import (
    Change,
    Configuration,
    delete_distribution,
    drop_behaviors,
    edited,
    methods,
    put_first,
    runs,
    service_behavior,
    set_behavior,
    set_configuration,
)
from tests.support.emulated_account import another_version
from tests.support.printed_fixes import commands_of
from tools.doctor.report import Inconclusive, Note


def test_behaviors_that_the_deployment_attached_are_accepted(deployed: DeployedExample) -> None:
    assert deployed.run_check("attachment") == []


def test_removed_behaviors_are_findings(deployed: DeployedExample) -> None:
    """CloudFormation does not notice the removal, so the fix names the command."""
    with edited(deployed.site, drop_behaviors("/ht/renew", "/ht/clear")):
        found = findings(deployed.run_check("attachment"))
    assert [(finding.code, finding.problem) for finding in found] == [
        (
            "attachment-differs",
            f"{deployed.site} differs from this context; a deployment would add behavior {path} "
            f"with {deployed.version}",
        )
        for path in ("/ht/renew", "/ht/clear")
    ]
    assert f"-c site_distribution_id={deployed.site} -c repair=1" in commands_of(found[0])[0]


def test_older_version_is_a_finding(deployed: DeployedExample) -> None:
    with (
        another_version(deployed.version) as other,
        edited(deployed.site, set_behavior("/ht/renew", **runs(other))),
    ):
        [finding] = findings(deployed.run_check("attachment"))
    assert finding.code == "attachment-differs"
    assert finding.problem.startswith(f"{deployed.site} ")
    assert finding.problem.endswith(f" set the function of /ht/renew to {deployed.version}")


def test_wildcard_before_the_cookie_services_behaviors_is_a_finding(
    deployed: DeployedExample,
) -> None:
    with edited(deployed.site, put_first(behavior(PathPattern="/ht/r*"))):
        [finding] = findings(deployed.run_check("attachment"))
    assert finding.code == "behavior-comes-first"
    assert finding.problem.startswith(f"{deployed.site}: behavior /ht/r* ")
    assert finding.problem.endswith(" /ht/renew")


def test_function_of_another_tool_on_a_path_is_a_finding(deployed: DeployedExample) -> None:
    """The function may be in use, so the fix keeps it."""
    other = "arn:aws:lambda:us-east-1:000000000000:function:a:1"
    with edited(deployed.site, set_behavior("/ht/renew", **runs(other))):
        [finding] = findings(deployed.run_check("attachment"))
    assert finding.code == "behavior-exists"
    assert finding.problem.startswith(f"{deployed.site}: behavior '/ht/renew' ")
    assert finding.problem.endswith(f": it sends requests to origin 'site' and runs {other}")
    assert finding.fix.startswith("do not remove it")
    assert "renew_path" in finding.fix
    assert "clear_path" in finding.fix


def test_disabled_distribution_is_a_finding(deployed: DeployedExample) -> None:
    with edited(deployed.site, set_configuration(Enabled=False)):
        [finding] = findings(deployed.run_check("attachment"))
    assert finding.code == "distribution-disabled"
    assert finding.problem.startswith(f"{deployed.site}: ")


@pytest.mark.parametrize(
    ("aliases", "listed"),
    [
        pytest.param({"Quantity": 1, "Items": ["www.example.net"]}, "www.example.net", id="other"),
        pytest.param({"Quantity": 0}, "none", id="none"),
    ],
)
def test_distribution_without_a_name_of_the_site_is_a_finding_unless_attached(
    deployed: DeployedExample, aliases: Configuration, listed: str
) -> None:
    """An attached one may be behind another CDN; any other is probably the wrong distribution."""
    with edited(deployed.site, set_configuration(Aliases=aliases)):
        [note] = deployed.run_check("attachment")
        with edited(deployed.site, drop_behaviors("/ht/renew", "/ht/clear")):
            *_, finding = findings(deployed.run_check("attachment"))
    assert finding.code == "no-site-name"
    assert finding.problem.startswith(f"{deployed.site}: ")
    assert "example.com" in finding.problem
    assert finding.problem.endswith(f" (it has: {listed})")
    assert note == Note(
        "no-site-name",
        f"{finding.problem}; browsers keep its cookies only if another CDN with such a name sends "
        "its requests to this distribution",
    )


def test_another_host_of_the_site_is_accepted(deployed: DeployedExample) -> None:
    """A site with several distributions has several hosts, and `domain` is only one of them."""
    name = "FirstPartyTracking-example-com"
    assert deployed.run_check("attachment", domain="shop.example.com", name=name) == []


@pytest.mark.parametrize(
    ("change", "code", "problem"),
    [
        pytest.param(
            set_behavior("/ht/renew", **methods("GET", "HEAD")),
            "behavior-without-post",
            "allows only GET, HEAD on /ht/renew",
            id="no-POST",
        ),
        pytest.param(
            set_behavior(
                "/ht/renew", TrustedKeyGroups={"Enabled": True, "Quantity": 1, "Items": ["K1"]}
            ),
            "behavior-signed",
            "requires signed requests on /ht/renew",
            id="key-group",
        ),
    ],
)
def test_setting_of_a_behavior_that_makes_calls_fail_is_a_finding(
    deployed: DeployedExample, change: Change, code: str, problem: str
) -> None:
    with edited(deployed.site, change):
        [finding] = findings(deployed.run_check("attachment"))
    assert finding.code == code
    assert finding.problem == f"{deployed.site} {problem}"


def test_custom_error_response_is_a_note(deployed: DeployedExample) -> None:
    """Many sites map 403 to a page, and the SDK's own calls get a 200."""
    responses = {
        "Quantity": 1,
        "Items": [
            {
                "ErrorCode": 403,
                "ResponsePagePath": "/index.html",
                "ResponseCode": "200",
                "ErrorCachingMinTTL": 10,
            }
        ],
    }
    with edited(deployed.site, set_configuration(CustomErrorResponses=responses)):
        [note] = deployed.run_check("attachment")
        [hidden] = deployed.run_check("cookie service on www.example.com")
    assert isinstance(note, Note)
    assert note.code == "error-response"
    assert "403" in note.text
    assert isinstance(hidden, Inconclusive)
    assert hidden.code == "status-replaced"


def test_distribution_of_another_stack_is_a_finding(deployed: DeployedExample) -> None:
    """The next deployment of that stack removes the cookie service's behaviors."""
    cloudfront = boto3.client("cloudfront")
    arn = cloudfront.get_distribution(Id=deployed.site)["Distribution"]["ARN"]
    key = "aws:cloudformation:stack-name"
    cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": key, "Value": "their-site"}]})
    try:
        [finding] = findings(deployed.run_check("attachment"))
    finally:
        cloudfront.untag_resource(Resource=arn, TagKeys={"Items": [key]})
    assert finding.code == "owned-by-stack"
    assert finding.problem.startswith(f"{deployed.site}: ")
    assert " their-site" in finding.problem


def test_behaviors_that_another_tool_added_are_a_note(deployed: DeployedExample) -> None:
    """These behaviors may be intended, so the note tells how to manage or remove them."""
    added = [service_behavior(path, deployed.version) for path in ("/ht/renew", "/ht/clear")]
    shop = create_distribution(*added, alias="shop.example.com")
    try:
        [note] = deployed.run_check("attachment")
        assert "cookie service on shop.example.com" in deployed.doctor().checks()
        with edited(shop, drop_behaviors("/ht/clear")):
            finding, _ = deployed.run_check("attachment")
    finally:
        delete_distribution(shop)
    assert isinstance(note, Note)
    assert note.code == "unmanaged-behaviors"
    assert isinstance(finding, Finding)
    assert finding.code == "attachment-differs"
    assert finding.problem.startswith(f"{shop} ")
    assert finding.problem.endswith(f" add behavior /ht/clear with {deployed.version}")
    assert finding.fix.startswith("change it with the tool that manages it")


def test_missing_distribution_leaves_the_others_checked(deployed: DeployedExample) -> None:
    both = f"E2QWRUHAPOMQZL,{deployed.site}"
    with edited(deployed.site, set_configuration(Enabled=False)):
        missing, disabled = findings(deployed.run_check("attachment", site_distribution_id=both))
    assert missing.code == "no-such-distribution"
    assert missing.problem.startswith("E2QWRUHAPOMQZL: ")
    assert disabled.code == "distribution-disabled"
    assert disabled.problem.startswith(f"{deployed.site}: ")


def test_service_on_no_distribution_is_a_finding_that_names_the_likely_one(
    deployed: DeployedExample,
) -> None:
    doctor = deployed.doctor(site_distribution_id="none")
    without = replace(doctor.account.deployed, attachments={})
    with edited(deployed.site, drop_behaviors("/ht/renew", "/ht/clear")):
        account = replace(deployed.doctor().account, deployed=without)
    [finding] = findings(list(replace(doctor, account=account).checks()["attachment"]()))
    assert finding.code == "not-attached"
    [command] = commands_of(finding)
    assert command.endswith(f" -c site_distribution_id={deployed.site}")


def test_service_on_no_likely_distribution_has_no_command(deployed: DeployedExample) -> None:
    """Doctor prints no ID that a user could paste."""
    doctor = deployed.doctor(site_distribution_id="none")
    account = replace(
        doctor.account,
        deployed=replace(doctor.account.deployed, attachments={}),
        distributions=[],
    )
    [finding] = findings(list(replace(doctor, account=account).checks()["attachment"]()))
    assert finding.code == "not-attached"
    assert commands_of(finding) == []
