"""Attaching to every kind of distribution, and detaching from it."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from attachment.edit import Wanted, decide
from tests.support.distribution_documents import (
    ANOTHER_CLOUDFRONT_FUNCTION,
    DISTRIBUTIONS,
    STAGING,
    TENANT_ONLY,
    WITH_BEHAVIORS,
    WITHOUT_BEHAVIORS,
    Distribution,
    behavior,
    cloudfront_function,
    counted,
    counted_texts,
    custom_origin,
    default_behavior,
    for_each_distribution,
    make_distribution,
    origin_group,
)
from tests.support.own_behaviors import (
    ATTACHED,
    DETACHED,
    VERSION_7,
    own_behavior,
)

#: The origin of the default behavior. In all other distributions, it is "site".
ORIGINS = {
    "s3-with-origin-access-control": "assets",
    "origin-group-as-default-target": "first",
    "quantity-0-behind-an-origin-group": "a&amp;b",
}


def attached(distribution: Distribution) -> bytes:
    """Return the document of the distribution after attaching."""
    return decide(distribution.document, ATTACHED).document


def read(document: bytes) -> ET.Element:
    """Return the root of the document, with its comments, as another XML reader parses it."""
    builder = ET.TreeBuilder(insert_comments=True, insert_pis=True)
    return ET.fromstring(document, ET.XMLParser(target=builder))


def tag(name: str) -> str:
    """Return the tag with CloudFront's namespace."""
    return "{http://cloudfront.amazonaws.com/doc/2020-05-31/}" + name


def canonical(root: ET.Element) -> str:
    """Return the element as canonical XML."""
    return ET.canonicalize(ET.tostring(root, encoding="unicode"), with_comments=True)


def without_own_behaviors(document: bytes) -> str:
    """Return the configuration as canonical XML, without own behaviors and the list's quantity.

    A list without other behaviors is left out, because CloudFront treats an absent list as empty.
    """
    root = read(document)
    behaviors = root.find(tag("CacheBehaviors"))
    items = root.find(f"{tag('CacheBehaviors')}/{tag('Items')}")
    quantity = root.find(f"{tag('CacheBehaviors')}/{tag('Quantity')}")
    for listed in root.findall(f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}"):
        if listed.findtext(tag("PathPattern")) in ("/ht/renew", "/ht/clear"):
            assert items is not None
            items.remove(listed)
    if behaviors is not None and (items is None or items.find(tag("CacheBehavior")) is None):
        root.remove(behaviors)
    elif quantity is not None:
        quantity.text = None
    return canonical(root)


# Every distribution.


@pytest.mark.parametrize(
    ("distribution", "origin"),
    [
        pytest.param(DISTRIBUTIONS[name], ORIGINS.get(name, "site"), id=name)
        for name in DISTRIBUTIONS
    ],
)
def test_attach_adds_two_behaviors_at_the_top_and_changes_nothing_else(
    distribution: Distribution, origin: str
) -> None:
    """Only the number of behaviors also changes; every other byte stays the same."""
    decision = decide(distribution.document, ATTACHED)
    assert decision.document == distribution.with_first(
        own_behavior("/ht/renew", origin), own_behavior("/ht/clear", origin)
    )
    assert decision.changes == (
        "add behavior /ht/renew with arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
        "add behavior /ht/clear with arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
    )


@for_each_distribution
def test_attach_changes_nothing_if_it_is_repeated(distribution: Distribution) -> None:
    decision = decide(attached(distribution), ATTACHED)
    assert decision.changes == ()
    assert decision.document == attached(distribution)


@pytest.mark.parametrize(
    "distribution", [pytest.param(WITH_BEHAVIORS[name], id=name) for name in WITH_BEHAVIORS]
)
def test_detach_restores_the_bytes_from_before_attach(distribution: Distribution) -> None:
    assert decide(attached(distribution), DETACHED).document == distribution.document


@pytest.mark.parametrize(
    "distribution",
    [pytest.param(WITHOUT_BEHAVIORS[name], id=name) for name in WITHOUT_BEHAVIORS],
)
def test_detach_leaves_an_empty_list_as_cloudfront_writes_it(distribution: Distribution) -> None:
    """The list's form before attaching does not matter, even if it was absent."""
    detached = decide(attached(distribution), DETACHED).document
    assert b"<Quantity>0</Quantity>" in detached
    assert detached == distribution.after_detach


@for_each_distribution
def test_detach_reports_each_removed_behavior(distribution: Distribution) -> None:
    assert decide(attached(distribution), DETACHED).changes == (
        "remove behavior /ht/renew",
        "remove behavior /ht/clear",
    )


@for_each_distribution
def test_attach_changes_no_other_setting(distribution: Distribution) -> None:
    """Another XML reader compares the documents element by element."""
    after = attached(distribution)
    assert without_own_behaviors(after) == without_own_behaviors(distribution.document)


@for_each_distribution
def test_detach_changes_no_other_setting(distribution: Distribution) -> None:
    detached = decide(attached(distribution), DETACHED).document
    assert without_own_behaviors(detached) == without_own_behaviors(distribution.document)


@for_each_distribution
def test_attach_sets_quantity_to_the_number_of_behaviors(distribution: Distribution) -> None:
    root = read(attached(distribution))
    found = root.findall(f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}")
    assert root.findtext(f"{tag('CacheBehaviors')}/{tag('Quantity')}") == str(len(found))
    assert len(found) == distribution.count + 2


@pytest.mark.parametrize(
    "distribution",
    [
        *(pytest.param(DISTRIBUTIONS[name], id=name) for name in DISTRIBUTIONS),
        pytest.param(STAGING, id="staging"),
        pytest.param(TENANT_ONLY, id="tenant-only"),
    ],
)
def test_detach_changes_nothing_on_a_distribution_without_the_cookie_service(
    distribution: Distribution,
) -> None:
    decision = decide(distribution.document, DETACHED)
    assert decision.document == distribution.document
    assert decision.changes == ()
    assert decision.warnings == ()


def test_attach_adds_an_absent_list_after_the_default_behavior() -> None:
    """UpdateDistribution requires the elements in the API's order."""
    tags = [child.tag for child in read(attached(DISTRIBUTIONS["list-absent"]))]
    place = tags.index(tag("CacheBehaviors"))
    assert tags[place - 1] == tag("DefaultCacheBehavior")
    assert tags[place + 1] == tag("CustomErrorResponses")


def test_detach_keeps_other_elements_of_a_list_that_had_only_own_behaviors() -> None:
    distribution = replace(
        make_distribution(own_behavior("/ht/renew"), own_behavior("/ht/clear")),
        closing="<FutureRule>x</FutureRule></CacheBehaviors>",
    )
    emptied = replace(distribution, count=0, behaviors="")
    assert decide(distribution.document, DETACHED).document == emptied.after_detach


@pytest.mark.parametrize("behaviors", ["", behavior("/api/*")], ids=["none", "one"])
def test_attach_and_detach_keep_unknown_elements_between_behaviors(behaviors: str) -> None:
    count = behaviors.count("<PathPattern>")
    document = make_distribution().document.replace(
        b"<CacheBehaviors><Quantity>0</Quantity>",
        f"<CacheBehaviors><Quantity>{count}</Quantity><Items>{behaviors}<FutureBehavior/></Items>"
        "".encode(),
    )
    after = decide(document, ATTACHED).document
    assert after.endswith(document[document.index(b"<FutureBehavior/>") :])
    assert decide(after, DETACHED).document == document


# What the attached behaviors contain.


def test_attached_behaviors_have_the_origin_of_the_default_behavior() -> None:
    """The origins of other behaviors and the order of the origins do not matter."""
    distribution = make_distribution(
        behavior("/api/*", TargetOriginId="api"),
        Origins=counted(custom_origin("api"), custom_origin("shop"), custom_origin("site")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="shop"),
    )
    assert attached(distribution) == distribution.with_first(
        own_behavior("/ht/renew", "shop"), own_behavior("/ht/clear", "shop")
    )


def test_attached_behaviors_have_the_first_member_of_an_origin_group_as_origin() -> None:
    """CloudFront does not allow POST on a behavior with an origin group."""
    distribution = make_distribution(
        OriginGroups=counted(origin_group("other", "a", "b"), origin_group("group", "c", "a")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="group"),
    )
    assert attached(distribution) == distribution.with_first(
        own_behavior("/ht/renew", "c"), own_behavior("/ht/clear", "c")
    )


def test_attached_behaviors_ignore_an_origin_group_that_is_not_the_default_target() -> None:
    distribution = make_distribution(OriginGroups=counted(origin_group("group", "a", "b")))
    assert attached(distribution) == distribution.with_first(
        own_behavior("/ht/renew", "site"), own_behavior("/ht/clear", "site")
    )


@pytest.mark.parametrize("name", ["a&amp;b", "&lt;site&gt;", "größe", "site {path}", "a'b&quot;c"])
def test_attached_behaviors_escape_the_origins_id(name: str) -> None:
    distribution = make_distribution(DefaultCacheBehavior=default_behavior(TargetOriginId=name))
    default = read(distribution.document).findtext(
        f"{tag('DefaultCacheBehavior')}/{tag('TargetOriginId')}"
    )
    path = f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}/{tag('TargetOriginId')}"
    assert [found.text for found in read(attached(distribution)).findall(path)] == [
        default,
        default,
    ]


def test_attached_behaviors_escape_an_ampersand_in_their_path_pattern() -> None:
    """CloudFront allows an ampersand in a path pattern, written as a character reference."""
    distribution = make_distribution(behavior("/api/*"))
    wanted = Wanted(paths=("/r&d/renew", "/r&d/clear"), version_arn=VERSION_7)
    decision = decide(distribution.document, wanted)
    assert decision.document == distribution.with_first(
        own_behavior("/r&amp;d/renew"), own_behavior("/r&amp;d/clear")
    )
    assert decide(decision.document, wanted).changes == ()


def test_attached_behaviors_inherit_nothing_from_the_default_behavior() -> None:
    """The default behavior's function, key group, or methods would break the cookie service."""
    distribution = make_distribution(
        behavior("/api/*"),
        DefaultCacheBehavior=default_behavior(
            TrustedKeyGroups="<Enabled>true</Enabled>" + counted_texts("KeyGroup", "K1"),
            FunctionAssociations=counted(
                cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-request")
            ),
            ResponseHeadersPolicyId="67f7725c-6f97-4210-82d7-5512b31e9d03",
            Compress="true",
        ),
    )
    assert attached(distribution) == distribution.with_first(
        own_behavior("/ht/renew"), own_behavior("/ht/clear")
    )
