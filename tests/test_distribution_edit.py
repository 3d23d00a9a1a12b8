"""What attaching and detaching make of a live distribution's configuration."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from stacks.constructs.distribution_attachment.runtime.edit import (
    RefusalError,
    Wanted,
    decide,
    restore,
    unqualified,
)
from tests.distribution_documents import (
    ANOTHER_CLOUDFRONT_FUNCTION,
    ANOTHER_FUNCTION,
    SITES,
    SITES_WITH_BEHAVIORS,
    SITES_WITHOUT_BEHAVIORS,
    STAGING,
    Site,
    behavior,
    cloudfront_function,
    counted,
    counted_texts,
    custom_origin,
    default_behavior,
    error_response,
    lambda_function,
    origin_group,
    site,
)

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService"
VERSION_7 = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:7"
VERSION_8 = "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:8"
#: What the function was called in an earlier deployment.
EARLIER_VERSION = "arn:aws:lambda:us-east-1:111122223333:function:CookieServiceOfOld:2"

ATTACHED = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7)
DETACHED = Wanted(previous_paths=("/ht/renew", "/ht/clear"), previous_functions=(VERSION_7,))


def ours(path: str, origin: str = "site", version_arn: str = VERSION_7) -> str:
    """Return a behavior of ours, all that UpdateDistribution wants, in the order of the API."""
    lines = f"""
        <CacheBehavior>
          <PathPattern>{path}</PathPattern>
          <TargetOriginId>{origin}</TargetOriginId>
          <TrustedSigners>
            <Enabled>false</Enabled>
            <Quantity>0</Quantity>
          </TrustedSigners>
          <TrustedKeyGroups>
            <Enabled>false</Enabled>
            <Quantity>0</Quantity>
          </TrustedKeyGroups>
          <ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>
          <AllowedMethods>
            <Quantity>7</Quantity>
            <Items>
              <Method>HEAD</Method>
              <Method>DELETE</Method>
              <Method>POST</Method>
              <Method>GET</Method>
              <Method>OPTIONS</Method>
              <Method>PUT</Method>
              <Method>PATCH</Method>
            </Items>
            <CachedMethods>
              <Quantity>2</Quantity>
              <Items>
                <Method>HEAD</Method>
                <Method>GET</Method>
              </Items>
            </CachedMethods>
          </AllowedMethods>
          <SmoothStreaming>false</SmoothStreaming>
          <Compress>false</Compress>
          <LambdaFunctionAssociations>
            <Quantity>1</Quantity>
            <Items>
              <LambdaFunctionAssociation>
                <LambdaFunctionARN>{version_arn}</LambdaFunctionARN>
                <EventType>viewer-request</EventType>
                <IncludeBody>false</IncludeBody>
              </LambdaFunctionAssociation>
            </Items>
          </LambdaFunctionAssociations>
          <FunctionAssociations>
            <Quantity>0</Quantity>
          </FunctionAssociations>
          <FieldLevelEncryptionId></FieldLevelEncryptionId>
          <CachePolicyId>4135ea2d-6df8-44a3-9df3-4b5a84be39ad</CachePolicyId>
          <GrpcConfig>
            <Enabled>false</Enabled>
          </GrpcConfig>
        </CacheBehavior>
    """
    return "".join(line.strip() for line in lines.splitlines())


def running(path_pattern: str, *arns: str, event_type: str = "viewer-request") -> str:
    """Return somebody's behavior that runs these Lambda functions."""
    functions = counted(*(lambda_function(arn, event_type) for arn in arns))
    return behavior(path_pattern, LambdaFunctionAssociations=functions)


#: The origin to which the default behavior goes; "site" in all others.
ORIGINS = {
    "s3-with-origin-access-control": "assets",
    "origin-group-as-default-target": "first",
    "quantity-0-behind-an-origin-group": "a&amp;b",
}

every_site = pytest.mark.parametrize("one", [pytest.param(SITES[name], id=name) for name in SITES])
every_site_and_origin = pytest.mark.parametrize(
    ("one", "origin"),
    [pytest.param(SITES[name], ORIGINS.get(name, "site"), id=name) for name in SITES],
)


def attached(one: Site) -> bytes:
    return decide(one.document, ATTACHED).document


# Attach and detach, on every distribution.


@every_site_and_origin
def test_attach_puts_our_two_behaviors_first_and_changes_nothing_else(
    one: Site, origin: str
) -> None:
    """Byte for byte, but for the number of behaviors in front of the list."""
    decision = decide(one.document, ATTACHED)
    assert decision.document == one.holding(ours("/ht/renew", origin), ours("/ht/clear", origin))
    assert decision.changes == (
        "add behavior /ht/renew with arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
        "add behavior /ht/clear with arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
    )


@every_site
def test_attaching_again_changes_nothing(one: Site) -> None:
    decision = decide(attached(one), ATTACHED)
    assert decision.changes == ()
    assert decision.document == attached(one)


@pytest.mark.parametrize(
    "one", [pytest.param(SITES_WITH_BEHAVIORS[name], id=name) for name in SITES_WITH_BEHAVIORS]
)
def test_detach_gives_back_the_very_bytes_that_came(one: Site) -> None:
    assert decide(attached(one), DETACHED).document == one.document


@pytest.mark.parametrize(
    "one",
    [pytest.param(SITES_WITHOUT_BEHAVIORS[name], id=name) for name in SITES_WITHOUT_BEHAVIORS],
)
def test_detach_leaves_an_empty_list_as_cloudfront_spells_it(one: Site) -> None:
    """However it was spelled, or where it was absent; everything around it as it came."""
    detached = decide(attached(one), DETACHED).document
    assert b"<Quantity>0</Quantity>" in detached
    assert detached == one.once_detached


@every_site
def test_detach_is_told(one: Site) -> None:
    assert decide(attached(one), DETACHED).changes == (
        "remove behavior /ht/renew",
        "remove behavior /ht/clear",
    )


def read(document: bytes) -> ET.Element:
    builder = ET.TreeBuilder(insert_comments=True, insert_pis=True)
    return ET.fromstring(document, ET.XMLParser(target=builder))


def tag(name: str) -> str:
    return "{http://cloudfront.amazonaws.com/doc/2020-05-31/}" + name


def canonical(root: ET.Element) -> str:
    return ET.canonicalize(ET.tostring(root, encoding="unicode"), with_comments=True)


def without_ours(document: bytes) -> str:
    """Return the configuration in canonical XML, less our behaviors and the count of all.

    A list that then has no behaviors is left out: absent and empty are the same to CloudFront.
    """
    root = read(document)
    behaviors = root.find(tag("CacheBehaviors"))
    items = root.find(f"{tag('CacheBehaviors')}/{tag('Items')}")
    quantity = root.find(f"{tag('CacheBehaviors')}/{tag('Quantity')}")
    for one in root.findall(f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}"):
        if one.findtext(tag("PathPattern")) in ("/ht/renew", "/ht/clear"):
            assert items is not None
            items.remove(one)
    if behaviors is not None and (items is None or items.find(tag("CacheBehavior")) is None):
        root.remove(behaviors)
    elif quantity is not None:
        quantity.text = None
    return canonical(root)


@every_site
def test_everything_that_is_not_ours_reads_the_same_after_attach(one: Site) -> None:
    """Element by element, as another XML reader sees it."""
    assert without_ours(attached(one)) == without_ours(one.document)


@every_site
def test_everything_that_is_not_ours_reads_the_same_after_detach(one: Site) -> None:
    detached = decide(attached(one), DETACHED).document
    assert without_ours(detached) == without_ours(one.document)


@every_site
def test_quantity_is_the_number_of_behaviors(one: Site) -> None:
    root = read(attached(one))
    found = root.findall(f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}")
    assert root.findtext(f"{tag('CacheBehaviors')}/{tag('Quantity')}") == str(len(found))
    assert len(found) == one.count + 2


@pytest.mark.parametrize(
    "one",
    [*(pytest.param(SITES[name], id=name) for name in SITES), pytest.param(STAGING, id="staging")],
)
def test_detach_changes_nothing_where_nothing_is_ours(one: Site) -> None:
    decision = decide(one.document, DETACHED)
    assert decision.document == one.document
    assert decision.changes == ()
    assert decision.warnings == ()


def test_the_list_comes_right_behind_the_default_behavior_where_it_was_absent() -> None:
    """UpdateDistribution wants the elements in the API's order."""
    tags = [child.tag for child in read(attached(SITES["list-absent"]))]
    place = tags.index(tag("CacheBehaviors"))
    assert tags[place - 1] == tag("DefaultCacheBehavior")
    assert tags[place + 1] == tag("CustomErrorResponses")


def test_detach_keeps_what_else_stands_in_a_list_that_had_ours_alone() -> None:
    one = replace(
        site(ours("/ht/renew"), ours("/ht/clear")),
        closing="<FutureRule>x</FutureRule></CacheBehaviors>",
    )
    emptied = replace(one, count=0, behaviors="")
    assert decide(one.document, DETACHED).document == emptied.once_detached


def test_a_list_without_its_count_is_refused() -> None:
    """CloudFront always counts; a document that does not is none that we know."""
    one = site(behavior("/api/*"))
    uncounted = one.document.replace(b"<CacheBehaviors><Quantity>1</Quantity>", b"<CacheBehaviors>")
    with pytest.raises(RefusalError, match="document of unknown shape; nothing was changed"):
        decide(uncounted, ATTACHED)


@pytest.mark.parametrize("behaviors", ["", behavior("/api/*")], ids=["none", "one"])
def test_what_else_stands_among_the_behaviors_stays(behaviors: str) -> None:
    count = behaviors.count("<PathPattern>")
    document = site().document.replace(
        b"<CacheBehaviors><Quantity>0</Quantity>",
        f"<CacheBehaviors><Quantity>{count}</Quantity><Items>{behaviors}<FutureBehavior/></Items>"
        "".encode(),
    )
    after = decide(document, ATTACHED).document
    assert after.endswith(document[document.index(b"<FutureBehavior/>") :])
    assert decide(after, DETACHED).document == document


# The origin of our behaviors.


def test_our_behaviors_go_to_the_default_behaviors_origin() -> None:
    """Whatever else there is, and whichever origin comes first."""
    one = site(
        behavior("/api/*", TargetOriginId="api"),
        Origins=counted(custom_origin("api"), custom_origin("shop"), custom_origin("site")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="shop"),
    )
    assert attached(one) == one.holding(ours("/ht/renew", "shop"), ours("/ht/clear", "shop"))


def test_our_behaviors_go_to_the_first_member_of_an_origin_group() -> None:
    """POST is not allowed on a behavior with an origin group."""
    one = site(
        OriginGroups=counted(origin_group("other", "a", "b"), origin_group("group", "c", "a")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="group"),
    )
    assert attached(one) == one.holding(ours("/ht/renew", "c"), ours("/ht/clear", "c"))


def test_an_origin_group_that_is_not_the_default_target_does_not_matter() -> None:
    one = site(OriginGroups=counted(origin_group("group", "a", "b")))
    assert attached(one) == one.holding(ours("/ht/renew", "site"), ours("/ht/clear", "site"))


@pytest.mark.parametrize("name", ["a&amp;b", "&lt;site&gt;", "größe", "site {path}", "a'b&quot;c"])
def test_an_origins_id_is_written_so_that_it_reads_the_same(name: str) -> None:
    one = site(DefaultCacheBehavior=default_behavior(TargetOriginId=name))
    default = read(one.document).findtext(f"{tag('DefaultCacheBehavior')}/{tag('TargetOriginId')}")
    path = f"{tag('CacheBehaviors')}/{tag('Items')}/{tag('CacheBehavior')}/{tag('TargetOriginId')}"
    assert [found.text for found in read(attached(one)).findall(path)] == [default, default]


def test_paths_with_an_ampersand_are_written_so_that_they_read_the_same() -> None:
    """CloudFront allows it in a path pattern, written as a character reference."""
    one = site(behavior("/api/*"))
    wanted = Wanted(paths=("/r&d/renew", "/r&d/clear"), version_arn=VERSION_7)
    decision = decide(one.document, wanted)
    assert decision.document == one.holding(ours("/r&amp;d/renew"), ours("/r&amp;d/clear"))
    assert decide(decision.document, wanted).changes == ()


def test_our_behaviors_take_nothing_over_from_the_default_one() -> None:
    """A function, signing or a method list of it would stop ours from working."""
    one = site(
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
    assert attached(one) == one.holding(ours("/ht/renew"), ours("/ht/clear"))


# Updates.


def changed_by_its_owner(path: str, version_arn: str = VERSION_7) -> str:
    """Return a behavior of ours of which its owner has changed what they liked."""
    return (
        ours(path, "another", version_arn)
        .replace("<Compress>false", "<Compress>true")
        .replace("https-only", "redirect-to-https")
        .replace(
            "<GrpcConfig>", "<ResponseHeadersPolicyId>R1</ResponseHeadersPolicyId><GrpcConfig>"
        )
        .replace("</CacheBehavior>", "<FutureFlag>true</FutureFlag></CacheBehavior>")
    )


def test_a_new_version_takes_the_place_of_the_old_one_and_nothing_else_changes() -> None:
    before = site(
        behavior("/first/*"),
        changed_by_its_owner("/ht/renew"),
        running("/images/*", ANOTHER_FUNCTION),
        ours("/ht/clear"),
    ).document
    decision = decide(before, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    assert decision.document == before.replace(VERSION_7.encode(), VERSION_8.encode())
    assert decision.changes == (
        "set the function of /ht/renew to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_whitespace_around_the_version_is_no_difference() -> None:
    """As a tool may have laid it out."""
    before = site(ours("/ht/renew", version_arn=f"\n  {VERSION_7}\n"), ours("/ht/clear")).document
    decision = decide(before, ATTACHED)
    assert decision.changes == ()
    assert decision.document == before


def test_only_the_behavior_with_another_version_is_changed() -> None:
    before = site(ours("/ht/renew", version_arn=VERSION_8), ours("/ht/clear")).document
    decision = decide(before, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    assert decision.document == before.replace(VERSION_7.encode(), VERSION_8.encode())
    assert decision.changes == (
        "set the function of /ht/clear to arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:8",
    )


def test_the_version_of_our_association_alone_is_changed() -> None:
    """Its owner may have put other functions beside ours, even an older version of ours."""
    beside = lambda_function(ANOTHER_FUNCTION, "origin-response") + lambda_function(
        VERSION_7, "origin-request"
    )
    version = lambda_function(VERSION_7, "viewer-request")
    text = ours("/ht/renew").replace(version, beside + version)
    assert beside in text
    before = site(text, ours("/ht/clear", version_arn=VERSION_8))
    after = decide(before.document, Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8))
    updated = text.replace(version, lambda_function(VERSION_8, "viewer-request"))
    assert after.document == site(updated, ours("/ht/clear", version_arn=VERSION_8)).document


def test_another_function_of_ours_takes_the_place_of_the_previous_one() -> None:
    before = site(ours("/ht/renew", version_arn=EARLIER_VERSION), behavior("/api/*")).document
    decision = decide(
        before,
        Wanted(paths=("/ht/renew",), version_arn=VERSION_7, previous_functions=(EARLIER_VERSION,)),
    )
    assert decision.document == before.replace(EARLIER_VERSION.encode(), VERSION_7.encode())


@pytest.mark.parametrize(
    "settings",
    [pytest.param(ours, id="as-written"), pytest.param(changed_by_its_owner, id="changed")],
)
def test_a_changed_path_moves_its_behavior(settings: Callable[[str], str]) -> None:
    """In its place, with the settings that its owner changed."""
    before = site(behavior("/api/*"), settings("/ht/renew"), ours("/ht/clear"))
    decision = decide(
        before.document,
        Wanted(
            paths=("/id/renew", "/ht/clear"),
            version_arn=VERSION_7,
            previous_paths=("/ht/renew", "/ht/clear"),
        ),
    )
    expected = site(behavior("/api/*"), settings("/id/renew"), ours("/ht/clear"))
    assert decision.document == expected.document
    assert decision.changes == ("move behavior /ht/renew to /id/renew",)


def test_a_path_to_which_ours_moves_is_written_so_that_it_reads_the_same() -> None:
    before = site(ours("/ht/renew"), behavior("/api/*"))
    wanted = Wanted(paths=("/r&d/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    expected = site(ours("/r&amp;d/renew"), behavior("/api/*"))
    assert decide(before.document, wanted).document == expected.document


def test_both_paths_and_the_version_change_at_once() -> None:
    before = site(ours("/ht/renew"), ours("/ht/clear"), behavior("/api/*"))
    decision = decide(
        before.document,
        Wanted(
            paths=("/id/renew", "/id/clear"),
            version_arn=VERSION_8,
            previous_paths=("/ht/renew", "/ht/clear"),
            previous_functions=(VERSION_7,),
        ),
    )
    expected = site(
        ours("/id/renew", version_arn=VERSION_8),
        ours("/id/clear", version_arn=VERSION_8),
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


def test_paths_that_change_places_need_no_change() -> None:
    """Both run the same function, which tells them apart."""
    before = site(ours("/a"), ours("/b")).document
    decision = decide(before, Wanted(paths=("/b", "/a"), version_arn=VERSION_7))
    assert decision.changes == ()
    assert decision.document == before


@pytest.mark.parametrize(
    ("gone", "change"),
    [
        pytest.param("/ht/renew", "add behavior /ht/renew with", id="renew"),
        pytest.param("/ht/clear", "add behavior /ht/clear with", id="clear"),
    ],
)
def test_the_one_of_our_behaviors_that_somebody_took_away_comes_back_first(
    gone: str, change: str
) -> None:
    kept = {"/ht/renew": "/ht/clear", "/ht/clear": "/ht/renew"}[gone]
    before = site(behavior("/api/*"), ours(kept))
    decision = decide(before.document, ATTACHED)
    assert decision.document == before.holding(ours(gone))
    assert decision.changes == (
        f"{change} arn:aws:lambda:us-east-1:111122223333:"
        "function:FirstPartyTracking-CookieService:7",
    )


def test_a_behavior_of_ours_that_is_wanted_no_longer_is_removed() -> None:
    before = site(ours("/ht/renew"), behavior("/api/*"), ours("/ht/old"), ours("/ht/clear"))
    decision = decide(
        before.document,
        Wanted(
            paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7, previous_paths=("/ht/old",)
        ),
    )
    assert decision.document == (
        site(ours("/ht/renew"), behavior("/api/*"), ours("/ht/clear")).document
    )
    assert decision.changes == ("remove behavior /ht/old",)


def test_a_removed_behavior_is_not_set_to_the_new_version_first() -> None:
    before = site(ours("/ht/old"), ours("/ht/renew", version_arn=VERSION_8))
    decision = decide(
        before.document,
        Wanted(paths=("/ht/renew",), version_arn=VERSION_8, previous_paths=("/ht/old",)),
    )
    assert decision.document == site(ours("/ht/renew", version_arn=VERSION_8)).document
    assert decision.changes == ("remove behavior /ht/old",)


# Which behaviors are ours.

KNOWN = Wanted(
    previous_paths=("/ht/renew", "/ht/clear", "/old/renew"),
    previous_functions=(VERSION_7, EARLIER_VERSION),
)

OURS = [
    pytest.param(ours("/ht/renew"), id="as-written"),
    pytest.param(changed_by_its_owner("/ht/renew"), id="with-changed-settings"),
    pytest.param(ours("/ht/renew", version_arn=VERSION_8), id="another-version"),
    pytest.param(ours("/ht/renew", version_arn=FUNCTION), id="no-version"),
    pytest.param(ours("/ht/renew", version_arn=f"{FUNCTION}:$LATEST"), id="latest"),
    pytest.param(ours("/ht/renew", version_arn=EARLIER_VERSION), id="previous-function"),
    pytest.param(ours("/ht/renew", version_arn=f"\n  {VERSION_7}\n"), id="whitespace-around-arn"),
    pytest.param(ours("/old/renew"), id="previous-path"),
    pytest.param(ours("/old/renew", version_arn=EARLIER_VERSION), id="previous-function-and-path"),
    pytest.param(ours("ht/renew"), id="no-leading-slash"),
    pytest.param(ours("old/renew"), id="previous-path-without-leading-slash"),
    pytest.param(
        ours("/ht/renew").replace(
            "<LambdaFunctionAssociation>",
            lambda_function(ANOTHER_FUNCTION, "origin-response") + "<LambdaFunctionAssociation>",
            1,
        ),
        id="with-another-function-beside-it",
    ),
]


@pytest.mark.parametrize("text", OURS)
def test_detach_removes_ours_wherever_it_stands(text: str) -> None:
    before = site(behavior("/api/*"), text, running("/images/*", ANOTHER_FUNCTION))
    decision = decide(before.document, KNOWN)
    assert decision.document == (
        site(behavior("/api/*"), running("/images/*", ANOTHER_FUNCTION)).document
    )
    assert len(decision.changes) == 1


FOREIGN = [
    pytest.param(behavior("/ht/renew"), id="no-function"),
    pytest.param(running("/ht/renew", ANOTHER_FUNCTION), id="another-function"),
    pytest.param(running("/ht/renew", VERSION_7, event_type="origin-request"), id="origin-request"),
    pytest.param(running("/ht/renew", VERSION_7, event_type="origin-response"), id="response"),
    pytest.param(
        running("/ht/renew", VERSION_7, event_type="viewer-response"), id="viewer-response"
    ),
    pytest.param(running("/ht/renew", f"{FUNCTION}2:7"), id="name-that-begins-with-ours"),
    pytest.param(running("/ht/renew", f"{FUNCTION}-staging:7"), id="name-with-a-suffix"),
    pytest.param(running("/ht/renew", FUNCTION.removesuffix("vice")), id="beginning-of-our-name"),
    pytest.param(
        running("/ht/renew", VERSION_7.replace("111122223333", "444455556666")),
        id="function-of-another-account",
    ),
    pytest.param(
        running("/ht/renew", VERSION_7.replace("us-east-1", "eu-west-1")), id="another-region"
    ),
    pytest.param(
        behavior(
            "/ht/renew",
            FunctionAssociations=counted(cloudfront_function(VERSION_7, "viewer-request")),
        ),
        id="cloudfront-function",
    ),
    pytest.param(ours("/ht/renew2"), id="path-that-begins-with-ours"),
    pytest.param(ours("/ht/renew*"), id="wildcard"),
    pytest.param(ours("/HT/renew"), id="path-in-another-case"),
    pytest.param(ours("//ht/renew"), id="two-slashes"),
    pytest.param(ours("/ht/renew/"), id="trailing-slash"),
    pytest.param(ours("/"), id="root"),
]


@pytest.mark.parametrize("text", FOREIGN)
def test_detach_leaves_what_is_not_ours(text: str) -> None:
    before = site(behavior("/api/*"), text, ours("/ht/clear"))
    decision = decide(before.document, KNOWN)
    assert decision.document == site(behavior("/api/*"), text).document
    assert decision.changes == ("remove behavior /ht/clear",)


def test_no_function_is_ours_where_none_is_known() -> None:
    """An association without an ARN is not a match for a deployment without one."""
    before = site(running("/ht/renew", "")).document
    decision = decide(before, Wanted(previous_paths=("/ht/renew",), previous_functions=("",)))
    assert decision.document == before


def test_the_default_behavior_is_never_ours() -> None:
    one = site(
        ours("/ht/renew"),
        DefaultCacheBehavior=default_behavior(
            PathPattern="/ht/renew",
            LambdaFunctionAssociations=counted(lambda_function(VERSION_7, "viewer-request")),
        ),
    )
    detached = decide(one.document, DETACHED)
    assert detached.document == one.document.replace(
        f"<Quantity>1</Quantity><Items>{ours('/ht/renew')}</Items>".encode(),
        b"<Quantity>0</Quantity>",
    )
    assert detached.changes == ("remove behavior /ht/renew",)
    updated = decide(one.document, Wanted(paths=("/ht/renew",), version_arn=VERSION_8))
    assert updated.document == one.document.replace(
        ours("/ht/renew").encode(), ours("/ht/renew", version_arn=VERSION_8).encode()
    )


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        pytest.param(
            "arn:aws:lambda:us-east-1:111122223333:function:f:12",
            "arn:aws:lambda:us-east-1:111122223333:function:f",
            id="version",
        ),
        pytest.param(
            "arn:aws:lambda:us-east-1:111122223333:function:f",
            "arn:aws:lambda:us-east-1:111122223333:function:f",
            id="unqualified",
        ),
        pytest.param("", "", id="none"),
    ],
)
def test_unqualified_names_the_function_without_its_version(arn: str, expected: str) -> None:
    assert unqualified(arn) == expected


# Refusals.


@pytest.mark.parametrize(
    ("foreign", "message"),
    [
        pytest.param(
            behavior("/ht/renew"),
            "behavior '/ht/renew' is there already and not ours: it goes to origin 'site' and runs "
            "no function; do not remove it, "
            "because pages may use it, but choose other paths with the context keys renew_path and "
            "clear_path",
            id="no-function",
        ),
        pytest.param(
            running("/ht/clear", ANOTHER_FUNCTION),
            "behavior '/ht/clear' is there already and not ours: it goes to origin 'site' and runs "
            "arn:aws:lambda:us-east-1:111122223333:function:image-resize:3; do not remove it, "
            "because pages may use it, but choose "
            "other paths with the context keys renew_path and clear_path",
            id="another-function-on-the-second-path",
        ),
        pytest.param(
            running("/ht/renew", VERSION_7, event_type="origin-request"),
            "behavior '/ht/renew' is there already and not ours: it goes to origin 'site' and runs "
            "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:7; "
            "do not remove it, because pages may use it, but choose other paths with the context "
            "keys renew_path and clear_path",
            id="our-function-at-another-event",
        ),
        pytest.param(
            running("/ht/renew", f"{FUNCTION}2:7"),
            "behavior '/ht/renew' is there already and not ours: it goes to origin 'site' and runs "
            "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService2:7; "
            "do not remove it, because pages may use it, but choose other paths with the context "
            "keys renew_path and clear_path",
            id="function-whose-name-begins-with-ours",
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
            "behavior '/ht/renew' is there already and not ours: it goes to origin 'old shop' and "
            "runs arn:aws:lambda:us-east-1:111122223333:function:image-resize:3, "
            "arn:aws:lambda:us-east-1:111122223333:function:FirstPartyTracking-CookieService:7, "
            "arn:aws:cloudfront::111122223333:function/rewrite; do not remove it, "
            "because pages may use it, but choose other paths "
            "with the context keys renew_path and clear_path",
            id="several-functions-of-both-kinds",
        ),
        pytest.param(
            behavior("ht/renew"),
            "behavior 'ht/renew' is there already and not ours: it goes to origin 'site' and runs "
            "no function; do not remove it, "
            "because pages may use it, but choose other paths with the context keys renew_path and "
            "clear_path",
            id="no-leading-slash",
        ),
    ],
)
@pytest.mark.parametrize(
    "held",
    [
        pytest.param((), id="first-attach"),
        pytest.param((ours("/ht/renew"), ours("/ht/clear")), id="beside-ours"),
    ],
)
def test_a_behavior_of_somebody_elses_on_our_path_is_refused(
    foreign: str, message: str, held: tuple[str, ...]
) -> None:
    """The text says what it is and what to do."""
    with pytest.raises(RefusalError) as refusal:
        decide(site(behavior("/api/*"), *held, foreign).document, ATTACHED)
    assert str(refusal.value) == message


def test_a_behavior_on_the_path_to_which_ours_would_move_is_refused() -> None:
    before = site(ours("/ht/renew"), behavior("/id/renew")).document
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    with pytest.raises(RefusalError, match=r"^behavior '/id/renew' is there already"):
        decide(before, wanted)


def test_an_earlier_function_that_is_not_given_as_previous_is_refused() -> None:
    """Its name alone does not tell whose it is."""
    before = site(ours("/ht/renew", version_arn=EARLIER_VERSION)).document
    with pytest.raises(RefusalError, match="CookieServiceOfOld:2"):
        decide(before, ATTACHED)


@pytest.mark.parametrize(
    "pattern", ["/ht/*", "*", "/HT/renew", "/ht/renew/", "/ht/renew*", "/ht/rene?", "/old/renew"]
)
def test_behaviors_on_other_paths_are_not_refused(pattern: str) -> None:
    one = site(behavior(pattern))
    wanted = Wanted(
        paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_7, previous_paths=("/old/renew",)
    )
    expected = one.holding(ours("/ht/renew"), ours("/ht/clear"))
    assert decide(one.document, wanted).document == expected


def test_our_function_moved_to_another_event_is_left_alone_and_told() -> None:
    moved = running("/ht/renew", VERSION_7, event_type="origin-request")
    decision = decide(site(moved).document, DETACHED)
    assert decision.changes == ()
    assert decision.warnings == (
        "behavior /ht/renew runs our function too, which we did not wire; it is left alone",
    )


def test_a_staging_distribution_is_refused() -> None:
    with pytest.raises(RefusalError) as refusal:
        decide(STAGING.document, ATTACHED)
    assert str(refusal.value) == (
        "it is a staging distribution, which no visitor reaches by a name of its own; give the id "
        "of its primary distribution"
    )


def test_ours_is_taken_out_of_a_staging_distribution() -> None:
    """Somebody may have copied it there."""
    decision = decide(STAGING.holding(ours("/ht/renew"), ours("/ht/clear")), DETACHED)
    assert decision.document == STAGING.document


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
            site().document.replace(
                b"<CacheBehaviors><Quantity>0</Quantity>", b"<CacheBehaviors><FutureRule/>"
            ),
            id="an-empty-list-without-its-count",
        ),
    ],
)
def test_a_document_of_unknown_shape_is_refused(document: bytes, wanted: Wanted) -> None:
    with pytest.raises(RefusalError) as refusal:
        decide(document, wanted)
    assert str(refusal.value) == (
        "CloudFront answered with a document of unknown shape; nothing was changed"
    )


# Warnings.


def warnings_of(one: Site, domain: str = "", tags: dict[str, str] | None = None) -> tuple[str, ...]:
    """Return what is to be known about attaching."""
    return decide(one.document, ATTACHED, domain=domain, tags=tags).warnings


#: The distributions above of which there is something to know before attaching.
TO_BE_TOLD = {
    "continuous-deployment": (
        "continuous deployment policy 8f2c5a7e-0000-4000-8000-000000000002 sends some visitors to "
        "a staging distribution, which does not get the cookie service",
    ),
    "custom-error-responses": (
        "its custom error response for 403 replaces the cookie service's own 403",
        "its custom error response for 405 replaces the cookie service's own 405",
    ),
    "disabled": ("it is disabled, so nothing answers there",),
}


@pytest.mark.parametrize(
    ("one", "expected"),
    [pytest.param(SITES[name], TO_BE_TOLD.get(name, ()), id=name) for name in SITES],
)
def test_each_distribution_gets_its_warnings_and_no_others(
    one: Site, expected: tuple[str, ...]
) -> None:
    assert warnings_of(one, domain="example.com", tags={"Name": "shop"}) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(
            "*",
            ("behavior * answered /ht/renew until now", "behavior * answered /ht/clear until now"),
            id="everything",
        ),
        pytest.param(
            "/ht/*",
            (
                "behavior /ht/* answered /ht/renew until now",
                "behavior /ht/* answered /ht/clear until now",
            ),
            id="folder",
        ),
        pytest.param(
            "ht/c*",
            ("behavior ht/c* answered /ht/clear until now",),
            id="no-leading-slash",
        ),
        pytest.param(
            "/*renew", ("behavior /*renew answered /ht/renew until now",), id="across-folders"
        ),
        pytest.param(
            "/ht/renew*", ("behavior /ht/renew* answered /ht/renew until now",), id="nothing-more"
        ),
        pytest.param(
            "/ht/cl?ar", ("behavior /ht/cl?ar answered /ht/clear until now",), id="any-character"
        ),
        pytest.param(
            "/??/r*?w", ("behavior /??/r*?w answered /ht/renew until now",), id="both-wildcards"
        ),
        pytest.param("/ht/renew?", (), id="one-character-more"),
        pytest.param("/HT/*", (), id="another-case"),
        pytest.param("/ht", (), id="folder-without-wildcard"),
        pytest.param("/ht/", (), id="folder-with-slash"),
        pytest.param("/ht.renew", (), id="dot-is-a-dot"),
        pytest.param("/ht/rene[w]", (), id="brackets-are-brackets"),
        pytest.param("/ht/renew|/ht/clear", (), id="bar-is-a-bar"),
        pytest.param("/h*/x*", (), id="wildcards-for-something-else"),
        pytest.param("*.php", (), id="ending"),
    ],
)
def test_a_wildcard_that_answered_our_paths_is_named(
    pattern: str, expected: tuple[str, ...]
) -> None:
    assert warnings_of(site(behavior(pattern))) == expected


def test_of_wildcards_the_first_that_matches_is_named() -> None:
    """It is the one that answered."""
    one = site(behavior("/api/*"), behavior("/ht/r*"), behavior("/ht/*"), behavior("*"))
    assert warnings_of(one) == (
        "behavior /ht/r* answered /ht/renew until now",
        "behavior /ht/* answered /ht/clear until now",
    )


def test_wildcards_behind_ours_need_no_warning() -> None:
    one = site(behavior("/api/*"), ours("/ht/renew"), ours("/ht/clear"), behavior("*"))
    assert warnings_of(one) == ()


def test_a_wildcard_before_ours_is_named() -> None:
    """Somebody has put it there, and our function gets nothing."""
    one = site(ours("/ht/renew"), behavior("/ht/*"), behavior("*"), ours("/ht/clear"))
    assert warnings_of(one) == (
        "behavior /ht/* stands before ours and answers /ht/clear; move ours first",
    )


def test_what_keeps_visitors_from_ours_is_told_apart() -> None:
    """A behavior that wins, a distribution that is off, another site's: all else is to be known."""
    one = site(
        behavior("/ht/*"),
        ours("/ht/renew"),
        ours("/ht/clear"),
        Enabled="false",
        CustomErrorResponses=counted(error_response(403)),
    )
    decision = decide(
        one.document,
        ATTACHED,
        domain="other.example",
        tags={"aws:cloudformation:stack-name": "shop"},
    )

    assert decision.obstacles == (
        "behavior /ht/* stands before ours and answers /ht/renew; move ours first",
        "behavior /ht/* stands before ours and answers /ht/clear; move ours first",
        "no alternate domain name of it is other.example or below (it has: www.example.com)",
        "it is disabled, so nothing answers there",
    )
    assert decision.warnings[:4] == decision.obstacles
    assert [warning.split()[:5] for warning in decision.warnings[4:]] == [
        ["its", "custom", "error", "response", "for"],
        ["it", "belongs", "to", "the", "CloudFormation"],
    ]


def test_one_behavior_before_ours_and_one_that_answered_the_other_until_now() -> None:
    one = site(behavior("/*"), ours("/ht/clear"))
    assert warnings_of(one) == (
        "behavior /* answered /ht/renew until now",
        "behavior /* stands before ours and answers /ht/clear; move ours first",
    )


def test_a_wildcard_that_answered_the_path_to_which_ours_moves_is_named() -> None:
    one = site(ours("/ht/renew"), behavior("/id/*"))
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    assert decide(one.document, wanted).warnings == ("behavior /id/* answered /id/renew until now",)


def test_a_wildcard_that_goes_on_answering_the_path_to_which_ours_moves_is_named() -> None:
    one = site(behavior("/id/*"), ours("/ht/renew"))
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    assert decide(one.document, wanted).warnings == (
        "behavior /id/* stands before ours and answers /id/renew; move ours first",
    )


def test_wildcards_do_not_matter_to_detach() -> None:
    before = site(ours("/ht/renew"), behavior("/ht/*")).document
    assert decide(before, DETACHED).warnings == ()


@pytest.mark.parametrize(
    ("pattern", "version_arn"),
    [
        pytest.param("/images/*", VERSION_7, id="the-version"),
        pytest.param("/images/*", VERSION_8, id="another-version"),
        pytest.param("images/*", VERSION_7, id="no-leading-slash"),
    ],
)
@pytest.mark.parametrize("wanted", [ATTACHED, DETACHED], ids=["attach", "detach"])
def test_our_function_on_a_behavior_of_somebody_elses_is_left_alone_and_told(
    pattern: str, version_arn: str, wanted: Wanted
) -> None:
    foreign = running(pattern, version_arn)
    decision = decide(site(ours("/ht/renew"), ours("/ht/clear"), foreign).document, wanted)
    assert foreign.encode() in decision.document
    assert decision.warnings == (
        f"behavior {pattern} runs our function too, which we did not wire; it is left alone",
    )


def test_our_function_on_the_default_behavior_is_left_alone_and_told() -> None:
    one = site(
        behavior("/api/*"),
        DefaultCacheBehavior=default_behavior(
            LambdaFunctionAssociations=counted(lambda_function(VERSION_8, "viewer-request"))
        ),
    )
    decision = decide(one.document, ATTACHED)
    assert decision.document == one.holding(ours("/ht/renew"), ours("/ht/clear"))
    assert decision.warnings == (
        "behavior Default (*) runs our function too, which we did not wire; it is left alone",
    )


def test_a_function_whose_name_begins_with_ours_needs_no_warning() -> None:
    assert warnings_of(site(running("/images/*", f"{FUNCTION}2:7"))) == ()


@pytest.mark.parametrize(
    ("domain", "aliases"),
    [
        pytest.param("example.com", ("example.com",), id="the-domain"),
        pytest.param("example.com", ("www.example.com",), id="below"),
        pytest.param("example.com", ("a.b.example.com",), id="two-levels-below"),
        pytest.param("example.com", ("*.example.com",), id="wildcard-below"),
        pytest.param("example.com", ("*.shop.example.com",), id="wildcard-two-levels-below"),
        pytest.param("shop.example.com", ("*.example.com",), id="wildcard-for-the-domain"),
        pytest.param("example.com", ("WWW.Example.COM",), id="another-case"),
        pytest.param("example.com", ("other.test", "example.com"), id="the-second"),
        pytest.param("xn--bcher-kva.example.com", ("xn--bcher-kva.example.com",), id="a-label"),
        pytest.param("", ("other.test",), id="not-asked"),
    ],
)
def test_an_alternate_domain_name_of_the_site_needs_no_warning(
    domain: str, aliases: tuple[str, ...]
) -> None:
    one = site(Aliases=counted_texts("CNAME", *aliases))
    assert warnings_of(one, domain=domain) == ()


@pytest.mark.parametrize(
    ("domain", "aliases", "expected"),
    [
        pytest.param(
            "example.com",
            (),
            "no alternate domain name of it is example.com or below (it has: none)",
            id="none",
        ),
        pytest.param(
            "example.com",
            ("www.other.test", "other.test"),
            "no alternate domain name of it is example.com or below "
            "(it has: www.other.test, other.test)",
            id="another-site",
        ),
        pytest.param(
            "example.com",
            ("notexample.com",),
            "no alternate domain name of it is example.com or below (it has: notexample.com)",
            id="name-that-ends-the-same",
        ),
        pytest.param(
            "example.com",
            ("*.notexample.com",),
            "no alternate domain name of it is example.com or below (it has: *.notexample.com)",
            id="wildcard-that-ends-the-same",
        ),
        pytest.param(
            "example.com",
            ("example.com.test",),
            "no alternate domain name of it is example.com or below (it has: example.com.test)",
            id="name-that-begins-the-same",
        ),
        pytest.param(
            "shop.example.com",
            ("example.com", "www.example.com"),
            "no alternate domain name of it is shop.example.com or below "
            "(it has: example.com, www.example.com)",
            id="names-above-and-beside",
        ),
        pytest.param(
            "a.shop.example.com",
            ("*.example.com",),
            "no alternate domain name of it is a.shop.example.com or below (it has: *.example.com)",
            id="wildcard-two-levels-above",
        ),
    ],
)
def test_a_distribution_that_does_not_serve_the_domain_is_told(
    domain: str, aliases: tuple[str, ...], expected: str
) -> None:
    one = site(Aliases=counted_texts("CNAME", *aliases))
    assert warnings_of(one, domain=domain) == (expected,)


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        pytest.param((), (), id="none"),
        pytest.param((error_response(404), error_response(500)), (), id="other-codes"),
        pytest.param(
            (error_response(403),),
            ("its custom error response for 403 replaces the cookie service's own 403",),
            id="403",
        ),
        pytest.param(
            (error_response(404), error_response(405, "/no.html", 405)),
            ("its custom error response for 405 replaces the cookie service's own 405",),
            id="405-as-405",
        ),
        pytest.param((error_response(403, ""), error_response(405, "")), (), id="caching-alone"),
    ],
)
def test_a_custom_error_response_that_replaces_ours_is_told(
    responses: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert warnings_of(site(CustomErrorResponses=counted(*responses))) == expected


def test_a_distribution_of_a_cloudformation_stack_is_told() -> None:
    tags = {"aws:cloudformation:stack-name": "Shop", "aws:cloudformation:logical-id": "Site"}
    assert warnings_of(site(), tags=tags) == (
        "it belongs to the CloudFormation stack Shop, whose next change to it removes our "
        "behaviors",
    )


@pytest.mark.parametrize("tags", [None, {}, {"stack-name": "Shop"}], ids=["none", "empty", "other"])
def test_a_distribution_of_no_stack_needs_no_warning(tags: dict[str, str] | None) -> None:
    assert warnings_of(site(), tags=tags) == ()


def test_all_that_is_to_be_known_is_told_in_one_go() -> None:
    one = site(
        behavior("/ht/renew*"),
        Aliases=counted_texts("CNAME", "other.test"),
        Enabled="false",
        ContinuousDeploymentPolicyId="P1",
        CustomErrorResponses=counted(error_response(403)),
    )
    tags = {"aws:cloudformation:stack-name": "Shop"}
    assert warnings_of(one, domain="example.com", tags=tags) == (
        "behavior /ht/renew* answered /ht/renew until now",
        "no alternate domain name of it is example.com or below (it has: other.test)",
        "it is disabled, so nothing answers there",
        "continuous deployment policy P1 sends some visitors to a staging distribution, which does "
        "not get the cookie service",
        "its custom error response for 403 replaces the cookie service's own 403",
        "it belongs to the CloudFormation stack Shop, whose next change to it removes our "
        "behaviors",
    )
    detached = decide(one.document, DETACHED, domain="example.com", tags=tags)
    assert detached.warnings == ()


# Undoing what failed half-way.


def undone(before: bytes, wanted: Wanted) -> bytes:
    """Return what applying, and then undoing, leaves."""
    return restore(decide(before, wanted).document, before, wanted)


@every_site
def test_undoing_attach_gives_back_what_was_there(one: Site) -> None:
    assert undone(one.document, ATTACHED) == one.document


@every_site
def test_undoing_an_update_gives_back_what_was_there(one: Site) -> None:
    """The new paths, the new version and the new function."""
    before = attached(one)
    wanted = Wanted(
        paths=("/id/renew", "/id/clear"),
        version_arn=EARLIER_VERSION,
        previous_paths=("/ht/renew", "/ht/clear"),
        previous_functions=(VERSION_7,),
    )
    assert decide(before, wanted).document != before
    assert undone(before, wanted) == before


@every_site
def test_undoing_detach_gives_back_what_was_there(one: Site) -> None:
    assert undone(attached(one), DETACHED) == attached(one)


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
            id="one-path-takes-the-others-place",
        ),
    ],
)
def test_undoing_keeps_places_and_changed_settings(wanted: Wanted) -> None:
    before = site(
        behavior("/api/*"), changed_by_its_owner("/ht/renew"), behavior("/x"), ours("/ht/clear")
    ).document
    assert undone(before, wanted) == before


@pytest.mark.parametrize("kept", ["/ht/renew", "/ht/clear"])
def test_undoing_takes_out_the_behavior_that_was_missing(kept: str) -> None:
    before = site(behavior("/api/*"), ours(kept)).document
    assert undone(before, ATTACHED) == before


def another_comment(document: bytes) -> bytes:
    return document.replace(b"the shop", b"the new shop, now longer")


def another_default(document: bytes) -> bytes:
    """As the default behavior stands before the list, all of ours lies elsewhere then."""
    return document.replace(b"index.html", b"home.html").replace(
        b"658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId><GrpcConfig>",
        b"4cc15a8a-d715-48a4-82b8-cc0b614638fe</CachePolicyId><GrpcConfig>",
        1,
    )


def another_behavior(document: bytes) -> bytes:
    """Somebody has put one last."""
    now = f"{behavior('/new/*')}</Items></CacheBehaviors>".encode()
    number = re.search(rb"(?<=<CacheBehaviors><Quantity>)\d+", document)
    assert number is not None
    counted = document[: number.start()] + b"%d" % (int(number[0]) + 1) + document[number.end() :]
    return counted.replace(b"</Items></CacheBehaviors>", now)


@pytest.mark.parametrize("change", [another_comment, another_default, another_behavior])
@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        pytest.param(site(behavior("/api/*")), ATTACHED, id="attach"),
        pytest.param(
            site(ours("/ht/renew"), ours("/ht/clear"), behavior("/api/*")), DETACHED, id="detach"
        ),
        pytest.param(
            site(behavior("/api/*"), changed_by_its_owner("/ht/renew"), ours("/ht/clear")),
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
def test_undoing_leaves_what_somebody_else_has_changed_meanwhile(
    before: Site, wanted: Wanted, change: Callable[[bytes], bytes]
) -> None:
    meanwhile = change(decide(before.document, wanted).document)
    expected = change(before.document)
    assert expected != before.document
    assert restore(meanwhile, before.document, wanted) == expected


def test_undoing_is_refused_where_somebody_else_is_in_the_way_meanwhile() -> None:
    before = site(ours("/ht/renew"), behavior("/api/*"))
    meanwhile = site(behavior("/ht/renew"), behavior("/api/*"))
    with pytest.raises(RefusalError, match=r"^behavior '/ht/renew' is there already"):
        restore(meanwhile.document, before.document, DETACHED)


def test_undoing_what_was_never_done_changes_nothing() -> None:
    before = site(behavior("/api/*"), ours("/ht/renew")).document
    wanted = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=VERSION_8)
    assert restore(before, before, wanted) == before


def test_undoing_gives_each_behavior_its_own_version_back() -> None:
    before = site(
        ours("/ht/renew", version_arn=VERSION_7), ours("/ht/clear", version_arn=VERSION_8)
    )
    wanted = Wanted(paths=("/ht/renew", "/ht/clear"), version_arn=f"{FUNCTION}:9")
    assert undone(before.document, wanted) == before.document


def test_a_rollback_that_passes_the_old_version_ends_where_it_began() -> None:
    """CloudFormation sends an Update with old and new the other way round."""
    before = attached(site(behavior("/api/*")))
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
