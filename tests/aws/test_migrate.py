"""The steps of docs/migrate.md, which move hand-built proxies into a stack during visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.support.checkout import ROOT, Checkout
from tests.support.documents import command_of
from tests.support.emulator import bootstrapped_emulator
from tests.support.hand_built import (
    EVENTS_PROXY,
    SDK_PROXY,
    WEB_ACL,
    build_proxy,
    configuration_of,
    request_certificate,
)
from tests.support.steady_requests import SteadyRequests, steady_requests
from tools.preview.local_edge import EdgeFunctions

PAGE = (ROOT / "docs" / "migrate.md").read_text()
STACK = "FirstPartyTracking-example-com-Proxies"
ALL_ANSWERED = {("cdn.example.com", 200), ("events.example.com", 200)}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An account of its own, because other tests use the domain names in the shared account."""
    with bootstrapped_emulator(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


@dataclass(frozen=True, kw_only=True)
class HandBuilt:
    """The two hand-built proxies, and constant requests to them."""

    sdk: str
    events: str
    checkout: Checkout
    requests: SteadyRequests

    def follow(self, heading: str, starting: str) -> list[tuple[str, int]]:
        """Run a command in a section of the page, which has to succeed.

        Return the answers to the requests that were sent during the command and right after it.
        """
        with self.requests.during() as answers:
            self._type(command_of(PAGE, heading, starting))
            self.requests.next_answers()
        return answers

    def _type(self, command: str) -> None:
        command = command.replace("E1A2B3C4D5E6F7", self.sdk).replace("E2B3C4D5E6F7G8", self.events)
        if "cdk deploy" in command:
            self.checkout.deploy_as_typed(command)
            return
        # A user would type "y" instead of these options.
        command = command.replace("cdk orphan", "cdk orphan --yes")
        command = command.replace("cdk destroy", "cdk destroy --force")
        done = self.checkout.shell(command)
        assert done.returncode == 0, done.stdout


def distributions_of(stack: str) -> set[str]:
    """Return the IDs of the distributions in a stack."""
    listed = boto3.client("cloudformation").describe_stack_resources(StackName=stack)
    return {
        one["PhysicalResourceId"]
        for one in listed["StackResources"]
        if one["ResourceType"] == "AWS::CloudFront::Distribution"
    }


@pytest.fixture(scope="module")
def hand_built(
    aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HandBuilt]:
    """Two proxies that have a web ACL and differ from the tables: they do not support HTTP/3."""
    certificate = request_certificate("cdn.example.com", "events.example.com")
    own: dict[str, Any] = {"WebACLId": WEB_ACL, "HttpVersion": "http2"}
    sdk = build_proxy(SDK_PROXY, "cdn.example.com", certificate, **own)
    events = build_proxy(EVENTS_PROXY, "events.example.com", certificate, **own)
    checkout = Checkout.make(tmp_path_factory.mktemp("hand-built") / "checkout", aws)
    checkout.add_settings(domain="example.com", certificate_arn=certificate)
    scratch = tmp_path_factory.mktemp("edge")
    functions = EdgeFunctions(boto3.client("lambda"), scratch)
    with steady_requests(functions, "cdn.example.com", "events.example.com") as requests:
        yield HandBuilt(sdk=sdk, events=events, checkout=checkout, requests=requests)
    functions.close()


@pytest.fixture(scope="module")
def imported(hand_built: HandBuilt) -> list[tuple[str, int]]:
    """The answers to requests during the import and the deployment."""
    answers = [
        *hand_built.follow("Take over the proxies", "npx cdk import"),
        *hand_built.follow("Take over the proxies", "npx cdk deploy"),
    ]
    hand_built.checkout.add_settings(web_acl_arn=WEB_ACL)
    return answers


@pytest.fixture(scope="module")
def configurations(hand_built: HandBuilt, imported: list[tuple[str, int]]) -> dict[str, Any]:  # noqa: ARG001
    """The proxies' configurations after the import and the deployment, by distribution ID."""
    return {one: configuration_of(one) for one in (hand_built.sdk, hand_built.events)}


def test_hand_built_proxies_answer_before_the_import(hand_built: HandBuilt) -> None:
    assert {*hand_built.requests.next_answers()} == ALL_ANSWERED


def test_import_and_deployment_leave_no_request_unanswered(
    imported: list[tuple[str, int]],
) -> None:
    assert {*imported} == ALL_ANSWERED


def test_deployment_brings_the_proxies_in_line_and_keeps_the_web_acl(
    hand_built: HandBuilt, configurations: dict[str, Any]
) -> None:
    assert distributions_of(STACK) == {hand_built.sdk, hand_built.events}
    assert {
        distribution: (one["WebACLId"], one["HttpVersion"], one["Comment"])
        for distribution, one in configurations.items()
    } == {
        hand_built.sdk: (WEB_ACL, "http2and3", "FirstPartyTracking-example-com-SdkProxy"),
        hand_built.events: (WEB_ACL, "http2and3", "FirstPartyTracking-example-com-EventsProxy"),
    }


@pytest.fixture(scope="module")
def taken_out(
    hand_built: HandBuilt,
    imported: list[tuple[str, int]],  # noqa: ARG001
) -> list[tuple[str, int]]:
    """The answers to requests while the proxies are taken out and the stack is deleted."""
    return [
        *hand_built.follow("Go back", "npx cdk orphan"),
        *hand_built.follow("Go back", "npx cdk destroy"),
    ]


def test_way_back_leaves_no_request_unanswered_and_no_setting_changed(
    hand_built: HandBuilt, configurations: dict[str, Any], taken_out: list[tuple[str, int]]
) -> None:
    assert {*taken_out} == ALL_ANSWERED
    assert configurations == {
        one: configuration_of(one) for one in (hand_built.sdk, hand_built.events)
    }


def test_import_under_another_name_leaves_no_request_unanswered(
    hand_built: HandBuilt,
    taken_out: list[tuple[str, int]],  # noqa: ARG001
) -> None:
    answers = [
        *hand_built.follow("Deploy under another name", "npx cdk import"),
        *hand_built.follow("Deploy under another name", "npx cdk deploy"),
    ]
    assert {*answers} == ALL_ANSWERED
    assert distributions_of("Acme-Proxies") == {hand_built.sdk, hand_built.events}
    assert configuration_of(hand_built.sdk)["Comment"] == "Acme-SdkProxy"
    assert configuration_of(hand_built.sdk)["WebACLId"] == WEB_ACL
