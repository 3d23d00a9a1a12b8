"""Warnings of `decide` about distributions that it can change."""

import pytest

from attachment.edit import DistributionWarning, Wanted, decide
from tests.support.distribution_documents import (
    DISTRIBUTIONS,
    Distribution,
    behavior,
    counted,
    counted_texts,
    default_behavior,
    error_response,
    lambda_function,
    make_distribution,
)
from tests.support.own_behaviors import (
    ATTACHED,
    DETACHED,
    FUNCTION,
    VERSION_7,
    VERSION_8,
    behavior_running,
    own_behavior,
)

DISABLED = DistributionWarning(
    "distribution-disabled",
    "it is disabled, so it answers no requests",
    "enable it, or pass the ID of the distribution that serves the site",
    is_obstacle=True,
)


def answered(pattern: str, path: str) -> DistributionWarning:
    """Return the warning that a behavior answered the path before."""
    return DistributionWarning(
        "behavior-answered", f"behavior {pattern} answered {path} until now", is_obstacle=False
    )


def comes_first(pattern: str, path: str) -> DistributionWarning:
    """Return the warning that a behavior keeps the path from the cookie service."""
    return DistributionWarning(
        "behavior-comes-first",
        f"behavior {pattern} comes before the cookie service's and answers {path}",
        "move the cookie service's behaviors to the top of the list",
        is_obstacle=True,
    )


def function_elsewhere(pattern: str) -> DistributionWarning:
    """Return the warning that a foreign behavior runs the cookie service's function."""
    return DistributionWarning(
        "function-elsewhere",
        f"behavior {pattern} also runs the cookie service's function; this deployment did not add "
        "it and does not change it",
        is_obstacle=False,
    )


def no_site_name(domain: str, names: str) -> DistributionWarning:
    """Return the warning that the distribution serves another site."""
    return DistributionWarning(
        "no-site-name",
        f"none of its alternate domain names is {domain} or below it (it has: {names})",
        "pass the ID of the distribution that serves the site",
        is_obstacle=True,
    )


def continuous_deployment(policy: str) -> DistributionWarning:
    """Return the warning that a staging distribution serves some visitors."""
    return DistributionWarning(
        "continuous-deployment",
        f"continuous deployment policy {policy} sends some visitors to a staging distribution, "
        "which does not get the cookie service",
        is_obstacle=False,
    )


def replaced_response(code: int) -> DistributionWarning:
    """Return the warning that a custom error response replaces the cookie service's response."""
    return DistributionWarning(
        "error-response",
        f"its custom error response for {code} replaces the cookie service's own {code}",
        is_obstacle=False,
    )


def warnings_of(distribution: Distribution, domain: str = "") -> tuple[DistributionWarning, ...]:
    """Return the warnings of attaching."""
    return decide(distribution.document, ATTACHED, domain=domain).warnings


# All kinds of distributions.

#: The distributions that get warnings.
WARNINGS = {
    "continuous-deployment": (continuous_deployment("8f2c5a7e-0000-4000-8000-000000000002"),),
    "custom-error-responses": (replaced_response(403), replaced_response(405)),
    "disabled": (DISABLED,),
}


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [pytest.param(DISTRIBUTIONS[name], WARNINGS.get(name, ()), id=name) for name in DISTRIBUTIONS],
)
def test_each_distribution_gets_its_warnings_and_no_others(
    distribution: Distribution, expected: tuple[DistributionWarning, ...]
) -> None:
    assert warnings_of(distribution, domain="example.com") == expected


def test_all_warnings_of_a_distribution_are_returned_together() -> None:
    distribution = make_distribution(
        behavior("/ht/renew*"),
        Aliases=counted_texts("CNAME", "other.test"),
        Enabled="false",
        ContinuousDeploymentPolicyId="P1",
        CustomErrorResponses=counted(error_response(403)),
    )
    assert warnings_of(distribution, domain="example.com") == (
        answered("/ht/renew*", "/ht/renew"),
        no_site_name("example.com", "other.test"),
        DISABLED,
        continuous_deployment("P1"),
        replaced_response(403),
    )
    detached = decide(distribution.document, DETACHED, domain="example.com")
    assert detached.warnings == ()


def test_obstacles_are_the_warnings_that_keep_visitors_from_the_cookie_service() -> None:
    """They are a preceding behavior, a disabled distribution, and another site's distribution."""
    distribution = make_distribution(
        behavior("/ht/*"),
        own_behavior("/ht/renew"),
        own_behavior("/ht/clear"),
        Enabled="false",
        CustomErrorResponses=counted(error_response(403)),
    )
    warnings = warnings_of(distribution, domain="other.example")

    obstacles = (
        comes_first("/ht/*", "/ht/renew"),
        comes_first("/ht/*", "/ht/clear"),
        no_site_name("other.example", "www.example.com"),
        DISABLED,
    )
    assert tuple(warning for warning in warnings if warning.is_obstacle) == obstacles
    assert warnings == (*obstacles, replaced_response(403))


# Behaviors that match the same paths.


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        pytest.param("*", ["/ht/renew", "/ht/clear"], id="everything"),
        pytest.param("/ht/*", ["/ht/renew", "/ht/clear"], id="folder"),
        pytest.param("ht/c*", ["/ht/clear"], id="no-leading-slash"),
        pytest.param("/*renew", ["/ht/renew"], id="across-folders"),
        pytest.param("/ht/renew*", ["/ht/renew"], id="nothing-more"),
        pytest.param("/ht/cl?ar", ["/ht/clear"], id="any-character"),
        pytest.param("/??/r*?w", ["/ht/renew"], id="both-wildcards"),
        pytest.param("/ht/renew?", [], id="one-character-more"),
        pytest.param("/HT/*", [], id="another-case"),
        pytest.param("/ht", [], id="folder-without-wildcard"),
        pytest.param("/ht/", [], id="folder-with-slash"),
        pytest.param("/ht.renew", [], id="dot-is-a-dot"),
        pytest.param("/ht/rene[w]", [], id="brackets-are-brackets"),
        pytest.param("/ht/renew|/ht/clear", [], id="bar-is-a-bar"),
        pytest.param("/h*/x*", [], id="wildcards-for-other-paths"),
        pytest.param("*.php", [], id="ending"),
    ],
)
def test_a_wildcard_that_answered_a_path_so_far_is_named(pattern: str, paths: list[str]) -> None:
    expected = tuple(answered(pattern, path) for path in paths)
    assert warnings_of(make_distribution(behavior(pattern))) == expected


def test_of_several_wildcards_the_first_that_matches_is_named() -> None:
    """CloudFront used the first behavior that matches."""
    distribution = make_distribution(
        behavior("/api/*"), behavior("/ht/r*"), behavior("/ht/*"), behavior("*")
    )
    assert warnings_of(distribution) == (
        answered("/ht/r*", "/ht/renew"),
        answered("/ht/*", "/ht/clear"),
    )


def test_wildcards_after_the_own_behaviors_need_no_warning() -> None:
    distribution = make_distribution(
        behavior("/api/*"), own_behavior("/ht/renew"), own_behavior("/ht/clear"), behavior("*")
    )
    assert warnings_of(distribution) == ()


def test_a_wildcard_before_an_own_behavior_is_named() -> None:
    """Another tool has inserted the wildcard, so the cookie service gets no requests."""
    distribution = make_distribution(
        own_behavior("/ht/renew"), behavior("/ht/*"), behavior("*"), own_behavior("/ht/clear")
    )
    assert warnings_of(distribution) == (comes_first("/ht/*", "/ht/clear"),)


def test_a_wildcard_can_come_first_for_one_path_and_have_answered_the_other() -> None:
    distribution = make_distribution(behavior("/*"), own_behavior("/ht/clear"))
    assert warnings_of(distribution) == (
        answered("/*", "/ht/renew"),
        comes_first("/*", "/ht/clear"),
    )


def test_a_wildcard_that_answered_the_path_of_a_move_is_named() -> None:
    distribution = make_distribution(own_behavior("/ht/renew"), behavior("/id/*"))
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    assert decide(distribution.document, wanted).warnings == (answered("/id/*", "/id/renew"),)


def test_a_wildcard_that_still_comes_first_after_a_move_is_named() -> None:
    distribution = make_distribution(behavior("/id/*"), own_behavior("/ht/renew"))
    wanted = Wanted(paths=("/id/renew",), version_arn=VERSION_7, previous_paths=("/ht/renew",))
    assert decide(distribution.document, wanted).warnings == (comes_first("/id/*", "/id/renew"),)


def test_detach_does_not_warn_about_wildcards() -> None:
    before = make_distribution(own_behavior("/ht/renew"), behavior("/ht/*")).document
    assert decide(before, DETACHED).warnings == ()


# The cookie service's function on other behaviors.


@pytest.mark.parametrize(
    ("pattern", "version_arn"),
    [
        pytest.param("/images/*", VERSION_7, id="the-version"),
        pytest.param("/images/*", VERSION_8, id="another-version"),
        pytest.param("images/*", VERSION_7, id="no-leading-slash"),
    ],
)
@pytest.mark.parametrize("wanted", [ATTACHED, DETACHED], ids=["attach", "detach"])
def test_the_function_on_a_foreign_behavior_is_kept_and_named(
    pattern: str, version_arn: str, wanted: Wanted
) -> None:
    foreign = behavior_running(pattern, version_arn)
    before = make_distribution(own_behavior("/ht/renew"), own_behavior("/ht/clear"), foreign)
    decision = decide(before.document, wanted)
    assert foreign.encode() in decision.document
    assert decision.warnings == (function_elsewhere(pattern),)


def test_the_function_on_the_default_behavior_is_kept_and_named() -> None:
    distribution = make_distribution(
        behavior("/api/*"),
        DefaultCacheBehavior=default_behavior(
            LambdaFunctionAssociations=counted(lambda_function(VERSION_8, "viewer-request"))
        ),
    )
    decision = decide(distribution.document, ATTACHED)
    assert decision.document == distribution.with_first(
        own_behavior("/ht/renew"), own_behavior("/ht/clear")
    )
    assert decision.warnings == (function_elsewhere("Default (*)"),)


def test_the_function_at_another_event_is_kept_and_named() -> None:
    moved = behavior_running("/ht/renew", VERSION_7, event_type="origin-request")
    decision = decide(make_distribution(moved).document, DETACHED)
    assert decision.changes == ()
    assert decision.warnings == (function_elsewhere("/ht/renew"),)


def test_a_function_whose_name_has_more_characters_needs_no_warning() -> None:
    assert warnings_of(make_distribution(behavior_running("/images/*", f"{FUNCTION}2:7"))) == ()


# Alternate domain names.


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
        pytest.param("", ("other.test",), id="no-domain-passed"),
    ],
)
def test_a_distribution_with_a_name_of_the_site_needs_no_warning(
    domain: str, aliases: tuple[str, ...]
) -> None:
    distribution = make_distribution(Aliases=counted_texts("CNAME", *aliases))
    assert warnings_of(distribution, domain=domain) == ()


@pytest.mark.parametrize(
    ("domain", "aliases", "names"),
    [
        pytest.param("example.com", (), "none", id="none"),
        pytest.param(
            "example.com",
            ("www.other.test", "other.test"),
            "www.other.test, other.test",
            id="another-site",
        ),
        pytest.param(
            "example.com", ("notexample.com",), "notexample.com", id="name-that-ends-the-same"
        ),
        pytest.param(
            "example.com",
            ("*.notexample.com",),
            "*.notexample.com",
            id="wildcard-that-ends-the-same",
        ),
        pytest.param(
            "example.com", ("example.com.test",), "example.com.test", id="name-that-begins-the-same"
        ),
        pytest.param(
            "shop.example.com",
            ("example.com", "www.example.com"),
            "example.com, www.example.com",
            id="parent-and-sibling-names",
        ),
        pytest.param(
            "a.shop.example.com",
            ("*.example.com",),
            "*.example.com",
            id="wildcard-two-levels-above",
        ),
    ],
)
def test_a_distribution_without_a_name_of_the_site_gets_a_warning(
    domain: str, aliases: tuple[str, ...], names: str
) -> None:
    distribution = make_distribution(Aliases=counted_texts("CNAME", *aliases))
    assert warnings_of(distribution, domain=domain) == (no_site_name(domain, names),)


# Settings that affect the cookie service.


@pytest.mark.parametrize(
    ("responses", "codes"),
    [
        pytest.param((), (), id="none"),
        pytest.param((error_response(404), error_response(500)), (), id="other-codes"),
        pytest.param((error_response(403),), (403,), id="403"),
        pytest.param(
            (error_response(404), error_response(405, "/no.html", 405)), (405,), id="405-as-405"
        ),
        pytest.param((error_response(403, ""), error_response(405, "")), (), id="only-caching"),
    ],
)
def test_a_custom_error_response_with_a_page_for_403_or_405_gets_a_warning(
    responses: tuple[str, ...], codes: tuple[int, ...]
) -> None:
    distribution = make_distribution(CustomErrorResponses=counted(*responses))
    assert warnings_of(distribution) == tuple(replaced_response(code) for code in codes)
