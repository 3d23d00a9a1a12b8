"""The comparison of a deployment with its plan fails for every change that was not planned."""

from typing import Any

import pytest

from tests.support.planned_changes import PlannedChanges

VERSION = "arn:aws:lambda:us-east-1:111122223333:function:f:7"
API = "<CacheBehavior><PathPattern>/api/*</PathPattern><TargetOriginId>site</TargetOriginId>"
RENEW = (
    "<CacheBehavior><PathPattern>/ht/renew</PathPattern><TargetOriginId>site</TargetOriginId>"
    "<LambdaFunctionAssociations><Items><LambdaFunctionAssociation>"
    f"<LambdaFunctionARN>{VERSION}</LambdaFunctionARN><EventType>viewer-request</EventType>"
    "</LambdaFunctionAssociation></Items></LambdaFunctionAssociations></CacheBehavior>"
)
BEFORE = (
    "<DistributionConfig><DefaultCacheBehavior><TargetOriginId>site</TargetOriginId>"
    f"</DefaultCacheBehavior><CacheBehaviors><Items>{API}</CacheBehavior></Items></CacheBehaviors>"
    "<Comment>shop</Comment></DistributionConfig>"
)
AFTER = BEFORE.replace(API, RENEW + API)
OTHERS = ["/api/*  origin site", "Default (*)  origin site"]
ATTACH = {
    "refusal": None,
    "changes": ["add behavior /ht/renew"],
    "before": OTHERS,
    "after": [
        "/ht/renew  origin site  viewer-request the version that this deployment publishes",
        *OTHERS,
    ],
}


def check(plan: dict[str, Any], after: str, other: str = BEFORE) -> None:
    """Compare the plan of a distribution with its document. The other distribution has no plan."""
    planned = PlannedChanges(
        plans={"E1": plan}, documents={"E1": BEFORE.encode(), "E2": BEFORE.encode()}
    )
    planned.check({"E1": after.encode(), "E2": other.encode()}, VERSION)


def test_deployment_that_follows_its_plan_is_accepted() -> None:
    check(ATTACH, AFTER)
    check(ATTACH | {"changes": [], "after": OTHERS}, BEFORE)


@pytest.mark.parametrize(
    ("plan", "after", "other"),
    [
        pytest.param(ATTACH, BEFORE, BEFORE, id="nothing-happened"),
        pytest.param(ATTACH, AFTER.replace(":7", ":6"), BEFORE, id="another-version"),
        pytest.param(ATTACH, AFTER.replace("shop", "shop 2"), BEFORE, id="another-setting"),
        pytest.param(
            ATTACH,
            AFTER.replace(API, f"{API}<Compress>true</Compress>"),
            BEFORE,
            id="a-setting-of-another-behavior",
        ),
        pytest.param(
            ATTACH | {"changes": [], "after": OTHERS},
            BEFORE.replace("><Comment", "> <Comment"),
            BEFORE,
            id="other-bytes",
        ),
        pytest.param(ATTACH | {"before": []}, AFTER, BEFORE, id="other-behaviors-before"),
        pytest.param(ATTACH | {"changes": []}, AFTER, BEFORE, id="no-change-in-the-plan"),
        pytest.param(ATTACH | {"refusal": {"code": "any"}}, AFTER, BEFORE, id="refused"),
        pytest.param(ATTACH, AFTER, AFTER, id="another-distribution"),
    ],
)
def test_deployment_that_differs_from_its_plan_is_rejected(
    plan: dict[str, Any], after: str, other: str
) -> None:
    with pytest.raises(AssertionError):
        check(plan, after, other)
