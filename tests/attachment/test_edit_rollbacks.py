"""Rollbacks, which restore the configuration from before the Create or the Update.

After a failed Create, CloudFormation sends a Delete, which restores the versions that the Create
found. After a failed Update, it sends a second Update, with old and new properties swapped.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from attachment.edit import Wanted, decide
from attachment.finding import RefusalError
from tests.support.distribution_documents import (
    Distribution,
    behavior,
    for_each_distribution,
    make_distribution,
)
from tests.support.own_behaviors import (
    ATTACHED,
    DETACHED,
    FUNCTION,
    VERSION_7,
    VERSION_8,
    customized_behavior,
    own_behavior,
)

VERSION_9 = f"{FUNCTION}:9"


def deploying(version_arn: str, *paths: str, before: tuple[str, ...] = ()) -> Wanted:
    """Return an Update to these paths from a deployment with the paths `before`."""
    return Wanted(
        paths=paths,
        version_arn=version_arn,
        previous_paths=before,
        previous_functions=(version_arn,),
    )


def undoing(**versions: str) -> Wanted:
    """Return the Delete that undoes a Create that found these versions on /ht/renew and so on."""
    found = {f"/ht/{name}": version for name, version in versions.items()}
    return replace(DETACHED, paths=tuple(found), versions=found)


@for_each_distribution
def test_a_rollback_of_an_update_restores_the_document(
    distribution: Distribution,
) -> None:
    ht, own = ("/ht/renew", "/ht/clear"), ("/id/renew", "/id/clear")
    before = decide(distribution.document, ATTACHED).document
    updated = decide(before, deploying(VERSION_8, *own, before=ht)).document
    assert updated != before
    assert decide(updated, deploying(VERSION_7, *ht, before=own)).document == before


def test_paths_that_move_keep_their_roles_in_any_order_of_the_list() -> None:
    """Settings that the owner changed on renew's behavior stay on renew's behavior."""
    ht, own = ("/ht/renew", "/ht/clear"), ("/id/renew", "/id/clear")
    before = make_distribution(own_behavior("/ht/clear"), customized_behavior("/ht/renew")).document
    after = make_distribution(own_behavior("/id/clear"), customized_behavior("/id/renew")).document
    assert decide(before, deploying(VERSION_7, *own, before=ht)).document == after
    assert decide(after, deploying(VERSION_7, *ht, before=own)).document == before


@pytest.mark.parametrize(
    ("paths", "version_arn"),
    [
        pytest.param(("/ht/renew", "/ht/clear"), VERSION_8, id="another-version"),
        pytest.param(("/id/renew", "/ht/clear"), VERSION_7, id="another-path"),
        pytest.param(("/ht/renew", "/id/clear"), VERSION_8, id="the-other-path"),
        pytest.param(
            ("/ht/clear", "/ht/new"), VERSION_7, id="path-moves-to-the-other-behaviors-place"
        ),
    ],
)
def test_a_rollback_of_an_update_keeps_places_and_changed_settings(
    paths: tuple[str, ...], version_arn: str
) -> None:
    ht = ("/ht/renew", "/ht/clear")
    before = make_distribution(
        behavior("/api/*"),
        customized_behavior("/ht/renew"),
        behavior("/x"),
        own_behavior("/ht/clear"),
    ).document
    updated = decide(before, deploying(version_arn, *paths, before=ht)).document
    assert updated != before
    assert decide(updated, deploying(VERSION_7, *ht, before=paths)).document == before


def test_a_rollback_of_a_create_sets_the_version_of_each_behavior_back() -> None:
    before = make_distribution(
        behavior("/api/*"),
        customized_behavior("/ht/renew", version_arn=VERSION_8),
        own_behavior("/ht/clear", version_arn=VERSION_9),
    ).document
    created = decide(before, ATTACHED).document
    undone = decide(created, undoing(renew=VERSION_8, clear=VERSION_9))
    assert undone.document == before
    assert undone.changes == (
        "set the function of /ht/renew to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:9",
    )


@pytest.mark.parametrize("kept", ["renew", "clear"])
def test_a_rollback_of_a_create_removes_the_behavior_that_was_missing(kept: str) -> None:
    before = make_distribution(
        behavior("/api/*"), own_behavior(f"/ht/{kept}", version_arn=VERSION_8)
    ).document
    created = decide(before, ATTACHED).document
    assert decide(created, undoing(**{kept: VERSION_8})).document == before


def test_a_rollback_of_a_create_adds_a_behavior_that_was_removed_meanwhile() -> None:
    """The added behavior gets the version that it had before the Create."""
    remaining = make_distribution(behavior("/api/*"), own_behavior("/ht/clear")).document
    undone = decide(remaining, undoing(renew=VERSION_8, clear=VERSION_9))
    assert undone.document == (
        make_distribution(
            own_behavior("/ht/renew", version_arn=VERSION_8),
            behavior("/api/*"),
            own_behavior("/ht/clear", version_arn=VERSION_9),
        ).document
    )
    assert undone.changes == (
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:9",
        "add behavior /ht/renew with arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_a_rollback_of_a_create_moves_the_behavior_that_is_left() -> None:
    """The moved behavior gets the version that the other behavior had before the Create."""
    remaining = make_distribution(behavior("/api/*"), own_behavior("/ht/clear")).document
    undone = decide(remaining, undoing(renew=VERSION_8))
    assert undone.document == (
        make_distribution(
            behavior("/api/*"), own_behavior("/ht/renew", version_arn=VERSION_8)
        ).document
    )


def test_a_rollback_of_a_create_that_wrote_nothing_changes_nothing() -> None:
    before = make_distribution(
        behavior("/api/*"), own_behavior("/ht/renew", version_arn=VERSION_8)
    ).document
    undone = decide(before, undoing(renew=VERSION_8))
    assert undone.document == before
    assert undone.changes == ()


def another_comment(document: bytes) -> bytes:
    """Change the comment, which is after the list of behaviors."""
    return document.replace(b"the shop", b"the new shop, now longer")


def another_default(document: bytes) -> bytes:
    """Change the default behavior, which is before the list, so that all own behaviors move."""
    return document.replace(b"index.html", b"home.html").replace(
        b"658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId><GrpcConfig>",
        b"4cc15a8a-d715-48a4-82b8-cc0b614638fe</CachePolicyId><GrpcConfig>",
        1,
    )


def another_behavior(document: bytes) -> bytes:
    """Add a behavior at the end of the list."""
    start, quantity, rest = document.partition(b"<CacheBehaviors><Quantity>")
    count, _, rest = rest.partition(b"<")
    end = f"{behavior('/new/*')}</Items></CacheBehaviors>".encode()
    rest = rest.replace(b"</Items></CacheBehaviors>", end)
    return start + quantity + b"%d<" % (int(count) + 1) + rest


@pytest.mark.parametrize("change", [another_comment, another_default, another_behavior])
@pytest.mark.parametrize(
    ("behaviors", "wanted", "undo"),
    [
        pytest.param((behavior("/api/*"),), ATTACHED, undoing(), id="create"),
        pytest.param(
            (behavior("/api/*"), customized_behavior("/ht/renew", VERSION_8)),
            ATTACHED,
            undoing(renew=VERSION_8),
            id="create-that-takes-over",
        ),
        pytest.param(
            (behavior("/api/*"), customized_behavior("/ht/renew"), own_behavior("/ht/clear")),
            deploying(VERSION_8, "/id/renew", "/ht/clear", before=("/ht/renew",)),
            deploying(VERSION_7, "/ht/renew", "/ht/clear", before=("/id/renew",)),
            id="update",
        ),
    ],
)
def test_a_rollback_keeps_what_another_tool_changed_meanwhile(
    behaviors: tuple[str, ...], wanted: Wanted, undo: Wanted, change: Callable[[bytes], bytes]
) -> None:
    before = make_distribution(*behaviors).document
    meanwhile = change(decide(before, wanted).document)
    assert change(before) != before
    assert decide(meanwhile, undo).document == change(before)


def test_a_rollback_is_refused_if_another_tool_uses_the_path_meanwhile() -> None:
    """The Create took over /ht/renew, and another tool replaced the behavior."""
    meanwhile = make_distribution(behavior("/ht/renew"), behavior("/api/*")).document
    with pytest.raises(RefusalError) as refusal:
        decide(meanwhile, undoing(renew=VERSION_8))
    assert refusal.value.finding.code == "behavior-exists"
    assert "'/ht/renew'" in refusal.value.finding.problem
