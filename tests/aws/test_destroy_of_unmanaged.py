"""`cdk destroy` after a deployment without site_distribution_id, with the real CDK CLI."""

import json
import sys
from typing import Any

from tests.support.checkout import Checkout, options
from tests.support.customer import behavior, create_distribution, document


def findings(checkout: Checkout, *context: str) -> list[dict[str, str]]:
    """Return doctor's findings. The live hosts do not answer."""
    arguments = ["doctor", "--json", "--via", "http://127.0.0.1:9", *options(*context)]
    done = checkout.run(sys.executable, "-m", "tools", *arguments)
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    return [finding for report in reports for finding in report["findings"]]


def test_destroy_keeps_the_behaviors_and_doctor_prints_how_to_remove_them(
    checkout: Checkout,
) -> None:
    """A shell runs the printed commands unchanged."""
    site = create_distribution(behavior(PathPattern="/api/*"))
    before = document(site)
    checkout.deploy("Kept-CookieService", "name=Kept", f"site_distribution_id={site}")
    attached = document(site)
    checkout.deploy("Kept-CookieService", "name=Kept")
    checkout.destroy("Kept-CookieService", "name=Kept")
    assert document(site) == attached

    [orphan] = [
        finding
        for finding in findings(checkout, "name=Kept")
        if finding["code"] == "function-without-stack"
    ]
    _, _, commands = orphan["fix"].partition("\n")
    done = checkout.shell(commands)
    assert done.returncode == 0, done.stdout
    assert document(site) == before
