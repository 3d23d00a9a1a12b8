"""Properties of attaching, tested with generated distributions."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attachment.edit import Wanted, decide
from attachment.finding import RefusalError
from attachment.xml_document import Element, parse
from tests.support.distribution_documents import (
    DECLARATION,
    ROOT,
    Distribution,
    behavior,
    counted,
    custom_origin,
    default_behavior,
    lambda_function,
    make_distribution,
    origin_group,
)
from tests.support.properties import examples

OWN_PATHS = ("/ht/renew", "/ht/clear", "/id/renew", "/id/clear", "/r&d/größe")
VERSIONS = tuple(
    f"arn:aws:lambda:us-east-1:111122223333:function:CookieService:{number}" for number in range(3)
)
OTHER_FUNCTIONS = (
    "arn:aws:lambda:us-east-1:111122223333:function:CookieService2:1",
    "arn:aws:lambda:us-east-1:111122223333:function:image-resize:3",
)


# XML in every form that a tool may write.

whitespace = st.sampled_from(["", "", "", " ", "\n  ", "\r\n\t"])
characters = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<&>\ufffe\uffff"
)
texts = st.text(characters, max_size=6) | st.sampled_from(
    ["it's", '"', "a > b", "&amp;", "&lt;/Items&gt;", "&#xD;&#10;", "&#x1F600;", "größe 本"]
)
remarks = st.sampled_from(
    [
        "<!-- <CacheBehavior> it's -->",
        "<!-- > -->",
        "<?keep </Items> ?>",
        "<![CDATA[<CacheBehaviors><Quantity>7</Quantity>]]>",
        '<![CDATA[it\'s & "that"]]>',
    ]
)
comments = st.sampled_from(["", "", "", "<!-- </Items> it's > ü -->", "<?keep <Items> ?>"])
tags = st.sampled_from(
    ["CacheBehaviors", "Items", "CacheBehavior", "Quantity", "PathPattern", "Future-1", "Größe"]
)
attributes = st.sampled_from(
    ["", "", "", ' a="it\'s > 1"', " a='/>\"' b='<'".replace("<", "&lt;"), "\n ü = '本'", ' x=""']
)


@st.composite
def elements(draw: st.DrawFn, tag: st.SearchStrategy[str] = tags, depth: int = 2) -> str:
    """Return an element with any content that the current API does not have."""
    name, own = draw(tag), draw(attributes)
    pieces = texts | remarks | st.builds("<{}{}/>".format, tags, attributes)
    if depth:
        pieces = pieces | elements(depth=depth - 1)
    inside = "".join(draw(st.lists(pieces, max_size=3)))
    return f"<{name}{own}>{inside}</{name}{draw(whitespace)}>"


unknown = elements(st.sampled_from(["FutureFlag", "FutureTable"]))


# Configurations made of such XML.


@dataclass(frozen=True)
class Held:
    """A behavior in a list, with the whitespace and comments before it."""

    before: str
    text: str
    is_own: bool = False


def written(distribution: Distribution, behaviors: list[Held]) -> Distribution:
    """Return the distribution with these behaviors in its list."""
    if not behaviors:
        return distribution
    first, *rest = behaviors
    return replace(
        distribution,
        count=len(behaviors),
        items=distribution.items + first.before,
        original_list=None,
        behaviors=first.text + "".join(held.before + held.text for held in rest),
    )


foreign_patterns = st.sampled_from(
    ["/api/*", "*", "/ht/*", "ht/re?ew", "*.php", "/HT/renew", "/ht/renew/", "//ht/clear"]
) | texts.map("/x/{}".format)
functions_of_others = st.sampled_from(
    [
        (),
        ((OTHER_FUNCTIONS[0], "viewer-request"),),
        ((OTHER_FUNCTIONS[1], "viewer-request"), (VERSIONS[1], "origin-request")),
        # On a path that is not the cookie service's: another tool added the function there.
        ((VERSIONS[0], "viewer-request"),),
    ]
)


@st.composite
def foreign_behaviors(draw: st.DrawFn, pattern: st.SearchStrategy[str] = foreign_patterns) -> Held:
    """Return a behavior that does not belong to the cookie service."""
    functions = draw(functions_of_others)
    text = behavior(
        draw(pattern),
        LambdaFunctionAssociations=counted(*(lambda_function(*function) for function in functions)),
        FutureSetting=draw(unknown),
    )
    text = text.replace("<CacheBehavior>", f"<CacheBehavior{draw(attributes)}>", 1)
    return Held(draw(whitespace) + draw(comments), text.replace("><", f">{draw(whitespace)}<"))


@st.composite
def own_behaviors(draw: st.DrawFn, path: str) -> Held:
    """Return a behavior of the cookie service, whose settings its owner may have changed."""
    path = draw(st.sampled_from([path, path.removeprefix("/")])).replace("&", "&amp;")
    arn = draw(st.sampled_from(VERSIONS))
    text = behavior(
        path,
        TargetOriginId=draw(st.sampled_from(["site", "another"])),
        LambdaFunctionAssociations=counted(lambda_function(arn, "viewer-request")),
        FutureSetting=draw(st.just(None) | unknown),
    )
    return Held(draw(whitespace), text.replace("><", f">{draw(whitespace)}<"), is_own=True)


@st.composite
def distributions_without_behaviors(draw: st.DrawFn) -> Distribution:
    """Return a distribution with only the default behavior, in any form of XML."""
    origin = draw(st.sampled_from(["site", "a&amp;b", "größe", "group"]))
    distribution = make_distribution(
        start=draw(st.sampled_from([DECLARATION, "", "\ufeff", "<!-- it's -->\n"])) + ROOT,
        DefaultRootObject=draw(texts),
        Origins=counted(custom_origin(), custom_origin("a&amp;b")),
        OriginGroups=counted(origin_group("group", "a&amp;b", "site")),
        DefaultCacheBehavior=default_behavior(TargetOriginId=origin, FutureSetting=draw(unknown)),
        Comment=draw(texts) + draw(comments),
        FutureSetting=draw(unknown),
    )
    space = draw(whitespace)
    end = draw(st.sampled_from(["", "\n", "<!-- it's -->"]))
    distribution = replace(
        distribution,
        head=distribution.head.replace("><", f">{space}<"),
        tail=distribution.tail.replace("><", f">{space}<") + end,
    )
    if draw(st.booleans()):
        original = draw(st.sampled_from(["", "<CacheBehaviors/>"]))
        return replace(distribution, original_list=original)
    opening = f"<CacheBehaviors{draw(attributes)}>{draw(comments)}<Quantity{draw(attributes)}>"
    items = draw(st.sampled_from(["", "<Items/>", "<Items></Items>", "<Items>\n</Items>"]))
    between = f"</Quantity>{draw(whitespace) if items else ''}"
    closing = f"{draw(whitespace)}{draw(comments)}{draw(unknown)}</CacheBehaviors>"
    return replace(
        distribution,
        opening=opening,
        between=between,
        closing=closing,
        original_list=f"{opening}0{between}{items}{closing}",
    )


@st.composite
def distributions_with_lists(draw: st.DrawFn) -> Distribution:
    """Return a distribution whose list has a start and an end in any form of XML."""
    return replace(
        draw(distributions_without_behaviors()),
        opening=f"<CacheBehaviors{draw(attributes)}>{draw(comments)}<Quantity{draw(attributes)}>",
        between=f"</Quantity>{draw(comments)}",
        items=f"<Items{draw(attributes)}>",
        items_end=f"{draw(whitespace)}{draw(comments)}</Items>",
        closing=f"{draw(unknown)}</CacheBehaviors>",
    )


@st.composite
def foreign_distributions(draw: st.DrawFn) -> Distribution:
    """Return a distribution without behaviors of the cookie service."""
    behaviors = draw(st.lists(foreign_behaviors(), max_size=4))
    return written(
        draw(distributions_with_lists() if behaviors else distributions_without_behaviors()),
        behaviors,
    )


@dataclass(frozen=True)
class Mixed:
    """A distribution with foreign and own behaviors, in any order."""

    distribution: Distribution
    behaviors: list[Held]

    @property
    def document(self) -> bytes:
        return written(self.distribution, self.behaviors).document

    @property
    def foreign(self) -> list[str]:
        return [held.text for held in self.behaviors if not held.is_own]


@st.composite
def mixed_distributions(draw: st.DrawFn) -> Mixed:
    """Return a distribution with at least one behavior, foreign or own."""
    paths = draw(st.lists(st.sampled_from(OWN_PATHS), max_size=3, unique=True))
    own = [draw(own_behaviors(path)) for path in paths]
    others = draw(st.lists(foreign_behaviors(), min_size=0 if own else 1, max_size=4))
    return Mixed(draw(distributions_with_lists()), draw(st.permutations([*own, *others])))


two_paths = st.lists(st.sampled_from(OWN_PATHS), min_size=2, max_size=2, unique=True).map(tuple)


@st.composite
def deployments(draw: st.DrawFn) -> Wanted:
    """Return a deployment that knows every previous path and version."""
    return Wanted(
        paths=draw(two_paths | st.just(())),
        version_arn=draw(st.sampled_from(VERSIONS)),
        previous_paths=OWN_PATHS,
        previous_functions=VERSIONS,
    )


attaching = st.builds(
    Wanted, paths=two_paths, version_arn=st.sampled_from(VERSIONS), previous_functions=st.just(())
)


def detaching(wanted: Wanted) -> Wanted:
    """Return the Delete that detaches `wanted`."""
    return Wanted(previous_paths=wanted.paths, previous_functions=(wanted.version_arn,))


def following(before: Wanted, wanted: Wanted) -> Wanted:
    """Return the Update from `before` to `wanted`."""
    return replace(wanted, previous_paths=before.paths, previous_functions=(before.version_arn,))


def undoing(document: bytes, wanted: Wanted) -> Wanted:
    """Return the Delete that undoes a Create whose distribution had this document before."""
    found = dict(on_own_paths(document))
    versions = {path: found[path] for path in wanted.paths if path in found}
    return replace(detaching(wanted), paths=tuple(versions), versions=versions)


# An XML reader other than the one under test.


def tag(name: str) -> str:
    """Return the tag with CloudFront's namespace."""
    return "{http://cloudfront.amazonaws.com/doc/2020-05-31/}" + name


def listed(document: bytes) -> list[ET.Element]:
    """Return the listed behaviors."""
    path = f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}"
    return ET.fromstring(document).findall(path)


def pattern(element: ET.Element) -> str:
    """Return a behavior's path pattern with its leading slash."""
    return "/" + (element.findtext(tag("PathPattern")) or "").strip().removeprefix("/")


def version(element: ET.Element) -> str:
    """Return the version that a behavior runs at viewer-request."""
    path = f"{tag('LambdaFunctionAssociations')}/{tag('Items')}/{tag('LambdaFunctionAssociation')}"
    for found in element.findall(path):
        if found.findtext(tag("EventType")) == "viewer-request":
            return found.findtext(tag("LambdaFunctionARN")) or ""
    return ""


def on_own_paths(document: bytes) -> list[tuple[str, str]]:
    """Return path and version of each behavior on the cookie service's paths, in order."""
    found = [(pattern(element), version(element)) for element in listed(document)]
    return [(path, arn) for path, arn in found if path in OWN_PATHS]


# The properties.


@examples(50)
@given(foreign_distributions(), attaching)
def test_attach_inserts_two_behaviors_and_changes_no_other_byte(
    distribution: Distribution, wanted: Wanted
) -> None:
    after = decide(distribution.document, wanted).document
    head, tail = distribution.with_first("|", "|").split(b"||")
    assert after.startswith(head)
    assert after.endswith(tail)
    inserted = after[len(head) : len(after) - len(tail)]
    read = ET.fromstring(f"{ROOT}{inserted.decode()}</DistributionConfig>")
    assert [(pattern(found), version(found)) for found in read] == [
        (path, wanted.version_arn) for path in wanted.paths
    ]


@examples(50)
@given(foreign_distributions(), attaching)
def test_detach_restores_the_document_from_before_attach(
    distribution: Distribution, wanted: Wanted
) -> None:
    after = decide(distribution.document, wanted).document
    assert decide(after, detaching(wanted)).document == distribution.after_detach


@examples(50)
@given(mixed_distributions(), deployments())
def test_deploying_again_changes_nothing(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    again = decide(after, wanted)
    assert again.document == after
    assert again.changes == ()


@examples(50)
@given(mixed_distributions(), deployments())
def test_foreign_behaviors_keep_their_bytes_and_their_order(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    at = after.index(f"{mixed.distribution.head}{mixed.distribution.opening}".encode())
    assert at == 0
    for text in mixed.foreign:
        at = after.index(text.encode(), at) + len(text.encode())
    assert after.endswith(f"{mixed.distribution.closing}{mixed.distribution.tail}".encode())
    assert len(listed(after)) == len(mixed.foreign) + len(wanted.paths)


@examples(50)
@given(mixed_distributions(), st.sampled_from(VERSIONS))
def test_detach_removes_the_own_behaviors_and_no_other_byte(mixed: Mixed, version_arn: str) -> None:
    """Their places, versions, and settings do not matter."""
    wanted = Wanted(previous_paths=OWN_PATHS, previous_functions=(version_arn,))
    kept = [replace(held, text="") if held.is_own else held for held in mixed.behaviors]
    expected = replace(written(mixed.distribution, kept), count=len(mixed.foreign))
    assert decide(mixed.document, wanted).document == expected.document


@examples(50)
@given(mixed_distributions(), deployments())
def test_the_result_holds_each_wanted_path_once_with_the_version(
    mixed: Mixed, wanted: Wanted
) -> None:
    after = decide(mixed.document, wanted).document
    expected = [(path, wanted.version_arn) for path in wanted.paths]
    assert sorted(on_own_paths(after)) == sorted(expected)


@examples(50)
@given(mixed_distributions(), deployments())
def test_quantity_is_the_number_of_behaviors(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    quantity = ET.fromstring(after).findtext(f"{tag('CacheBehaviors')}/{tag('Quantity')}")
    assert quantity == str(len(listed(after)))


@examples(50)
@given(mixed_distributions(), deployments())
def test_changes_are_reported_exactly_if_the_document_changes(mixed: Mixed, wanted: Wanted) -> None:
    decision = decide(mixed.document, wanted)
    assert (decision.changes == ()) == (decision.document == mixed.document)


@examples(50)
@given(foreign_distributions(), st.lists(attaching, min_size=1, max_size=5), st.data())
def test_several_deployments_leave_the_same_document_as_only_the_last_one(
    distribution: Distribution, deployed: list[Wanted], data: st.DataObject
) -> None:
    """Each deployment knows only the previous one, as in CloudFormation, and some detach.

    The order of the two behaviors may differ, because a path that stays keeps its place. An empty
    list may have another form, because a detachment writes it as CloudFront does.
    """
    document, before = distribution.document, Wanted()
    for wanted in deployed:
        if data.draw(st.booleans(), label="detached first"):
            document, before = decide(document, detaching(before)).document, Wanted()
        document, before = decide(document, following(before, wanted)).document, wanted
    last = deployed[-1]
    assert document in {
        decide(start, replace(last, paths=paths)).document
        for start in (distribution.document, distribution.after_detach)
        for paths in (last.paths, last.paths[::-1])
    }
    assert decide(document, detaching(last)).document == distribution.after_detach


@examples(50)
@given(foreign_distributions(), attaching, attaching)
def test_a_rollback_undoes_an_update(
    distribution: Distribution, first: Wanted, second: Wanted
) -> None:
    """CloudFormation sends a second Update, with old and new properties swapped."""
    before = decide(distribution.document, first).document
    after = decide(before, following(first, second)).document
    assert decide(after, following(second, first)).document == before


@examples(50)
@given(mixed_distributions(), attaching)
def test_a_rollback_undoes_a_create_that_took_behaviors_over(mixed: Mixed, wanted: Wanted) -> None:
    """Each behavior gets its previous version, and behaviors that the Create added are removed."""
    after = decide(mixed.document, wanted).document
    undone = decide(after, undoing(mixed.document, wanted)).document
    assert undone == mixed.document


@examples(50)
@given(foreign_distributions(), attaching, attaching, foreign_behaviors())
def test_a_rollback_keeps_what_another_tool_changed_meanwhile(
    distribution: Distribution, first: Wanted, second: Wanted, new: Held
) -> None:
    """The other tool changes a behavior, and settings before and after the list."""

    def changed(document: bytes) -> bytes:
        return document.replace(b"2b1f6b1c", "größer".encode()) + b"<!-- new -->"

    before = distribution.with_first(behavior("/first"))
    another = changed(distribution.with_first(new.text, behavior("/first")))
    attached = decide(another, first).document
    assert decide(attached, undoing(before, first)).document == another
    attached = changed(decide(before, first).document)
    assert decide(attached, undoing(before, first)).document == changed(before)
    updated = changed(decide(decide(before, first).document, following(first, second)).document)
    assert decide(updated, following(second, first)).document == attached


@examples(50)
@given(foreign_distributions(), attaching, st.data())
def test_a_foreign_behavior_on_one_of_the_paths_is_always_refused(
    distribution: Distribution, wanted: Wanted, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(wanted.paths), label="path")
    written_path = data.draw(st.sampled_from([path, path.removeprefix("/")]), label="pattern")
    arn = data.draw(st.sampled_from(["", *OTHER_FUNCTIONS]), label="function")
    functions = counted(lambda_function(arn, "viewer-request")) if arn else counted()
    foreign = behavior(written_path.replace("&", "&amp;"), LambdaFunctionAssociations=functions)
    with pytest.raises(RefusalError) as refusal:
        decide(distribution.with_first(foreign), wanted)
    assert refusal.value.finding.code == "behavior-exists"
    assert repr(written_path) in refusal.value.finding.problem


@examples(50)
@given(elements(depth=3))
def test_every_element_is_found_as_another_reader_finds_it(text: str) -> None:
    """Each element has the same tag and text, and its bytes parse as the same element again."""
    document = text.encode()

    def compare(found: Element, expected: ET.Element) -> None:
        assert found.tag == expected.tag
        assert found.text == "".join(
            own or "" for own in (expected.text, *(child.tail for child in expected))
        )
        parsed = ET.fromstring(document[found.start : found.end])
        assert ET.tostring(parsed) == ET.tostring(expected).removesuffix(
            escape(expected.tail or "").encode("ascii", "xmlcharrefreplace")
        )
        inside = document[found.inner_start : found.inner_end]
        assert ET.fromstring(b"<x>" + inside + b"</x>").text == expected.text
        for child, other in zip(found.children, expected, strict=True):
            compare(child, other)

    compare(parse(document), ET.fromstring(document))
