"""Choosing the distribution for a request, and changes to distributions."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from tests.support.customer import create_distribution
from tests.support.local_edge import Edge, forwarding_behavior
from tools.preview.distributions import distribution_for, read_distributions
from tools.preview.polling import polled


@pytest.mark.parametrize("host", ["www.example.com", "WWW.Example.COM", "www.example.com:8443"])
def test_distribution_answers_to_its_alternate_domain_name(edge: Edge, host: str) -> None:
    response = edge.send("/", ("host", host))

    assert (response.status_code, response.text) == (200, "from the origin")


def test_distribution_answers_to_its_cloudfront_domain_name(edge: Edge, site: str) -> None:
    assert edge.send(f"https://{site}/").text == "from the origin"


def test_unknown_host_gets_403(edge: Edge) -> None:
    response = edge.send("https://other.example.com/")

    assert response.status_code == 403
    assert "no distribution has the alternate domain name other.example.com" in response.text
    assert response.headers["x-cache"] == "Error from cloudfront"
    assert edge.received == []


def test_created_disabled_and_changed_distributions_take_effect_at_once(edge: Edge) -> None:
    """A new distribution answers unless it is disabled or loses its alternate domain name."""
    cloudfront = boto3.client("cloudfront")
    url = "https://new.example.com/"
    app = edge.app(distributions=lambda: read_distributions(cloudfront))
    assert edge.send(url, app=app).status_code == 403

    distribution_id = create_distribution(
        alias="new.example.com", DefaultCacheBehavior=forwarding_behavior()
    )
    assert edge.send(url, app=app).status_code == 200
    changes: list[tuple[dict[str, Any], int]] = [
        ({"Enabled": False}, 403),
        ({"Enabled": True}, 200),
        ({"Aliases": {"Quantity": 0}, "Enabled": True}, 403),
    ]
    for change, status in changes:
        current = cloudfront.get_distribution_config(Id=distribution_id)
        config: Any = current["DistributionConfig"] | change
        cloudfront.update_distribution(
            Id=distribution_id, IfMatch=current["ETag"], DistributionConfig=config
        )
        assert edge.send(url, app=app).status_code == status


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("aws")
def test_polling_reads_distributions_in_the_background() -> None:
    """After a failed read, the known distributions are kept."""
    cloudfront = boto3.client("cloudfront")
    is_failing = threading.Event()

    def fail(**_: object) -> None:
        if is_failing.is_set():
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    cloudfront.meta.events.register("before-call.cloudfront.ListDistributions", fail)
    with polled(cloudfront, every=timedelta(milliseconds=10)) as distributions:
        known = len(distributions())
        create_distribution(alias="later.example.com", DefaultCacheBehavior=forwarding_behavior())
        wait_until(lambda: len(distributions()) == known + 1)
        is_failing.set()
        create_distribution(alias="latest.example.com", DefaultCacheBehavior=forwarding_behavior())
        assert distribution_for("later.example.com", distributions())
        is_failing.clear()
        wait_until(lambda: len(distributions()) == known + 2)
