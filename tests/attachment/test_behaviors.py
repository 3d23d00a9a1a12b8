"""Reading behaviors and alternate domain names from a distribution's configuration."""

import pytest

from attachment.behaviors import (
    alternate_domain_names,
    behaviors_of,
    default_origin,
    display_name,
    functions_of,
    matches,
    path_pattern,
    read_configuration,
    serves,
    unqualified,
    viewer_request_function,
    with_slash,
)
from attachment.xml_document import Element
from tests.support.distribution_documents import (
    ANOTHER_CLOUDFRONT_FUNCTION,
    ANOTHER_FUNCTION,
    behavior,
    cloudfront_function,
    counted,
    counted_texts,
    default_behavior,
    lambda_function,
    make_distribution,
    origin_group,
)
from tests.support.own_behaviors import VERSION_7, behavior_running, own_behavior


def configuration(*behaviors: str, **own: str) -> Element:
    """Return the configuration of a distribution with these behaviors."""
    return read_configuration(make_distribution(*behaviors, **own).document)


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
def test_unqualified_is_the_functions_arn_without_the_version(arn: str, expected: str) -> None:
    assert unqualified(arn) == expected


def test_behaviors_are_read_in_the_order_of_the_list() -> None:
    """The list does not include the default behavior."""
    listed = behaviors_of(configuration(behavior("/b"), behavior("a/*"), own_behavior("/ht/renew")))
    assert [display_name(found) for found in listed] == ["/b", "a/*", "/ht/renew"]
    assert [path_pattern(found) for found in listed] == ["/b", "/a/*", "/ht/renew"]
    assert behaviors_of(configuration()) == []


def test_the_default_behavior_has_the_same_name_as_in_the_console() -> None:
    default = configuration().find("DefaultCacheBehavior")
    assert default is not None
    assert display_name(default) == "Default (*)"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("/api/*", "/api/*"), ("api/*", "/api/*"), ("*", "/*"), ("//a", "//a"), ("", "/")],
)
def test_with_slash_adds_a_missing_leading_slash(pattern: str, expected: str) -> None:
    assert with_slash(pattern) == expected


def test_functions_of_both_kinds_are_read_with_their_events() -> None:
    [found] = behaviors_of(
        configuration(
            behavior(
                "/api/*",
                LambdaFunctionAssociations=counted(
                    lambda_function(ANOTHER_FUNCTION, "origin-request"),
                    lambda_function(VERSION_7, "viewer-response"),
                ),
                FunctionAssociations=counted(
                    cloudfront_function(ANOTHER_CLOUDFRONT_FUNCTION, "viewer-request")
                ),
            )
        )
    )
    assert list(functions_of(found)) == [
        ("origin-request", ANOTHER_FUNCTION),
        ("viewer-response", VERSION_7),
        ("viewer-request", ANOTHER_CLOUDFRONT_FUNCTION),
    ]
    assert viewer_request_function(found) is None


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [("viewer-request", VERSION_7), ("origin-request", None), ("viewer-response", None)],
)
def test_viewer_request_function_is_the_lambda_function_at_that_event(
    event_type: str, expected: str | None
) -> None:
    [found] = behaviors_of(
        configuration(behavior_running("/api/*", VERSION_7, event_type=event_type))
    )
    arn = viewer_request_function(found)
    assert (arn and arn.text) == expected


def test_default_origin_is_the_default_behaviors_origin() -> None:
    assert default_origin(configuration()) == "site"


def test_default_origin_is_the_first_member_of_its_origin_group() -> None:
    found = configuration(
        OriginGroups=counted(origin_group("other", "a", "b"), origin_group("group", "c", "a")),
        DefaultCacheBehavior=default_behavior(TargetOriginId="group"),
    )
    assert default_origin(found) == "c"


def test_alternate_domain_names_are_read_in_order_with_wildcards() -> None:
    found = configuration(Aliases=counted_texts("CNAME", "*.example.com", "example.com"))
    assert alternate_domain_names(found) == ["*.example.com", "example.com"]
    assert alternate_domain_names(configuration(Aliases=counted())) == []


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("example.com", "example.com", True),
        ("www.example.com", "example.com", True),
        ("*.example.com", "example.com", True),
        ("*.example.com", "shop.example.com", True),
        ("*.example.com", "a.shop.example.com", False),
        ("example.com", "shop.example.com", False),
        ("notexample.com", "example.com", False),
    ],
)
def test_a_name_serves_a_domain_if_it_equals_or_matches_the_domain_or_is_below_it(
    name: str, domain: str, expected: bool
) -> None:
    assert serves(name, domain) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/ht/renew", "/ht/renew", True),
        ("/ht/renew", "/HT/renew", False),
        ("/*", "/ht/renew", True),
        ("/ht/rene?", "/ht/renew", True),
        ("/ht/renew?", "/ht/renew", False),
        ("/ht.renew", "/ht/renew", False),
    ],
)
def test_a_path_pattern_matches_with_both_wildcards(
    pattern: str, path: str, expected: bool
) -> None:
    assert matches(pattern, path) is expected
