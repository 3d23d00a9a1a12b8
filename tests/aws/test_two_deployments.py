"""Two deployments with different paths, which change one distribution at the same time.

CloudFront requires permissions on all edge functions of a distribution from everyone who changes
it, so each deployment's role gets the statement that `plan` prints for the other's function.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from tests.support.checkout import Checkout
from tests.support.customer import behavior, behaviors, create_distribution, document
from tools import advice

NAMES = ("Shop", "Blog")


def at_once(command: Callable[[str], str]) -> None:
    """Run a command for both deployments at the same time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(command, NAMES))


@pytest.fixture
def checkouts(aws: dict[str, str], tmp_path: Path) -> dict[str, Checkout]:
    """A copy of the project for each deployment."""
    return {name: Checkout.make(tmp_path / name, aws) for name in NAMES}


def version(checkouts: dict[str, Checkout], name: str) -> str:
    """Return the version that a deployment published last."""
    return checkouts[name].outputs(f"{name}-CookieService")["CookieFunctionVersionArn"]


def expected(checkouts: dict[str, Checkout]) -> set[tuple[str, str]]:
    """Return the site's behavior, and those of both deployments with their last versions."""
    own = {
        (f"/{name}/{call}", version(checkouts, name))
        for name in NAMES
        for call in ("renew", "clear")
    }
    return {*own, ("/api/*", "")}


def allow_use(deployment: str, version_arn: str) -> None:
    """Give the role of a deployment the statement that `plan` prints for another function."""
    fix = advice.other_functions([version_arn], is_role_there=True).fix
    statement = json.loads(fix[fix.index("{") :])
    [role] = [
        resource["PhysicalResourceId"]
        for resource in boto3.client("cloudformation").describe_stack_resources(
            StackName=f"{deployment}-CookieService"
        )["StackResources"]
        if resource["LogicalResourceId"].startswith("AttachmentsRole")
    ]
    boto3.client("iam").put_role_policy(
        RoleName=role,
        PolicyName="OtherFunctions",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def test_two_deployments_at_the_same_time_leave_no_trace(checkouts: dict[str, Checkout]) -> None:
    """Both attach, update, and detach. Each changes only its own behaviors."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    before = document(site)

    def deploy(name: str, *context: str) -> str:
        paths = (f"renew_path=/{name}/renew", f"clear_path=/{name}/clear")
        return checkouts[name].deploy_beside_another(
            f"{name}-CookieService", f"name={name}", *paths, *context
        )

    at_once(lambda name: deploy(name, "site_distribution_id=none"))
    for name, other in (NAMES, NAMES[::-1]):
        allow_use(name, version(checkouts, other))

    named = f"site_distribution_id={site}"
    at_once(lambda name: deploy(name, named))
    first = expected(checkouts)
    assert {*behaviors(site)} == first

    at_once(lambda name: deploy(name, named, "cookie_max_age_days=30"))
    assert {*behaviors(site)} == expected(checkouts)
    assert {*behaviors(site)} & first == {("/api/*", "")}

    at_once(lambda name: deploy(name, "site_distribution_id=none"))
    assert document(site) == before
