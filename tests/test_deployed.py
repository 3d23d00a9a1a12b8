"""What is read of stacks, where CloudFormation's answers are rare ones."""

import boto3
import pytest
from botocore.stub import Stubber

from tools.deployed import CookieService, read_cookie_service


@pytest.mark.parametrize("answer", [{}, {"TemplateBody": "{}"}], ids=["none", "empty"])
def test_a_stack_under_review_holds_nothing(answer: dict[str, str]) -> None:
    """Somebody made its first change set and has not executed it."""
    cloudformation = boto3.client("cloudformation", "us-east-1")
    name = {"StackName": "FirstPartyTracking-CookieService"}
    with Stubber(cloudformation) as answers:
        answers.add_response("describe_stack_resources", {"StackResources": []}, name)
        answers.add_response("get_template", answer, name)
        found = read_cookie_service(cloudformation, "FirstPartyTracking-CookieService")
    assert found == CookieService(versions={}, attachments={})
