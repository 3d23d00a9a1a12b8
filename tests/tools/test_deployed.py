"""The cookie service that the tools read from a stack, and changes to its attachments."""

from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber

from attachment.request import Attachment
from tools.deployed import CookieService, read_cookie_service


@pytest.mark.parametrize("answer", [{}, {"TemplateBody": "{}"}], ids=["none", "empty"])
def test_a_stack_under_review_has_no_cookie_service(answer: dict[str, str]) -> None:
    """Its first change set was created, but not executed."""
    cloudformation = boto3.client("cloudformation", "us-east-1")
    name = {"StackName": "FirstPartyTracking-example-com-CookieService"}
    with Stubber(cloudformation) as answers:
        answers.add_response("describe_stack_resources", {"StackResources": []}, name)
        answers.add_response("get_template", answer, name)
        found = read_cookie_service(cloudformation, "FirstPartyTracking-example-com-CookieService")
    assert found == CookieService(versions={}, attachments={})


ATTACHED = Attachment(
    distribution_id="E123",
    version_arn={"Ref": "CookieFunctionVersion0123456789abcdef"},
    paths=("/ht/renew", "/ht/clear"),
    repair="2",
)


def attached(*attachments: Attachment) -> CookieService:
    """Return a cookie service with these attachments."""
    by_id = {attachment.distribution_id: attachment for attachment in attachments}
    return CookieService(versions={}, attachments=by_id)


@pytest.mark.parametrize(
    ("deployed", "expected"),
    [
        pytest.param(ATTACHED, True, id="the-same"),
        pytest.param(replace(ATTACHED, paths=("/id/renew", "/ht/clear")), False, id="another-path"),
        pytest.param(replace(ATTACHED, paths=("/ht/clear", "/ht/renew")), False, id="order"),
        pytest.param(replace(ATTACHED, repair="1"), False, id="another-repair"),
        pytest.param(replace(ATTACHED, repair=""), False, id="no-repair"),
        pytest.param(
            replace(ATTACHED, version_arn={"Ref": "CookieFunctionVersionfedcba9876543210"}),
            False,
            id="another-version",
        ),
        pytest.param(replace(ATTACHED, distribution_id="E456"), False, id="another-distribution"),
    ],
)
def test_attachment_is_unchanged_only_with_the_same_properties(
    deployed: Attachment, expected: bool
) -> None:
    """CloudFormation updates a resource only if one of its properties changes."""
    unchanged = attached(deployed).is_unchanged(
        "E123", ["/ht/renew", "/ht/clear"], "CookieFunctionVersion0123456789abcdef", "2"
    )
    assert unchanged is expected


@pytest.mark.parametrize(
    ("repairs", "expected"),
    [
        pytest.param((), "1", id="no-attachment"),
        pytest.param(("",), "1", id="none-so-far"),
        pytest.param(("1", "9", ""), "10", id="highest-number"),
        pytest.param(("2026-11-24",), "1", id="a-date"),
        pytest.param(("-3", "x"), "1", id="other-texts"),
    ],
)
def test_next_repair_differs_from_that_of_every_attachment(
    repairs: tuple[str, ...], expected: str
) -> None:
    attachments = [
        replace(ATTACHED, distribution_id=f"E{place}", repair=repair)
        for place, repair in enumerate(repairs)
    ]
    assert attached(*attachments).next_repair() == expected
