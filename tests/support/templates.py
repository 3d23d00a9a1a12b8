"""Find resources in a synthesized template by their properties."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

#: The fixture `make_app`.
MakeApp = Callable[..., cdk.App]


def distribution(template: Template, alternate_domain_name: str) -> tuple[str, dict[str, Any]]:
    """Return logical ID and properties of the only distribution with exactly that name."""
    ((logical_id, resource),) = template.find_resources(
        "AWS::CloudFront::Distribution",
        {"Properties": {"DistributionConfig": {"Aliases": [alternate_domain_name]}}},
    ).items()
    properties: dict[str, Any] = resource["Properties"]
    return logical_id, properties


def only(template: Template, resource_type: str) -> tuple[str, dict[str, Any]]:
    """Return logical ID and body of the template's only resource of that type."""
    ((logical_id, resource),) = template.find_resources(resource_type).items()
    return logical_id, dict(resource)


def properties(template: Template, resource_type: str) -> dict[str, Any]:
    """Return the properties of the template's only resource of that type."""
    found: dict[str, Any] = only(template, resource_type)[1]["Properties"]
    return found
