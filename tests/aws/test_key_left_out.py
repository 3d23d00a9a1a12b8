"""Deployments without site_distribution_id, which detach nothing, with the real CDK CLI."""

import pytest

from tests.support.checkout import Checkout
from tests.support.customer import behavior, create_distribution, document


@pytest.fixture(scope="module")
def checkout(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of the project for all deployments of this module."""
    return Checkout.make(tmp_path_factory.mktemp("left-out") / "checkout", aws)


@pytest.fixture(scope="module")
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution."""
    return create_distribution(behavior(PathPattern="/api/*"))


@pytest.fixture(scope="module")
def documents(checkout: Checkout, site: str) -> dict[str, bytes]:
    """The distribution's document after each of four deployments."""
    found = {"before": document(site)}
    for step, context in {
        "attached": [f"site_distribution_id={site}"],
        "left out": [],
        "given again": [f"site_distribution_id={site}"],
        "none": ["site_distribution_id=none"],
    }.items():
        checkout.deploy("Left-CookieService", "name=Left", *context)
        found[step] = document(site)
    return found


def test_key_left_out_keeps_the_behaviors(documents: dict[str, bytes]) -> None:
    assert documents["attached"].count(b"<PathPattern>/ht/") == 2
    assert documents["left out"] == documents["attached"]


def test_key_given_again_keeps_the_behaviors(documents: dict[str, bytes]) -> None:
    assert documents["given again"] == documents["attached"]


def test_none_removes_the_behaviors_even_after_the_key_was_left_out(
    documents: dict[str, bytes],
) -> None:
    assert documents["none"] == documents["before"]
