"""The attachment when AWS says no, says nothing, or somebody else is at the distribution too.

Whatever happens, the live configuration is exactly the old or exactly the new one, and the reply
to CloudFormation says which.
"""

import hashlib
import hmac
import io
import os
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import canonicalize

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from stacks.constructs.distribution_attachment.runtime.live import LiveDistribution
from stacks.constructs.distribution_attachment.runtime.on_event import (
    AttachmentError,
    change,
    is_in_place,
)
from tests.aws.customer import behavior, behaviors, create_distribution
from tests.aws.embedded import used_by_boto3
from tests.aws.faults import (
    Clock,
    Fault,
    Wire,
    after,
    answered,
    carried_out,
    connect,
    followed_by,
    function_is,
    goes_on,
    late,
    lost,
    refused,
    refused_by_lambda,
    rewritten,
)
from tools.preview.local_aws import local_aws

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient

RENEW, CLEAR, FORGET = "/ht/renew", "/ht/clear", "/ht/forget"

COMMENT = "the shop: not yet edited"

THROTTLED = refused(400, "Throttling", "Rate exceeded")
OUTDATED = refused(
    412,
    "PreconditionFailed",
    "The precondition given in one or more of the request-header fields evaluated to false.",
)
BROKEN = refused(500, "InternalError", "We encountered an internal error. Please try again.")
UNAVAILABLE = refused(503, "ServiceUnavailable", "The service is temporarily unavailable.")
CUT_OFF = answered(200, "<Distribution><Id>E1ANYSITE</Id><ARN>arn:aws:clo")
NOT_ACTIVE = refused(
    400,
    "InvalidLambdaFunctionAssociation",
    "The function must be in an Active state. The current state for function "
    "arn:aws:lambda:us-east-1:000000000000:function:edge:1 is Pending.",
)
NOT_ASSUMABLE = refused(
    400,
    "InvalidLambdaFunctionAssociation",
    "The function execution role must be assumable with edgelambda.amazonaws.com as well as "
    "lambda.amazonaws.com principals. Update the IAM role and try again.",
)


def not_authorized(action: str) -> str:
    """Return IAM's words to a caller without the permission."""
    caller = "arn:aws:sts::111122223333:assumed-role/attach/attach"
    return f"User: {caller} is not authorized to perform: {action}"


def denied(action: str) -> Fault:
    """CloudFront's answer to a caller without the permission."""
    return refused(403, "AccessDenied", not_authorized(action))


def associated(event_type: str, version: str) -> dict[str, Any]:
    """Return a behavior's list of Lambda functions, with this one."""
    function = {"LambdaFunctionARN": version, "EventType": event_type, "IncludeBody": False}
    return {"Quantity": 1, "Items": [function]}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request of CloudFormation's to one site, its configuration before it and after it."""

    event: dict[str, Any]
    site: str
    old: str
    new: str

    @property
    def deletes(self) -> bool:
        return bool(self.event["RequestType"] == "Delete")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An embedded AWS without CDK; hundreds of sites would stand in other modules' lists."""
    scratch = tmp_path_factory.mktemp("faults")
    with local_aws(scratch) as settings, used_by_boto3(settings):
        another_writer.cache_clear()
        yield settings


@pytest.fixture(scope="module")
def versions(aws: dict[str, str]) -> tuple[str, str]:  # noqa: ARG001
    """ARNs of two versions of one function, both Active; no test changes them."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): return event")
    lambda_ = boto3.client("lambda")
    name = f"edge-{uuid.uuid4()}"
    lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role="arn:aws:iam::000000000000:role/edge",
        Handler="handler.handler",
        Code={"ZipFile": package.getvalue()},
    )
    arns = []
    for description in ("first", "second"):
        lambda_.update_function_configuration(FunctionName=name, Description=description)
        arns.append(lambda_.publish_version(FunctionName=name)["FunctionArn"])
    # The embedded AWS takes half a second, which is why the tests share the function.
    lambda_.get_waiter("published_version_active").wait(
        FunctionName=arns[1], WaiterConfig={"Delay": 1}
    )
    return arns[0], arns[1]


@pytest.fixture(scope="module")
def examples(versions: tuple[str, str]) -> dict[str, tuple[Case, Any]]:
    """Each kind of request, and the configuration of the site that it goes to."""
    first, second = versions
    attached = [*ours(first), *theirs()]
    properties = {"VersionArn": first, "Paths": [RENEW, CLEAR]}
    cases = {
        "Create": case_of("Create", version=first, old=theirs(), new=attached),
        "Update of the version": case_of(
            "Update",
            version=second,
            old=attached,
            new=[*ours(second), *theirs()],
            old_properties=properties,
        ),
        "Update of a path": case_of(
            "Update",
            version=first,
            paths=(RENEW, FORGET),
            old=attached,
            new=[*ours(first, RENEW, FORGET), *theirs()],
            old_properties=properties,
        ),
        "Delete": case_of("Delete", version=first, old=attached, new=theirs()),
    }
    return {
        name: (
            case,
            another_writer().get_distribution_config(Id=case.site)["DistributionConfig"],
        )
        for name, case in cases.items()
    }


@pytest.fixture
def case(request: pytest.FixtureRequest, examples: dict[str, tuple[Case, Any]]) -> Case:
    """The kind of request that the test's parameter names, to a site of its own."""
    example, config = examples[request.param]
    reference = str(uuid.uuid4())
    created = another_writer().create_distribution(
        DistributionConfig=config | {"CallerReference": reference}
    )
    site = created["Distribution"]["Id"]
    of_the_site = {
        name: example.event[name] | {"DistributionId": site}
        for name in ("ResourceProperties", "OldResourceProperties")
        if name in example.event
    }
    return Case(
        event=example.event | of_the_site,
        site=site,
        old=example.old.replace(config["CallerReference"], reference),
        new=example.new.replace(config["CallerReference"], reference),
    )


@pytest.fixture(scope="module")
def clients(aws: dict[str, str]) -> "tuple[CloudFrontClient, LambdaClient]":  # noqa: ARG001
    """Shared, as making them takes longer than most tests."""
    return connect()


@pytest.fixture
def wire(clients: "tuple[CloudFrontClient, LambdaClient]") -> Iterator[Wire]:
    wire = Wire(*clients)
    yield wire
    wire.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


ATTACHING = ["Create", "Update of the version", "Update of a path"]
attaching = pytest.mark.parametrize("case", ATTACHING, indirect=True)
three_requests = pytest.mark.parametrize(
    "case", ["Create", "Update of the version", "Delete"], indirect=True
)
each_request = pytest.mark.parametrize("case", [*ATTACHING, "Delete"], indirect=True)
create = pytest.mark.parametrize("case", ["Create"], indirect=True)
update = pytest.mark.parametrize("case", ["Update of the version"], indirect=True)
delete = pytest.mark.parametrize("case", ["Delete"], indirect=True)


# What passes by itself


@each_request
@pytest.mark.parametrize(
    ("faults", "updates"),
    [
        pytest.param([OUTDATED], 2, id="412"),
        pytest.param([OUTDATED] * 4, 5, id="412 four times"),
        pytest.param([THROTTLED], 2, id="Throttling"),
        pytest.param(
            [refused(400, "ThrottlingException", "Rate exceeded")], 2, id="ThrottlingException"
        ),
        pytest.param([BROKEN], 2, id="500 without effect"),
        pytest.param([UNAVAILABLE], 2, id="503 without effect"),
        pytest.param([answered(502, "<html>Bad Gateway</html>")], 2, id="502 that is no XML"),
        pytest.param([answered(504, "")], 2, id="504 that is empty"),
        pytest.param([lost(EndpointConnectionError)], 2, id="no connection"),
        pytest.param([lost(ConnectTimeoutError)], 2, id="no connection in time"),
        pytest.param([lost(ConnectionClosedError)], 2, id="connection broken before"),
        pytest.param([lost(ReadTimeoutError)], 2, id="no answer in time, not applied"),
        pytest.param([carried_out(BROKEN)], 1, id="500 after it was applied"),
        pytest.param([carried_out(UNAVAILABLE)], 1, id="503 after it was applied"),
        pytest.param([carried_out(lost(ConnectionClosedError))], 1, id="connection broken after"),
        pytest.param([carried_out(lost(ReadTimeoutError))], 1, id="no answer in time, applied"),
        pytest.param([carried_out(CUT_OFF)], 1, id="answer cut off, applied"),
        pytest.param([carried_out(OUTDATED)], 1, id="412 to its own second try"),
        pytest.param([BROKEN, OUTDATED, THROTTLED, lost(ReadTimeoutError)], 5, id="all in turn"),
    ],
)
def test_what_passes_is_tried_again(
    case: Case, wire: Wire, clock: Clock, faults: list[Fault], updates: int
) -> None:
    wire.disturb("UpdateDistribution", *faults)
    assert carry_out(case, wire, clock) == ""
    assert wire.count("UpdateDistribution") == updates


@each_request
def test_a_first_try_that_arrives_late_is_noticed(case: Case, wire: Wire, clock: Clock) -> None:
    """The second try meets the ETag that the first one left behind."""
    wire.disturb("UpdateDistribution", *late(ReadTimeoutError))
    assert carry_out(case, wire, clock) == ""
    assert wire.count("UpdateDistribution") == 2


@each_request
def test_botocores_own_second_try_of_what_was_applied(
    case: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends the same ETag again and gets 412 for it; that is no failure."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    wire.disturb("UpdateDistribution", carried_out(BROKEN))
    assert carry_out(case, wire, clock) == ""
    assert wire.count("UpdateDistribution") == 2


@attaching
@pytest.mark.parametrize(
    "fault", [pytest.param(NOT_ACTIVE, id="Active"), pytest.param(NOT_ASSUMABLE, id="assumable")]
)
def test_a_fresh_function_is_tried_until_cloudfront_takes_it(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    wire.disturb("UpdateDistribution", fault, fault, fault)
    assert carry_out(case, wire, clock) == ""
    assert wire.count("UpdateDistribution") == 4


@attaching
def test_a_pending_version_is_waited_for(case: Case, wire: Wire, clock: Clock) -> None:
    pending = function_is("Pending", "The function is being created.")
    wire.disturb("GetFunctionConfiguration", pending, pending)
    assert carry_out(case, wire, clock) == ""
    assert wire.calls[:4] == [*["GetFunctionConfiguration"] * 3, "GetDistributionConfig"]


# What does not pass


@each_request
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(OUTDATED, ["somebody else keeps changing it", "evaluated to false"], id="412"),
        pytest.param(THROTTLED, ["Throttling: Rate exceeded"], id="Throttling"),
        pytest.param(BROKEN, ["InternalError: We encountered an internal error"], id="500"),
        pytest.param(UNAVAILABLE, ["ServiceUnavailable: The service is temporarily"], id="503"),
        pytest.param(
            lost(EndpointConnectionError), ["Could not connect to the endpoint"], id="no connection"
        ),
        pytest.param(
            lost(ConnectionClosedError), ["Connection was closed"], id="connection broken"
        ),
        pytest.param(lost(ReadTimeoutError), ["Read timeout"], id="no answer in time"),
        pytest.param(NOT_ACTIVE, ["does not take the function", "in an Active state"], id="Active"),
        pytest.param(NOT_ASSUMABLE, ["must be assumable with edgelambda"], id="assumable"),
    ],
)
def test_what_does_not_pass_ends_in_an_error(
    case: Case, wire: Wire, clock: Clock, fault: Fault, words: list[str]
) -> None:
    wire.disturb("UpdateDistribution", then=repeat(fault))
    said = carry_out(case, wire, clock)
    for part in (case.site, *words):
        assert part in said
    assert "undoing" not in said
    assert clock.time == 20
    assert wire.count("UpdateDistribution") == 5


@three_requests
def test_slow_answers_count_against_the_patience(case: Case, wire: Wire, clock: Clock) -> None:
    slow = after(lambda: clock.sleep(12), lost(ReadTimeoutError))
    wire.disturb("UpdateDistribution", then=repeat(slow))
    assert "Read timeout" in carry_out(case, wire, clock)
    assert wire.count("UpdateDistribution") == 2


@attaching
def test_a_version_pending_for_ever_ends_in_an_error(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb(
        "GetFunctionConfiguration", then=repeat(function_is("Pending", "It is being created."))
    )
    said = carry_out(case, wire, clock)
    assert "the function's version is Pending: It is being created." in said
    assert clock.time == 20
    assert wire.count("UpdateDistribution") == 0


@attaching
def test_a_failed_version_is_refused_at_once(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("GetFunctionConfiguration", function_is("Failed", "The image is broken."))
    said = carry_out(case, wire, clock)
    assert "the function's version is Failed: The image is broken." in said
    assert clock.time == 0
    assert wire.count("UpdateDistribution") == 0


@three_requests
@pytest.mark.parametrize(
    ("status", "code", "message", "meaning"),
    [
        pytest.param(status, code, message, meaning, id=code)
        for status, code, message, meaning in [
            (
                409,
                "CNAMEAlreadyExists",
                "One or more of the CNAMEs you provided are already associated with a different "
                "resource.",
                "alternate domain names is on another distribution",
            ),
            (
                409,
                "StagingDistributionInUse",
                "A continuous deployment policy for this staging distribution already exists.",
                "end the continuous deployment first",
            ),
            (
                409,
                "ContinuousDeploymentPolicyInUse",
                "You cannot delete a continuous deployment policy that is associated with a "
                "primary distribution.",
                "end the continuous deployment first",
            ),
            (
                400,
                "TooManyCacheBehaviors",
                "Your request contains more CacheBehaviors than are allowed per distribution.",
                "as many behaviors as CloudFront allows",
            ),
            (
                400,
                "TooManyLambdaFunctionAssociations",
                "Your request contains more Lambda@Edge function associations than are allowed "
                "per distribution.",
                "as many Lambda@Edge functions as CloudFront allows",
            ),
            (
                400,
                "TooManyDistributionsWithLambdaAssociations",
                "You have exceeded the maximum number of distributions with Lambda@Edge "
                "associations.",
                "have the quota raised",
            ),
            (
                400,
                "TooManyDistributionsWithSingleFunctionARN",
                "The maximum number of distributions have been associated with the specified "
                "Lambda@Edge function.",
                "have the quota raised",
            ),
            (
                400,
                "InvalidLambdaFunctionAssociation",
                "The function cannot have environment variables.",
                "CloudFront does not take the function",
            ),
            (400, "IllegalUpdate", "The update contains modifications that are not allowed.", ""),
            (400, "InvalidIfMatchVersion", "The If-Match version is missing or not valid.", ""),
            (403, "ExpiredToken", "The security token included in the request is expired", ""),
        ]
    ],
)
def test_what_cannot_pass_is_refused_at_once(
    case: Case, wire: Wire, clock: Clock, *, status: int, code: str, message: str, meaning: str
) -> None:
    """The error gives the meaning, and AWS's own words."""
    wire.disturb("UpdateDistribution", then=repeat(refused(status, code, message)))
    said = carry_out(case, wire, clock)
    assert meaning in said
    assert f"({code}: {message})" in said
    assert "undoing" not in said
    assert wire.count("UpdateDistribution") == 1
    assert clock.time == 0


@each_request
def test_missing_credentials_are_refused_at_once(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("UpdateDistribution", then=repeat(lost(NoCredentialsError)))
    assert "Unable to locate credentials" in carry_out(case, wire, clock)
    assert wire.count("UpdateDistribution") == 1


@three_requests
@pytest.mark.parametrize(
    ("operation", "earlier", "action"),
    [
        pytest.param("GetDistributionConfig", 0, "cloudfront:GetDistributionConfig", id="look"),
        pytest.param("GetDistributionConfig", 1, "cloudfront:GetDistributionConfig", id="look 2"),
        pytest.param("UpdateDistribution", 0, "cloudfront:UpdateDistribution", id="write"),
        pytest.param("UpdateDistribution", 0, "lambda:EnableReplication*", id="CloudFront's own"),
    ],
)
def test_a_denied_action_is_named(
    case: Case, wire: Wire, clock: Clock, operation: str, earlier: int, action: str
) -> None:
    wire.disturb(operation, *[goes_on] * earlier, denied(action))
    said = carry_out(case, wire, clock)
    assert not_authorized(action) in said
    assert clock.time == 0


# Looking, which changes nothing


@three_requests
@pytest.mark.parametrize("earlier", [pytest.param(0, id="first"), pytest.param(1, id="second")])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(THROTTLED, "Throttling: Rate exceeded", id="Throttling"),
        pytest.param(BROKEN, "InternalError", id="500"),
        pytest.param(UNAVAILABLE, "ServiceUnavailable", id="503"),
        pytest.param(lost(EndpointConnectionError), "Could not connect", id="no connection"),
        pytest.param(lost(ReadTimeoutError), "Read timeout", id="no answer in time"),
        pytest.param(answered(502, "<html>Bad Gateway</html>"), "502", id="502 that is no XML"),
        pytest.param(CUT_OFF, "did not answer", id="answer cut off"),
    ],
)
def test_without_a_look_nothing_is_written(
    case: Case, wire: Wire, clock: Clock, *, fault: Fault, words: str, earlier: int
) -> None:
    wire.disturb("GetDistributionConfig", *[goes_on] * earlier, fault)
    assert words in carry_out(case, wire, clock)
    assert wire.count("UpdateDistribution") == 0


@attaching
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(
            refused_by_lambda(
                403, "AccessDeniedException", not_authorized("lambda:GetFunctionConfiguration")
            ),
            not_authorized("lambda:GetFunctionConfiguration"),
            id="denied",
        ),
        pytest.param(
            refused_by_lambda(429, "TooManyRequestsException", "Rate exceeded"),
            "TooManyRequestsException: Rate exceeded",
            id="throttled",
        ),
        pytest.param(
            refused_by_lambda(500, "ServiceException", "An error occurred"),
            "ServiceException: An error occurred",
            id="500",
        ),
        pytest.param(
            refused_by_lambda(404, "ResourceNotFoundException", "Function not found: edge:1"),
            "ResourceNotFoundException: Function not found: edge:1",
            id="no such version",
        ),
        pytest.param(lost(EndpointConnectionError), "Could not connect", id="no connection"),
        pytest.param(lost(ReadTimeoutError), "Read timeout", id="no answer in time"),
    ],
)
def test_without_the_versions_state_nothing_is_written(
    case: Case, wire: Wire, clock: Clock, fault: Fault, words: str
) -> None:
    wire.disturb("GetFunctionConfiguration", fault)
    assert words in carry_out(case, wire, clock)
    assert wire.count("UpdateDistribution") == 0


@three_requests
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
    ],
)
def test_botocore_tries_a_look_again(
    case: Case, clock: Clock, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    wire.disturb("GetDistributionConfig", fault, goes_on, fault)
    assert carry_out(case, wire, clock) == ""


# The undo


@three_requests
@pytest.mark.parametrize(
    ("answer", "look"),
    [
        pytest.param(
            BROKEN, denied("cloudfront:GetDistributionConfig"), id="500, then denied to look"
        ),
        pytest.param(BROKEN, BROKEN, id="500 twice"),
        pytest.param(BROKEN, lost(ReadTimeoutError), id="500, then no answer in time"),
        pytest.param(
            lost(ConnectionClosedError), lost(EndpointConnectionError), id="connection broken twice"
        ),
        pytest.param(lost(ReadTimeoutError), THROTTLED, id="no answer in time, then Throttling"),
        pytest.param(CUT_OFF, CUT_OFF, id="answer cut off twice"),
    ],
)
def test_what_was_applied_unseen_is_undone(
    case: Case, wire: Wire, clock: Clock, answer: Fault, look: Fault
) -> None:
    wire.disturb("UpdateDistribution", unseen(wire, look, answer=answer))
    said = carry_out(case, wire, clock)
    assert case.site in said
    assert "undoing" not in said


@each_request
def test_what_is_applied_too_late_to_look_is_undone(case: Case, wire: Wire, clock: Clock) -> None:
    slow = after(lambda: clock.sleep(60), lost(ReadTimeoutError))
    wire.disturb("UpdateDistribution", carried_out(slow))
    assert "Read timeout" in carry_out(case, wire, clock)


@each_request
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412"),
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500 without effect"),
        pytest.param(carried_out(BROKEN), id="500 after it was applied"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time, not applied"),
        pytest.param(carried_out(lost(ReadTimeoutError)), id="no answer in time, applied"),
        pytest.param(carried_out(lost(ConnectionClosedError)), id="connection broken after"),
    ],
)
def test_the_undo_is_tried_again_too(case: Case, wire: Wire, clock: Clock, fault: Fault) -> None:
    wire.disturb("UpdateDistribution", unseen(wire), fault)
    assert "undoing" not in carry_out(case, wire, clock)


@each_request
@pytest.mark.parametrize(
    ("operation", "fault", "words"),
    [
        pytest.param("GetDistributionConfig", BROKEN, "InternalError", id="its look fails"),
        pytest.param("GetDistributionConfig", lost(ReadTimeoutError), "Read timeout", id="unseen"),
        pytest.param("UpdateDistribution", OUTDATED, "PreconditionFailed", id="412 for ever"),
        pytest.param("UpdateDistribution", THROTTLED, "Throttling", id="Throttling for ever"),
        pytest.param(
            "UpdateDistribution",
            denied("cloudfront:UpdateDistribution"),
            "cloudfront:UpdateDistribution",
            id="denied",
        ),
        pytest.param(
            "UpdateDistribution",
            lost(EndpointConnectionError),
            "Could not connect",
            id="no connection for ever",
        ),
    ],
)
def test_an_undo_that_fails_is_said_with_the_failure(
    case: Case, wire: Wire, clock: Clock, *, operation: str, fault: Fault, words: str
) -> None:
    """Both are named, and what is live is the new configuration, whole."""
    later: dict[str, Iterable[Fault]] = {operation: repeat(fault)}
    look = denied("cloudfront:GetDistributionConfig")
    write = unseen(wire, look, then=later.get("GetDistributionConfig", ()))
    wire.disturb("UpdateDistribution", write, then=later.get("UpdateDistribution", ()))
    with pytest.raises(AttachmentError) as error:
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    failure, undo = str(error.value).split("; undoing failed as well: ")
    assert "cloudfront:GetDistributionConfig" in failure
    assert words in undo
    assert live(case.site) == case.new


@each_request
def test_the_undo_keeps_what_somebody_else_wrote_meanwhile(
    case: Case, wire: Wire, clock: Clock
) -> None:
    look = after(lambda: set_comment(case.site, "edited"), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, look))
    assert carry_out(case, wire, clock, edited=with_comment("edited")) != ""


@each_request
def test_the_undo_keeps_a_behavior_that_somebody_added_meanwhile(
    case: Case, wire: Wire, clock: Clock
) -> None:
    before = behaviors(case.site)

    def add_one() -> None:
        config: Any = another_writer().get_distribution_config(Id=case.site)["DistributionConfig"]
        one = {"PathPattern": "/new/*", **behavior()}
        set_behaviors(case.site, [*config["CacheBehaviors"]["Items"], one])

    wire.disturb("UpdateDistribution", unseen(wire, after(add_one, BROKEN)))
    with pytest.raises(AttachmentError):
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert behaviors(case.site) == [*before, ("/new/*", "")]


@three_requests
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(BROKEN, id="500"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
    ],
)
def test_what_botocores_first_try_applied_is_undone_when_its_second_is_refused(
    case: Case, clock: Clock, monkeypatch: pytest.MonkeyPatch, first: Fault
) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=clock.sleep))
    wire = Wire(*connect(attempts=2))
    refusal = denied("cloudfront:UpdateDistribution")
    wire.disturb("UpdateDistribution", carried_out(first), refusal)
    assert not_authorized("cloudfront:UpdateDistribution") in carry_out(case, wire, clock)


@each_request
def test_the_undo_meets_another_writer(case: Case, wire: Wire, clock: Clock) -> None:
    edit = after(lambda: set_comment(case.site, "edited"))
    wire.disturb("UpdateDistribution", unseen(wire), edit)
    assert carry_out(case, wire, clock, edited=with_comment("edited")) != ""


@update
def test_the_rollback_after_an_undone_update_makes_no_call(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", unseen(wire))
    assert carry_out(case, wire, clock) != ""
    rollback = case.event | {
        "ResourceProperties": case.event["OldResourceProperties"],
        "OldResourceProperties": case.event["ResourceProperties"],
    }
    quiet = Wire(*connect())
    change(rollback, quiet.cloudfront, quiet.lambda_, patience=clock.patience)
    assert quiet.count("UpdateDistribution") == 0
    assert live(case.site) == case.old


the_undo_comes_after_an_edit = pytest.mark.parametrize(
    "comment",
    [
        pytest.param(COMMENT, id="that changes nothing"),
        pytest.param("edited", id="of the comment"),
    ],
)


@the_undo_comes_after_an_edit
@pytest.mark.parametrize(
    "arrange",
    [
        pytest.param(lambda ours, theirs: [*theirs, *ours], id="ours stand last"),
        pytest.param(
            lambda ours, theirs: [ours[0], *theirs, ours[1]], id="theirs stand between ours"
        ),
        pytest.param(
            lambda ours, theirs: [ours[0] | {"Compress": True}, ours[1], *theirs],
            id="a setting of ours was changed",
        ),
        pytest.param(
            lambda ours, theirs: [ours[0], ours[1] | {"PathPattern": "ht/clear"}, *theirs],
            id="a pattern lost its slash",
        ),
    ],
)
def test_an_undone_delete_brings_back_what_the_owner_made_of_ours(
    versions: tuple[str, str],
    wire: Wire,
    clock: Clock,
    arrange: Callable[[list[dict[str, Any]], list[dict[str, Any]]], list[dict[str, Any]]],
    comment: str,
) -> None:
    """Place and settings of our behaviors are the owner's, and a failed Delete keeps them."""
    version, _ = versions
    arranged = arrange(ours(version), theirs())
    case = case_of("Delete", version=version, old=arranged, new=theirs())
    look = after(lambda: set_comment(case.site, comment), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, look))
    assert carry_out(case, wire, clock, edited=with_comment(comment)) != ""


@the_undo_comes_after_an_edit
def test_an_undone_update_brings_back_different_versions(
    versions: tuple[str, str], wire: Wire, clock: Clock, comment: str
) -> None:
    """As a hand edit may leave them."""
    first, second = versions
    mixed = [*ours(first, RENEW), *ours(second, CLEAR), *theirs()]
    case = case_of(
        "Update",
        version=second,
        old=mixed,
        new=[*ours(second), *theirs()],
        old_properties={"VersionArn": first, "Paths": [RENEW, CLEAR]},
    )
    look = after(lambda: set_comment(case.site, comment), BROKEN)
    wire.disturb("UpdateDistribution", unseen(wire, look))
    assert carry_out(case, wire, clock, edited=with_comment(comment)) != ""


@three_requests
def test_an_undo_that_cannot_look_is_said_even_where_nothing_was_applied(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """Nobody knows that it was not."""
    blind = after(
        lambda: wire.disturb("GetDistributionConfig", then=repeat(BROKEN)), lost(ReadTimeoutError)
    )
    wire.disturb("UpdateDistribution", blind)
    said = carry_out(case, wire, clock)
    assert "undoing failed as well: AWS refused it (InternalError" in said


# Another writer


@each_request
def test_an_edit_right_before_the_write_survives(case: Case, wire: Wire, clock: Clock) -> None:
    wire.disturb("UpdateDistribution", after(lambda: set_comment(case.site, "edited")))
    assert carry_out(case, wire, clock, edited=with_comment("edited")) == ""
    assert wire.count("UpdateDistribution") == 2


@each_request
@pytest.mark.parametrize("look", [pytest.param(1, id="first"), pytest.param(2, id="second")])
def test_an_edit_right_after_a_look_survives(
    case: Case, wire: Wire, clock: Clock, look: int
) -> None:
    edit = followed_by(lambda: set_comment(case.site, "edited"))
    wire.disturb("GetDistributionConfig", *[goes_on] * (look - 1), edit)
    assert carry_out(case, wire, clock, edited=with_comment("edited")) == ""


@each_request
def test_an_edit_at_each_write_survives_the_error(case: Case, wire: Wire, clock: Clock) -> None:
    edits = iter(range(100))
    each_time = after(lambda: set_comment(case.site, f"edit {next(edits)}"))
    wire.disturb("UpdateDistribution", then=repeat(each_time))
    said = carry_out(case, wire, clock, edited=with_comment("edit 4"))
    assert "somebody else keeps changing it" in said


@each_request
def test_an_edit_before_a_lost_answer_is_looked_at_survives(
    case: Case, wire: Wire, clock: Clock
) -> None:
    broken = after(lambda: set_comment(case.site, "edited"), BROKEN)
    wire.disturb("UpdateDistribution", carried_out(broken))
    assert carry_out(case, wire, clock, edited=with_comment("edited")) == ""
    assert wire.count("UpdateDistribution") == 1


@update
@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda ours: ours[:1], id="one of ours removed"),
        pytest.param(lambda ours: [ours[0] | {"Compress": True}, ours[1]], id="setting of ours"),
    ],
)
@pytest.mark.parametrize("moment", ["after the first look", "with the refusal"])
def test_a_refused_update_keeps_what_somebody_did_to_ours_meanwhile(
    case: Case,
    wire: Wire,
    clock: Clock,
    edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
    moment: str,
) -> None:
    """Nothing was written, so nothing is there to undo."""
    version = case.event["OldResourceProperties"]["VersionArn"]
    left: list[str] = []

    def edit_ours() -> None:
        set_behaviors(case.site, [*edit(ours(version)), *theirs()])
        left.append(live(case.site))

    refusal = refused(409, "CNAMEAlreadyExists", "taken")
    if moment == "with the refusal":
        wire.disturb("UpdateDistribution", after(edit_ours, refusal))
    else:
        wire.disturb("GetDistributionConfig", followed_by(edit_ours))
        wire.disturb("UpdateDistribution", refusal)
    with pytest.raises(AttachmentError, match="CNAMEAlreadyExists"):
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert [live(case.site)] == left


@update
def test_behaviors_that_somebody_removes_meanwhile_are_added(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", after(lambda: set_behaviors(case.site, theirs())))
    assert carry_out(case, wire, clock) == ""


@create
def test_behaviors_that_somebody_else_puts_there_meanwhile_are_refused(
    case: Case, wire: Wire, clock: Clock
) -> None:
    own = {"PathPattern": RENEW, **behavior()}
    wire.disturb("UpdateDistribution", after(lambda: set_behaviors(case.site, [own, *theirs()])))
    with pytest.raises(AttachmentError, match="behavior '/ht/renew' is there already and not ours"):
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert wire.count("UpdateDistribution") == 1
    assert behaviors(case.site) == [(RENEW, ""), ("/api/*", ""), ("/static/*", "")]


@create
def test_a_delete_in_the_middle_of_a_create_wins(case: Case, wire: Wire, clock: Clock) -> None:
    """The Delete runs to its end between the Create's look and its write, and finds nothing."""
    event, second = case.event | {"RequestType": "Delete"}, Wire(*connect())

    def delete_it() -> None:
        change(event, second.cloudfront, second.lambda_, patience=clock.patience)
        assert second.count("UpdateDistribution") == 0

    wire.disturb("UpdateDistribution", after(delete_it))
    assert carry_out(case, wire, clock) == ""

    assert is_in_place(event, second.cloudfront, patience=clock.patience)
    assert live(case.site) == case.old
    with pytest.raises(AttachmentError, match="somebody else changed our behaviors"):
        is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    assert live(case.site) == case.old


@create
def test_a_delete_before_a_create_has_heard_that_it_is_done(
    case: Case, wire: Wire, clock: Clock
) -> None:
    event, second = case.event | {"RequestType": "Delete"}, Wire(*connect())

    def delete_it() -> None:
        change(event, second.cloudfront, second.lambda_, patience=clock.patience)
        assert second.count("UpdateDistribution") == 1

    wire.disturb("UpdateDistribution", carried_out(after(delete_it, answered(200, ""))))
    change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert live(case.site) == case.old
    with pytest.raises(AttachmentError, match="somebody else changed our behaviors"):
        is_in_place(case.event, wire.cloudfront, patience=clock.patience)


# A distribution that is gone


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_missing_distribution_is_an_error_with_the_context_key(
    versions: tuple[str, str], wire: Wire, clock: Clock, request_type: str
) -> None:
    event = event_of(request_type, "E1NOSUCHSITE", versions[0])
    with pytest.raises(AttachmentError) as error:
        change(event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert "E1NOSUCHSITE" in str(error.value)
    assert "site_distribution_id" in str(error.value)
    assert clock.time == 0


def test_nothing_is_left_to_delete_on_a_missing_distribution(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    event = event_of("Delete", "E1NOSUCHSITE", versions[0])
    change(event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert wire.calls == ["GetDistributionConfig"]


@attaching
def test_a_distribution_deleted_between_look_and_write(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", after(lambda: delete_distribution(case.site)))
    with pytest.raises(AttachmentError, match="site_distribution_id"):
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)


@attaching
@pytest.mark.parametrize(
    "written", [pytest.param(False, id="before it"), pytest.param(True, id="after it")]
)
def test_nothing_is_left_to_undo_on_a_deleted_distribution(
    case: Case, wire: Wire, clock: Clock, written: bool
) -> None:
    def delete_it() -> None:
        delete_distribution(case.site)

    fault = carried_out(after(delete_it, BROKEN)) if written else after(delete_it)
    wire.disturb("UpdateDistribution", fault)
    with pytest.raises(AttachmentError) as error:
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    assert "undoing failed" not in str(error.value)


@delete
@pytest.mark.parametrize(
    "operation", ["GetDistributionConfig", "second GetDistributionConfig", "UpdateDistribution"]
)
def test_a_distribution_deleted_during_a_delete(
    case: Case, wire: Wire, clock: Clock, operation: str
) -> None:
    gone = after(lambda: delete_distribution(case.site))
    wire.disturb(operation.removeprefix("second "), *[goes_on] * operation.count("second"), gone)
    change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)


@delete
def test_a_distribution_deleted_after_a_lost_answer(case: Case, wire: Wire, clock: Clock) -> None:
    gone = after(lambda: delete_distribution(case.site), BROKEN)
    wire.disturb("UpdateDistribution", carried_out(gone))
    change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)


# Somebody else's behaviors, and nothing to do


@pytest.mark.parametrize("path", [RENEW, CLEAR, "ht/renew"])
@pytest.mark.parametrize(
    ("own", "does"),
    [
        pytest.param({}, "runs no function", id="without a function"),
        pytest.param(
            {
                "LambdaFunctionAssociations": associated(
                    "viewer-request", "arn:aws:lambda:us-east-1:000000000000:function:auth:7"
                )
            },
            "runs arn:aws:lambda:us-east-1:000000000000:function:auth:7",
            id="with another function",
        ),
    ],
)
def test_a_foreign_behavior_on_our_path_is_refused_before_anything_is_written(
    versions: tuple[str, str],
    wire: Wire,
    clock: Clock,
    *,
    path: str,
    own: dict[str, Any],
    does: str,
) -> None:
    foreign = [*theirs(), {"PathPattern": path, **behavior(**own)}]
    case = case_of("Create", version=versions[0], old=foreign, new=foreign)
    said = carry_out(case, wire, clock)
    assert said == (
        f"distribution {case.site}: behavior {path!r} is there already and not ours: it goes to "
        f"origin 'site' and {does}; do not remove it, "
        "because pages may use it, but choose other paths with the context keys "
        "renew_path and clear_path"
    )
    assert wire.count("UpdateDistribution") == 0


def test_an_update_to_a_foreign_path_is_refused_before_anything_is_written(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    version, _ = versions
    foreign = [*ours(version), {"PathPattern": FORGET, **behavior()}]
    case = case_of(
        "Update",
        version=version,
        paths=(RENEW, FORGET),
        old=foreign,
        new=foreign,
        old_properties={"VersionArn": version, "Paths": [RENEW, CLEAR]},
    )
    assert "behavior '/ht/forget' is there already and not ours" in carry_out(case, wire, clock)
    assert wire.count("UpdateDistribution") == 0


def test_a_foreign_behavior_on_our_path_outlives_a_delete(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    foreign = [*theirs(), {"PathPattern": CLEAR, **behavior()}]
    case = case_of(
        "Delete",
        version=versions[0],
        old=[*ours(versions[0], RENEW), *foreign],
        new=foreign,
    )
    assert carry_out(case, wire, clock) == ""


@each_request
def test_a_request_that_comes_twice_writes_once(case: Case, wire: Wire, clock: Clock) -> None:
    for _ in range(2):
        assert carry_out(case, wire, clock) == ""
    assert wire.count("UpdateDistribution") == 1


def test_a_delete_of_what_is_gone_writes_nothing(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    case = case_of("Delete", version=versions[0], old=theirs(), new=theirs())
    assert carry_out(case, wire, clock) == ""
    assert set(wire.calls) == {"GetDistributionConfig"}


@delete
def test_a_delete_asks_nothing_of_lambda(case: Case, wire: Wire, clock: Clock) -> None:
    """The function may be gone already."""
    assert carry_out(case, wire, clock) == ""
    assert "GetFunctionConfiguration" not in wire.calls


# Until every edge location has it


@each_request
@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        pytest.param([], True, id="Deployed"),
        pytest.param([rewritten(b"Deployed", b"InProgress")], False, id="InProgress"),
    ],
)
def test_it_is_in_place_once_deployed(
    case: Case, wire: Wire, clock: Clock, faults: list[Fault], expected: bool
) -> None:
    assert carry_out(case, wire, clock) == ""
    wire.disturb("GetDistribution", *faults)
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience) is expected
    assert wire.count("UpdateDistribution") == 1
    assert live(case.site) == case.new


@attaching
def test_it_is_not_in_place_where_somebody_removed_ours(
    case: Case, wire: Wire, clock: Clock
) -> None:
    assert carry_out(case, wire, clock) == ""
    set_behaviors(case.site, theirs())
    with pytest.raises(AttachmentError, match="somebody else changed our behaviors"):
        is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    assert wire.count("UpdateDistribution") == 1


@pytest.mark.parametrize("case", ["Create", "Delete"], indirect=True)
@pytest.mark.parametrize("operation", ["GetDistributionConfig", "GetDistribution"])
def test_a_look_that_is_denied_is_an_error_and_changes_nothing(
    case: Case, wire: Wire, clock: Clock, operation: str
) -> None:
    assert carry_out(case, wire, clock) == ""
    wire.disturb(operation, denied(f"cloudfront:{operation}"))
    with pytest.raises(AttachmentError) as error:
        is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    assert case.site in str(error.value)
    assert not_authorized(f"cloudfront:{operation}") in str(error.value)
    assert live(case.site) == case.new


@pytest.mark.parametrize("case", ["Create", "Delete"], indirect=True)
@pytest.mark.parametrize("operation", ["GetDistributionConfig", "GetDistribution"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500"),
        pytest.param(UNAVAILABLE, id="503"),
        pytest.param(lost(EndpointConnectionError), id="no connection"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time"),
        pytest.param(CUT_OFF, id="answer cut off"),
    ],
)
def test_a_look_that_fails_for_a_moment_is_taken_again(
    case: Case, wire: Wire, clock: Clock, operation: str, fault: Fault
) -> None:
    """Provider asks again in a moment; one bad answer undoes no good deployment."""
    assert carry_out(case, wire, clock) == ""
    wire.disturb(operation, fault)
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience) is False
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience) is True
    assert live(case.site) == case.new


@delete
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412"),
        pytest.param(THROTTLED, id="Throttling"),
        pytest.param(BROKEN, id="500 without effect"),
        pytest.param(carried_out(BROKEN), id="500 after it was applied"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time, not applied"),
        pytest.param(carried_out(lost(ReadTimeoutError)), id="no answer in time, applied"),
    ],
)
def test_a_late_attachment_is_taken_out_whatever_passes(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    """The case's own Delete stands for one that ran before the attachment came."""
    wire.disturb("UpdateDistribution", fault)
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    assert live(case.site) == case.new


@delete
def test_a_late_attachment_that_may_not_be_taken_out_is_an_error(
    case: Case, wire: Wire, clock: Clock
) -> None:
    wire.disturb("UpdateDistribution", then=repeat(denied("cloudfront:UpdateDistribution")))
    with pytest.raises(AttachmentError) as error:
        is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    assert "perform: cloudfront:Update" in str(error.value)
    assert live(case.site) == case.old


@delete
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OUTDATED, id="412 for ever"),
        pytest.param(lost(ReadTimeoutError), id="no answer in time for ever"),
    ],
)
def test_a_late_attachment_that_cannot_be_taken_out_yet_is_not_done(
    case: Case, wire: Wire, clock: Clock, fault: Fault
) -> None:
    """Provider asks again, until its own time is over."""
    wire.disturb("UpdateDistribution", then=repeat(fault))
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience) is False
    assert live(case.site) == case.old


@each_request
def test_a_distribution_gone_while_it_was_deployed(case: Case, wire: Wire, clock: Clock) -> None:
    """Nothing is left to wait for after a Delete; anything else has failed."""
    assert carry_out(case, wire, clock) == ""
    delete_distribution(case.site)
    if case.deletes:
        assert is_in_place(case.event, wire.cloudfront, patience=clock.patience)
    else:
        with pytest.raises(AttachmentError, match="site_distribution_id"):
            is_in_place(case.event, wire.cloudfront, patience=clock.patience)


@delete
def test_a_distribution_gone_between_the_two_looks(case: Case, wire: Wire, clock: Clock) -> None:
    assert carry_out(case, wire, clock) == ""
    wire.disturb("GetDistribution", after(lambda: delete_distribution(case.site)))
    assert is_in_place(case.event, wire.cloudfront, patience=clock.patience)


# On the wire

#: A configuration with what boto3 has no name for, or would write in another way.
UNKNOWN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made in 2031 -->\n'
    b'<DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">\n'
    b"  <CallerReference>a&#38;b</CallerReference>"
    b"<Comment><![CDATA[<the shop> \xe2\x80\x93]]></Comment>"
    b'<Teleport enabled="true" xmlns:t="urn:t"><t:To>moon</t:To></Teleport>'
    b"<DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><Warp/></DefaultCacheBehavior>"
    b"<CacheBehaviors><Quantity>1</Quantity><Items>"
    b"<CacheBehavior><PathPattern>/api/*</PathPattern><Warp>9</Warp></CacheBehavior>"
    b"</Items><Zebra>last</Zebra></CacheBehaviors>"
    b"<Aliases><Quantity>1</Quantity><Items><CNAME>www.example.com</CNAME></Items></Aliases>\n"
    b"</DistributionConfig>\n"
)


def test_a_document_passes_through_byte_for_byte(wire: Wire) -> None:
    wire.disturb("GetDistributionConfig", answered(200, UNKNOWN.decode(), {"ETag": "E1"}))
    wire.disturb("UpdateDistribution", BROKEN)
    live_distribution = LiveDistribution(wire.cloudfront, "E1ANYSITE")
    present = live_distribution.read()
    with pytest.raises(wire.cloudfront.exceptions.ClientError):
        live_distribution.write(present.document, present.etag)
    assert present.document == UNKNOWN
    assert wire.requests[-1].body == UNKNOWN
    assert wire.requests[-1].headers["If-Match"] in ("E1", b"E1")


def test_attaching_puts_nothing_but_ours_into_the_document(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    wire.disturb(
        "GetDistributionConfig", then=repeat(answered(200, UNKNOWN.decode(), {"ETag": "E1"}))
    )
    wire.disturb("UpdateDistribution", answered(200, ""))
    event = event_of("Create", "E1ANYSITE", versions[0])
    change(event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    body = wire.requests[-1].body
    assert isinstance(body, bytes)
    head, _, tail = UNKNOWN.partition(b"<Quantity>1</Quantity><Items><CacheBehavior>")
    assert body.startswith(head + b"<Quantity>3</Quantity><Items><CacheBehavior>")
    assert body.endswith(b"</CacheBehavior><CacheBehavior>" + tail)
    assert body.count(b"<CacheBehavior>") == 3


@each_request
def test_what_is_signed_is_what_is_sent(case: Case, wire: Wire, clock: Clock) -> None:
    """Signed once more over the body on the wire, the request has the same signature."""
    assert carry_out(case, wire, clock) == ""
    [sent] = [
        request
        for call, request in zip(wire.calls, wire.requests, strict=True)
        if call == "UpdateDistribution"
    ]
    assert isinstance(sent.body, bytes)
    assert canonicalize(sent.body.decode()) == case.new
    headers = {name.lower(): text(value) for name, value in sent.headers.items()}
    assert headers["content-length"] == str(len(sent.body))
    assert headers["authorization"].endswith(f"Signature={signature(sent, headers)}")


@each_request
def test_the_clients_own_requests_are_left_alone_afterwards(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """The hooks that carry the document are taken off again, after a failure too."""
    wire.disturb("UpdateDistribution", denied("cloudfront:UpdateDistribution"))
    assert carry_out(case, wire, clock) != ""
    answer = wire.cloudfront.get_distribution_config(Id=case.site)
    config: Any = answer["DistributionConfig"] | {"Comment": "edited"}
    wire.cloudfront.update_distribution(
        Id=case.site, IfMatch=answer["ETag"], DistributionConfig=config
    )
    assert live(case.site) == with_comment("edited")(case.old)


# The customer's side


def theirs() -> list[dict[str, Any]]:
    """Return the behaviors that the customer has."""
    log = associated("viewer-response", "arn:aws:lambda:us-east-1:000000000000:function:log:3")
    return [
        {
            "PathPattern": "/api/*",
            **behavior(LambdaFunctionAssociations=log),
        },
        {"PathPattern": "/static/*", **behavior()},
    ]


def ours(version: str, *on: str) -> list[dict[str, Any]]:
    """Return our behaviors as CloudFront wants them, in the order of its API's model."""
    return [
        {
            "PathPattern": path,
            "TargetOriginId": "site",
            "TrustedSigners": {"Enabled": False, "Quantity": 0},
            "TrustedKeyGroups": {"Enabled": False, "Quantity": 0},
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": {
                "Quantity": 7,
                "Items": ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"],
                "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
            },
            "SmoothStreaming": False,
            "Compress": False,
            "LambdaFunctionAssociations": associated("viewer-request", version),
            "FunctionAssociations": {"Quantity": 0},
            "FieldLevelEncryptionId": "",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "GrpcConfig": {"Enabled": False},
        }
        for path in on or (RENEW, CLEAR)
    ]


def event_of(
    request_type: str,
    site: str,
    version: str,
    paths: Sequence[str] = (RENEW, CLEAR),
    old_properties: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what CDK's Provider hands over."""
    token = "arn:aws:lambda:us-east-1:000000000000:function:provider"
    common = {"ServiceToken": token, "DistributionId": site}
    event = {
        "RequestType": request_type,
        "ResourceType": "Custom::DistributionAttachment",
        "ResourceProperties": common | {"VersionArn": version, "Paths": list(paths)},
    }
    if old_properties:
        event["OldResourceProperties"] = common | old_properties
    return event


def unseen(
    wire: Wire, look: Fault = BROKEN, *, answer: Fault = BROKEN, then: Iterable[Fault] = ()
) -> Fault:
    """A write is carried out, its answer says otherwise, and so does the next look.

    Looks after that one meet `then`.
    """
    return carried_out(
        after(lambda: wire.disturb("GetDistributionConfig", look, then=then), answer)
    )


def case_of(
    request_type: str,
    *,
    version: str,
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    paths: Sequence[str] = (RENEW, CLEAR),
    old_properties: dict[str, Any] | None = None,
) -> Case:
    """Return a request to a new site with the behaviors `old`, which are to become `new`."""
    site = create_distribution()
    set_behaviors(site, new)
    wanted = live(site)
    set_behaviors(site, old)
    event = event_of(request_type, site, version, paths, old_properties)
    return Case(event=event, site=site, old=live(site), new=wanted)


def carry_out(
    case: Case, wire: Wire, clock: Clock, *, edited: Callable[[str], str] = lambda old: old
) -> str:
    """Run the request; return the error's words, or none. Checks that the reply is true.

    `edited` is what another writer did meanwhile, which has to be there either way.
    """
    try:
        change(case.event, wire.cloudfront, wire.lambda_, patience=clock.patience)
    except AttachmentError as error:
        assert live(case.site) == edited(case.old)
        return str(error)
    assert live(case.site) == edited(case.new)
    return ""


def live(site: str) -> str:
    """Return the site's configuration as canonical XML, read without boto3."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}/2020-05-31/distribution/{site}/config"
    url += f"?X-Amz-Credential={os.environ['AWS_ACCESS_KEY_ID']}"
    with urllib.request.urlopen(url) as answer:
        return canonicalize(answer.read().decode())


def set_behaviors(site: str, items: list[dict[str, Any]]) -> None:
    """As another writer: replace all behaviors but the default one, and state what is tested."""
    errors = {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404"}
    write(
        site,
        CacheBehaviors={"Quantity": len(items), "Items": items},
        Comment=COMMENT,
        CustomErrorResponses={"Quantity": 1, "Items": [errors | {"ErrorCachingMinTTL": 10}]},
    )


def set_comment(site: str, comment: str) -> None:
    """As another writer: replace the comment."""
    write(site, Comment=comment)


def with_comment(comment: str) -> Callable[[str], str]:
    """Return what puts the comment in the place of the one that all sites start with."""
    return lambda document: document.replace(COMMENT, comment)


def delete_distribution(site: str) -> None:
    etag = write(site, Enabled=False)
    another_writer().delete_distribution(Id=site, IfMatch=etag)


def write(site: str, **settings: Any) -> str:
    """As another writer: replace these settings; return the new ETag."""
    answer = another_writer().get_distribution_config(Id=site)
    config: Any = answer["DistributionConfig"] | settings
    updated = another_writer().update_distribution(
        Id=site, IfMatch=answer["ETag"], DistributionConfig=config
    )
    return updated["ETag"]


@cache
def another_writer() -> "CloudFrontClient":
    """Return a client whose requests nothing disturbs."""
    return boto3.client("cloudfront")


def text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def signature(request: AWSPreparedRequest, headers: dict[str, str]) -> str:
    """Return the signature that the request should have.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    fields = dict(
        field.strip().split("=", 1)
        for field in headers["authorization"].removeprefix("AWS4-HMAC-SHA256").split(",")
    )
    _, day, region, service, _ = fields["Credential"].split("/")
    url = urlsplit(request.url)
    headers = {"host": url.netloc, **headers}
    assert isinstance(request.body, bytes)
    canonical_request = "\n".join(
        [
            str(request.method),
            url.path,
            url.query,
            *(f"{name}:{headers[name].strip()}" for name in fields["SignedHeaders"].split(";")),
            "",
            fields["SignedHeaders"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    string_to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            headers["x-amz-date"],
            f"{day}/{region}/{service}/aws4_request",
            hashlib.sha256(canonical_request.encode()).hexdigest(),
        ]
    )
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (day, region, service, "aws4_request", string_to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()
