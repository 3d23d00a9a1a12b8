"""Deployments of the cookie service's stack, its destruction, and the retained resources."""

import io
import json
import re
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.checkout import Checkout
from tests.support.viewer_requests import viewer_request
from tools.preview.edge_function import EdgeFunction

RENEWED = (
    "htjs_user_id_srvr=u1; Domain=example.com; Path=/; Max-Age=31536000"
    "; Secure; SameSite=Lax; HttpOnly"
)


def deploy(checkout: Checkout, name: str, *context: str) -> str:
    """Deploy the stack under this name, and return the version's ARN."""
    stack = f"{name}-CookieService"
    checkout.deploy(stack, f"name={name}", *context)
    return checkout.outputs(stack)["CookieFunctionVersionArn"]


def versions(arn: str) -> list[str]:
    """Return the published versions of the function that `arn` is a version of."""
    function = arn.rpartition(":")[0]
    listed = boto3.client("lambda").list_versions_by_function(FunctionName=function)["Versions"]
    return [version["Version"] for version in listed if version["Version"] != "$LATEST"]


def renew(arn: str) -> dict[str, Any]:
    """Invoke the version with a renew call of user u1."""
    event = viewer_request("/ht/renew", "htjs_user_id=u1")
    answer = boto3.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event))
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    return payload


def test_version_is_numbered_and_its_arn_is_in_ssm(checkout: Checkout) -> None:
    arn = deploy(checkout, "Published")

    assert re.fullmatch(r"arn:aws:lambda:us-east-1:000000000000:function:[\w-]+:1", arn)
    parameter = boto3.client("ssm").get_parameter(Name="/Published/CookieFunctionVersionArn")
    assert parameter["Parameter"]["Value"] == arn


def test_uploaded_package_is_small_and_answers(checkout: Checkout, tmp_path: Path) -> None:
    """The zip file is downloaded from Lambda and run by AWS's runtime client."""
    arn = deploy(checkout, "Uploaded")
    function = boto3.client("lambda").get_function(FunctionName=arn)
    with urllib.request.urlopen(function["Code"]["Location"]) as download:
        zipped = download.read()

    assert len(zipped) < 10_000
    with zipfile.ZipFile(io.BytesIO(zipped)) as package:
        readable = [item.external_attr >> 16 & 0o777 for item in package.infolist()]
        assert set(readable) == {0o644}
        package.extractall(tmp_path / "package")
    with EdgeFunction(tmp_path / "package", function["Configuration"]["Handler"]) as runner:
        answer = runner.invoke(viewer_request("/ht/renew", "htjs_user_id=u1"))
    assert answer["headers"]["set-cookie"] == [{"key": "set-cookie", "value": RENEWED}]


def test_second_deployment_changes_nothing(checkout: Checkout) -> None:
    names = ("sdk_domain=cdn.twice.example.com", "events_domain=events.twice.example.com")
    checkout.deploy("--all", "name=Twice", *names)
    cloudformation = boto3.client("cloudformation")
    stacks = ("Twice-Proxies", "Twice-CookieService")

    def events() -> list[int]:
        return [
            len(cloudformation.describe_stack_events(StackName=stack)["StackEvents"])
            for stack in stacks
        ]

    before = events()
    printed = checkout.deploy("--all", "name=Twice", *names)

    for stack in stacks:
        assert f"{stack} (no changes)" in printed
    assert events() == before


def test_changed_cookie_setting_publishes_a_new_version(checkout: Checkout) -> None:
    """The previous version is retained, because a distribution may still run it."""
    first = deploy(checkout, "Changed")
    second = deploy(checkout, "Changed", "cookie_max_age_days=30")

    assert second != first
    assert versions(second) == ["1", "2"]
    [cookie] = renew(second)["headers"]["set-cookie"]
    assert "; Max-Age=2592000;" in cookie["value"]


def test_cdk_feature_flags_publish_no_version(checkout: Checkout) -> None:
    """The test inverts every flag, which is more than any CDK upgrade changes at once."""
    first = deploy(checkout, "Flags")
    settings = json.loads((checkout.folder / "cdk.json").read_text())
    settings["context"] = {
        flag: not value if isinstance(value, bool) else value
        for flag, value in settings["context"].items()
    }
    (checkout.folder / "cdk.json").write_text(json.dumps(settings))

    assert deploy(checkout, "Flags") == first
    assert versions(first) == ["1"]


def test_failed_deployment_can_be_tried_again(checkout: Checkout) -> None:
    """The rollback deletes the new version. Otherwise the next deployment could not publish it."""
    first = deploy(checkout, "Again")
    module = checkout.folder / "stacks" / "deployment.py"
    good = module.read_text()
    parameter = 'f"/{self.config.name}/CookieFunctionVersionArn"'
    assert good.count(parameter) == 1
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/Taken/CookieFunctionVersionArn", Value="other", Type="String")
    module.write_text(good.replace(parameter, '"/Taken/CookieFunctionVersionArn"'))

    checkout.deploy_with_fault("Again-CookieService", "name=Again", "cookie_max_age_days=30")
    assert versions(first) == ["1"]

    module.write_text(good)
    second = deploy(checkout, "Again", "cookie_max_age_days=30")
    assert second != first


def test_destroy_retains_three_resources_and_a_new_deployment_works(checkout: Checkout) -> None:
    """The function, its role, and the version are retained and do not conflict with new ones."""
    arn = deploy(checkout, "Destroyed")
    role = boto3.client("lambda").get_function_configuration(FunctionName=arn)["Role"]

    checkout.destroy("Destroyed-CookieService", "name=Destroyed")

    with pytest.raises(ClientError, match="does not exist"):
        boto3.client("cloudformation").describe_stacks(StackName="Destroyed-CookieService")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        boto3.client("ssm").get_parameter(Name="/Destroyed/CookieFunctionVersionArn")
    assert boto3.client("iam").get_role(RoleName=role.rpartition("/")[2])["Role"]["Arn"] == role
    assert versions(arn) == ["1"]
    assert renew(arn)["headers"]["set-cookie"] == [{"key": "set-cookie", "value": RENEWED}]

    assert renew(deploy(checkout, "Destroyed"))["status"] == "200"
