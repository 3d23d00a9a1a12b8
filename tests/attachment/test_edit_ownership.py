"""Distinguishing the cookie service's behaviors from others."""

import pytest

from attachment.edit import Wanted, decide
from tests.support.distribution_documents import (
    ANOTHER_FUNCTION,
    behavior,
    cloudfront_function,
    counted,
    default_behavior,
    lambda_function,
    make_distribution,
)
from tests.support.own_behaviors import (
    DETACHED,
    EARLIER_VERSION,
    FUNCTION,
    VERSION_7,
    VERSION_8,
    behavior_running,
    customized_behavior,
    own_behavior,
)

#: A Delete that knows two functions and three paths.
KNOWN = Wanted(
    previous_paths=("/ht/renew", "/ht/clear", "/old/renew"),
    previous_functions=(VERSION_7, EARLIER_VERSION),
)

OWN = [
    pytest.param(own_behavior("/ht/renew"), id="as-written"),
    pytest.param(customized_behavior("/ht/renew"), id="with-changed-settings"),
    pytest.param(own_behavior("/ht/renew", version_arn=VERSION_8), id="another-version"),
    pytest.param(own_behavior("/ht/renew", version_arn=FUNCTION), id="no-version"),
    pytest.param(own_behavior("/ht/renew", version_arn=f"{FUNCTION}:$LATEST"), id="latest"),
    pytest.param(own_behavior("/ht/renew", version_arn=EARLIER_VERSION), id="previous-function"),
    pytest.param(
        own_behavior("/ht/renew", version_arn=f"\n  {VERSION_7}\n"), id="whitespace-around-arn"
    ),
    pytest.param(own_behavior("/old/renew"), id="previous-path"),
    pytest.param(
        own_behavior("/old/renew", version_arn=EARLIER_VERSION), id="previous-function-and-path"
    ),
    pytest.param(own_behavior("ht/renew"), id="no-leading-slash"),
    pytest.param(own_behavior("old/renew"), id="previous-path-without-leading-slash"),
    pytest.param(
        own_behavior("/ht/renew").replace(
            "<LambdaFunctionAssociation>",
            lambda_function(ANOTHER_FUNCTION, "origin-response") + "<LambdaFunctionAssociation>",
            1,
        ),
        id="with-another-function-beside-it",
    ),
]


@pytest.mark.parametrize("text", OWN)
def test_detach_removes_an_own_behavior_from_any_place(text: str) -> None:
    before = make_distribution(
        behavior("/api/*"), text, behavior_running("/images/*", ANOTHER_FUNCTION)
    )
    decision = decide(before.document, KNOWN)
    assert decision.document == (
        make_distribution(
            behavior("/api/*"), behavior_running("/images/*", ANOTHER_FUNCTION)
        ).document
    )
    assert len(decision.changes) == 1


FOREIGN = [
    pytest.param(behavior("/ht/renew"), id="no-function"),
    pytest.param(behavior_running("/ht/renew", ANOTHER_FUNCTION), id="another-function"),
    pytest.param(
        behavior_running("/ht/renew", VERSION_7, event_type="origin-request"), id="origin-request"
    ),
    pytest.param(
        behavior_running("/ht/renew", VERSION_7, event_type="origin-response"), id="response"
    ),
    pytest.param(
        behavior_running("/ht/renew", VERSION_7, event_type="viewer-response"), id="viewer-response"
    ),
    pytest.param(behavior_running("/ht/renew", f"{FUNCTION}2:7"), id="name-with-more-characters"),
    pytest.param(behavior_running("/ht/renew", f"{FUNCTION}-staging:7"), id="name-with-a-suffix"),
    pytest.param(
        behavior_running("/ht/renew", FUNCTION.removesuffix("vice")), id="beginning-of-the-name"
    ),
    pytest.param(
        behavior_running("/ht/renew", VERSION_7.replace("111122223333", "444455556666")),
        id="function-of-another-account",
    ),
    pytest.param(
        behavior_running("/ht/renew", VERSION_7.replace("us-east-1", "eu-west-1")),
        id="another-region",
    ),
    pytest.param(
        behavior(
            "/ht/renew",
            FunctionAssociations=counted(cloudfront_function(VERSION_7, "viewer-request")),
        ),
        id="cloudfront-function",
    ),
    pytest.param(own_behavior("/ht/renew2"), id="path-with-more-characters"),
    pytest.param(own_behavior("/ht/renew*"), id="wildcard"),
    pytest.param(own_behavior("/HT/renew"), id="path-in-another-case"),
    pytest.param(own_behavior("//ht/renew"), id="two-slashes"),
    pytest.param(own_behavior("/ht/renew/"), id="trailing-slash"),
    pytest.param(own_behavior("/"), id="root"),
]


@pytest.mark.parametrize("text", FOREIGN)
def test_detach_leaves_a_behavior_that_is_not_its_own(text: str) -> None:
    before = make_distribution(behavior("/api/*"), text, own_behavior("/ht/clear"))
    decision = decide(before.document, KNOWN)
    assert decision.document == make_distribution(behavior("/api/*"), text).document
    assert decision.changes == ("remove behavior /ht/clear",)


def test_no_behavior_is_own_if_no_function_is_known() -> None:
    """An association without an ARN does not match a deployment without one."""
    before = make_distribution(behavior_running("/ht/renew", "")).document
    decision = decide(before, Wanted(previous_paths=("/ht/renew",), previous_functions=("",)))
    assert decision.document == before


def test_the_default_behavior_is_never_own() -> None:
    distribution = make_distribution(
        own_behavior("/ht/renew"),
        DefaultCacheBehavior=default_behavior(
            PathPattern="/ht/renew",
            LambdaFunctionAssociations=counted(lambda_function(VERSION_7, "viewer-request")),
        ),
    )
    detached = decide(distribution.document, DETACHED)
    assert detached.document == distribution.document.replace(
        f"<Quantity>1</Quantity><Items>{own_behavior('/ht/renew')}</Items>".encode(),
        b"<Quantity>0</Quantity>",
    )
    assert detached.changes == ("remove behavior /ht/renew",)
    updated = decide(distribution.document, Wanted(paths=("/ht/renew",), version_arn=VERSION_8))
    assert updated.document == distribution.document.replace(
        own_behavior("/ht/renew").encode(),
        own_behavior("/ht/renew", version_arn=VERSION_8).encode(),
    )
