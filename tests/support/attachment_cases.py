"""Requests to the custom resource in the AWS emulator, and the behaviors before and after them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from attachment.request import Request
from tests.support.another_writer import live, set_behaviors
from tests.support.custom_resource import PAUSE_SECONDS, CloudFormation, Reply
from tests.support.customer import behavior, create_distribution
from tests.support.faults import Clock, Wire

RENEW, CLEAR, FORGET = "/ht/renew", "/ht/clear", "/ht/forget"

#: A distribution ID that does not exist.
NO_SUCH_DISTRIBUTION = "E1NOSUCHSITE"


# Building a request, with the behaviors before and after it.


def other_behaviors() -> list[dict[str, Any]]:
    """Return two behaviors that the customer already has."""
    log = associated("viewer-response", "arn:aws:lambda:us-east-1:000000000000:function:log:3")
    return [
        {"PathPattern": "/api/*", **behavior(LambdaFunctionAssociations=log)},
        {"PathPattern": "/static/*", **behavior()},
    ]


def own_behaviors(version_arn: str, *paths: str) -> list[dict[str, Any]]:
    """Return the cookie service's behaviors, with every element in the order of the API's model."""
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
            "LambdaFunctionAssociations": associated("viewer-request", version_arn),
            "FunctionAssociations": {"Quantity": 0},
            "FieldLevelEncryptionId": "",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "GrpcConfig": {"Enabled": False},
        }
        for path in paths or (RENEW, CLEAR)
    ]


def associated(event_type: str, version_arn: str) -> dict[str, Any]:
    """Return a behavior's list of Lambda functions, with this one."""
    function = {"LambdaFunctionARN": version_arn, "EventType": event_type, "IncludeBody": False}
    return {"Quantity": 1, "Items": [function]}


def properties_of(
    distribution_id: str, version_arn: str, paths: Sequence[str] = (RENEW, CLEAR)
) -> dict[str, Any]:
    """Return the custom resource's properties, as CloudFormation passes them."""
    return {
        "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:provider",
        "DistributionId": distribution_id,
        "VersionArn": version_arn,
        "Paths": list(paths),
    }


def request_of(
    request_type: str, new: dict[str, Any], old: dict[str, Any] | None = None
) -> Request:
    """Return the request of an event with these properties, as CDK's Provider passes it."""
    event = {
        "RequestType": request_type,
        "ResourceType": "Custom::DistributionAttachment",
        "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/Shop-CookieService/1",
        "ResourceProperties": new,
    }
    return Request.from_event(event | ({"OldResourceProperties": old} if old else {}))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request to one distribution, and its configuration before the request and after it."""

    request: Request
    old: str
    new: str

    @property
    def distribution_id(self) -> str:
        return self.request.new.distribution_id

    @property
    def deletes(self) -> bool:
        return self.request.type == "Delete"


def case_of(
    request_type: str,
    *,
    version_arn: str,
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    paths: Sequence[str] = (RENEW, CLEAR),
    old_version_arn: str = "",
) -> Case:
    """Create a distribution with the behaviors `old`; return the request that makes them `new`.

    An Update needs `old_version_arn`, the version of the previous deployment. That deployment's
    paths are `RENEW` and `CLEAR`.
    """
    distribution_id = create_distribution()
    set_behaviors(distribution_id, new)
    wanted = live(distribution_id)
    set_behaviors(distribution_id, old)
    return Case(
        request=request_of(
            request_type,
            properties_of(distribution_id, version_arn, paths),
            properties_of(distribution_id, old_version_arn) if old_version_arn else None,
        ),
        old=live(distribution_id),
        new=wanted,
    )


# Running a request.


def stack_of(
    case: Case,
    wire: Wire,
    clock: Clock,
    *,
    named: Collection[str] = (),
    pause_seconds: float = PAUSE_SECONDS,
) -> CloudFormation:
    """Return the stack of the case, right before its request."""
    function, _, _ = case.request.new.version_arn.rpartition(":")
    stack = CloudFormation(wire, clock, function, named=named, pause_seconds=pause_seconds)
    stack.physical_id = case.distribution_id
    return stack


def run(
    case: Case,
    wire: Wire,
    clock: Clock,
    *,
    edited: Callable[[str], str] = lambda document: document,
    pause_seconds: float = PAUSE_SECONDS,
) -> Reply:
    """Send the request, and check that the live configuration matches the reply.

    After a success, it has to be exactly the new configuration. After a failure and the requests
    that CloudFormation sends next, it has to be exactly the old one. `edited` makes the changes of
    another writer to a configuration; they have to survive in both cases.
    """
    reply = stack_of(case, wire, clock, pause_seconds=pause_seconds).deploy(case.request)
    expected = case.old if reply.status == "failed" else case.new
    assert live(case.distribution_id) == edited(expected)
    return reply


# Parameters of the fixture `case`.

ATTACHING = ("Create", "Create that takes over", "Update of the version", "Update of a path")


def _for_cases(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", names, indirect=True)


for_each_request = _for_cases(*ATTACHING, "Delete")
for_attaching = _for_cases(*ATTACHING)
for_three_requests = _for_cases("Create", "Update of the version", "Delete")
for_create_and_delete = _for_cases("Create", "Delete")
for_create = _for_cases("Create")
for_takeover = _for_cases("Create that takes over")
for_update = _for_cases("Update of the version")
for_delete = _for_cases("Delete")
