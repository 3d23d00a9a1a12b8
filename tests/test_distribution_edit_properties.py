"""What holds for every configuration: attaching to distributions that nobody thought of."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.constructs.distribution_attachment.runtime.edit import (
    RefusalError,
    Wanted,
    decide,
    restore,
)
from stacks.constructs.distribution_attachment.runtime.xml_document import Element, parse
from tests.distribution_documents import (
    DECLARATION,
    ROOT,
    Site,
    behavior,
    counted,
    custom_origin,
    default_behavior,
    lambda_function,
    origin_group,
    site,
)

OUR_PATHS = ("/ht/renew", "/ht/clear", "/id/renew", "/id/clear", "/r&d/größe")
VERSIONS = tuple(
    f"arn:aws:lambda:us-east-1:111122223333:function:CookieService:{number}" for number in range(3)
)
OTHER_FUNCTIONS = (
    "arn:aws:lambda:us-east-1:111122223333:function:CookieService2:1",
    "arn:aws:lambda:us-east-1:111122223333:function:image-resize:3",
)

examples = settings(deadline=None, max_examples=50)


# XML in all the spellings that it allows.

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
    """Return an element that CloudFront's model of today does not know, with all kinds inside."""
    name, own = draw(tag), draw(attributes)
    pieces = texts | remarks | st.builds("<{}{}/>".format, tags, attributes)
    if depth:
        pieces = pieces | elements(depth=depth - 1)
    inside = "".join(draw(st.lists(pieces, max_size=3)))
    return f"<{name}{own}>{inside}</{name}{draw(whitespace)}>"


unknown = elements(st.sampled_from(["FutureFlag", "FutureTable"]))


# Configurations of them.


@dataclass(frozen=True)
class Held:
    """One behavior in a list, with the whitespace and comments before it."""

    before: str
    text: str
    ours: bool = False


def written(one: Site, behaviors: list[Held]) -> Site:
    """Return the site with these behaviors in its list."""
    if not behaviors:
        return one
    first, *rest = behaviors
    return replace(
        one,
        count=len(behaviors),
        items=one.items + first.before,
        list_as_it_came=None,
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
        # On no path of ours: wired by somebody.
        ((VERSIONS[0], "viewer-request"),),
    ]
)


@st.composite
def foreign_behaviors(draw: st.DrawFn, pattern: st.SearchStrategy[str] = foreign_patterns) -> Held:
    functions = draw(functions_of_others)
    text = behavior(
        draw(pattern),
        LambdaFunctionAssociations=counted(*(lambda_function(*one) for one in functions)),
        FutureSetting=draw(unknown),
    )
    text = text.replace("<CacheBehavior>", f"<CacheBehavior{draw(attributes)}>", 1)
    return Held(draw(whitespace) + draw(comments), text.replace("><", f">{draw(whitespace)}<"))


@st.composite
def behaviors_of_ours(draw: st.DrawFn, path: str) -> Held:
    """Return one of ours, as an earlier deployment made it or as its owner has changed it since."""
    path = draw(st.sampled_from([path, path.removeprefix("/")])).replace("&", "&amp;")
    arn = draw(st.sampled_from(VERSIONS))
    text = behavior(
        path,
        TargetOriginId=draw(st.sampled_from(["site", "another"])),
        LambdaFunctionAssociations=counted(lambda_function(arn, "viewer-request")),
        FutureSetting=draw(st.just(None) | unknown),
    )
    return Held(draw(whitespace), text.replace("><", f">{draw(whitespace)}<"), ours=True)


@st.composite
def sites_without_behaviors(draw: st.DrawFn) -> Site:
    """Return a distribution with the default behavior alone, as written by whatever tool."""
    origin = draw(st.sampled_from(["site", "a&amp;b", "größe", "group"]))
    one = site(
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
    one = replace(
        one,
        head=one.head.replace("><", f">{space}<"),
        tail=one.tail.replace("><", f">{space}<") + end,
    )
    if draw(st.booleans()):
        return replace(one, list_as_it_came=draw(st.sampled_from(["", "<CacheBehaviors/>"])))
    opening = f"<CacheBehaviors{draw(attributes)}>{draw(comments)}<Quantity{draw(attributes)}>"
    items = draw(st.sampled_from(["", "<Items/>", "<Items></Items>", "<Items>\n</Items>"]))
    between = f"</Quantity>{draw(whitespace) if items else ''}"
    closing = f"{draw(whitespace)}{draw(comments)}{draw(unknown)}</CacheBehaviors>"
    return replace(
        one,
        opening=opening,
        between=between,
        closing=closing,
        list_as_it_came=f"{opening}0{between}{items}{closing}",
    )


@st.composite
def list_spellings(draw: st.DrawFn) -> Site:
    """Return a distribution for whose list the ends are written in whatever way."""
    return replace(
        draw(sites_without_behaviors()),
        opening=f"<CacheBehaviors{draw(attributes)}>{draw(comments)}<Quantity{draw(attributes)}>",
        between=f"</Quantity>{draw(comments)}",
        items=f"<Items{draw(attributes)}>",
        items_end=f"{draw(whitespace)}{draw(comments)}</Items>",
        closing=f"{draw(unknown)}</CacheBehaviors>",
    )


@st.composite
def sites_of_others(draw: st.DrawFn) -> Site:
    """Return a distribution that holds nothing of ours."""
    behaviors = draw(st.lists(foreign_behaviors(), max_size=4))
    return written(draw(list_spellings() if behaviors else sites_without_behaviors()), behaviors)


@dataclass(frozen=True)
class Mixed:
    """A distribution with behaviors of others and of ours, in any order."""

    one: Site
    behaviors: list[Held]

    @property
    def document(self) -> bytes:
        return written(self.one, self.behaviors).document

    @property
    def foreign(self) -> list[str]:
        return [held.text for held in self.behaviors if not held.ours]


@st.composite
def mixed_sites(draw: st.DrawFn) -> Mixed:
    """Return a distribution with at least one behavior, of somebody else's or of ours."""
    paths = draw(st.lists(st.sampled_from(OUR_PATHS), max_size=3, unique=True))
    ours = [draw(behaviors_of_ours(path)) for path in paths]
    others = draw(st.lists(foreign_behaviors(), min_size=0 if ours else 1, max_size=4))
    return Mixed(draw(list_spellings()), draw(st.permutations([*ours, *others])))


two_paths = st.lists(st.sampled_from(OUR_PATHS), min_size=2, max_size=2, unique=True).map(tuple)


@st.composite
def deployments(draw: st.DrawFn) -> Wanted:
    """Return what a deployment wants that knows all that there was before it."""
    return Wanted(
        paths=draw(two_paths | st.just(())),
        version_arn=draw(st.sampled_from(VERSIONS)),
        previous_paths=OUR_PATHS,
        previous_functions=VERSIONS,
    )


attaching = st.builds(
    Wanted, paths=two_paths, version_arn=st.sampled_from(VERSIONS), previous_functions=st.just(())
)


def detaching(wanted: Wanted) -> Wanted:
    return Wanted(previous_paths=wanted.paths, previous_functions=(wanted.version_arn,))


# Another reader than the one under test.


def tag(name: str) -> str:
    return "{http://cloudfront.amazonaws.com/doc/2020-05-31/}" + name


def in_list(document: bytes) -> list[ET.Element]:
    path = f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}"
    return ET.fromstring(document).findall(path)


def pattern(one: ET.Element) -> str:
    return "/" + (one.findtext(tag("PathPattern")) or "").strip().removeprefix("/")


def version(one: ET.Element) -> str:
    path = f"{tag('LambdaFunctionAssociations')}/{tag('Items')}/{tag('LambdaFunctionAssociation')}"
    for found in one.findall(path):
        if found.findtext(tag("EventType")) == "viewer-request":
            return found.findtext(tag("LambdaFunctionARN")) or ""
    return ""


def ours_in(document: bytes) -> list[tuple[str, str]]:
    """Return path and version of what is on our paths, in order."""
    found = [(pattern(one), version(one)) for one in in_list(document)]
    return [(path, arn) for path, arn in found if path in OUR_PATHS]


# What holds.


@examples
@given(sites_of_others(), attaching)
def test_attach_inserts_two_behaviors_and_touches_no_other_byte(one: Site, wanted: Wanted) -> None:
    after = decide(one.document, wanted).document
    before_ours, behind_ours = one.holding("|", "|").split(b"||")
    assert after.startswith(before_ours)
    assert after.endswith(behind_ours)
    inserted = after[len(before_ours) : len(after) - len(behind_ours)]
    read = ET.fromstring(f"{ROOT}{inserted.decode()}</DistributionConfig>")
    assert [(pattern(found), version(found)) for found in read] == [
        (path, wanted.version_arn) for path in wanted.paths
    ]


@examples
@given(sites_of_others(), attaching)
def test_detach_gives_back_what_was_there_before_attach(one: Site, wanted: Wanted) -> None:
    after = decide(one.document, wanted).document
    assert decide(after, detaching(wanted)).document == one.once_detached


@examples
@given(mixed_sites(), deployments())
def test_deploying_again_changes_nothing(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    again = decide(after, wanted)
    assert again.document == after
    assert again.changes == ()


@examples
@given(mixed_sites(), deployments())
def test_behaviors_of_others_keep_their_bytes_and_their_order(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    at = after.index(f"{mixed.one.head}{mixed.one.opening}".encode())
    assert at == 0
    for text in mixed.foreign:
        at = after.index(text.encode(), at) + len(text.encode())
    assert after.endswith(f"{mixed.one.closing}{mixed.one.tail}".encode())
    assert len(in_list(after)) == len(mixed.foreign) + len(wanted.paths)


@examples
@given(mixed_sites(), st.sampled_from(VERSIONS))
def test_detach_takes_out_ours_and_no_other_byte(mixed: Mixed, version_arn: str) -> None:
    """Wherever they stand, whatever their version and settings."""
    wanted = Wanted(previous_paths=OUR_PATHS, previous_functions=(version_arn,))
    kept = [replace(held, text="") if held.ours else held for held in mixed.behaviors]
    expected = replace(written(mixed.one, kept), count=len(mixed.foreign))
    assert decide(mixed.document, wanted).document == expected.document


@examples
@given(mixed_sites(), deployments())
def test_the_result_holds_each_wanted_path_once_with_the_version(
    mixed: Mixed, wanted: Wanted
) -> None:
    after = decide(mixed.document, wanted).document
    expected = [(path, wanted.version_arn) for path in wanted.paths]
    assert sorted(ours_in(after)) == sorted(expected)


@examples
@given(mixed_sites(), deployments())
def test_quantity_is_the_number_of_behaviors(mixed: Mixed, wanted: Wanted) -> None:
    after = decide(mixed.document, wanted).document
    quantity = ET.fromstring(after).findtext(f"{tag('CacheBehaviors')}/{tag('Quantity')}")
    assert quantity == str(len(in_list(after)))


@examples
@given(mixed_sites(), deployments())
def test_a_change_is_told_exactly_where_there_is_one(mixed: Mixed, wanted: Wanted) -> None:
    decision = decide(mixed.document, wanted)
    assert (decision.changes == ()) == (decision.document == mixed.document)


@examples
@given(sites_of_others(), st.lists(attaching, min_size=1, max_size=5), st.data())
def test_any_number_of_deployments_ends_where_the_last_one_alone_does(
    one: Site, deployed: list[Wanted], data: st.DataObject
) -> None:
    """Each knows the one before it, as CloudFormation tells it, and some are detached between.

    The order of our two behaviors may differ: a path that stays keeps its place. A list without
    behaviors may have been left as CloudFront spells it in between.
    """
    document, before = one.document, Wanted()
    for wanted in deployed:
        if data.draw(st.booleans(), label="detached first"):
            document, before = decide(document, detaching(before)).document, Wanted()
        update = replace(
            wanted, previous_paths=before.paths, previous_functions=(before.version_arn,)
        )
        document, before = decide(document, update).document, wanted
    last = deployed[-1]
    assert document in {
        decide(came, replace(last, paths=paths)).document
        for came in (one.document, one.once_detached)
        for paths in (last.paths, last.paths[::-1])
    }
    assert decide(document, detaching(last)).document == one.once_detached


@examples
@given(sites_of_others(), attaching, deployments())
def test_undoing_a_deployment_gives_back_what_was_there(
    one: Site, first: Wanted, second: Wanted
) -> None:
    """Of a first deployment and of the one after it, be it a Delete."""
    before = decide(one.document, first).document
    assert restore(before, one.document, first) == one.document
    after = decide(before, second).document
    assert restore(after, before, second) == before


@examples
@given(sites_of_others(), attaching, foreign_behaviors())
def test_undoing_keeps_what_somebody_else_did_meanwhile(
    one: Site, wanted: Wanted, new: Held
) -> None:
    """Another behavior, and something in front of the list and behind it."""

    def changed(document: bytes) -> bytes:
        return document.replace(b"2b1f6b1c", "größer".encode()) + b"<!-- new -->"

    before = one.holding(behavior("/first"))
    another = changed(one.holding(new.text, behavior("/first")))
    attached = decide(another, wanted).document
    assert restore(attached, before, wanted) == another
    attached = changed(decide(before, wanted).document)
    assert restore(attached, before, wanted) == changed(before)


@examples
@given(sites_of_others(), attaching, st.data())
def test_a_foreign_behavior_on_one_of_the_paths_is_always_refused(
    one: Site, wanted: Wanted, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(wanted.paths), label="path")
    spelled = data.draw(st.sampled_from([path, path.removeprefix("/")]), label="pattern")
    arn = data.draw(st.sampled_from(["", *OTHER_FUNCTIONS]), label="function")
    functions = counted(lambda_function(arn, "viewer-request")) if arn else counted()
    foreign = behavior(spelled.replace("&", "&amp;"), LambdaFunctionAssociations=functions)
    with pytest.raises(RefusalError) as refusal:
        decide(one.holding(foreign), wanted)
    assert repr(spelled) in str(refusal.value)


@examples
@given(elements(depth=3))
def test_every_element_is_found_where_another_reader_sees_it(text: str) -> None:
    """With the same tag and text, and alone its bytes are that element again."""
    document = text.encode()

    def compare(found: Element, expected: ET.Element) -> None:
        assert found.tag == expected.tag
        assert found.text == "".join(
            own or "" for own in (expected.text, *(child.tail for child in expected))
        )
        alone = ET.fromstring(document[found.start : found.end])
        assert ET.tostring(alone) == ET.tostring(expected).removesuffix(
            escape(expected.tail or "").encode("ascii", "xmlcharrefreplace")
        )
        inside = document[found.inner_start : found.inner_end]
        assert ET.fromstring(b"<x>" + inside + b"</x>").text == expected.text
        for child, other in zip(found.children, expected, strict=True):
            compare(child, other)

    compare(parse(document), ET.fromstring(document))
