"""Live distributions: clients that threads share, deployment status, and AWS's errors."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from urllib3 import HTTPResponse

from attachment.finding import Finding, RefusalError
from attachment.live import LiveDistribution, explain, is_gone, is_temporary
from tests.support.faults import answered

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


def connect() -> "CloudFrontClient":
    """Return a client for requests that the test itself answers."""
    return boto3.client(
        "cloudfront",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


# Threads that share a client.

DISTRIBUTION_IDS = ("E1", "E2", "E1", "E2")


def document_of(distribution_id: str) -> bytes:
    """Return a configuration that contains the ID of its distribution."""
    return (
        '<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
        f"<Comment>{distribution_id}</Comment></DistributionConfig>"
    ).encode()


class SharedClient:
    """A client that makes its threads wait for each other in the middle of a call.

    Without a lock in `LiveDistribution`, all threads are then between the same two steps. With the
    lock, the first thread waits until the barrier times out, and the others do not wait.
    """

    def __init__(self, operation: str) -> None:
        self.cloudfront = connect()
        self.sent: list[tuple[str, bytes | None]] = []
        self._operation = operation
        self._barrier = threading.Barrier(len(DISTRIBUTION_IDS), action=self._all_are_calling)
        events = self.cloudfront.meta.events
        events.register_first(f"before-parameter-build.cloudfront.{operation}", self._meet)
        # The type stubs do not know that a handler of this event may return the answer.
        events.register("before-send", self._answer)  # type: ignore[arg-type]

    def call(self, call: Callable[[LiveDistribution], object]) -> list[object]:
        """Call from several threads at once, and return the results in the threads' order."""
        distributions = [LiveDistribution(self.cloudfront, name) for name in DISTRIBUTION_IDS]
        with ThreadPoolExecutor(len(distributions)) as threads:
            return list(threads.map(call, distributions))

    def _all_are_calling(self) -> None:
        # Registered last, so that no thread continues before every hook has seen every answer.
        self.cloudfront.meta.events.register_last(
            f"after-call.cloudfront.{self._operation}", self._meet
        )

    def _meet(self, **_: object) -> None:
        try:
            self._barrier.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            return

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        distribution_id = request.url.rpartition("/distribution/")[2].partition("/")[0]
        body = request.body if isinstance(request.body, bytes) else None
        self.sent.append((distribution_id, body))
        raw = HTTPResponse(io.BytesIO(document_of(distribution_id)), preload_content=False)
        headers = HTTPHeaders.from_dict({"ETag": distribution_id})
        return AWSResponse(request.url, 200, headers, raw)


def test_threads_that_share_a_client_each_read_their_own_document() -> None:
    client = SharedClient("GetDistributionConfig")
    read = client.call(lambda distribution: distribution.read().document)
    assert read == [document_of(distribution_id) for distribution_id in DISTRIBUTION_IDS]


def test_threads_that_share_a_client_each_write_their_own_document() -> None:
    client = SharedClient("UpdateDistribution")
    client.call(lambda distribution: distribution.write(document_of(distribution.id), "ETAG"))
    expected = [(name, document_of(name)) for name in DISTRIBUTION_IDS]
    assert sorted(client.sent, key=str) == sorted(expected, key=str)


# Whether a configuration is deployed.


@pytest.mark.parametrize(
    ("etag", "status", "expected"),
    [
        pytest.param("E2ETAG", "Deployed", True, id="deployed"),
        pytest.param("E2ETAG", "InProgress", False, id="in progress"),
        pytest.param("E1ETAG", "Deployed", False, id="another configuration"),
        pytest.param("E1ETAG", "InProgress", False, id="another configuration in progress"),
    ],
)
def test_is_deployed_is_true_only_for_the_configuration_with_the_etag(
    etag: str, status: str, expected: bool
) -> None:
    """A read right after a write may return the previous configuration, which was deployed."""
    cloudfront = connect()
    summary = answered(
        200,
        '<Distribution xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
        f"<Id>E123</Id><Status>{status}</Status></Distribution>",
        {"ETag": etag},
    )

    def answer(request: AWSPreparedRequest, **_: object) -> Any:
        return summary(request)

    cloudfront.meta.events.register("before-send.cloudfront.GetDistribution", answer)
    assert LiveDistribution(cloudfront, "E123").is_deployed("E2ETAG") is expected


# The meaning of AWS's errors.


def aws_error(code: str, status: int = 400, message: str = "AWS's message") -> ClientError:
    """Return an error response of AWS."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "UpdateDistribution")


@pytest.mark.parametrize(
    ("aws_code", "code", "problem", "fix"),
    [
        pytest.param(aws_code, code, problem, fix, id=aws_code)
        for aws_code, code, problem, fix in [
            (
                "NoSuchDistribution",
                "no-such-distribution",
                "there is no such distribution in this account",
                "check the context key site_distribution_id",
            ),
            (
                "CNAMEAlreadyExists",
                "name-in-use",
                "one of its alternate domain names is in use on another distribution, so "
                "CloudFront rejects every change",
                "remove that conflict first",
            ),
            (
                "StagingDistributionInUse",
                "staging-in-use",
                "its staging distribution prevents the change",
                "end the continuous deployment first",
            ),
            (
                "ContinuousDeploymentPolicyInUse",
                "staging-in-use",
                "its continuous deployment policy prevents the change",
                "end the continuous deployment first",
            ),
            (
                "PreconditionFailed",
                "changed-meanwhile",
                "another tool keeps changing it",
                "try again when the other tool has finished",
            ),
            (
                "TooManyCacheBehaviors",
                "too-many-behaviors",
                "it has as many behaviors as CloudFront allows",
                "remove a behavior, or request a higher quota in the Service Quotas console",
            ),
            (
                "TooManyDistributionsWithLambdaAssociations",
                "too-many-functions",
                "the account has as many distributions with Lambda@Edge functions as CloudFront "
                "allows",
                "request a higher quota in the Service Quotas console",
            ),
            (
                "TooManyDistributionsWithSingleFunctionARN",
                "too-many-functions",
                "the function is on as many distributions as CloudFront allows",
                "request a higher quota in the Service Quotas console",
            ),
            (
                "TooManyLambdaFunctionAssociations",
                "too-many-functions",
                "it has as many Lambda@Edge functions as CloudFront allows",
                "request a higher quota in the Service Quotas console",
            ),
            (
                "InvalidLambdaFunctionAssociation",
                "function-rejected",
                "CloudFront rejected the function",
                "fix what CloudFront's message names, then deploy again",
            ),
            (
                "AccessDenied",
                "aws-denied",
                "AWS denied the request",
                "allow the action that the message names",
            ),
            (
                "AccessDeniedException",
                "aws-denied",
                "AWS denied the request",
                "allow the action that the message names",
            ),
            (
                "IllegalUpdate",
                "aws-rejected",
                "AWS rejected the request",
                "correct what AWS's message names",
            ),
            (
                "Throttling",
                "aws-unavailable",
                "AWS cannot answer the request at the moment",
                "try again in some minutes",
            ),
        ]
    ],
)
def test_an_error_of_aws_is_explained_and_keeps_awss_message(
    aws_code: str, code: str, problem: str, fix: str
) -> None:
    expected = Finding(code, f"{problem} ({aws_code}: AWS's message)", fix)
    assert explain(aws_error(aws_code)) == expected


@pytest.mark.parametrize(
    ("aws_code", "message", "code"),
    [
        pytest.param(
            "InvalidArgument",
            "Distributions with the Free pricing plan can't have the following features: More "
            "than 5 cache behaviors",
            "pricing-plan-feature",
            id="behaviors",
        ),
        pytest.param(
            "InvalidArgument",
            "Distributions with the Pro pricing plan can't have the following features: Custom "
            "cache policy",
            "pricing-plan-feature",
            id="custom-policy",
        ),
        pytest.param(
            "InvalidArgument",
            "You can't remove or replace the web ACL for your distribution. Distributions with a "
            "pricing plan subscription must have a web ACL resource.",
            "pricing-plan-web-acl",
            id="web-acl",
        ),
        pytest.param(
            "PreconditionFailed",
            "You can't delete this distribution while it's subscribed to a pricing plan. After "
            "you cancel the pricing plan, you can delete the distribution at the end of monthly "
            "billing cycle.",
            "pricing-plan-deletion",
            id="deletion",
        ),
        pytest.param(
            "PreconditionFailed",
            "The precondition given in one or more of the request-header fields evaluated to "
            "false.",
            "changed-meanwhile",
            id="another-412",
        ),
        pytest.param(
            "InvalidArgument",
            "The parameter Comment is too long.",
            "aws-rejected",
            id="another-400",
        ),
    ],
)
def test_an_error_of_a_pricing_plan_differs_from_other_errors_with_the_same_code(
    aws_code: str, message: str, code: str
) -> None:
    finding = explain(aws_error(aws_code, message=message))
    assert finding.code == code
    assert finding.problem.endswith(f"({aws_code}: {message})")
    assert finding.fix


def test_no_answer_is_a_finding_with_the_reason() -> None:
    finding = explain(ReadTimeoutError(endpoint_url="https://example.com"))
    assert finding.code == "aws-unreachable"
    assert 'Read timeout on endpoint URL: "https://example.com"' in finding.problem


def test_a_refusal_is_explained_by_its_own_finding() -> None:
    finding = Finding("code", "the problem", "do this")
    assert explain(RefusalError(finding)) == finding


#: Errors that AWS's own SDKs retry: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
TEMPORARY = [
    pytest.param(aws_error("Throttling"), id="throttled by CloudFront"),
    pytest.param(aws_error("ThrottlingException"), id="throttled by CloudFormation"),
    pytest.param(aws_error("TooManyRequestsException"), id="throttled by Lambda"),
    pytest.param(aws_error("RequestLimitExceeded"), id="request limit"),
    pytest.param(aws_error("SlowDown"), id="slow down"),
    pytest.param(aws_error("429", 429), id="429 without a body"),
    pytest.param(aws_error("InternalError", 500), id="500"),
    pytest.param(aws_error("ServiceUnavailable", 503), id="503"),
    pytest.param(ReadTimeoutError(endpoint_url="https://e"), id="no answer"),
    pytest.param(ConnectTimeoutError(endpoint_url="https://e"), id="no connection in time"),
    pytest.param(EndpointConnectionError(endpoint_url="https://e"), id="no connection"),
    pytest.param(ConnectionClosedError(endpoint_url="https://e"), id="connection closed"),
    pytest.param(ResponseParserError("no XML"), id="an answer of another server"),
]
PERMANENT = [
    pytest.param(aws_error("NoSuchDistribution", 404), id="missing"),
    pytest.param(aws_error("AccessDenied", 403), id="denied"),
    pytest.param(aws_error("PreconditionFailed", 412), id="changed meanwhile"),
    pytest.param(aws_error("InvalidWebACLId"), id="web ACL"),
    pytest.param(NoCredentialsError(), id="no credentials"),
    pytest.param(RefusalError(Finding("code", "the problem")), id="refusal"),
]


@pytest.mark.parametrize("error", TEMPORARY)
def test_an_error_that_passes_by_itself_is_temporary(error: Exception) -> None:
    assert is_temporary(error) is True


@pytest.mark.parametrize("error", PERMANENT)
def test_an_error_that_a_retry_does_not_fix_is_not_temporary(error: Exception) -> None:
    assert is_temporary(error) is False


@pytest.mark.parametrize(
    "error", [aws_error("TooManyRequestsException", 429), aws_error("InternalError", 500)], ids=str
)
def test_a_server_error_of_aws_is_explained_as_unavailable(error: ClientError) -> None:
    assert explain(error).code == "aws-unavailable"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(aws_error("NoSuchDistribution"), True, id="missing"),
        pytest.param(aws_error("AccessDenied"), False, id="denied"),
        pytest.param(aws_error("InternalError", 500), False, id="500"),
        pytest.param(ReadTimeoutError(endpoint_url="https://e"), False, id="no answer"),
    ],
)
def test_is_gone_is_true_only_for_a_distribution_that_does_not_exist(
    error: Exception, expected: bool
) -> None:
    assert is_gone(error) is expected
