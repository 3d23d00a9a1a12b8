"""Deployments that fail after attaching, with the real CDK CLI.

The second distribution does not exist, so CloudFormation undoes the change of the first one.
"""

import pytest

from tests.support.checkout import Checkout
from tests.support.customer import behavior, behaviors, create_distribution, document
from tests.support.observed_documents import observed

MISSING = "E2QWRUHAPOMQZL"


@pytest.fixture
def site(aws: dict[str, str]) -> str:  # noqa: ARG001
    """A customer's distribution."""
    return create_distribution(behavior(PathPattern="/api/*"))


def fail(checkout: Checkout, name: str, site: str, *context: str) -> list[bytes]:
    """Run a deployment that fails after it changed the site; return the site's documents."""
    ids = f"site_distribution_id={site},{MISSING}"
    with observed(site) as documents:
        refusal, printed = checkout.deploy_refused(
            f"{name}-CookieService", f"name={name}", ids, *context
        )
    assert refusal["code"] == "no-such-distribution"
    assert f"distribution {MISSING}: " in printed
    return documents


def test_rolled_back_create_leaves_the_distribution_as_it_was(
    checkout: Checkout, site: str
) -> None:
    before = document(site)
    untouched, attached, rolled_back = fail(checkout, "First", site)
    assert b"<PathPattern>/ht/renew</PathPattern>" in attached
    assert untouched == rolled_back == before


def test_rolled_back_update_and_takeover_leave_the_version_that_was_there(
    checkout: Checkout, site: str
) -> None:
    """The first deployment updates an attachment; the second takes over unmanaged behaviors."""
    named = ("name=Before", f"site_distribution_id={site}")
    checkout.deploy("Before-CookieService", *named)
    version = checkout.outputs("Before-CookieService")["CookieFunctionVersionArn"]
    before = document(site)

    for age in ("30", "60"):
        old, new, rolled_back = fail(checkout, "Before", site, f"cookie_max_age_days={age}")
        assert version.encode() not in new
        assert new.count(version.rpartition(":")[0].encode()) == 2
        assert old == rolled_back == before
        # The second deployment finds behaviors that no stack manages.
        checkout.deploy("Before-CookieService", "name=Before")
    assert behaviors(site) == [("/ht/renew", version), ("/ht/clear", version), ("/api/*", "")]
