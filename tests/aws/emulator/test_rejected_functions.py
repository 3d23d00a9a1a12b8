"""Functions that CloudFront does not associate with a behavior."""

import uuid

import boto3
import pytest

from tests.support.cloudfront_writes import added, rejection, viewer_request
from tests.support.customer import behavior, create_distribution
from tests.support.emulated_account import (
    ACCOUNT,
    make_function,
    make_role,
    make_version,
    publish_next,
)


@pytest.fixture(scope="module")
def site() -> str:
    """A distribution without functions."""
    return create_distribution(alias=f"{uuid.uuid4()}.example.com")


def associated(site: str, function_arn: str) -> tuple[int, str, str]:
    """Return CloudFront's answer to a new behavior with this function."""
    path = f"/{uuid.uuid4()}"
    functions = viewer_request(function_arn)
    return rejection(site, added(behavior(PathPattern=path, LambdaFunctionAssociations=functions)))


def invalid(message: str) -> tuple[int, str, str]:
    return 400, "InvalidLambdaFunctionAssociation", message


def test_active_version_is_accepted(site: str, version: str) -> None:
    """The tests below change one property of such a version."""
    assert associated(site, version) == (200, "", "")


@pytest.mark.parametrize("suffix", ["", ":$LATEST", ":live"])
def test_function_without_a_version_is_rejected(site: str, version: str, suffix: str) -> None:
    arn = f"{version.rpartition(':')[0]}{suffix}"

    assert associated(site, arn) == invalid(
        "The function ARN must reference a specific function version. (The ARN must end with the "
        f"version number.) ARN: {arn}"
    )


def test_function_that_does_not_exist_is_rejected(site: str, version: str) -> None:
    arn = f"{version.rpartition(':')[0]}:99"

    assert associated(site, arn) == invalid(f"The function does not exist. Function: {arn}")


def test_version_that_is_pending_is_rejected(site: str) -> None:
    """The emulator's versions are Pending for half a second, which a slow request can miss."""
    name, state = make_function(), ""
    while state != "Pending":
        arn = publish_next(name)
        answer = associated(site, arn)
        state = boto3.client("lambda").get_function_configuration(FunctionName=arn)["State"]

    assert answer == invalid(
        f"The function must be in an Active state. The current state for function {arn} is Pending"
    )


def test_function_with_environment_variables_is_rejected(site: str) -> None:
    arn = make_version(Environment={"Variables": {"NAME": "value"}})

    assert associated(site, arn) == invalid(
        f"The function cannot have environment variables. Function: {arn}"
    )


def test_function_whose_role_lambda_at_edge_cannot_assume_is_rejected(site: str) -> None:
    role = make_role("lambda.amazonaws.com")
    arn = make_version(role=role)

    assert associated(site, arn) == invalid(
        "The function execution role must be assumable with edgelambda.amazonaws.com as well as "
        "lambda.amazonaws.com principals. Update the IAM role and try again. "
        f"Role: arn:aws:iam::{ACCOUNT}:role/{role}"
    )


def test_function_whose_role_was_deleted_is_rejected(site: str) -> None:
    role = make_role("lambda.amazonaws.com", "edgelambda.amazonaws.com")
    arn = make_version(role=role)
    boto3.client("iam").delete_role(RoleName=role)

    status, code, message = associated(site, arn)
    assert (status, code) == (400, "InvalidLambdaFunctionAssociation")
    assert "must be assumable" in message
