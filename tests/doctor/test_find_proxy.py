"""Finding the distribution of a proxy that was built by hand."""

from typing import Any

import pytest

from tests.support.example import deployment
from tools.deployed import Stack
from tools.doctor.proxies import find_proxy

NO_STACK = Stack(name="FirstPartyTracking-example-com-Proxies")


def distribution(alias: str, origin: str) -> Any:
    """Return the summary of a distribution with this alternate domain name and origin."""
    return {
        "Id": "E123",
        "DomainName": "d111111abcdef8.cloudfront.net",
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "Origins": {"Quantity": 1, "Items": [{"Id": "hightouch", "DomainName": origin}]},
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-south-1", "eu-central-1"])
def test_events_proxy_of_any_region_is_found(region: str) -> None:
    """The check of the proxy's rows reports that the region differs."""
    live = distribution("events.example.com", f"{region}.hightouch-events.com")
    assert find_proxy(deployment().events_proxy, NO_STACK, [live]) is live


@pytest.mark.parametrize(
    ("alias", "origin"),
    [
        pytest.param("events.example.org", "us-east-1.hightouch-events.com", id="other-name"),
        pytest.param("events.example.com", "cdn.hightouch-events.com", id="sdk"),
        pytest.param("events.example.com", "us-east-1.hightouch-events.com.example", id="suffix"),
        pytest.param("events.example.com", "us-east-1.example.com", id="other-service"),
    ],
)
def test_other_distribution_is_not_the_events_proxy(alias: str, origin: str) -> None:
    live = distribution(alias, origin)
    assert find_proxy(deployment().events_proxy, NO_STACK, [live]) is None


def test_sdk_proxy_has_the_origin_of_the_sdk() -> None:
    name = "cdn.example.com"
    found = distribution(name, "cdn.hightouch-events.com")
    events = distribution(name, "us-east-1.hightouch-events.com")
    assert find_proxy(deployment().sdk_proxy, NO_STACK, [events, found]) is found
