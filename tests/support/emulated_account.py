"""Roles, functions, and callers in the AWS emulator that boto3 uses."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

ACCOUNT = "000000000000"
#: The services that have to be able to assume the role of a Lambda@Edge function.
EDGE_SERVICES = ("lambda.amazonaws.com", "edgelambda.amazonaws.com")

_ECHO = "def handler(event, context): return event"


def policy(*actions: str) -> str:
    """Return a policy that allows these actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(*services: str) -> str:
    """Create a role and return its name.

    The services can assume it, or, if none are given, the account's users.
    """
    name = f"role-{uuid.uuid4()}"
    root = f"arn:aws:iam::{ACCOUNT}:root"
    principal = {"Service": list(services)} if services else {"AWS": root}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    boto3.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    return name


def environment_of(role_name: str) -> dict[str, str]:
    """Assume the role, and return its credentials as the environment of a command."""
    answer = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role_name}", RoleSessionName="test"
    )
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def session_of(role_name: str) -> boto3.Session:
    """Assume the role, and return a session with its credentials."""
    credentials = environment_of(role_name)
    return boto3.Session(
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )


def session_with(*actions: str) -> boto3.Session:
    """Return the session of a new role that may use only these actions, without any delay."""
    role = make_role()
    iam = boto3.client("iam")
    made = iam.create_policy(PolicyName=f"of-{role}", PolicyDocument=policy(*actions))
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
    return session_of(role)


def credentials_with(*actions: str) -> dict[str, str]:
    """Return the environment variables of a command that may use only these actions."""
    credentials = session_with(*actions).get_credentials()
    assert credentials is not None
    assert credentials.token is not None
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }


def caller(*actions: str) -> "CloudFrontClient":
    """Return a client that may use only these actions."""
    return session_with(*actions).client("cloudfront")


def make_function(
    code: str = _ECHO, *, name: str | None = None, role: str | None = None, **own: Any
) -> str:
    """Create a Lambda function and return its name, which is `name` if given.

    Lambda@Edge accepts the function unless `role` or `own` prevents that.
    """
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", code)
    name = name or f"function-{uuid.uuid4()}"
    boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{role or make_role(*EDGE_SERVICES)}",
        Handler="handler.handler",
        Code={"ZipFile": package.getvalue()},
        **own,
    )
    return name


def publish_next(function_name: str) -> str:
    """Change the function, publish a version, which is still Pending, and return its ARN.

    Lambda publishes no version without a change.
    """
    lambda_ = boto3.client("lambda")
    lambda_.update_function_configuration(FunctionName=function_name, Description=str(uuid.uuid4()))
    return lambda_.publish_version(FunctionName=function_name)["FunctionArn"]


@contextmanager
def another_version(version_arn: str) -> Iterator[str]:
    """Publish another version of the function for the length of the block; yield its ARN."""
    lambda_ = boto3.client("lambda")
    function = version_arn.rpartition(":")[0]
    description = lambda_.get_function_configuration(FunctionName=function)["Description"]
    arn = publish_next(function)
    _wait_until_active(arn)
    try:
        yield arn
    finally:
        lambda_.delete_function(FunctionName=arn)
        lambda_.update_function_configuration(FunctionName=function, Description=description)


def _wait_until_active(version_arn: str) -> None:
    boto3.client("lambda").get_waiter("published_version_active").wait(
        FunctionName=version_arn, WaiterConfig={"Delay": 1}
    )


def make_versions(count: int, **own: Any) -> list[str]:
    """Return the ARNs of versions 1 to `count`, all Active, of a function with settings `own`."""
    name = make_function(**own)
    arns = [publish_next(name) for _ in range(count)]
    _wait_until_active(arns[-1])
    return arns


def make_version(**own: Any) -> str:
    """Return the ARN of an Active version of a function with settings `own`."""
    [arn] = make_versions(1, **own)
    return arn
