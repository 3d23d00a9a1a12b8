"""The checks of the stacks and of CloudFront's quotas."""

import boto3

from attachment.finding import Finding
from tests.support.customer import behavior, create_distribution
from tests.support.deployed_example import DeployedExample
from tests.support.distribution_edits import delete_distribution
from tools.doctor.report import Note


def test_deployed_stacks_are_accepted(deployed: DeployedExample) -> None:
    assert deployed.run_check("stacks") == []


def distributions_with_functions(name: str) -> int:
    """Return how many distributions run a Lambda@Edge function whose ARN has this name."""
    pages = boto3.client("cloudfront").get_paginator("list_distributions").paginate()
    summaries = [one for page in pages for one in page["DistributionList"].get("Items", [])]
    return sum(
        any(
            name in association["LambdaFunctionARN"]
            for one in summary["CacheBehaviors"].get("Items", [])
            for association in one["LambdaFunctionAssociations"].get("Items", [])
        )
        for summary in summaries
    )


def test_used_quotas_are_notes(deployed: DeployedExample) -> None:
    *notes, concurrency = deployed.run_check("quotas")
    function = deployed.outputs["CookieFunctionVersionArn"].rpartition(":")[0]
    any_function, own = distributions_with_functions(""), distributions_with_functions(function)
    assert notes == [
        Note("pricing-plan", f"pricing plan of {deployed.site}: none"),
        Note("quota", f"behaviors on {deployed.site}: 3 of 75"),
        Note("quota", f"Lambda@Edge functions on {deployed.site}: 2 of 100"),
        Note("quota", f"distributions with Lambda@Edge functions: {any_function} of 500"),
        Note("quota", f"distributions with the cookie service: {own} of 500"),
    ]
    assert isinstance(concurrency, Note)
    assert concurrency.code == "concurrency"


def test_one_behavior_too_many_is_a_finding(deployed: DeployedExample) -> None:
    many = [behavior(PathPattern=f"/{number}/*") for number in range(74)]
    full = create_distribution(*many)
    try:
        results = deployed.run_check("quotas", site_distribution_id=full)
    finally:
        delete_distribution(full)
    [finding] = [result for result in results if isinstance(result, Finding)]
    assert finding.code == "quota-exceeded"
    assert finding.problem.startswith(f"behaviors on {full}: 74 of 75, and deploying adds 2")
