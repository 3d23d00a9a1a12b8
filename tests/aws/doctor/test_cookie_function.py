"""The check of the edge function and of the parameter with its newest version."""

from dataclasses import replace

import boto3
import pytest

from tests.support.deployed_example import DeployedExample, findings
from tests.support.printed_fixes import commands_of
from tools.deployed import Stack


def test_version_of_this_checkout_is_accepted(deployed: DeployedExample) -> None:
    assert deployed.run_check("cookie function") == []


def test_version_with_other_settings_than_the_contexts_is_a_finding(
    deployed: DeployedExample,
) -> None:
    [finding] = findings(deployed.run_check("cookie function", cookie_max_age_days="30"))
    assert finding.code == "function-code-differs"
    assert finding.problem.startswith(f"lambda_edge/settings.json in {deployed.version} ")


@pytest.mark.parametrize("value", ["arn:aws:lambda:us-east-1:000000000000:function:a:1", ""])
def test_fix_of_a_changed_parameter_restores_it(deployed: DeployedExample, value: str) -> None:
    """The user who runs the fix has another default Region."""
    ssm, name = boto3.client("ssm"), "/FirstPartyTracking-example-com/CookieFunctionVersionArn"
    if value:
        ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    else:
        ssm.delete_parameter(Name=name)
    [finding] = findings(deployed.run_check("cookie function"))
    assert finding.code == "parameter-differs"
    assert finding.problem == (
        f"the parameter {name} is {value or 'missing'}, but the stack has {deployed.version}"
    )

    [command] = commands_of(finding)
    deployed.run_abroad(command)
    assert deployed.run_check("cookie function") == []


def test_missing_stack_is_a_finding_if_the_proxies_exist(deployed: DeployedExample) -> None:
    doctor = deployed.doctor()
    account = replace(doctor.account, cookie_service=Stack(name="Absent-CookieService"))
    [finding] = findings(list(replace(doctor, account=account).checks()["cookie function"]()))
    assert finding.code == "no-stack"
    assert finding.problem.startswith(
        "the stack Absent-CookieService does not exist in account 000000000000 (read as arn:aws:"
    )
