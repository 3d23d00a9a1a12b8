"""Changes that take effect for a role only after some requests.

The numbers are those of tools/emulator/delays.py.
"""

import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.cloudfront_writes import rejection, write
from tests.support.customer import create_distribution
from tests.support.emulated_account import caller, make_role, policy, session_of

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

ACTIONS = ("cloudfront:Get*", "cloudfront:UpdateDistribution")


@pytest.fixture
def site() -> str:
    """A new distribution."""
    return create_distribution(alias=f"{uuid.uuid4()}.example.com")


@pytest.fixture(scope="module")
def role() -> "CloudFrontClient":
    """A client of a role that may read and write distributions."""
    return caller(*ACTIONS)


def set_comment(config: dict[str, Any]) -> None:
    config["Comment"] = "after"


def comments(cloudfront: "CloudFrontClient", site: str, reads: int) -> list[str]:
    """Return whether each of several reads has the comment from before or after a write."""
    found = []
    for number in range(reads):
        if number % 2:
            config: Any = cloudfront.get_distribution(Id=site)["Distribution"]["DistributionConfig"]
        else:
            config = cloudfront.get_distribution_config(Id=site)["DistributionConfig"]
        found.append("after" if config["Comment"] == "after" else "before")
    return found


def statuses(cloudfront: "CloudFrontClient", site: str, reads: int) -> list[str]:
    """Return the status in each of several reads."""
    return [cloudfront.get_distribution(Id=site)["Distribution"]["Status"] for _ in range(reads)]


def test_one_read_after_a_write_returns_the_old_document(
    site: str, role: "CloudFrontClient"
) -> None:
    assert comments(role, site, 2) == ["before", "before"]
    write(site, set_comment, role)

    assert comments(role, site, 4) == ["before", "after", "after", "after"]


def test_old_document_has_the_old_etag(site: str, role: "CloudFrontClient") -> None:
    write(site, set_comment, role)

    stale = role.get_distribution_config(Id=site)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        role.update_distribution(
            Id=site, IfMatch=stale["ETag"], DistributionConfig=stale["DistributionConfig"]
        )
    fresh = role.get_distribution_config(Id=site)
    role.update_distribution(
        Id=site, IfMatch=fresh["ETag"], DistributionConfig=fresh["DistributionConfig"]
    )


def test_status_is_in_progress_for_two_reads_of_the_new_document(
    site: str, role: "CloudFrontClient"
) -> None:
    assert statuses(role, site, 1) == ["Deployed"]
    write(site, set_comment, role)

    # The first read returns the state before the write.
    expected = ["Deployed", "InProgress", "InProgress", "Deployed", "Deployed"]
    assert statuses(role, site, 5) == expected


def test_write_of_another_tool_is_delayed_too(site: str, role: "CloudFrontClient") -> None:
    write(site, set_comment)

    assert comments(role, site, 2) == ["before", "after"]


def test_root_user_sees_changes_without_delay(site: str, role: "CloudFrontClient") -> None:
    """Otherwise the tests' own reads would use up the delays."""
    root = boto3.client("cloudfront")
    write(site, set_comment, role)

    assert comments(root, site, 2) == ["after", "after"]
    assert statuses(root, site, 1) == ["Deployed"]
    assert comments(role, site, 2) == ["before", "after"]


def test_rejected_write_changes_nothing(site: str, role: "CloudFrontClient") -> None:
    def break_it(config: dict[str, Any]) -> None:
        config["CallerReference"] = "another"

    assert rejection(site, break_it, role)[0] == 400
    assert statuses(role, site, 2) == ["Deployed", "Deployed"]


def answers(cloudfront: "CloudFrontClient", site: str, requests: int) -> list[str]:
    """Return whether IAM allows each of several requests."""
    found = []
    for _ in range(requests):
        try:
            cloudfront.get_distribution_config(Id=site)
        except cloudfront.exceptions.AccessDenied:
            found.append("denied")
        else:
            found.append("allowed")
    return found


def test_policy_put_on_a_role_counts_after_three_requests(site: str) -> None:
    name = make_role()
    cloudfront = session_of(name).client("cloudfront")
    assert answers(cloudfront, site, 1) == ["denied"]
    boto3.client("iam").put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=policy(*ACTIONS)
    )

    assert answers(cloudfront, site, 5) == ["denied", "denied", "denied", "allowed", "allowed"]


def test_replaced_policy_counts_until_the_new_one_does(site: str) -> None:
    name = make_role()
    iam = boto3.client("iam")
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*ACTIONS))
    cloudfront = session_of(name).client("cloudfront")
    answers(cloudfront, site, 3)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy("cloudfront:List*"))

    assert answers(cloudfront, site, 4) == ["allowed", "allowed", "allowed", "denied"]
