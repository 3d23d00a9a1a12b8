"""Documents that CloudFront rejects without writing any part of them."""

import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.cloudfront_writes import added, answer_of, rejection
from tests.support.customer import behavior, create_distribution, document, origin

#: All methods. A behavior that allows POST has to allow all of them.
ALL_METHODS = {
    "Quantity": 7,
    "Items": ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"],
    "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
}
ACCEPTED = (200, "", "")


@pytest.fixture
def site() -> str:
    """A distribution with the behavior /api/* and the origin group `group`."""
    members = {"Quantity": 2, "Items": [{"OriginId": "site"}, {"OriginId": "spare"}]}
    group = {
        "Id": "group",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
        "Members": members,
    }
    return create_distribution(
        behavior(PathPattern="/api/*"),
        alias=f"{uuid.uuid4()}.example.com",
        Origins={"Quantity": 2, "Items": [origin("site"), origin("spare")]},
        OriginGroups={"Quantity": 1, "Items": [group]},
    )


def replaced(**settings: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that replaces these settings of the distribution."""
    return lambda config: config.update(settings)


def removed(*path: str | int) -> Callable[[dict[str, Any]], None]:
    """Return a change that removes the setting at this path."""

    def change(config: dict[str, Any]) -> None:
        at: Any = config
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]

    return change


def new_behavior(**own: Any) -> dict[str, Any]:
    return behavior(PathPattern="/new", **own)


def without(setting: str) -> dict[str, Any]:
    return {name: value for name, value in new_behavior().items() if name != setting}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(replaced(Comment="another"), id="comment"),
        pytest.param(added(new_behavior()), id="new behavior"),
        pytest.param(added(new_behavior(TargetOriginId="group")), id="origin group"),
        pytest.param(added(new_behavior(AllowedMethods=ALL_METHODS)), id="POST"),
        pytest.param(
            added(*(behavior(PathPattern=f"/{number}") for number in range(74))), id="75 behaviors"
        ),
    ],
)
def test_correct_document_is_accepted(site: str, change: Callable[[dict[str, Any]], None]) -> None:
    """The tests below change one part of such a document."""
    assert rejection(site, change) == ACCEPTED


@pytest.mark.parametrize(
    ("change", "status", "code", "message"),
    [
        pytest.param(
            added(new_behavior(TargetOriginId="unknown")),
            404,
            "NoSuchOrigin",
            "One or more of your cache behavior target origins or origin groups do not exist.",
            id="no-such-origin",
        ),
        pytest.param(
            added(behavior(PathPattern="/api/*")),
            400,
            "InvalidArgument",
            "The path pattern /api/* is not unique.",
            id="duplicate-path-pattern",
        ),
        pytest.param(
            replaced(CacheBehaviors={"Quantity": 2, "Items": [new_behavior()]}),
            400,
            "InconsistentQuantities",
            "The specified quantity of CacheBehaviors (2) does not match the actual quantity "
            "supplied (1).",
            id="inconsistent-quantity",
        ),
        pytest.param(
            added(new_behavior(AllowedMethods=ALL_METHODS | {"Quantity": 6})),
            400,
            "InconsistentQuantities",
            "The specified quantity of AllowedMethods (6) does not match the actual quantity "
            "supplied (7).",
            id="inconsistent-quantity-of-methods",
        ),
        pytest.param(
            added(new_behavior(TargetOriginId="group", AllowedMethods=ALL_METHODS)),
            400,
            "InvalidArgument",
            "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached "
            "behavior associated with an origin group.",
            id="write-to-origin-group",
        ),
        pytest.param(
            added(*(behavior(PathPattern=f"/{number}") for number in range(75))),
            400,
            "TooManyCacheBehaviors",
            "Your request contains more CacheBehaviors than are allowed per distribution.",
            id="too-many-behaviors",
        ),
        pytest.param(
            replaced(CallerReference="another"),
            400,
            "IllegalUpdate",
            "You cannot update Origin or CallerReference.",
            id="caller-reference-changed",
        ),
        pytest.param(
            removed("Origins", "Items", 1, "CustomOriginConfig", "OriginReadTimeout"),
            400,
            "IllegalUpdate",
            "OriginReadTimeout is required for updates.",
            id="origin-setting-missing",
        ),
        pytest.param(
            removed("PriceClass"),
            400,
            "IllegalUpdate",
            "PriceClass is required for updates.",
            id="setting-missing",
        ),
        pytest.param(
            added(without("FieldLevelEncryptionId")),
            400,
            "InvalidArgument",
            "The parameter Field level encryption id is required.",
            id="field-level-encryption-missing",
        ),
        pytest.param(
            added(without("SmoothStreaming")),
            400,
            "InvalidArgument",
            "The parameter SmoothStreaming is required.",
            id="behavior-setting-missing",
        ),
    ],
)
def test_update_is_rejected(
    site: str,
    change: Callable[[dict[str, Any]], None],
    status: int,
    code: str,
    message: str,
) -> None:
    before = document(site)

    assert rejection(site, change) == (status, code, message)
    assert document(site) == before


@pytest.mark.parametrize("name", ["taken.example.com", "TAKEN.example.com"])
def test_alternate_domain_name_of_another_distribution_is_rejected(site: str, name: str) -> None:
    aliases = {"Quantity": 1, "Items": ["taken.example.com"]}
    if rejection(site, replaced(Aliases=aliases)) != ACCEPTED:
        pytest.fail("the first distribution cannot have the name")
    expected = (
        409,
        "CNAMEAlreadyExists",
        "One or more of the CNAMEs you provided are already associated with a different resource.",
    )
    other = create_distribution(alias=f"{uuid.uuid4()}.example.com")

    assert rejection(other, replaced(Aliases={"Quantity": 1, "Items": [name]})) == expected
    with pytest.raises(ClientError) as caught:
        create_distribution(alias=name)
    assert answer_of(caught.value) == expected

    # The first distribution keeps the name until it is moved to the other one.
    assert rejection(site, replaced(Comment="another")) == ACCEPTED
    assert rejection(site, replaced(Aliases={"Quantity": 0})) == ACCEPTED
    assert rejection(other, replaced(Aliases={"Quantity": 1, "Items": [name]})) == ACCEPTED
    assert rejection(other, replaced(Aliases={"Quantity": 0})) == ACCEPTED


def test_creation_with_an_unknown_origin_is_rejected() -> None:
    before = boto3.client("cloudfront").list_distributions()["DistributionList"]["Quantity"]
    with pytest.raises(ClientError) as caught:
        create_distribution(
            alias=f"{uuid.uuid4()}.example.com",
            DefaultCacheBehavior=behavior(TargetOriginId="unknown"),
        )

    assert answer_of(caught.value)[:2] == (404, "NoSuchOrigin")
    after = boto3.client("cloudfront").list_distributions()["DistributionList"]["Quantity"]
    assert after == before


def test_stale_etag_is_reported_before_the_document(site: str) -> None:
    cloudfront = boto3.client("cloudfront")
    config: Any = cloudfront.get_distribution_config(Id=site)["DistributionConfig"]
    config["CallerReference"] = "another"
    with pytest.raises(ClientError) as caught:
        cloudfront.update_distribution(Id=site, IfMatch="stale", DistributionConfig=config)

    assert answer_of(caught.value)[:2] == (412, "PreconditionFailed")
