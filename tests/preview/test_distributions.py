"""Selection of the distribution and the behavior for a request.

Amazon CloudFront Developer Guide, "Cache behavior settings", section "Path pattern", and "Use
custom URLs by adding alternate domain names (CNAMEs)":
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
`tests/aws/local_edge/` tests how distributions are read from CloudFront's API.
"""

import pytest

from tests.support.edge_behaviors import make_behavior
from tools.preview.distributions import Distribution, Names, distribution_for, matches


def distribution(
    distribution_id: str,
    *path_patterns: str,
    aliases: tuple[str, ...] = (),
    domain_name: str = "d111111abcdef8.cloudfront.net",
) -> Distribution:
    """Return a distribution with these path patterns in order, and the default behavior."""
    return Distribution(
        id=distribution_id,
        domain_name=domain_name,
        aliases=aliases,
        default_root_object="",
        behaviors=tuple(make_behavior(path_pattern=pattern) for pattern in (*path_patterns, "*")),
        error_responses={},
    )


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        pytest.param("*.jpg", "/logo.jpg", id="all-jpg-files"),
        pytest.param("*.jpg", "/images/logo.jpg", id="all-jpg-files-below"),
        pytest.param("*.jpg", "/.jpg", id="star-is-0-characters"),
        pytest.param("images/*.jpg", "/images/sample.jpg", id="directory"),
        pytest.param("images/*.jpg", "/images/product1/sample.jpg", id="subdirectory"),
        pytest.param("/images/*.jpg", "/images/sample.jpg", id="leading-slash"),
        pytest.param("a*.jpg", "/apple.jpg", id="a-star"),
        pytest.param("a*.jpg", "/appalachian_trail_2012_05_21.jpg", id="a-star-long"),
        pytest.param("a*.jpg", "/a.jpg", id="a-star-is-0-characters"),
        pytest.param("a??.jpg", "/ant.jpg", id="two-characters"),
        pytest.param("a??.jpg", "/abe.jpg", id="two-other-characters"),
        pytest.param("*.doc*", "/letter.doc", id="doc"),
        pytest.param("*.doc*", "/letter.docx", id="docx"),
        pytest.param("*.doc*", "/letter.docm", id="docm"),
        pytest.param("*", "/", id="default-root"),
        pytest.param("*", "/anything/at/all", id="default"),
        pytest.param("/ht/renew", "/ht/renew", id="no-wildcard"),
        pytest.param("ht/renew", "/ht/renew", id="no-wildcard-no-slash"),
        pytest.param("/*/b+c(1)", "/a/b+c(1)", id="other-characters-are-themselves"),
        pytest.param("a*z", "/a%0Az", id="encoded-newline"),
        pytest.param("a/", "/a/b/..", id="directory-above"),
        pytest.param("a/", "/a/.", id="directory-itself"),
    ],
)
def test_path_pattern_matches(pattern: str, path: str) -> None:
    """The guide's examples are the first rows."""
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        pytest.param("*.jpg", "/LOGO.JPG", id="case"),
        pytest.param("images/*.jpg", "/images/sample.gif", id="another-extension"),
        pytest.param("images/*.jpg", "/other/images/sample.jpg", id="directory-elsewhere"),
        pytest.param("a*.jpg", "/images/apple.jpg", id="begins-with"),
        pytest.param("a??.jpg", "/an.jpg", id="one-character-too-few"),
        pytest.param("a??.jpg", "/anna.jpg", id="one-character-too-many"),
        pytest.param("*.doc?", "/letter.doc", id="question-mark-is-exactly-1-character"),
        pytest.param("*.jpg", "/logoxjpg", id="dot-is-a-dot"),
        pytest.param("/ht/renew", "/ht/renew/", id="slash-at-the-end"),
        pytest.param("/ht/renew", "/ht/renew2", id="longer"),
        pytest.param("/ht/renew", "/a/ht/renew", id="deeper"),
        pytest.param("/ht/renew", "/HT/renew", id="case-of-a-directory"),
        pytest.param("a", "/a/b/..", id="directory-above-is-no-file"),
    ],
)
def test_path_pattern_does_not_match(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/images/sample.jpg", "images/*.jpg"),
        ("/images/sample.gif", "images/*"),
        ("/sample.gif", "*.gif"),
        ("/sample.png", "*"),
        ("/", "*"),
    ],
)
def test_first_matching_behavior_is_selected(path: str, pattern: str) -> None:
    """The guide's example: three behaviors in this order, then the default behavior."""
    listed = distribution("site", "images/*.jpg", "images/*", "*.gif")

    assert listed.behavior_for(path).path_pattern == pattern


def test_order_of_behaviors_decides() -> None:
    listed = distribution("site", "*.gif", "images/*", "images/*.jpg")

    assert listed.behavior_for("/images/sample.gif").path_pattern == "*.gif"
    assert listed.behavior_for("/images/sample.jpg").path_pattern == "images/*"


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        pytest.param("/a/b", "/a/b*", id="guide-1"),
        pytest.param("/a/b/..", "/a*", id="guide-2"),
        pytest.param("/a/b/.", "/a/b*", id="dot-at-the-end"),
        pytest.param("/x/../a/b", "/a/b*", id="two-dots"),
        pytest.param("/a/./b", "/a/b*", id="one-dot"),
        pytest.param("/../a/b", "/a/b*", id="above-the-root"),
        pytest.param("/a//b", "/a/b*", id="two-slashes"),
        pytest.param("//a/b", "/a/b*", id="two-slashes-in-front"),
        pytest.param("/a/b//..", "/a*", id="slashes-before-dots"),
        pytest.param("/%61/%62", "/a/b*", id="encoded-letters"),
        pytest.param("/x/%2e%2E/a/b", "/a/b*", id="encoded-dots"),
        pytest.param("/a%2Fb", "/a*", id="encoded-slash-is-no-slash"),
        pytest.param("/a%2", "/a*", id="half-an-encoding"),
        pytest.param("/...", "*", id="three-dots-are-a-name"),
    ],
)
def test_path_is_normalized_before_matching(path: str, pattern: str) -> None:
    """RFC 3986 §6.2.2. The guide has the first two rows, and merges consecutive slashes."""
    assert distribution("site", "/a/b*", "/a*").behavior_for(path).path_pattern == pattern


@pytest.mark.parametrize(
    "character", ["-", ".", "_", "~", *"019", *"AMZ", *"amz"], ids=lambda c: f"0x{ord(c):x}"
)
def test_encoded_unreserved_character_is_decoded(character: str) -> None:
    """RFC 3986 §2.3: letters, digits, hyphen, period, underscore, and tilde."""
    assert matches(f"x{character}x", f"/x%{ord(character):02x}x")
    assert matches(f"x{character}x", f"/x%{ord(character):02X}x")


@pytest.mark.parametrize("character", [*"/:@+$'&", "\x00", "\x7f"], ids=lambda c: f"0x{ord(c):x}")
def test_other_encoded_character_is_not_decoded(character: str) -> None:
    assert not matches(f"x{character}x", f"/x%{ord(character):02X}x")


#: Distributions of one account. Their names may overlap, but no name occurs twice.
ACCOUNT = [
    distribution("wildcard", aliases=("*.example.com",)),
    distribution("site", aliases=("example.com", "www.example.com")),
    distribution("inner-wildcard", aliases=("*.product.example.com",)),
    distribution("nameless", domain_name="d222222abcdef8.cloudfront.net"),
]


@pytest.mark.parametrize(
    ("host", "found"),
    [
        pytest.param("example.com", "site", id="alias"),
        pytest.param("www.example.com", "site", id="alias-before-wildcard"),
        pytest.param("product-name.example.com", "wildcard", id="wildcard"),
        pytest.param("marketing.product-name.example.com", "wildcard", id="wildcard-two-levels"),
        pytest.param("a.www.example.com", "wildcard", id="below-an-alias"),
        pytest.param("a.product.example.com", "inner-wildcard", id="more-specific-wildcard"),
        pytest.param("product.example.com", "wildcard", id="wildcard-is-not-its-own-parent"),
        pytest.param("d222222abcdef8.cloudfront.net", "nameless", id="own-name"),
    ],
)
def test_distribution_with_the_most_specific_name_is_selected(host: str, found: str) -> None:
    """The guide: `*.example.com` also matches `marketing.product-name.example.com`."""
    distribution = distribution_for(host, ACCOUNT)

    assert distribution is not None
    assert distribution.id == found


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("", id="none"),
        pytest.param("com", id="one-label"),
        pytest.param("wwwexample.com", id="no-dot"),
        pytest.param("example.com.evil.test", id="longer"),
        pytest.param("d333333abcdef8.cloudfront.net", id="own-name-of-another"),
    ],
)
def test_no_distribution_is_selected_for_an_unknown_host(host: str) -> None:
    assert distribution_for(host, ACCOUNT) is None


def test_names_contain_the_listed_names_or_all_others() -> None:
    listed = Names(frozenset({"a"}), all_but=False)
    others = Names(frozenset({"a"}), all_but=True)

    assert ("a" in listed, "b" in listed) == (True, False)
    assert ("a" in others, "b" in others) == (False, True)


@pytest.mark.parametrize(
    ("names", "is_empty"),
    [
        pytest.param(Names(frozenset(), all_but=False), True, id="none"),
        pytest.param(Names(frozenset({"a"}), all_but=False), False, id="one"),
        pytest.param(Names(frozenset(), all_but=True), False, id="all"),
        pytest.param(Names(frozenset({"a"}), all_but=True), False, id="all-but-one"),
    ],
)
def test_names_are_empty_only_without_any_name(names: Names, is_empty: bool) -> None:
    assert names.is_empty is is_empty
