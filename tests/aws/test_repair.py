"""Restoring the cookie service's behaviors after another tool removed them."""

import json
import sys
from typing import Any

from attachment.finding import Finding
from tests.support.checkout import Checkout, options
from tests.support.customer import behavior, create_distribution, document
from tests.support.distribution_edits import drop_behaviors, edit
from tests.support.observed_documents import observed
from tests.support.printed_fixes import commands_of

CONTEXT = ("name=Fixed", "repair=4")


def tool(checkout: Checkout, *command: str) -> Any:
    """Return the JSON that a command of the tools prints."""
    done = checkout.run(sys.executable, "-m", "tools", *command, "--json")
    return json.loads(done.stdout)


def test_one_deployment_with_the_printed_options_restores_the_behaviors(
    checkout: Checkout,
) -> None:
    """At no time does a distribution lose behaviors that it has."""
    shop, blog = create_distribution(behavior(PathPattern="/api/*")), create_distribution()
    context = (*CONTEXT, f"site_distribution_id={shop},{blog}")
    checkout.deploy("Fixed-CookieService", *context)
    attached = {site: document(site) for site in (shop, blog)}
    edit(shop, drop_behaviors("/ht/renew", "/ht/clear"))
    removed = document(shop)

    [warning] = [
        warning
        for plan in checkout.plan(*context).plans.values()
        for warning in plan["warnings"]
        if warning["code"] == "changed-unnoticed"
    ]
    reports = tool(checkout, "doctor", "--via", "http://127.0.0.1:9", *options(*context))
    fixes = {
        finding["fix"]
        for report in reports
        for finding in report["findings"]
        if finding["code"] == "attachment-differs"
    }
    assert fixes == {warning["fix"]}
    [command] = commands_of(Finding(**warning))
    assert command.endswith(f" -c site_distribution_id={shop},{blog} -c repair=5")

    with observed(shop) as of_shop, observed(blog) as of_blog:
        checkout.deploy_as_typed(command)
    assert of_shop == [removed, attached[shop]]
    assert of_blog == [attached[blog]]
