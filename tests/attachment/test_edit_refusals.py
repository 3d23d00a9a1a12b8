"""Changes that `decide` refuses, before anything is written."""

import pytest

from attachment.edit import Wanted, decide
from attachment.finding import Finding, RefusalError
from tests.support.distribution_documents import (
    ANOTHER_CLOUDFRONT_FUNCTION,
    ANOTHER_FUNCTION,
    STAGING,
    TENANT_ONLY,
    behavior,
    cloudfront_function,
    counted,
    lambda_function,
    make_distribution,
)
from tests.support.own_behaviors import (
    ATTACHED,
    DETACHED,
    EARLIER_VERSION,
    FUNCTION,
    VERSION_7,
    behavior_running,
    own_behavior,
)


def behavior_exists(pattern: str, *, origin: str = "site", runs: str) -> Finding:
    """Return the finding about another behavior on the path of the cookie service."""
    return Finding(
        "behavior-exists",
        f"behavior '{pattern}' already exists and does not belong to this deployment: it sends "
        f"requests to origin '{origin}' and runs {runs}",
        "do not remove it, because pages may use it; choose other paths with the context keys "
        "renew_path and clear_path",
    )


# Foreign behaviors on the paths of the cookie service.


@pytest.mark.parametrize(
    ("foreign", "expected"),
    [
        pytest.param(
            behavior("/ht/renew"),
            behavior_exists("/ht/renew", runs="no function"),
            id="no-function",
        ),
        pytest.param(
            behavior_running("/ht/clear", ANOTHER_FUNCTION),
            behavior_exists(
                "/ht/clear", runs="arn:aws:lambda:us-east-1:111122223333:function:image-resize:3"
            ),
            id="another-function-on-the-second-path",
        ),
        pytest.param(
            behavior_running("/ht/renew", VERSION_7, event_type="origin-request"),
            behavior_exists(
                "/ht/renew",
                runs="arn:aws:lambda:us-east-1:111122223333:function:"
                "FirstPartyTracking-CookieService:7",
            ),
            id="own-function-at-another-event",
        ),
        pytest.param(
            behavior_running("/ht/renew", f"{FUNCTION}2:7"),
            behavior_exists(
                "/ht/renew",
                runs="arn:aws:lambda:us-east-1:111122223333:function:"
                "FirstPartyTracking-CookieService2:7",
            ),
            id="function-whose-name-has-more-characters",
        ),
        pytest.param(
            behavior(
                "/ht/renew",
                TargetOriginId="old shop",
                LambdaFunctionAssociations=counted(
                    lambda_function(ANOTHER_FUNCTION, "origin-request"),
                    lambda_function(VERSION_7, "origin-response"),
                ),
                FunctionAssociations=counted(
                    cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-request")
                ),
            ),
            behavior_exists(
                "/ht/renew",
                origin="old shop",
                runs="arn:aws:lambda:us-east-1:111122223333:function:image-resize:3, "
                "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:7,"
                " arn:aws:cloudfront::111122223333:function/rewrite",
            ),
            id="several-functions-of-both-kinds",
        ),
        pytest.param(
            behavior("ht/renew"),
            behavior_exists("ht/renew", runs="no function"),
            id="no-leading-slash",
        ),
    ],
)
@pytest.mark.parametrize(
    "held",
    [
        pytest.param((), id="first-attach"),
        pytest.param((own_behavior("/ht/renew"), own_behavior("/ht/clear")), id="next-to-own"),
    ],
)
def test_a_foreign_behavior_on_the_path_is_refused(
    foreign: str, expected: Finding, held: tuple[str, ...]
) -> None:
    """The finding names the path pattern, the origin, and the functions of the behavior."""
    with pytest.raises(RefusalError) as refusal:
        decide(make_distribution(behavior("/api/*"), *held, foreign).document, ATTACHED)
    assert refusal.value.finding == expected


def test_a_foreign_behavior_on_the_path_of_a_move_is_refused() -> None:
    before = make_distribution(own_behavior("/ht/renew"), behavior("/id/renew")).document
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    with pytest.raises(RefusalError) as refusal:
        decide(before, wanted)
    assert refusal.value.finding == behavior_exists("/id/renew", runs="no function")


def test_an_earlier_function_that_is_not_passed_as_previous_is_refused() -> None:
    """A function's name does not tell which deployment it belongs to."""
    before = make_distribution(own_behavior("/ht/renew", version_arn=EARLIER_VERSION)).document
    with pytest.raises(RefusalError) as refusal:
        decide(before, ATTACHED)
    assert refusal.value.finding == behavior_exists("/ht/renew", runs=EARLIER_VERSION)


@pytest.mark.parametrize(
    "pattern", ["/ht/*", "*", "/HT/renew", "/ht/renew/", "/ht/renew*", "/ht/rene?", "/old/renew"]
)
def test_a_behavior_on_another_path_is_not_refused(pattern: str) -> None:
    distribution = make_distribution(behavior(pattern))
    wanted = Wanted(
        paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7, previous_paths=("/old/renew",)
    )
    expected = distribution.with_first(own_behavior("/ht/renew"), own_behavior("/ht/clear"))
    assert decide(distribution.document, wanted).document == expected


# Staging distributions.


def test_a_staging_distribution_is_refused() -> None:
    with pytest.raises(RefusalError) as refusal:
        decide(STAGING.document, ATTACHED)
    assert refusal.value.finding == Finding(
        "staging-distribution",
        "it is a staging distribution, which visitors cannot reach by a name of its own",
        "pass the ID of its primary distribution",
    )


def test_detach_removes_own_behaviors_from_a_staging_distribution() -> None:
    """The owner may have copied them there."""
    decision = decide(
        STAGING.with_first(own_behavior("/ht/renew"), own_behavior("/ht/clear")), DETACHED
    )
    assert decision.document == STAGING.document


# Multi-tenant distributions.


def test_a_tenant_only_distribution_is_refused() -> None:
    with pytest.raises(RefusalError) as refusal:
        decide(TENANT_ONLY.document, ATTACHED)
    assert refusal.value.finding.code == "tenant-only-distribution"


def test_a_standard_distribution_that_names_its_connection_mode_is_not_refused() -> None:
    direct = make_distribution(ConnectionMode="direct")
    assert len(decide(direct.document, ATTACHED).changes) == 2


# Documents that CloudFront never returns.


@pytest.mark.parametrize("wanted", [ATTACHED, DETACHED], ids=["attach", "detach"])
@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            b'<?xml version="1.0"?><ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/'
            b'2020-05-31/"><Error><Code>Throttling</Code></Error></ErrorResponse>',
            id="error",
        ),
        pytest.param(
            b'<c:DistributionConfig xmlns:c="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
            b"</c:DistributionConfig>",
            id="prefix",
        ),
        pytest.param(b"<html>", id="not-XML"),
        pytest.param(
            make_distribution().document.replace(
                b"<CacheBehaviors><Quantity>0</Quantity>", b"<CacheBehaviors><FutureRule/>"
            ),
            id="empty-list-without-its-quantity",
        ),
        pytest.param(
            make_distribution(behavior("/api/*")).document.replace(
                b"<CacheBehaviors><Quantity>1</Quantity>", b"<CacheBehaviors>"
            ),
            id="list-without-its-quantity",
        ),
    ],
)
def test_a_document_of_an_unknown_form_is_refused(document: bytes, wanted: Wanted) -> None:
    """CloudFront always sends the number of behaviors, and no XML prefix and no other root."""
    with pytest.raises(RefusalError) as refusal:
        decide(document, wanted)
    assert refusal.value.finding == Finding(
        "unknown-document",
        "CloudFront returned a configuration of an unknown form, so nothing was changed",
        "check that this machine reaches AWS itself and not a proxy's page, then try again",
    )
