"""Permissions that the caller of UpdateDistribution needs in addition to UpdateDistribution.

CloudFront checks them for every resource that the configuration names, even if the caller did not
add it.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import boto3
import pytest

from tests.support.cloudfront_writes import added, rejection, viewer_request
from tests.support.customer import behavior, create_distribution
from tests.support.emulated_account import caller

ACCEPTED = (200, "", "")
UPDATE = "cloudfront:UpdateDistribution"
ASSOCIATE = (UPDATE, "lambda:GetFunction", "lambda:EnableReplication*")
WEB_ACL = "arn:aws:wafv2:us-east-1:000000000000:global/webacl/shop/11111111"


@pytest.fixture(scope="module", autouse=True)
def service_linked_roles(version: str) -> None:
    """Create the roles that an account's first association creates."""
    create_distribution(
        alias=f"{uuid.uuid4()}.example.com",
        DefaultCacheBehavior=behavior(LambdaFunctionAssociations=viewer_request(version)),
    )


@pytest.fixture
def site() -> str:
    """A distribution that names no other resource."""
    return create_distribution(alias=f"{uuid.uuid4()}.example.com")


def set_comment(config: dict[str, Any]) -> None:
    config["Comment"] = str(uuid.uuid4())


def with_function(version: str) -> Any:
    """Return a change that adds a behavior with this function."""
    functions = viewer_request(version)
    return added(behavior(PathPattern="/new", LambdaFunctionAssociations=functions))


def denied(action: str) -> str:
    """Return the part of IAM's message that names the missing permission."""
    return f"because no identity-based policy allows the {action} action"


def test_caller_needs_update_distribution(site: str) -> None:
    assert rejection(site, set_comment, caller(UPDATE)) == ACCEPTED
    status, code, message = rejection(site, set_comment, caller("cloudfront:GetDistribution"))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(denied(UPDATE))


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (
            (UPDATE, "lambda:EnableReplication*"),
            "Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to "
            "add permission: lambda:GetFunction for resource: ",
        ),
        (
            (UPDATE, "lambda:GetFunction"),
            "Lambda@Edge cannot enable replication for the specified Lambda function. Update the "
            "IAM policy to add permission: lambda:EnableReplication* for resource: ",
        ),
    ],
    ids=["GetFunction", "EnableReplication"],
)
def test_caller_needs_permissions_on_the_function(
    site: str, version: str, actions: Sequence[str], message: str
) -> None:
    expected = (400, "InvalidLambdaFunctionAssociation", f"{message}{version}")
    assert rejection(site, with_function(version), caller(*actions)) == expected
    assert rejection(site, with_function(version), caller(*ASSOCIATE)) == ACCEPTED
    # The function is now associated, and the caller changes another setting.
    assert rejection(site, set_comment, caller(*actions)) == expected


def test_caller_who_removes_a_function_needs_disable_replication(site: str, version: str) -> None:
    assert rejection(site, with_function(version)) == ACCEPTED

    def remove(config: dict[str, Any]) -> None:
        config["CacheBehaviors"] = {"Quantity": 0}

    status, code, message = rejection(site, remove, caller(*ASSOCIATE))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(denied("lambda:DisableReplication"))
    assert rejection(site, remove, caller(UPDATE, "lambda:DisableReplication*")) == ACCEPTED


def test_first_caller_who_associates_a_function_needs_create_service_linked_role(
    site: str, version: str
) -> None:
    iam = boto3.client("iam")
    for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]:
        iam.delete_service_linked_role(RoleName=role["RoleName"])

    status, code, message = rejection(site, with_function(version), caller(*ASSOCIATE))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(denied("iam:CreateServiceLinkedRole"))
    assert "AWSServiceRoleForLambdaReplicator" in message

    first = caller(*ASSOCIATE, "iam:CreateServiceLinkedRole")
    assert rejection(site, with_function(version), first) == ACCEPTED
    assert rejection(site, set_comment, caller(*ASSOCIATE)) == ACCEPTED


def test_caller_needs_get_web_acl_if_the_distribution_has_one(site: str) -> None:
    def set_web_acl(config: dict[str, Any]) -> None:
        config["WebACLId"] = WEB_ACL

    assert rejection(site, set_web_acl) == ACCEPTED

    status, code, message = rejection(site, set_comment, caller(UPDATE))
    assert (status, code) == (403, "AccessDenied")
    assert f"wafv2:GetWebACL on resource: {WEB_ACL}" in message
    assert rejection(site, set_comment, caller(UPDATE, "wafv2:GetWebACL")) == ACCEPTED


def test_caller_needs_get_vpc_origin_if_the_distribution_has_one(site: str) -> None:
    instances = boto3.client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    instance = instances["Instances"][0]["InstanceId"]
    endpoint: Any = {
        "Name": "shop",
        "Arn": f"arn:aws:ec2:us-east-1:000000000000:instance/{instance}",
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only",
    }
    made = boto3.client("cloudfront").create_vpc_origin(VpcOriginEndpointConfig=endpoint)
    vpc_origin = made["VpcOrigin"]["Id"]

    def set_vpc_origin(config: dict[str, Any]) -> None:
        [origin] = config["Origins"]["Items"]
        del origin["CustomOriginConfig"]
        origin["VpcOriginConfig"] = {"VpcOriginId": vpc_origin}

    assert rejection(site, set_vpc_origin) == ACCEPTED

    status, code, message = rejection(site, set_comment, caller(UPDATE))
    assert (status, code) == (403, "AccessDenied")
    arn = f"arn:aws:cloudfront::000000000000:vpcorigin/{vpc_origin}"
    assert f"cloudfront:GetVpcOrigin on resource: {arn}" in message
    assert rejection(site, set_comment, caller(UPDATE, "cloudfront:GetVpcOrigin")) == ACCEPTED
