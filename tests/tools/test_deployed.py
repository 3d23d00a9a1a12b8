"""What the tools read of a stack, for rare answers of CloudFormation."""

import boto3
import pytest
from botocore.stub import Stubber

from tools.deployed import CookieService, read_cookie_service


@pytest.mark.parametrize("answer", [{}, {"TemplateBody": "{}"}], ids=["none", "empty"])
def test_a_stack_under_review_has_no_cookie_service(answer: dict[str, str]) -> None:
    """Its first change set was created and not executed."""
    cloudformation = boto3.client("cloudformation", "us-east-1")
    name = {"StackName": "FirstPartyTracking-CookieService"}
    with Stubber(cloudformation) as answers:
        answers.add_response("describe_stack_resources", {"StackResources": []}, name)
        answers.add_response("get_template", answer, name)
        found = read_cookie_service(cloudformation, "FirstPartyTracking-CookieService")
    assert found == CookieService(versions={}, attachments={})
