"""Errors that do not pass: the request fails with the reason and changes nothing."""

from itertools import repeat

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from tests.support.attachment_cases import (
    Case,
    for_attaching,
    for_create,
    for_each_request,
    for_three_requests,
    for_update,
    run,
    stack_of,
)
from tests.support.custom_resource import CREATE_FAILED
from tests.support.faults import (
    BROKEN,
    CUT_OFF,
    NOT_ACTIVE,
    NOT_ASSUMABLE,
    OUTDATED,
    THROTTLED,
    UNAVAILABLE,
    Clock,
    Fault,
    Wire,
    after,
    answered,
    denied,
    function_is,
    goes_on,
    lost,
    not_authorized,
    refused,
    refused_by_lambda,
)

#: 40 minutes of the request itself. The requests that CloudFormation sends next last longer.
LIMIT = 40 * 60
#: Provider's pause is shorter; see `CloudFormation`.
PAUSE = 240


@for_each_request
@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        pytest.param(OUTDATED, "changed-meanwhile", "evaluated to false", id="412"),
        pytest.param(THROTTLED, "aws-unavailable", "Throttling: Rate exceeded", id="Throttling"),
        pytest.param(
            BROKEN, "aws-unavailable", "InternalError: We encountered an internal", id="500"
        ),
        pytest.param(
            UNAVAILABLE, "aws-unavailable", "ServiceUnavailable: The service is", id="503"
        ),
        pytest.param(
            lost(EndpointConnectionError),
            "aws-unreachable",
            "Could not connect to the endpoint",
            id="no connection",
        ),
        pytest.param(
            lost(ConnectionClosedError),
            "aws-unreachable",
            "Connection was closed",
            id="connection broken",
        ),
        pytest.param(
            lost(ReadTimeoutError), "aws-unreachable", "Read timeout", id="no answer in time"
        ),
        pytest.param(NOT_ACTIVE, "function-rejected", "in an Active state", id="Active"),
        pytest.param(
            NOT_ASSUMABLE, "function-rejected", "must be assumable with edgelambda", id="assumable"
        ),
    ],
)
def test_a_write_whose_error_lasts_fails_after_40_minutes(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    """The error names the last problem."""
    while_it_lasts = (fault for _ in iter(lambda: clock.time <= LIMIT, False))
    wire.disturb("UpdateDistribution", then=while_it_lasts)
    reply = run(case, wire, clock, pause_seconds=PAUSE)
    assert reply.code == code
    assert "not complete after 40 minutes" in reply.text
    assert message in reply.text
    assert wire.count("UpdateDistribution") == LIMIT / PAUSE + 1


@for_three_requests
@pytest.mark.parametrize(
    ("status", "aws_code", "message", "code"),
    [
        pytest.param(status, aws_code, message, code, id=aws_code)
        for status, aws_code, message, code in [
            (
                409,
                "CNAMEAlreadyExists",
                "One or more of the CNAMEs you provided are already associated with a different "
                "resource.",
                "name-in-use",
            ),
            (
                409,
                "StagingDistributionInUse",
                "A continuous deployment policy for this staging distribution already exists.",
                "staging-in-use",
            ),
            (
                409,
                "ContinuousDeploymentPolicyInUse",
                "You cannot delete a continuous deployment policy that is associated with a "
                "primary distribution.",
                "staging-in-use",
            ),
            (
                400,
                "TooManyCacheBehaviors",
                "Your request contains more CacheBehaviors than are allowed per distribution.",
                "too-many-behaviors",
            ),
            (
                400,
                "TooManyLambdaFunctionAssociations",
                "Your request contains more Lambda@Edge function associations than are allowed "
                "per distribution.",
                "too-many-functions",
            ),
            (
                400,
                "TooManyDistributionsWithLambdaAssociations",
                "You have exceeded the maximum number of distributions with Lambda@Edge "
                "associations.",
                "too-many-functions",
            ),
            (
                400,
                "TooManyDistributionsWithSingleFunctionARN",
                "The maximum number of distributions have been associated with the specified "
                "Lambda@Edge function.",
                "too-many-functions",
            ),
            (
                400,
                "InvalidLambdaFunctionAssociation",
                "The function cannot have environment variables.",
                "function-rejected",
            ),
            (
                400,
                "InvalidWebACLId",
                "Web ACL is not accessible by the requester.",
                "aws-rejected",
            ),
            (
                400,
                "IllegalUpdate",
                "The update contains modifications that are not allowed.",
                "aws-rejected",
            ),
            (
                400,
                "InvalidIfMatchVersion",
                "The If-Match version is missing or not valid.",
                "aws-rejected",
            ),
            (
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
                "aws-credentials",
            ),
        ]
    ],
)
def test_a_write_whose_error_cannot_pass_fails_at_once(
    case: Case, wire: Wire, clock: Clock, *, status: int, aws_code: str, message: str, code: str
) -> None:
    """The error has the code of its meaning, and AWS's own message."""
    wire.disturb("UpdateDistribution", refused(status, aws_code, message))
    reply = run(case, wire, clock)
    assert reply.code == code
    assert f"({aws_code}: {message})" in reply.text
    assert wire.count("UpdateDistribution") == 1


@for_each_request
def test_a_write_without_credentials_fails_at_once(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("UpdateDistribution", lost(NoCredentialsError))
    assert "Unable to locate credentials" in run(case, wire, clock).text
    assert wire.count("UpdateDistribution") == 1


# Permissions.

DENIALS = pytest.mark.parametrize(
    ("operation", "action"),
    [
        pytest.param("GetDistributionConfig", "cloudfront:GetDistributionConfig", id="read"),
        pytest.param("UpdateDistribution", "cloudfront:UpdateDistribution", id="write"),
        pytest.param("UpdateDistribution", "lambda:EnableReplication*", id="CloudFront's own"),
    ],
)


@for_three_requests
@DENIALS
def test_a_request_that_stays_denied_fails_after_two_minutes_and_names_the_action(
    case: Case, wire: Wire, clock: Clock, *, operation: str, action: str
) -> None:
    """IAM takes some time to apply a policy, so a request fails only if it stays denied."""
    while_it_lasts = (denied(action) for _ in iter(lambda: clock.time <= 120, False))
    wire.disturb(operation, then=while_it_lasts)
    reply = run(case, wire, clock)
    assert reply.code == "aws-denied"
    assert not_authorized(action) in reply.text
    assert 120 <= clock.time < 120 + 15 + 2 * 60


@for_create
def test_a_permission_on_the_function_that_stays_missing_fails_after_two_minutes(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """CloudFront reports the caller's missing permission as an error of the function."""
    message = (
        "Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add "
        f"permission: lambda:GetFunction for resource: {case.request.new.version_arn} and try "
        "again."
    )
    fault = refused(400, "InvalidLambdaFunctionAssociation", message)
    while_it_lasts = (fault for _ in iter(lambda: clock.time <= 120, False))
    wire.disturb("UpdateDistribution", then=while_it_lasts)
    reply = run(case, wire, clock)
    assert reply.code == "function-rejected"
    assert message in reply.text
    assert wire.count("UpdateDistribution") == 120 / 15 + 1


# Reads.

UNREADABLE = pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        pytest.param(THROTTLED, "aws-unavailable", "Throttling: Rate exceeded", id="Throttling"),
        pytest.param(BROKEN, "aws-unavailable", "InternalError", id="500"),
        pytest.param(UNAVAILABLE, "aws-unavailable", "ServiceUnavailable", id="503"),
        pytest.param(
            lost(EndpointConnectionError),
            "aws-unreachable",
            "Could not connect",
            id="no connection",
        ),
        pytest.param(
            lost(ReadTimeoutError), "aws-unreachable", "Read timeout", id="no answer in time"
        ),
        pytest.param(
            answered(502, "<html>Bad Gateway</html>"),
            "aws-unavailable",
            "502",
            id="502 without XML",
        ),
        pytest.param(CUT_OFF, "aws-unreachable", "Unable to parse", id="answer cut off"),
    ],
)


@for_create
@UNREADABLE
def test_a_create_whose_distribution_cannot_be_read_fails_before_it_has_a_physical_id(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    """The first handler gives up after two minutes, and nothing has to be undone."""
    wire.disturb("GetDistributionConfig", then=repeat(fault))
    stack = stack_of(case, wire, clock)
    reply = stack.deploy(case.request)
    assert reply.code == code
    assert message in reply.text
    assert stack.physical_id == CREATE_FAILED
    assert clock.time == 120
    assert wire.count("UpdateDistribution") == 0


@for_update
@UNREADABLE
def test_an_update_whose_distribution_cannot_be_read_fails_after_40_minutes(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    while_it_lasts = (fault for _ in iter(lambda: clock.time <= LIMIT, False))
    wire.disturb("GetDistributionConfig", then=while_it_lasts)
    reply = run(case, wire, clock, pause_seconds=PAUSE)
    assert reply.code == code
    assert message in reply.text
    assert wire.count("UpdateDistribution") == 0


@for_attaching
@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        pytest.param(
            refused_by_lambda(
                403, "AccessDeniedException", not_authorized("lambda:GetFunctionConfiguration")
            ),
            "aws-denied",
            not_authorized("lambda:GetFunctionConfiguration"),
            id="denied",
        ),
        pytest.param(
            refused_by_lambda(429, "TooManyRequestsException", "Rate exceeded"),
            "aws-unavailable",
            "TooManyRequestsException: Rate exceeded",
            id="throttled",
        ),
        pytest.param(
            refused_by_lambda(500, "ServiceException", "An error occurred"),
            "aws-unavailable",
            "ServiceException: An error occurred",
            id="500",
        ),
        pytest.param(
            refused_by_lambda(404, "ResourceNotFoundException", "Function not found: edge:1"),
            "aws-rejected",
            "ResourceNotFoundException: Function not found: edge:1",
            id="no such version",
        ),
        pytest.param(
            function_is("Pending", "It is being created."),
            "version-not-active",
            "Pending: It is being created.",
            id="Pending",
        ),
        pytest.param(
            function_is("Failed", "The image is broken."),
            "version-not-active",
            "Failed: The image is broken.",
            id="Failed",
        ),
    ],
)
def test_nothing_is_written_if_the_version_does_not_become_active(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    while_it_lasts = (fault for _ in iter(lambda: clock.time <= LIMIT, False))
    wire.disturb("GetFunctionConfiguration", then=while_it_lasts)
    reply = run(case, wire, clock, pause_seconds=PAUSE)
    assert reply.code == code
    assert message in reply.text
    assert wire.count("UpdateDistribution") == 0


@for_create
def test_a_failed_version_is_not_waited_for(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("GetFunctionConfiguration", function_is("Failed", "The image is broken."))
    run(case, wire, clock)
    assert wire.count("GetFunctionConfiguration") == 1


# The stack's status.


@for_each_request
@pytest.mark.parametrize("earlier", [pytest.param(0, id="first"), pytest.param(1, id="second")])
def test_nothing_is_written_if_the_stacks_status_cannot_be_read(
    case: Case, wire: Wire, clock: Clock, earlier: int
) -> None:
    """Only the status tells whether a detachment was requested."""
    denial = answered(
        403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        f"<Message>{not_authorized('cloudformation:DescribeStacks')}</Message></Error>"
        "</ErrorResponse>",
    )
    while_it_lasts = (denial for _ in iter(lambda: clock.time <= 120, False))
    wire.disturb("DescribeStacks", *[goes_on] * earlier, then=while_it_lasts)
    reply = run(case, wire, clock)
    assert reply.code == "aws-denied"
    assert not_authorized("cloudformation:DescribeStacks") in reply.text
    assert wire.count("UpdateDistribution") == 0


@for_create
def test_slow_answers_count_against_the_time(case: Case, wire: Wire, clock: Clock) -> None:
    slow = after(lambda: clock.sleep(8), lost(ReadTimeoutError))
    wire.disturb("GetDistributionConfig", then=repeat(slow))
    assert "Read timeout" in run(case, wire, clock).text
    assert clock.time < 120 + 8 + 5
