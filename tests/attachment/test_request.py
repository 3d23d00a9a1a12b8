"""Parsing CloudFormation's events, and refusing those that no deployment sends."""

from typing import Any

import pytest

from attachment.behaviors import behaviors_of, read_configuration
from attachment.edit import Wanted
from attachment.finding import Finding, RefusalError
from attachment.request import Attachment, PhysicalId, Request, is_path, versions_found
from tests.support.distribution_documents import behavior, make_distribution
from tests.support.own_behaviors import VERSION_7 as OWN_VERSION_7
from tests.support.own_behaviors import own_behavior

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:CookieService"
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
    physical_id = {} if request_type == "Create" else {"PhysicalResourceId": "E123@6,-"}
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
    assert request == Request(
        type="Update", stack_id=STACK, new=new, old=NEW, physical_id="E123@6,-"
    )
    assert request.wanted == Wanted(
        paths=("/id/renew", "/ht/clear"),
        version_arn=VERSION_8,
        previous_paths=("/id/renew", "/ht/clear", "/ht/renew", "/ht/clear"),
        previous_functions=(VERSION_8,),
    )


def test_a_delete_wants_the_behaviors_detached() -> None:
    request = Request.from_event(event("Delete"))
    assert request == Request(
        type="Delete", stack_id=STACK, new=NEW, old=None, physical_id="E123@6,-"
    )
    assert request.detached == Wanted(
        previous_paths=("/ht/renew", "/ht/clear"), previous_functions=(VERSION_7,)
    )


@pytest.mark.parametrize("request_type", ["Create", "Delete"])
def test_empty_old_properties_mean_no_previous_deployment(request_type: str) -> None:
    request = Request.from_event(event(request_type, OldResourceProperties={}))
    assert request.old is None


def test_the_second_handlers_event_has_what_the_first_handler_returned() -> None:
    """CDK's Provider merges the first handler's return value into the event."""
    request = Request.from_event(
        event(
            "Create",
            PhysicalResourceId="E123@3,-",
            Began=1793836800,
            StackStatus="CREATE_IN_PROGRESS",
        )
    )
    assert (request.physical_id, request.began, request.stack_status) == (
        "E123@3,-",
        1793836800,
        "CREATE_IN_PROGRESS",
    )


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


def test_a_repair_is_a_property_only_if_it_is_given() -> None:
    """The key changes nothing for deployments that never used it."""
    attachment = Attachment(
        distribution_id="E123", version_arn=VERSION_7, paths=("/ht/renew",), repair="2"
    )
    assert attachment.properties()["Repair"] == "2"
    assert Attachment.from_properties(attachment.properties()) == attachment
    assert "Repair" not in NEW.properties()


def test_other_properties_of_the_custom_resource_are_ignored() -> None:
    """CloudFormation also passes the service token."""
    assert Attachment.from_properties(properties(VERSION_7, "/ht/renew", "/ht/clear")) == NEW


# Checking an event before handling it.


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_a_request_for_a_version_of_the_own_function_is_accepted(request_type: str) -> None:
    Request.from_event(event(request_type)).check(FUNCTION)


#: Properties that no deployment of this project sends, and what is wrong with them.
FOREIGN = [
    pytest.param("VersionArn", f"{FUNCTION}2:7", id="another function"),
    pytest.param(
        "VersionArn", f"{FUNCTION.replace('111122223333', '999999999999')}:7", id="another account"
    ),
    pytest.param("VersionArn", FUNCTION, id="no version"),
    pytest.param("VersionArn", f"{FUNCTION}:$LATEST", id="latest"),
    pytest.param("VersionArn", f"{FUNCTION}:live", id="alias"),
    pytest.param("VersionArn", f"{FUNCTION}:7:8", id="two versions"),
    pytest.param("VersionArn", "", id="empty function"),
    pytest.param("DistributionId", "E123/../E456", id="path in the distribution"),
    pytest.param("DistributionId", "", id="empty distribution"),
    pytest.param("DistributionId", "e123", id="lower case"),
    pytest.param("Paths", [], id="no paths"),
    pytest.param("Paths", ["/ht/renew", "*"], id="wildcard"),
    pytest.param("Paths", ["/ht/*", "/ht/clear"], id="wildcard in a path"),
    pytest.param("Paths", ["ht/renew"], id="no leading slash"),
    pytest.param("Paths", ["/ht/../admin"], id="dot segment"),
    pytest.param("Paths", ["/<Items/>"], id="markup"),
]


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(("name", "value"), FOREIGN)
def test_a_request_that_no_deployment_sends_is_refused(
    request_type: str, name: str, value: object
) -> None:
    """Permission to invoke the handlers must not be permission to edit any distribution."""
    own = properties(VERSION_7, "/ht/renew", "/ht/clear") | {name: value}
    with pytest.raises(RefusalError) as refusal:
        Request.from_event(event(request_type, ResourceProperties=own)).check(FUNCTION)
    assert refusal.value.finding.code == "request-not-own"


def test_a_refusal_names_what_was_given_and_what_is_expected() -> None:
    own = properties(VERSION_7, "/ht/*")
    with pytest.raises(RefusalError) as refusal:
        Request.from_event(event("Create", ResourceProperties=own)).check(FUNCTION)
    assert refusal.value.finding == Finding(
        "request-not-own",
        "the request names the path '/ht/*', expected an absolute path without wildcards",
        "deploy with this project; its handlers accept no other requests",
    )


@pytest.mark.parametrize(("name", "value"), FOREIGN)
def test_old_properties_that_no_deployment_sends_are_refused(name: str, value: object) -> None:
    """Old properties decide which behaviors belong to the cookie service."""
    old = properties(VERSION_7, "/ht/renew", "/ht/clear") | {name: value}
    with pytest.raises(RefusalError) as refusal:
        Request.from_event(event("Update", OldResourceProperties=old)).check(FUNCTION)
    assert refusal.value.finding.code == "request-not-own"


@pytest.mark.parametrize(
    "path",
    ["/ht/renew", "/a", "/a/", "/Ab0_.$~@:+-/x", f"/{'a' * 254}", "/...", "/.well-known/x"],
)
def test_a_path_that_browsers_send_unchanged_is_accepted(path: str) -> None:
    assert is_path(path) is True


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "ht/renew",
        "/ht//renew",
        "//ht/renew",
        "/./renew",
        "/ht/..",
        "/ht/*",
        "/ht/rene?",
        "/a b",
        "/größe",
        "/a&amp;b",
        "/'quoted'",
        '/"quoted"',
        "/a%2Fb",
        "/ht/renew\n",
        f"/{'a' * 255}",
    ],
)
def test_a_text_that_is_not_a_plain_path_is_refused(path: str) -> None:
    assert is_path(path) is False


# Physical IDs, which keep the versions that a Create found.


@pytest.mark.parametrize(
    ("text", "physical_id"),
    [
        ("E123", PhysicalId("E123")),
        ("E123@3,3", PhysicalId("E123", ("3", "3"))),
        ("E123@3,-", PhysicalId("E123", ("3", ""))),
        ("E123@-,12", PhysicalId("E123", ("", "12"))),
    ],
)
def test_a_physical_id_converts_to_text_and_back(text: str, physical_id: PhysicalId) -> None:
    assert str(physical_id) == text
    assert PhysicalId.parse(text) == physical_id


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(
            "AWSCDK::CustomResourceProviderFramework::CREATE_FAILED", id="failure in Provider"
        ),
        pytest.param("Shop-CookieService-AttachmentsE123Resource-1A2B3C", id="CloudFormation's"),
        pytest.param("2f1c7a9e-9d6e-4c43-a1cf-2f5b8f0f3d1e", id="request ID"),
        pytest.param("E123@", id="nothing found"),
        pytest.param("E123@3,", id="half a list"),
        pytest.param("E123@x,y", id="not numbers"),
        pytest.param("E123 ", id="space"),
        pytest.param("E123\n", id="line break"),
    ],
)
def test_parse_returns_none_for_other_physical_ids(text: str) -> None:
    assert PhysicalId.parse(text) is None


@pytest.mark.parametrize(
    ("behaviors", "expected"),
    [
        pytest.param((), (), id="none"),
        pytest.param(
            (
                own_behavior("/ht/clear", version_arn=VERSION_8),
                own_behavior("/ht/renew", version_arn=VERSION_7),
            ),
            ("7", "8"),
            id="both, in the order of the paths",
        ),
        pytest.param(
            (own_behavior("/ht/renew", version_arn=VERSION_8),), ("8", ""), id="only renew"
        ),
        pytest.param(
            (own_behavior("/ht/clear", version_arn=VERSION_8),), ("", "8"), id="only clear"
        ),
        pytest.param((own_behavior("/id/renew", version_arn=VERSION_8),), (), id="another path"),
        pytest.param((behavior("/ht/renew"),), (), id="without a function"),
        pytest.param(
            (own_behavior("/ht/renew").replace(OWN_VERSION_7, f"\n  {OWN_VERSION_7}\n"),),
            ("7", ""),
            id="whitespace",
        ),
    ],
)
def test_versions_found_returns_the_version_number_on_each_path(
    behaviors: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    listed = behaviors_of(read_configuration(make_distribution(*behaviors).document))
    assert versions_found(listed, ("/ht/renew", "/ht/clear")) == expected
