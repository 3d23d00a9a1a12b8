"""CloudFormation's event as a typed request."""

from typing import Any

import pytest

from attachment.edit import Wanted
from attachment.request import Attachment, Request

VERSION_7 = "arn:aws:lambda:us-east-1:111122223333:function:CookieService:7"
VERSION_8 = "arn:aws:lambda:us-east-1:111122223333:function:CookieService:8"
STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/Site-CookieService/5b9a"


def properties(version_arn: str, *paths: str) -> dict[str, Any]:
    """Return the custom resource's properties as CloudFormation passes them."""
    return {
        "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:provider",
        "DistributionId": "E123",
        "VersionArn": version_arn,
        "Paths": list(paths),
    }


def event(request_type: str, **own: Any) -> dict[str, Any]:
    """Return an event as CDK's Provider passes it to its handlers."""
    physical_id = {} if request_type == "Create" else {"PhysicalResourceId": "E123"}
    return {
        "RequestType": request_type,
        "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:provider",
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.example.com/",
        "StackId": STACK,
        "RequestId": "d2f0c1de",
        "LogicalResourceId": "AttachmentsE123Resource",
        "ResourceType": "Custom::DistributionAttachment",
        "ResourceProperties": properties(VERSION_7, "/ht/renew", "/ht/clear"),
        **physical_id,
        **own,
    }


NEW = Attachment(distribution_id="E123", version_arn=VERSION_7, paths=("/ht/renew", "/ht/clear"))


def test_a_create_wants_the_paths_with_the_version() -> None:
    request = Request.from_event(event("Create"))
    assert request == Request(type="Create", stack_id=STACK, new=NEW, old=None)
    assert request.wanted == Wanted(
        paths=("/ht/renew", "/ht/clear"),
        version_arn=VERSION_7,
        previous_paths=("/ht/renew", "/ht/clear"),
        previous_functions=(VERSION_7,),
    )


def test_an_update_knows_the_paths_and_the_function_of_the_previous_deployment() -> None:
    request = Request.from_event(
        event(
            "Update",
            ResourceProperties=properties(VERSION_8, "/id/renew", "/ht/clear"),
            OldResourceProperties=properties(VERSION_7, "/ht/renew", "/ht/clear"),
        )
    )
    new = Attachment(
        distribution_id="E123", version_arn=VERSION_8, paths=("/id/renew", "/ht/clear")
    )
    assert request == Request(type="Update", stack_id=STACK, new=new, old=NEW)
    assert request.wanted == Wanted(
        paths=("/id/renew", "/ht/clear"),
        version_arn=VERSION_8,
        previous_paths=("/id/renew", "/ht/clear", "/ht/renew", "/ht/clear"),
        previous_functions=(VERSION_8, VERSION_7),
    )


def test_a_delete_wants_no_behaviors() -> None:
    request = Request.from_event(event("Delete"))
    assert request == Request(type="Delete", stack_id=STACK, new=NEW, old=None)
    assert request.wanted == Wanted(
        previous_paths=("/ht/renew", "/ht/clear"), previous_functions=(VERSION_7,)
    )


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_empty_old_properties_are_no_previous_deployment(request_type: str) -> None:
    request = Request.from_event(event(request_type, OldResourceProperties={}))
    assert request.old is None


def test_an_event_without_a_stack_has_an_empty_stack_id() -> None:
    without = {key: value for key, value in event("Create").items() if key != "StackId"}
    assert Request.from_event(without).stack_id == ""


@pytest.mark.parametrize(
    "version_arn", [VERSION_7, {"Ref": "CookieFunctionVersion"}], ids=["event", "template"]
)
def test_properties_of_an_attachment_read_as_the_same_attachment(version_arn: object) -> None:
    """In a template, the version is a reference."""
    written = Attachment(
        distribution_id="E123", version_arn=version_arn, paths=("/ht/renew", "/ht/clear")
    ).properties()
    assert written == {
        "DistributionId": "E123",
        "VersionArn": version_arn,
        "Paths": ["/ht/renew", "/ht/clear"],
    }
    assert Attachment.from_properties(written).properties() == written
    assert Attachment.from_properties(written).version_arn == version_arn


def test_other_properties_of_the_custom_resource_are_ignored() -> None:
    """CloudFormation passes the service token too."""
    assert Attachment.from_properties(properties(VERSION_7, "/ht/renew", "/ht/clear")) == NEW
