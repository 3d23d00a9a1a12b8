"""The roles of a deployment from CI in the AWS emulator: the deployer, and CloudFormation's."""

import json
from collections.abc import Mapping
from typing import Any

import boto3

from tests.support.checkout import ROOT
from tests.support.documents import EXAMPLE_ACCOUNT, blocks
from tests.support.emulated_account import ACCOUNT, environment_of, make_role

_EXECUTION_ROLE = f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"

Policy = dict[str, Any]


def documented_policy() -> Policy:
    """Return the deployer's policy in docs/ci.md, with the emulator's account."""
    document = (ROOT / "docs" / "ci.md").read_text().replace(EXAMPLE_ACCOUNT, ACCOUNT)
    [policy] = [
        policy
        for policy in map(json.loads, blocks(document, "json"))
        if policy["Statement"][0]["Action"] == "sts:AssumeRole"
    ]
    assert isinstance(policy, dict)
    return policy


def environment_of_role(aws: Mapping[str, str], policy: Policy) -> dict[str, str]:
    """Return the environment in which commands run as a new role with only this policy."""
    role = make_role()
    _attach(role, policy)
    return dict(aws) | environment_of(role)


def restrict_cloudformation(policy: Policy) -> None:
    """Replace the policies of CloudFormation's role with this one, as a bootstrap with it does."""
    iam = boto3.client("iam")
    attached = iam.list_attached_role_policies(RoleName=_EXECUTION_ROLE)["AttachedPolicies"]
    for each in attached:
        iam.detach_role_policy(RoleName=_EXECUTION_ROLE, PolicyArn=each["PolicyArn"])
    _attach(_EXECUTION_ROLE, policy)


def _attach(role: str, policy: Policy) -> None:
    """Attach the policy as a managed one, which takes effect without the emulator's delay."""
    iam = boto3.client("iam")
    made = iam.create_policy(PolicyName=f"of-{role}", PolicyDocument=json.dumps(policy))
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
