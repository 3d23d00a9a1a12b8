"""A distribution that is no longer named is detached, and so is each one on `cdk destroy`."""

from tests.support.checkout import Checkout
from tests.support.customer import behavior, behaviors, create_distribution, document
from tests.support.observed_documents import observed


def test_each_distribution_is_detached_when_that_is_asked_for(checkout: Checkout) -> None:
    """First by a list without it, then by `cdk destroy`; the other one stays as it is."""
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
