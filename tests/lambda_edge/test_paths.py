"""Paths that only normalize to a route, and the cookie paths that reach a route."""

from copy import deepcopy

import pytest

from lambda_edge import paths
from lambda_edge.cookie_service import respond
from tests.support.cookie_service_calls import NOW, answer, request_for
from tests.support.example import make_settings


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("/private/../ht/renew", id="dot-dot"),
        pytest.param("/../ht/renew", id="dot-dot-at-the-root"),
        pytest.param("/a/b/../../ht/clear", id="dot-dot-twice"),
        pytest.param("/x/%2e%2e/ht/renew", id="encoded-dot-dot"),
        pytest.param("/x/.%2E/ht/renew", id="half-encoded-dot-dot"),
        pytest.param("/ht/./renew", id="dot"),
        pytest.param("/ht/%2e/renew", id="encoded-dot"),
        pytest.param("/ht//renew", id="two-slashes"),
        pytest.param("//ht/renew", id="two-slashes-first"),
        pytest.param("/ht/%72enew", id="encoded-letter"),
        pytest.param("/%68%74/%63%6c%65%61%72", id="encoded-letters"),
        pytest.param("/x//../ht/renew", id="slashes-merged-before-dots"),
        pytest.param("/ht/x//../../renew", id="dots-removed-with-merged-slashes"),
        pytest.param("/x/y//../../ht/renew", id="dots-removed-after-merged-slashes"),
        pytest.param("/ht//../ht/renew", id="dots-removed-before-slashes"),
        pytest.param("/ht/%2e%2e/../renew", id="dots-removed-before-decoding"),
    ],
)
def test_path_that_only_normalizes_to_a_route_is_not_found(uri: str, method: str) -> None:
    """CloudFront selects the cookie service's behavior, but would forward the path unchanged."""
    assert answer(uri, ("Cookie", "htjs_user_id=u1"), method=method) == {
        "status": "404",
        "statusDescription": "Not Found",
        "headers": {
            "cache-control": [{"key": "cache-control", "value": "no-store"}],
            "content-type": [{"key": "content-type", "value": "application/json"}],
        },
        "body": "{}",
    }


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("/ht%2Frenew", id="encoded-slash"),
        pytest.param("/ht/%2572enew", id="encoded-twice"),
        pytest.param("/ht/%252e/renew", id="dot-encoded-twice"),
        pytest.param("/HT/renew", id="upper-case"),
        pytest.param("/ht/Renew", id="one-capital"),
        pytest.param("/ht/%52enew", id="encoded-capital"),
        pytest.param("/ht/renew/", id="final-slash"),
        pytest.param("/ht/renew//", id="final-slashes"),
        pytest.param("/ht/renew/.", id="final-dot"),
        pytest.param("/ht/renew/x/..", id="final-dot-dot"),
        pytest.param("/ht/renew;x", id="parameter"),
        pytest.param("/ht/renew%20", id="encoded-space"),
        pytest.param("/ht/renew%00", id="encoded-nul"),
        pytest.param("/ht/ren%C3%A9w", id="encoded-non-ascii"),
        pytest.param("/ht/...renew", id="dots-in-a-segment"),
        pytest.param("/ht/../renew", id="dots-to-another-path"),
        pytest.param("/ht\\renew", id="backslash"),
        pytest.param("ht/renew", id="no-slash"),
        pytest.param("/ht/%7", id="cut-short"),
        pytest.param("%", id="only-a-percent-sign"),
        pytest.param("/../..", id="only-dots"),
    ],
)
def test_other_path_is_passed_on_unchanged(uri: str) -> None:
    request = request_for(uri, ("Cookie", "htjs_user_id=u1"))
    before = deepcopy(request)

    assert respond(request, make_settings(), NOW) is None
    assert request == before


def test_route_with_a_final_slash_is_another_path() -> None:
    settings = make_settings(renew_path="/ht/renew/")

    assert answer("/ht/renew/", settings=settings)["status"] == "200"
    assert answer("/ht/renew//", settings=settings)["status"] == "404"
    assert answer("/ht/renew/.", settings=settings)["status"] == "404"
    assert respond(request_for("/ht/renew"), settings, NOW) is None


@pytest.mark.parametrize("segment", ["/..", "/x/..", "//", "/%2e", "/%72"])
def test_long_path_is_normalized(segment: str) -> None:
    """CloudFront accepts 8,192 characters."""
    uri = segment * (8180 // len(segment))

    assert respond(request_for(uri), make_settings(), NOW) is None
    is_own = "%72" not in segment
    assert ("/ht/renew" in paths.normal_forms(f"{uri}/ht/renew")) == is_own


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        pytest.param("/renew", ["/renew"], id="one-segment"),
        pytest.param("/ht/renew", ["/ht", "/ht/", "/ht/renew"], id="two-segments"),
        pytest.param("/a/b/c", ["/a", "/a/", "/a/b", "/a/b/", "/a/b/c"], id="three-segments"),
        pytest.param("/renew/", ["/renew", "/renew/"], id="final-slash"),
    ],
)
def test_cookie_paths_are_those_that_match_the_route(route: str, expected: list[str]) -> None:
    """They match the route by RFC 6265 §5.1.4. `/` is not in the list."""
    assert paths.cookie_paths(route) == expected


def test_cookie_paths_of_two_routes_are_listed_once() -> None:
    assert paths.cookie_paths("/ht/renew", "/ht/clear") == [
        "/ht",
        "/ht/",
        "/ht/renew",
        "/ht/clear",
    ]
