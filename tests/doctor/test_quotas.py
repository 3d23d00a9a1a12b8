"""CloudFront's quotas, such as 100 functions and 500 distributions, and Lambda's concurrency."""

from typing import Any

import pytest

from attachment.finding import Finding
from tools.doctor.quotas import check_concurrency, check_quotas
from tools.doctor.report import Note
from tools.limits import Limits, Unknown

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
    """Return a summary of a distribution, as ListDistributions returns it."""
    listed = {"Items": list(behaviors)} if behaviors else {}
    default = {"LambdaFunctionAssociations": {"Quantity": 0}}
    return {
        "Id": distribution_id,
        "CacheBehaviors": {"Quantity": len(behaviors), **listed},
        "DefaultCacheBehavior": default,
    }


def many(count: int, *versions: str) -> list[dict[str, Any]]:
    """Return this many behaviors with other path patterns."""
    return [behavior(f"/{number}/*", *versions) for number in range(count)]


def own_behaviors() -> list[dict[str, Any]]:
    """Return the cookie service's two behaviors."""
    return [behavior(path, f"{FUNCTION}:1") for path in PATHS]


def findings(*distributions: Any) -> list[str]:
    """Return the problems of the findings if the cookie service is attached to E1SITE."""
    limits = Limits(tiers={}, quota=75)
    results = [*check_quotas(["E1SITE"], PATHS, FUNCTION, distributions, limits)]
    found = [result for result in results if isinstance(result, Finding)]
    assert all(finding.code == "quota-exceeded" and finding.fix for finding in found)
    notes = {result.code for result in results if isinstance(result, Note)}
    assert notes <= {"quota", "pricing-plan"}
    return [finding.problem for finding in found]


def elsewhere(count: int, arn: str) -> list[dict[str, Any]]:
    """Return this many other distributions that run the function."""
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
    """Usage above a default quota is also accepted if no behavior has to be added."""
    assert findings(*distributions) == []


@pytest.mark.parametrize(
    ("distributions", "expected"),
    [
        pytest.param(
            [distribution("E1SITE", *many(74))],
            ["behaviors on E1SITE: 74 of 75, and deploying adds 2"],
            id="behaviors",
        ),
        pytest.param(
            [distribution("E1SITE", behavior("ht/renew", f"{FUNCTION}:1"), *many(74))],
            ["behaviors on E1SITE: 75 of 75, and deploying adds 1"],
            id="behaviors-half-attached",
        ),
        pytest.param(
            [distribution("E1SITE", *many(50, f"{OTHER}:1", f"{OTHER}:2"))],
            ["Lambda@Edge functions on E1SITE: 100 of 100, and deploying adds 2"],
            id="functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{OTHER}:1")],
            ["distributions with Lambda@Edge functions: 500 of 500, and deploying adds 1"],
            id="distributions-with-functions",
        ),
        pytest.param(
            [distribution("E1SITE"), *elsewhere(500, f"{FUNCTION}:1")],
            [
                "distributions with Lambda@Edge functions: 500 of 500, and deploying adds 1",
                "distributions with the cookie service: 500 of 500, and deploying adds 1",
            ],
            id="distributions-with-one-function",
        ),
    ],
)
def test_usage_above_a_quota_is_a_finding(
    distributions: list[dict[str, Any]], expected: list[str]
) -> None:
    """The problem contains the usage, the quota, and the number that has to be added."""
    assert findings(*distributions) == expected


# Lambda's concurrency.


def test_default_concurrency_of_all_regions_is_one_note() -> None:
    [note] = check_concurrency({"us-east-1": 1000, "eu-west-1": 1000})
    assert isinstance(note, Note)
    assert "us-east-1, eu-west-1: 1000," in note.text
    assert " 250 first views a second " in note.text


def test_concurrency_of_a_new_account_is_a_finding_about_its_region() -> None:
    """Two and a half first views with four calls of one second each use ten executions."""
    [note, finding] = check_concurrency({"us-east-1": 1000, "eu-west-1": 10})
    assert isinstance(note, Note)
    assert isinstance(finding, Finding)
    assert finding.code == "concurrency-low"
    assert "eu-west-1: 10," in finding.problem
    assert " 2.5 first views a second " in finding.problem
    assert "us-east-1" not in finding.problem
    assert finding.fix


@pytest.mark.parametrize(("allowed", "kind"), [(99, Finding), (100, Note)])
def test_concurrency_below_a_hundred_is_a_finding(allowed: int, kind: type) -> None:
    assert [type(result) for result in check_concurrency({"us-east-1": allowed})] == [kind]


def test_concurrency_that_cannot_be_read_is_unknown_in_one_note() -> None:
    denied = Unknown("AWS denied the request")
    [note] = check_concurrency({"us-east-1": denied, "eu-west-1": denied})
    assert isinstance(note, Note)
    assert note.text.endswith("us-east-1, eu-west-1: unknown (AWS denied the request)")
