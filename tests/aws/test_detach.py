"""Detaching distributions with a shorter site_distribution_id, and with `cdk destroy`."""

from tests.support.checkout import Checkout
from tests.support.customer import behavior, behaviors, create_distribution, document
from tests.support.observed_documents import observed


def test_distributions_are_detached_by_a_shorter_list_and_by_destroy(checkout: Checkout) -> None:
    """Each step changes only one of the two distributions."""
    shop, blog = create_distribution(behavior(PathPattern="*.css")), create_distribution()
    before = {site: document(site) for site in (shop, blog)}

    checkout.deploy("Two-CookieService", "name=Two", f"site_distribution_id={shop},{blog}")
    version = checkout.outputs("Two-CookieService")["CookieFunctionVersionArn"]
    assert behaviors(shop) == [("/ht/renew", version), ("/ht/clear", version), ("*.css", "")]
    assert behaviors(blog) == [("/ht/renew", version), ("/ht/clear", version)]

    with observed(shop) as documents:
        checkout.deploy("Two-CookieService", "name=Two", f"site_distribution_id={shop}")
    assert document(blog) == before[blog]
    assert len(documents) == 1

    checkout.destroy("Two-CookieService", "name=Two")
    assert document(shop) == before[shop]
    assert document(blog) == before[blog]
