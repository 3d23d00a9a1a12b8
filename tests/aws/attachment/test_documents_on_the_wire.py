"""The sent document, which differs from the one that was read only by the attachment's edit."""

import hashlib
import hmac
import os
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import canonicalize

import pytest
from botocore.awsrequest import AWSPreparedRequest

from attachment.live import LiveDistribution
from attachment.request import Request
from tests.support.another_writer import live, with_comment
from tests.support.attachment_cases import (
    Case,
    for_each_request,
    properties_of,
    request_of,
    run,
)
from tests.support.custom_resource import SUCCEEDED, CloudFormation
from tests.support.faults import BROKEN, Clock, Wire, answered, refused

#: A configuration with parts that boto3 does not know or would write differently.
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
    distribution = LiveDistribution(wire.cloudfront, "E1ANYSITE")
    present = distribution.read()
    with pytest.raises(wire.cloudfront.exceptions.ClientError):
        distribution.write(present.document, present.etag)
    assert present.document == UNKNOWN
    assert wire.requests[-1].body == UNKNOWN
    assert wire.requests[-1].headers["If-Match"] in ("E1", b"E1")


def test_attaching_adds_only_its_own_behaviors_to_the_document(
    versions: tuple[str, str], wire: Wire, clock: Clock
) -> None:
    wire.disturb(
        "GetDistributionConfig", then=repeat(answered(200, UNKNOWN.decode(), {"ETag": "E1"}))
    )
    wire.disturb("UpdateDistribution", answered(200, ""))
    stack = CloudFormation(wire, clock, versions[0].rpartition(":")[0])
    stack.status = "CREATE_IN_PROGRESS"
    begun = stack.begin(request_of("Create", properties_of("E1ANYSITE", versions[0])))
    assert isinstance(begun, Request)
    assert stack.step(begun) is None
    body = wire.requests[-1].body
    assert isinstance(body, bytes)
    head, _, tail = UNKNOWN.partition(b"<Quantity>1</Quantity><Items><CacheBehavior>")
    assert body.startswith(head + b"<Quantity>3</Quantity><Items><CacheBehavior>")
    assert body.endswith(b"</CacheBehavior><CacheBehavior>" + tail)
    assert body.count(b"<CacheBehavior>") == 3


@for_each_request
def test_the_signature_matches_the_body_that_is_sent(case: Case, wire: Wire, clock: Clock) -> None:
    """A signature that the test computes over the sent body is the request's signature."""
    assert run(case, wire, clock) == SUCCEEDED
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


@for_each_request
def test_the_clients_other_requests_stay_unchanged_afterwards(
    case: Case, wire: Wire, clock: Clock
) -> None:
    """The hooks that insert the document are removed again, even after a failure."""
    wire.disturb("UpdateDistribution", refused(409, "CNAMEAlreadyExists", "in use"))
    assert run(case, wire, clock).status == "failed"
    answer = wire.cloudfront.get_distribution_config(Id=case.distribution_id)
    config: Any = answer["DistributionConfig"] | {"Comment": "edited"}
    wire.cloudfront.update_distribution(
        Id=case.distribution_id, IfMatch=answer["ETag"], DistributionConfig=config
    )
    assert live(case.distribution_id) == with_comment("edited")(case.old)


def text(value: str | bytes) -> str:
    """Return a header's value as text."""
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
