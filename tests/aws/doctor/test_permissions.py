"""What doctor does if AWS denies a request, and the IAM policy that it prints."""

import json
from dataclasses import replace
from typing import Any

from tests.support import faults
from tests.support.deployed_example import DeployedExample, findings
from tools.doctor import permissions, report
from tools.doctor.checks import Account, Aws


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


def test_policy_grants_exactly_what_is_called(
    deployed: DeployedExample, private: DeployedExample
) -> None:
    """Every call of a whole run, by its IAM action, and each of them only reads."""
    called: set[str] = set()

    def listen(event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        called.add(f"{service}:{operation}")

    for example in (deployed, private):
        aws = Aws.connect()
        clients: Any = (aws.acm, aws.cloudformation, aws.cloudfront, aws.iam, aws.lambda_, aws.ssm)
        for client in clients:
            client.meta.events.register("before-send", listen)
        doctor = example.doctor()
        account = Account.read(aws, doctor.deployment)
        for _ in report.run(replace(doctor, aws=aws, account=account).checks()):
            pass

    granted = json.loads(permissions.policy())["Statement"][0]["Action"]
    assert sorted(called) == sorted(granted)
    assert all(
        action.partition(":")[2].startswith(("Get", "List", "Describe")) for action in granted
    )
