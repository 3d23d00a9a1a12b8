"""What does not pass: the request fails, says why, and leaves the distribution as it was."""

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
    for_each_request,
    for_three_requests,
    run,
)
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

# Writes.


@for_each_request
@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        pytest.param(OUTDATED, "changed-meanwhile", "evaluated to false", id="412"),
        pytest.param(THROTTLED, "aws-rejected", "Throttling: Rate exceeded", id="Throttling"),
        pytest.param(
            BROKEN, "aws-rejected", "InternalError: We encountered an internal error", id="500"
        ),
        pytest.param(
            UNAVAILABLE, "aws-rejected", "ServiceUnavailable: The service is temporarily", id="503"
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
def test_a_write_whose_error_does_not_pass_fails_when_the_time_is_over(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    wire.disturb("UpdateDistribution", then=repeat(fault))
    reply = run(case, wire, clock)
    assert reply.code == code
    assert message in reply.text
    assert reply.undo_failure == ""
    assert clock.time == 20
    assert wire.count("UpdateDistribution") == 5


@for_three_requests
def test_slow_answers_count_against_the_patience(case: Case, wire: Wire, clock: Clock) -> None:
    slow = after(lambda: clock.sleep(12), lost(ReadTimeoutError))
    wire.disturb("UpdateDistribution", then=repeat(slow))
    assert "Read timeout" in run(case, wire, clock).text
    assert wire.count("UpdateDistribution") == 2


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
                "aws-rejected",
            ),
        ]
    ],
)
def test_a_write_whose_error_cannot_pass_fails_at_once(
    case: Case, wire: Wire, clock: Clock, *, status: int, aws_code: str, message: str, code: str
) -> None:
    """The error has the meaning, and AWS's own message."""
    wire.disturb("UpdateDistribution", then=repeat(refused(status, aws_code, message)))
    reply = run(case, wire, clock)
    assert reply.code == code
    assert f"({aws_code}: {message})" in reply.text
    assert reply.undo_failure == ""
    assert wire.count("UpdateDistribution") == 1
    assert clock.time == 0


@for_each_request
def test_a_write_without_credentials_fails_at_once(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("UpdateDistribution", then=repeat(lost(NoCredentialsError)))
    assert "Unable to locate credentials" in run(case, wire, clock).text
    assert wire.count("UpdateDistribution") == 1


# Permissions.


@for_three_requests
@pytest.mark.parametrize(
    ("operation", "earlier", "action"),
    [
        pytest.param("GetDistributionConfig", 0, "cloudfront:GetDistributionConfig", id="read"),
        pytest.param("GetDistributionConfig", 1, "cloudfront:GetDistributionConfig", id="read 2"),
        pytest.param("UpdateDistribution", 0, "cloudfront:UpdateDistribution", id="write"),
        pytest.param("UpdateDistribution", 0, "lambda:EnableReplication*", id="CloudFront's own"),
    ],
)
def test_a_denied_request_fails_at_once_and_names_the_action(
    case: Case, wire: Wire, clock: Clock, *, operation: str, earlier: int, action: str
) -> None:
    wire.disturb(operation, *[goes_on] * earlier, denied(action))
    reply = run(case, wire, clock)
    assert reply.code == "aws-denied"
    assert not_authorized(action) in reply.text
    assert clock.time == 0


# Reads.


@for_three_requests
@pytest.mark.parametrize("earlier", [pytest.param(0, id="first"), pytest.param(1, id="second")])
@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        pytest.param(THROTTLED, "aws-rejected", "Throttling: Rate exceeded", id="Throttling"),
        pytest.param(BROKEN, "aws-rejected", "InternalError", id="500"),
        pytest.param(UNAVAILABLE, "aws-rejected", "ServiceUnavailable", id="503"),
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
            "aws-rejected",
            "502",
            id="502 that is no XML",
        ),
        pytest.param(CUT_OFF, "aws-unreachable", "Unable to parse", id="answer cut off"),
    ],
)
def test_nothing_is_written_if_the_distribution_cannot_be_read(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str, earlier: int
) -> None:
    wire.disturb("GetDistributionConfig", *[goes_on] * earlier, fault)
    reply = run(case, wire, clock)
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
            "aws-rejected",
            "TooManyRequestsException: Rate exceeded",
            id="throttled",
        ),
        pytest.param(
            refused_by_lambda(500, "ServiceException", "An error occurred"),
            "aws-rejected",
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
            lost(EndpointConnectionError),
            "aws-unreachable",
            "Could not connect",
            id="no connection",
        ),
        pytest.param(
            lost(ReadTimeoutError), "aws-unreachable", "Read timeout", id="no answer in time"
        ),
    ],
)
def test_nothing_is_written_if_the_versions_state_cannot_be_read(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, code: str, message: str
) -> None:
    wire.disturb("GetFunctionConfiguration", fault)
    reply = run(case, wire, clock)
    assert reply.code == code
    assert message in reply.text
    assert wire.count("UpdateDistribution") == 0


# The function's version.


@for_attaching
def test_a_version_that_stays_pending_fails_when_the_time_is_over(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb(
        "GetFunctionConfiguration", then=repeat(function_is("Pending", "It is being created."))
    )
    reply = run(case, wire, clock)
    assert reply.code == "version-not-active"
    assert "Pending: It is being created." in reply.text
    assert clock.time == 20
    assert wire.count("UpdateDistribution") == 0


@for_attaching
def test_a_failed_version_fails_at_once(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("GetFunctionConfiguration", function_is("Failed", "The image is broken."))
    reply = run(case, wire, clock)
    assert reply.code == "version-not-active"
    assert "Failed: The image is broken." in reply.text
    assert clock.time == 0
    assert wire.count("UpdateDistribution") == 0
