"""The findings about behaviors on live distributions that `plan` and `doctor` share."""

import json
from dataclasses import replace

import pytest

from attachment.finding import Finding
from tests.support.example import deployment
from tests.support.printed_fixes import commands_of
from tools import advice, behavior_templates
from tools.aws_clients import Caller
from tools.commands import Commands

RESIZE = "arn:aws:lambda:us-east-1:111122223333:function:image-resize:3"
LOGIN = "arn:aws:lambda:us-east-1:111122223333:function:login:12"


GIVEN = Commands(("domain=example.com", "site_distribution_id=E123"))


def test_attached_distribution_of_another_stack_is_not_detached_first() -> None:
    """A deployment without the key detaches nothing, so the site never lacks the behaviors."""
    finding = advice.owned_by_stack("Shop", [], "A", GIVEN)
    assert (finding.code, finding.problem) == (
        "owned-by-stack",
        "the CloudFormation stack Shop owns the distribution, and its next update of the "
        "distribution removes the cookie service's behaviors",
    )
    assert commands_of(finding) == [
        "npx cdk deploy A -c domain=example.com",
        "python -m tools plan -c domain=example.com -c site_distribution_id=E123",
    ]


def test_the_other_distributions_are_managed_again_afterward() -> None:
    assert commands_of(advice.owned_by_stack("Shop", ["E456", "E789"], "A", GIVEN))[-1] == (
        "npx cdk deploy A -c domain=example.com -c site_distribution_id=E456,E789"
    )


def test_a_repair_names_every_attached_distribution() -> None:
    """A deployment with fewer IDs would detach the others."""
    assert advice.repair(["E123", "E456"], "3", "A", GIVEN) == (
        "write the behaviors again, which detaches nothing\n"
        "npx cdk deploy A -c domain=example.com -c site_distribution_id=E123,E456 -c repair=3"
    )


def test_deployment_without_the_key_names_how_to_detach_and_how_to_manage() -> None:
    assert advice.left_attached(["E123", "E456"], "A", Commands(("domain=example.com",))) == (
        Finding(
            "left-attached",
            "site_distribution_id is not given, so the next deployment leaves the behaviors as "
            "they are and no longer manages them; after that, neither site_distribution_id=none "
            "nor `cdk destroy` removes them",
            "to detach the distributions, pass `none` instead of their IDs; to keep managing them\n"
            "npx cdk deploy A -c domain=example.com -c site_distribution_id=E123,E456",
        )
    )


def test_credentials_of_another_account_name_both_accounts() -> None:
    """A certificate and a web ACL are in the account of their distributions."""
    arn = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    config = deployment(certificate_arn=arn).config
    staging = Caller("444455556666", "arn:aws:iam::444455556666:user/ann")
    finding = advice.other_account(config, staging)
    assert finding is not None
    assert finding.code == "other-account"
    assert "account 111122223333" in finding.problem
    assert "account 444455556666 (read as arn:aws:iam::444455556666:user/ann)" in finding.problem
    assert advice.other_account(config, replace(staging, account="111122223333")) is None


def test_unmanaged_behaviors_can_be_kept_managed_or_removed() -> None:
    """The distributions that the stack attached stay attached."""
    finding = advice.unmanaged("E123", ["/ht/renew", "/ht/clear"], ["E456"], "A", GIVEN)
    assert (finding.code, finding.problem) == (
        "unmanaged-behaviors",
        "the distribution runs the cookie service's function on /ht/renew, /ht/clear, and the "
        "stack does not manage these behaviors: neither a deployment nor `cdk destroy` removes "
        "them",
    )
    manage, _, remove = finding.fix.partition("\nto remove them by hand, ")
    assert manage == (
        "keep the behaviors if another tool manages them; to manage them with this stack\n"
        "npx cdk deploy A -c domain=example.com -c site_distribution_id=E456,E123"
    )
    assert remove.endswith(f"\n{behavior_templates.detach('E123', ['/ht/renew', '/ht/clear'])}")


@pytest.mark.parametrize(
    ("paths", "listed"),
    [
        pytest.param(["/ht/renew"], ["/ht/renew"], id="one"),
        pytest.param(["/ht/renew", "/ht/clear"], ["/ht/renew", "/ht/clear"], id="both"),
        pytest.param(["*"], ["*"], id="a-listed-star"),
    ],
)
def test_behaviors_are_removed_by_commands(paths: list[str], listed: list[str]) -> None:
    assert advice.remove_by_hand("E123", paths) == (
        "to remove them by hand, run these with the newest AWS CLI, because an old one deletes the "
        f"settings that it does not know\n{behavior_templates.detach('E123', listed)}"
    )


def test_behaviors_and_the_default_behavior_are_both_named() -> None:
    """The commands remove only listed behaviors."""
    assert advice.remove_by_hand("E123", ["/ht/renew", "Default (*)"]) == (
        "to remove them by hand, edit the default behavior in the CloudFront console, and run "
        "these with the newest AWS CLI, because an old one deletes the settings that it does not "
        f"know\n{behavior_templates.detach('E123', ['/ht/renew'])}"
    )


def test_the_function_is_removed_from_the_default_behavior_in_the_console() -> None:
    assert advice.remove_by_hand("E123", ["Default (*)"]) == (
        "to remove the function, edit the default behavior in the CloudFront console"
    )


def test_other_functions_are_each_named_once() -> None:
    finding = advice.other_functions([RESIZE, LOGIN, RESIZE], is_role_there=True)
    assert finding.code == "other-edge-functions"
    assert finding.problem == (
        f"other teams' edge functions run on the distribution: {RESIZE}, {LOGIN}. CloudFront may "
        "check that the attachment's role can use them, and the role has no permission to"
    )


def test_the_statement_for_other_functions_grants_only_their_use() -> None:
    """It can be pasted into a policy, and also covers later versions."""
    fix = advice.other_functions([RESIZE, LOGIN, RESIZE], is_role_there=True).fix
    _, _, statement = fix.partition(": {")
    assert json.loads("{" + statement) == {
        "Effect": "Allow",
        "Action": ["lambda:EnableReplication*", "lambda:GetFunction"],
        "Resource": [
            "arn:aws:lambda:us-east-1:111122223333:function:image-resize:*",
            "arn:aws:lambda:us-east-1:111122223333:function:login:*",
        ],
    }


@pytest.mark.parametrize(
    ("is_role_there", "deployments"), [(False, 1), (True, 0)], ids=["before", "after"]
)
def test_role_has_to_be_created_only_before_the_first_attachment(
    is_role_there: bool, deployments: int
) -> None:
    """Afterward, a deployment with `none` would detach the distributions."""
    fix = advice.other_functions([RESIZE], is_role_there=is_role_there).fix
    assert fix.count("deploy with site_distribution_id=none") == deployments
