"""The real CDK CLI attaches to a customer's distribution in the embedded AWS, and detaches."""

from tests.aws.customer import behavior, behaviors, create_distribution, document
from tests.checkout import Checkout


def deploy(checkout: Checkout, name: str, *context: str) -> str:
    """Deploy the stack under a prefix of its own and return the version's ARN."""
    options = [option for item in context for option in ("-c", item)]
    checkout.deploy(f"{name}-CookieService", "-c", f"name={name}", *options)
    return checkout.outputs(f"{name}-CookieService")["CookieFunctionVersionArn"]


def test_attach_update_and_detach(checkout: Checkout) -> None:
    site = create_distribution(behavior(PathPattern="/api/*"))
    before = document(site)

    first = deploy(checkout, "Site", f"site_distribution_id={site}")
    assert behaviors(site) == [("/ht/renew", first), ("/ht/clear", first), ("/api/*", "")]

    second = deploy(checkout, "Site", f"site_distribution_id={site}", "cookie_max_age_days=30")
    assert second != first
    assert behaviors(site) == [("/ht/renew", second), ("/ht/clear", second), ("/api/*", "")]

    deploy(checkout, "Site", "cookie_max_age_days=30")
    assert document(site) == before
