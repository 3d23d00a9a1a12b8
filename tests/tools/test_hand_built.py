"""The commands that move hand-built proxies into the stack."""

import json
import shlex
from itertools import pairwise
from typing import Any

import pytest

from tests.support.example import deployment
from tests.support.printed_fixes import commands_of
from tools.commands import Commands
from tools.hand_built import LOGICAL_IDS, take_over

GIVEN = Commands(("domain=example.com",))
BOTS, SHOP = "arn:aws:wafv2:us-east-1:1:global/webacl/bots/1", "arn:aws:wafv2:us-east-1:1:shop"
MAPPING = {
    "SdkProxyDistribution72D8DF33": {"Id": "E1"},
    "EventsProxyDistribution998E48F2": {"Id": "E2"},
}


def proxies(*aliases: str, acls: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """Return summaries of both proxies. The SDK proxy also has these alternate domain names."""
    names = (["cdn.example.com", *aliases], ["events.example.com"])
    return {
        logical_id: {"Id": f"E{number}", "WebACLId": acl, "Aliases": {"Items": items}}
        for number, logical_id, items, acl in zip(
            (1, 2), LOGICAL_IDS.values(), names, acls, strict=True
        )
    }


def context_of(command: str) -> list[str]:
    """Return the items that a command gets with `-c`."""
    words = shlex.split(command)
    return [item for option, item in pairwise(words) if option == "-c"]


def test_import_has_the_ids_by_their_logical_ids() -> None:
    move, deploy = commands_of(take_over(proxies(), deployment(), "", GIVEN))
    *words, option, mapping = shlex.split(move)[:6]
    assert words == ["npx", "cdk", "import", "FirstPartyTracking-example-com-Proxies"]
    assert option == "--resource-mapping-inline"
    assert json.loads(mapping) == MAPPING
    assert deploy == "npx cdk deploy FirstPartyTracking-example-com-Proxies -c domain=example.com"


def test_one_hand_built_proxy_is_imported_without_the_other() -> None:
    """The deployment creates the other proxy."""
    both = proxies()
    sdk = next(iter(both))
    move, _ = commands_of(take_over({sdk: both[sdk]}, deployment(), "", GIVEN))
    assert json.loads(shlex.split(move)[5]) == {sdk: {"Id": "E1"}}


@pytest.mark.parametrize(
    ("acls", "context", "expected"),
    [
        pytest.param((BOTS, BOTS), {}, [f"web_acl_arn={BOTS}"], id="the same"),
        pytest.param((BOTS, SHOP), {}, [], id="different ones"),
        pytest.param((BOTS, ""), {}, [], id="only one"),
        pytest.param((BOTS, BOTS), {"web_acl_arn": "given"}, [], id="given"),
    ],
)
def test_commands_keep_a_web_acl_that_both_proxies_have(
    acls: tuple[str, str], context: dict[str, str], expected: list[str]
) -> None:
    acl = (
        "arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/12345678-1234-1234-1234-123456789012"
    )
    given = dict.fromkeys(context, acl)
    finding = take_over(proxies(acls=acls), deployment(**given), "", GIVEN)
    for command in commands_of(finding):
        assert context_of(command) == ["domain=example.com", *expected]
    is_different = len({*acls}) > 1 and not given
    assert ("first set the same web ACL on both" in finding.fix) == is_different


def test_other_alternate_domain_names_must_be_moved_first() -> None:
    finding = take_over(proxies("t.example.com"), deployment(), "", GIVEN)
    assert finding.fix.startswith("first move t.example.com to another distribution")


def test_only_the_deployment_creates_a_policy() -> None:
    """An import cannot: the distributions would refer to a resource that is not imported."""
    given = Commands(("domain=example.com", "forward_cookies=false"))
    move, deploy = commands_of(take_over(proxies(), deployment(forward_cookies="false"), "", given))
    assert "forward_cookies=true" in context_of(move)
    assert "forward_cookies=false" in context_of(deploy)


def test_neither_command_creates_records_that_exist() -> None:
    """An empty value on the command line replaces a value in a file."""
    zone = {"hosted_zone_id": "Z1D633PJN98FT9"}
    for command in commands_of(take_over(proxies(), deployment(**zone), "", GIVEN)):
        assert "hosted_zone_id=" in context_of(command)


def test_stack_of_a_failed_first_deployment_is_deleted_before_the_import() -> None:
    """Otherwise, `cdk import` finds nothing to import."""
    finding = take_over(proxies(), deployment(), "ROLLBACK_COMPLETE", GIVEN)
    stack = "--stack-name FirstPartyTracking-example-com-Proxies --region us-east-1"
    assert commands_of(finding)[:2] == [
        f"aws cloudformation delete-stack {stack}",
        f"aws cloudformation wait stack-delete-complete {stack}",
    ]
    assert commands_of(finding)[2].startswith("npx cdk import ")
