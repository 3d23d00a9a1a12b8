"""CloudFront's default quotas: 75 behaviors, 100 functions, 500 distributions."""

from typing import Any

import pytest

from attachment.finding import Finding
from tools.doctor.quotas import check_quotas
from tools.doctor.report import Note

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:cookies"
OTHER = "arn:aws:lambda:us-east-1:111122223333:function:images"
PATHS = ("/ht/renew", "/ht/clear")


def behavior(pattern: str, *versions: str) -> dict[str, Any]:
    """Return a behavior in a summary; `versions` are its functions."""
    functions = [{"LambdaFunctionARN": arn, "EventType": "viewer-request"} for arn in versions]
    return {
        "PathPattern": pattern,
        "LambdaFunctionAssociations": {"Quantity": len(functions), "Items": functions},
    }


def distribution(distribution_id: str, *behaviors: dict[str, Any]) -> dict[str, Any]:
    """Return a summary, as ListDistributions has it."""
    listed = {"Items": list(behaviors)} if behaviors else {}
    default = {"LambdaFunctionAssociations": {"Quantity": 0}}
    return {
        "Id": distribution_id,
        "CacheBehaviors": {"Quantity": len(behaviors), **listed},
        "DefaultCacheBehavior": default,
    }


def many(count: int, *versions: str) -> list[dict[str, Any]]:
    """Return so many behaviors with other path patterns."""
    return [behavior(f"/{number}/*", *versions) for number in range(count)]


def own_behaviors() -> list[dict[str, Any]]:
    """Return the cookie service's two behaviors."""
    return [behavior(path, f"{FUNCTION}:1") for path in PATHS]


def findings(*distributions: Any) -> list[str]:
    """Return the problems of the findings if the cookie service is attached to E1SITE."""
    results = [*check_quotas(["E1SITE"], PATHS, FUNCTION, distributions)]
    found = [result for result in results if isinstance(result, Finding)]
    assert all(finding.code == "quota-exceeded" and finding.fix for finding in found)
    assert all(result.code == "quota" for result in results if isinstance(result, Note))
    return [finding.problem for finding in found]


def elsewhere(count: int, arn: str) -> list[dict[str, Any]]:
    """Return so many other distributions that run the function."""
    return [distribution(f"E{number}", behavior("/a", arn)) for number in range(count)]


@pytest.mark.parametrize(
    "distributions",
    [
        pytest.param([distribution("E1SITE", *many(73))], id="73-behaviors-and-2-to-add"),
        pytest.param(
            [distribution("E1SITE", *own_behaviors(), *many(80))], id="attached-with-a-raised-quota"
        ),
        pytest.param(
            [distribution("E1SITE", *own_behaviors(), *many(50, f"{OTHER}:1", f"{OTHER}:2"))],
            id="attached-with-more-functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(499, f"{FUNCTION}:1")], id="499-distributions"
        ),
        pytest.param(
            [distribution("E1SITE", *own_behaviors()), *elsewhere(600, f"{FUNCTION}:1")],
            id="attached-with-more-distributions",
        ),
    ],
)
def test_usage_within_the_quotas_has_no_finding(distributions: list[dict[str, Any]]) -> None:
    """If nothing has to be added, more than a default quota is no finding either."""
    assert findings(*distributions) == []


@pytest.mark.parametrize(
    ("distributions", "expected"),
    [
        pytest.param(
            [distribution("E1SITE", *many(74))],
            ["behaviors on E1SITE: 74 of 75, and 2 to add"],
            id="behaviors",
        ),
        pytest.param(
            [distribution("E1SITE", behavior("ht/renew", f"{FUNCTION}:1"), *many(74))],
            ["behaviors on E1SITE: 75 of 75, and 1 to add"],
            id="behaviors-half-attached",
        ),
        pytest.param(
            [distribution("E1SITE", *many(50, f"{OTHER}:1", f"{OTHER}:2"))],
            ["Lambda@Edge functions on E1SITE: 100 of 100, and 2 to add"],
            id="functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{OTHER}:1")],
            ["distributions with Lambda@Edge functions: 500 of 500, and 1 to add"],
            id="distributions-with-functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{FUNCTION}:1")],
            [
                "distributions with Lambda@Edge functions: 500 of 500, and 1 to add",
                "distributions with the cookie service: 500 of 500, and 1 to add",
            ],
            id="distributions-with-one-function",
        ),
    ],
)
def test_usage_above_a_quota_is_a_finding(
    distributions: list[dict[str, Any]], expected: list[str]
) -> None:
    """The problem has what is used, the quota, and what has to be added."""
    assert findings(*distributions) == expected
