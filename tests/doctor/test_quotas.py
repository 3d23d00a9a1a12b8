"""CloudFront's default quotas: 75 behaviors, 100 functions, 500 distributions."""

from typing import Any

import pytest

from tools.doctor.quotas import judge
from tools.doctor.report import Finding

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:cookies"
OTHER = "arn:aws:lambda:us-east-1:111122223333:function:images"
PATHS = ("/ht/renew", "/ht/clear")


def behavior(pattern: str, *versions: str) -> dict[str, Any]:
    functions = [{"LambdaFunctionARN": arn, "EventType": "viewer-request"} for arn in versions]
    return {
        "PathPattern": pattern,
        "LambdaFunctionAssociations": {"Quantity": len(functions), "Items": functions},
    }


def distribution(distribution_id: str, *behaviors: dict[str, Any]) -> dict[str, Any]:
    listed = {"Items": list(behaviors)} if behaviors else {}
    default = {"LambdaFunctionAssociations": {"Quantity": 0}}
    return {
        "Id": distribution_id,
        "CacheBehaviors": {"Quantity": len(behaviors), **listed},
        "DefaultCacheBehavior": default,
    }


def many(count: int, *versions: str) -> list[dict[str, Any]]:
    return [behavior(f"/{number}/*", *versions) for number in range(count)]


def ours() -> list[dict[str, Any]]:
    return [behavior(path, f"{FUNCTION}:1") for path in PATHS]


def findings(*distributions: dict[str, Any]) -> list[str]:
    remarks = judge(["E1SITE"], PATHS, FUNCTION, distributions)
    return [one.what for one in remarks if isinstance(one, Finding)]


def elsewhere(count: int, arn: str) -> list[dict[str, Any]]:
    return [distribution(f"E{number}", behavior("/a", arn)) for number in range(count)]


@pytest.mark.parametrize(
    "distributions",
    [
        pytest.param([distribution("E1SITE", *many(73))], id="73-behaviors-and-2-to-come"),
        pytest.param([distribution("E1SITE", *ours(), *many(80))], id="attached-with-a-raised-one"),
        pytest.param(
            [distribution("E1SITE", *ours(), *many(50, f"{OTHER}:1", f"{OTHER}:2"))],
            id="attached-with-more-functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(499, f"{FUNCTION}:1")], id="499-distributions"
        ),
        pytest.param(
            [distribution("E1SITE", *ours()), *elsewhere(600, f"{FUNCTION}:1")],
            id="attached-with-more-distributions",
        ),
    ],
)
def test_what_still_fits(distributions: list[dict[str, Any]]) -> None:
    assert findings(*distributions) == []


@pytest.mark.parametrize(
    ("distributions", "expected"),
    [
        pytest.param(
            [distribution("E1SITE", *many(74))],
            ["behaviors on E1SITE: 74 of 75, and 2 to come"],
            id="behaviors",
        ),
        pytest.param(
            [distribution("E1SITE", behavior("ht/renew", f"{FUNCTION}:1"), *many(74))],
            ["behaviors on E1SITE: 75 of 75, and 1 to come"],
            id="behaviors-half-attached",
        ),
        pytest.param(
            [distribution("E1SITE", *many(50, f"{OTHER}:1", f"{OTHER}:2"))],
            ["Lambda@Edge functions on E1SITE: 100 of 100, and 2 to come"],
            id="functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{OTHER}:1")],
            ["distributions with Lambda@Edge functions: 500 of 500, and 1 to come"],
            id="distributions-with-functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{FUNCTION}:1")],
            [
                "distributions with Lambda@Edge functions: 500 of 500, and 1 to come",
                "distributions with the cookie service: 500 of 500, and 1 to come",
            ],
            id="distributions-with-one-function",
        ),
    ],
)
def test_what_does_not_fit(distributions: list[dict[str, Any]], expected: list[str]) -> None:
    assert findings(*distributions) == expected
