"""`restore` undoes a change, and a rollback ends where it began."""

import re
from collections.abc import Callable

import pytest

from attachment.edit import Wanted, decide, restore
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
    EARLIER_VERSION,
    FUNCTION,
    VERSION_7,
    VERSION_8,
    customized_behavior,
    own_behavior,
)


def attached(distribution: Distribution) -> bytes:
    """Return the document of the distribution after attaching."""
    return decide(distribution.document, ATTACHED).document


def undone(before: bytes, wanted: Wanted) -> bytes:
    """Return the document after the change and its undo."""
    return restore(decide(before, wanted).document, before, wanted)


@for_each_distribution
def test_restore_undoes_attach(distribution: Distribution) -> None:
    assert undone(distribution.document, ATTACHED) == distribution.document


@for_each_distribution
def test_restore_undoes_an_update(distribution: Distribution) -> None:
    """The update has new paths and a version of another function."""
    before = attached(distribution)
    wanted = Wanted(
        paths=("/id/renew", "/id/clear"),
        version_arn=EARLIER_VERSION,
        previous_paths=("/ht/renew", "/ht/clear"),
        previous_functions=(VERSION_7,),
    )
    assert decide(before, wanted).document != before
    assert undone(before, wanted) == before


@for_each_distribution
def test_restore_undoes_detach(distribution: Distribution) -> None:
    assert undone(attached(distribution), DETACHED) == attached(distribution)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(ATTACHED, id="nothing-to-do"),
        pytest.param(
            Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8), id="another-version"
        ),
        pytest.param(
            Wanted(
                paths=("/id/renew", "/ht/clear"),
                version_arn=VERSION_8,
                previous_paths=("/ht/renew",),
            ),
            id="another-path",
        ),
        pytest.param(
            Wanted(
                paths=("/ht/clear", "/ht/new"), version_arn=VERSION_7, previous_paths=("/ht/renew",)
            ),
            id="path-moves-to-the-other-behaviors-place",
        ),
    ],
)
def test_restore_keeps_places_and_changed_settings(wanted: Wanted) -> None:
    before = make_distribution(
        behavior("/api/*"),
        customized_behavior("/ht/renew"),
        behavior("/x"),
        own_behavior("/ht/clear"),
    ).document
    assert undone(before, wanted) == before


@pytest.mark.parametrize("kept", ["/ht/renew", "/ht/clear"])
def test_restore_removes_a_behavior_that_was_missing_before(kept: str) -> None:
    before = make_distribution(behavior("/api/*"), own_behavior(kept)).document
    assert undone(before, ATTACHED) == before


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
    end = f"{behavior('/new/*')}</Items></CacheBehaviors>".encode()
    number = re.search(rb"(?<=<CacheBehaviors><Quantity>)\d+", document)
    assert number is not None
    raised = document[: number.start()] + b"%d" % (int(number[0]) + 1) + document[number.end() :]
    return raised.replace(b"</Items></CacheBehaviors>", end)


@pytest.mark.parametrize("change", [another_comment, another_default, another_behavior])
@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        pytest.param(make_distribution(behavior("/api/*")), ATTACHED, id="attach"),
        pytest.param(
            make_distribution(
                own_behavior("/ht/renew"), own_behavior("/ht/clear"), behavior("/api/*")
            ),
            DETACHED,
            id="detach",
        ),
        pytest.param(
            make_distribution(
                behavior("/api/*"), customized_behavior("/ht/renew"), own_behavior("/ht/clear")
            ),
            Wanted(
                paths=("/id/renew", "/ht/clear"),
                version_arn=EARLIER_VERSION,
                previous_paths=("/ht/renew",),
                previous_functions=(VERSION_7,),
            ),
            id="update",
        ),
    ],
)
def test_restore_keeps_what_another_tool_changed_meanwhile(
    before: Distribution, wanted: Wanted, change: Callable[[bytes], bytes]
) -> None:
    meanwhile = change(decide(before.document, wanted).document)
    expected = change(before.document)
    assert expected != before.document
    assert restore(meanwhile, before.document, wanted) == expected


def test_restore_is_refused_if_another_tool_added_a_behavior_on_the_path_meanwhile() -> None:
    before = make_distribution(own_behavior("/ht/renew"), behavior("/api/*"))
    meanwhile = make_distribution(behavior("/ht/renew"), behavior("/api/*"))
    with pytest.raises(RefusalError) as refusal:
        restore(meanwhile.document, before.document, DETACHED)
    assert refusal.value.finding.code == "behavior-exists"
    assert "'/ht/renew'" in refusal.value.finding.problem


def test_restore_changes_nothing_if_nothing_was_changed() -> None:
    before = make_distribution(behavior("/api/*"), own_behavior("/ht/renew")).document
    wanted = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8)
    assert restore(before, before, wanted) == before


def test_restore_restores_the_version_of_each_behavior() -> None:
    before = make_distribution(
        own_behavior("/ht/renew", version_arn=VERSION_7),
        own_behavior("/ht/clear", version_arn=VERSION_8),
    )
    wanted = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=f"{FUNCTION}:9")
    assert undone(before.document, wanted) == before.document


def test_a_rollback_ends_where_the_update_began() -> None:
    """CloudFormation sends another Update, with old and new properties swapped."""
    before = attached(make_distribution(behavior("/api/*")))
    updated = decide(
        before,
        Wanted(
            paths=("/id/renew", "/id/clear"),
            version_arn=VERSION_8,
            previous_paths=("/ht/renew", "/ht/clear"),
            previous_functions=(VERSION_7,),
        ),
    ).document
    rolled_back = decide(
        updated,
        Wanted(
            paths=("/ht/renew", "/ht/clear"),
            version_arn=VERSION_7,
            previous_paths=("/id/renew", "/id/clear"),
            previous_functions=(VERSION_8,),
        ),
    )
    assert rolled_back.document == before
