"""Requests of a caller that may invoke the handlers but has no permission on CloudFront."""

from dataclasses import replace

import pytest

from attachment.request import Request
from tests.support.another_writer import live, set_behaviors
from tests.support.attachment_cases import (
    CLEAR,
    RENEW,
    associated,
    other_behaviors,
    own_behaviors,
    properties_of,
    request_of,
)
from tests.support.custom_resource import CloudFormation, Reply
from tests.support.customer import behavior, create_distribution
from tests.support.faults import Clock, Wire

ANOTHER_VERSION = "arn:aws:lambda:us-east-1:000000000000:function:site-auth:7"


def forged(kind: str, distribution_id: str, version_arn: str) -> Request:
    """Return a request that would change behaviors that no deployment names."""
    own = properties_of(distribution_id, version_arn)
    match kind:
        case "Delete of another function's behavior":
            return request_of("Delete", properties_of(distribution_id, ANOTHER_VERSION, ["/admin"]))
        case "Create for the whole site":
            return request_of("Create", properties_of(distribution_id, version_arn, ["/*"]))
        case "Create of another function":
            return request_of("Create", properties_of(distribution_id, ANOTHER_VERSION))
        case "Update that had another function":
            return request_of(
                "Update", own, properties_of(distribution_id, ANOTHER_VERSION, ["/admin"])
            )
        case _:
            return request_of("Update", properties_of(distribution_id, version_arn, []), own)


@pytest.mark.parametrize("handler", ["first", "second"])
@pytest.mark.parametrize(
    "kind",
    [
        "Delete of another function's behavior",
        "Create for the whole site",
        "Create of another function",
        "Update that had another function",
        "Update to no paths",
    ],
)
def test_a_forged_request_is_refused_without_a_call_of_aws(
    versions: tuple[str, str], wire: Wire, clock: Clock, *, kind: str, handler: str
) -> None:
    """The second handler gets an event that looks like the first handler's."""
    distribution_id = create_distribution()
    auth = associated("viewer-request", ANOTHER_VERSION)
    admin = {"PathPattern": "/admin", **behavior(LambdaFunctionAssociations=auth)}
    set_behaviors(
        distribution_id, [*own_behaviors(versions[0], RENEW, CLEAR), admin, *other_behaviors()]
    )
    before = live(distribution_id)
    request = forged(kind, distribution_id, versions[0])
    stack = CloudFormation(wire, clock, versions[0].rpartition(":")[0])
    stack.status = "DELETE_IN_PROGRESS"

    begun = replace(request, physical_id=distribution_id, stack_status=stack.status)

    reply = stack.begin(request) if handler == "first" else stack.step(begun)

    assert isinstance(reply, Reply)
    assert (reply.status, reply.code) == ("failed", "request-not-own")
    assert wire.calls == []
    assert live(distribution_id) == before
