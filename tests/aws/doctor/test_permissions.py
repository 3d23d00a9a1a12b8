"""The IAM policies of doctor and plan, and requests that AWS denies."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from attachment.live import explain
from tests.support import faults
from tests.support.deployed_example import DeployedExample, findings
from tests.support.emulated_account import credentials_with, session_with
from tests.support.tool_commands import run_tool
from tools import permissions
from tools.aws_clients import open_session, read_caller
from tools.commands import Commands
from tools.doctor import report
from tools.doctor.checks import Account, Aws
from tools.limits import Limits, read_limits
from tools.plan import plan


def test_denied_request_is_a_finding_that_names_the_policy(deployed: DeployedExample) -> None:
    doctor = deployed.doctor()
    denied = faults.refused(403, "AccessDenied", "not authorized: cloudfront:ListDomainConflicts")

    def answer(request: Any, **_: object) -> Any:
        return denied(request)

    event = "before-send.cloudfront.ListDomainConflicts"
    doctor.aws.cloudfront.meta.events.register(event, answer)
    name = "alternate domain names"
    [finished] = report.run({name: doctor.checks()[name]})

    [finding] = findings(finished.results)
    assert finding.code == "aws-denied"
    assert "(AccessDenied: not authorized: cloudfront:ListDomainConflicts)" in finding.problem
    assert "python -m tools doctor --policy" in finding.fix


#: The prefix of IAM actions for each service where it differs from the API's name.
PREFIXES = {"pricing-plan-manager": "pricingplanmanager", "service-quotas": "servicequotas"}


class Calls:
    """The IAM actions that the clients of a session use."""

    def __init__(self, session: boto3.Session) -> None:
        self.actions: set[str] = set()
        session.events.register("before-send", self._add)

    def _add(self, event_name: str, **_: Any) -> None:
        api, operation = event_name.split(".")[1:]
        self.actions.add(f"{PREFIXES.get(api, api)}:{operation}")


def granted(actions: Sequence[str]) -> list[str]:
    """Return the actions of the policy, which all have to be reads."""
    listed: list[str] = json.loads(permissions.policy(actions))["Statement"][0]["Action"]
    assert all(
        action.partition(":")[2].startswith(("Get", "List", "Describe")) for action in listed
    )
    return sorted(listed)


def test_policy_of_doctor_grants_exactly_what_it_calls(
    deployed: DeployedExample, private: DeployedExample
) -> None:
    called = set()
    for example in (deployed, private):
        session = open_session()
        calls = Calls(session)
        aws = Aws.connect(session)
        doctor = example.doctor()
        account = Account.read(aws, doctor.deployment)
        for _ in report.run(replace(doctor, aws=aws, account=account).checks()):
            pass
        called |= calls.actions
    assert sorted(called) == granted(permissions.DOCTOR)


def test_policy_of_plan_grants_exactly_what_it_calls(deployed: DeployedExample) -> None:
    session = open_session()
    calls = Calls(session)
    cloudformation, cloudfront = session.client("cloudformation"), session.client("cloudfront")
    planned = plan(
        deployed.doctor().deployment,
        Commands(),
        read_caller(session),
        cloudformation,
        cloudfront,
        lambda: read_limits(session),
    )
    assert len(list(planned)) == 1
    assert sorted(calls.actions) == granted(permissions.PLAN)


@pytest.mark.parametrize(
    ("command", "actions"),
    [
        pytest.param(["plan"], permissions.PLAN, id="plan"),
        pytest.param(["doctor", "--via", "http://127.0.0.1:9"], permissions.DOCTOR, id="doctor"),
    ],
)
def test_command_runs_with_only_its_policy(
    aws: dict[str, str], deployed: DeployedExample, command: list[str], actions: Sequence[str]
) -> None:
    done = run_tool(aws | credentials_with(*actions), *command, "--json", *deployed.options)
    assert done.stderr == ""
    assert "aws-denied" not in done.stdout
    assert "tags-unreadable" not in done.stdout


#: The emulator's IAM does not check the first two; tests/tools/test_limits.py tests their denial.
#: No policy denies the last one:
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
NEVER_DENIED = (
    "pricingplanmanager:ListSubscriptions",
    "servicequotas:ListServiceQuotas",
    "sts:GetCallerIdentity",
)


@pytest.mark.parametrize("missing", [one for one in permissions.PLAN if one not in NEVER_DENIED])
def test_plan_without_an_action_of_its_policy_names_the_denied_action(
    deployed: DeployedExample, missing: str
) -> None:
    session = session_with(*(action for action in permissions.PLAN if action != missing))
    clients = session.client("cloudformation"), session.client("cloudfront")
    try:
        [planned] = plan(
            deployed.doctor().deployment,
            Commands(),
            deployed.doctor().account.caller,
            *clients,
            lambda: Limits(tiers={}, quota=75),
        )
        found = [*planned.warnings, *([planned.refusal] if planned.refusal else [])]
    except ClientError as error:
        found = [explain(error)]
    assert [finding.code for finding in found] in (["aws-denied"], ["tags-unreadable"])
    assert missing in found[0].problem
