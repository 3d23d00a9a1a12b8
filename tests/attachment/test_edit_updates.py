"""Updates to another version or other paths, or after another tool's edit."""

from collections.abc import Callable

import pytest

from attachment.edit import Wanted, decide
from tests.support.distribution_documents import (
    ANOTHER_FUNCTION,
    behavior,
    lambda_function,
    make_distribution,
)
from tests.support.own_behaviors import (
    ATTACHED,
    EARLIER_VERSION,
    VERSION_7,
    VERSION_8,
    behavior_running,
    customized_behavior,
    own_behavior,
)


def test_an_update_sets_the_new_version_and_changes_nothing_else() -> None:
    before = make_distribution(
        behavior("/first/*"),
        customized_behavior("/ht/renew"),
        behavior_running("/images/*", ANOTHER_FUNCTION),
        own_behavior("/ht/clear"),
    ).document
    decision = decide(before, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    assert decision.document == before.replace(VERSION_7.encode(), VERSION_8.encode())
    assert decision.changes == (
        "set the function of /ht/renew to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_an_update_ignores_whitespace_around_the_version() -> None:
    """Another tool may have written that whitespace."""
    before = make_distribution(
        own_behavior("/ht/renew").replace(VERSION_7, f"\n  {VERSION_7}\n"),
        own_behavior("/ht/clear"),
    ).document
    decision = decide(before, ATTACHED)
    assert decision.changes == ()
    assert decision.document == before


def test_an_update_changes_only_the_behavior_with_another_version() -> None:
    before = make_distribution(
        own_behavior("/ht/renew", version_arn=VERSION_8), own_behavior("/ht/clear")
    ).document
    decision = decide(before, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    assert decision.document == before.replace(VERSION_7.encode(), VERSION_8.encode())
    assert decision.changes == (
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_an_update_changes_only_the_version_at_viewer_request() -> None:
    """The distribution's owner may have added other functions, even an older version."""
    beside = lambda_function(ANOTHER_FUNCTION, "origin-response") + lambda_function(
        VERSION_7, "origin-request"
    )
    version = lambda_function(VERSION_7, "viewer-request")
    text = own_behavior("/ht/renew").replace(version, beside + version)
    assert beside in text
    before = make_distribution(text, own_behavior("/ht/clear", version_arn=VERSION_8))
    after = decide(before.document, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    updated = text.replace(version, lambda_function(VERSION_8, "viewer-request"))
    assert (
        after.document
        == make_distribution(updated, own_behavior("/ht/clear", version_arn=VERSION_8)).document
    )


def test_an_update_replaces_the_function_of_the_previous_deployment() -> None:
    before = make_distribution(
        own_behavior("/ht/renew", version_arn=EARLIER_VERSION), behavior("/api/*")
    ).document
    decision = decide(
        before,
        Wanted(paths=("/ht/renew",), version_arn=VERSION_7, previous_functions=(EARLIER_VERSION,)),
    )
    assert decision.document == before.replace(EARLIER_VERSION.encode(), VERSION_7.encode())


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(own_behavior, id="as-written"),
        pytest.param(customized_behavior, id="customized"),
    ],
)
def test_a_changed_path_moves_its_behavior(settings: Callable[[str], str]) -> None:
    """The behavior keeps its place in the list and the settings that the owner changed."""
    before = make_distribution(behavior("/api/*"), settings("/ht/renew"), own_behavior("/ht/clear"))
    decision = decide(
        before.document,
        Wanted(
            paths=("/id/renew", "/ht/clear"),
            version_arn=VERSION_7,
            previous_paths=("/ht/renew", "/ht/clear"),
        ),
    )
    expected = make_distribution(
        behavior("/api/*"), settings("/id/renew"), own_behavior("/ht/clear")
    )
    assert decision.document == expected.document
    assert decision.changes == ("move behavior /ht/renew to /id/renew",)


def test_a_changed_path_is_escaped() -> None:
    before = make_distribution(own_behavior("/ht/renew"), behavior("/api/*"))
    wanted = Wanted(paths=("/r&d/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    expected = make_distribution(own_behavior("/r&amp;d/renew"), behavior("/api/*"))
    assert decide(before.document, wanted).document == expected.document


def test_both_paths_and_the_version_can_change_at_once() -> None:
    before = make_distribution(
        own_behavior("/ht/renew"), own_behavior("/ht/clear"), behavior("/api/*")
    )
    decision = decide(
        before.document,
        Wanted(
            paths=("/id/renew", "/id/clear"),
            version_arn=VERSION_8,
            previous_paths=("/ht/renew", "/ht/clear"),
            previous_functions=(VERSION_7,),
        ),
    )
    expected = make_distribution(
        own_behavior("/id/renew", version_arn=VERSION_8),
        own_behavior("/id/clear", version_arn=VERSION_8),
        behavior("/api/*"),
    )
    assert decision.document == expected.document
    assert decision.changes == (
        "move behavior /ht/renew to /id/renew",
        "move behavior /ht/clear to /id/clear",
        "set the function of /ht/renew to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_paths_that_are_swapped_need_no_change() -> None:
    """Both behaviors run the same function, which tells renew and clear apart by their paths."""
    before = make_distribution(own_behavior("/a"), own_behavior("/b")).document
    decision = decide(before, Wanted(paths=("/b", "/a"), version_arn=VERSION_7))
    assert decision.changes == ()
    assert decision.document == before


@pytest.mark.parametrize(
    ("removed", "change"),
    [
        pytest.param("/ht/renew", "add behavior /ht/renew with", id="renew"),
        pytest.param("/ht/clear", "add behavior /ht/clear with", id="clear"),
    ],
)
def test_a_behavior_that_another_tool_removed_is_added_at_the_top(
    removed: str, change: str
) -> None:
    kept = {"/ht/renew": "/ht/clear", "/ht/clear": "/ht/renew"}[removed]
    before = make_distribution(behavior("/api/*"), own_behavior(kept))
    decision = decide(before.document, ATTACHED)
    assert decision.document == before.with_first(own_behavior(removed))
    assert decision.changes == (
        f"{change} arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
    )


def test_an_own_behavior_on_a_path_that_is_no_longer_wanted_is_removed() -> None:
    before = make_distribution(
        own_behavior("/ht/renew"),
        behavior("/api/*"),
        own_behavior("/ht/old"),
        own_behavior("/ht/clear"),
    )
    decision = decide(
        before.document,
        Wanted(
            paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7, previous_paths=("/ht/old",)
        ),
    )
    assert decision.document == (
        make_distribution(
            own_behavior("/ht/renew"), behavior("/api/*"), own_behavior("/ht/clear")
        ).document
    )
    assert decision.changes == ("remove behavior /ht/old",)


def test_a_removed_behavior_does_not_get_the_new_version_first() -> None:
    before = make_distribution(
        own_behavior("/ht/old"), own_behavior("/ht/renew", version_arn=VERSION_8)
    )
    decision = decide(
        before.document,
        Wanted(paths=("/ht/renew",), version_arn=VERSION_8, previous_paths=("/ht/old",)),
    )
    assert (
        decision.document
        == make_distribution(own_behavior("/ht/renew", version_arn=VERSION_8)).document
    )
    assert decision.changes == ("remove behavior /ht/old",)
