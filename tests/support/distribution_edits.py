"""Changes to a live distribution in the AWS emulator, as another tool makes them.

A change is a function that edits the distribution's configuration, as boto3 has it, in place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import boto3
from botocore.config import Config as BotoConfig

from tests.support.customer import behavior

Configuration = dict[str, Any]
Change = Callable[[Configuration], object]


@contextmanager
def edited(distribution_id: str, change: Change) -> Iterator[None]:
    """Change a distribution for the length of the block."""
    before = _with_defaults(read_configuration(distribution_id))
    configuration = deepcopy(before)
    change(configuration)
    put_configuration(distribution_id, configuration)
    try:
        yield
    finally:
        put_configuration(distribution_id, before)


def edit(distribution_id: str, change: Change) -> None:
    """Change a distribution."""
    configuration = read_configuration(distribution_id)
    change(configuration)
    put_configuration(distribution_id, configuration)


def read_configuration(distribution_id: str) -> Configuration:
    """Return the distribution's configuration."""
    answer: Any = boto3.client("cloudfront").get_distribution_config(Id=distribution_id)
    configuration: Configuration = answer["DistributionConfig"]
    return configuration


def _with_defaults(configuration: Configuration) -> Configuration:
    """Return the configuration with the settings that AWS fills in, and the AWS emulator does not.

    Without them, a change of such a setting could not be undone: CloudFront rejects an update that
    leaves out a setting.
    """
    origins: Configuration = deepcopy(configuration["Origins"])
    for origin in origins["Items"]:
        origin.setdefault("CustomHeaders", {"Quantity": 0})
    return {
        "Aliases": {"Quantity": 0},
        "CacheBehaviors": {"Quantity": 0},
        "CustomErrorResponses": {"Quantity": 0},
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
        "PriceClass": "PriceClass_All",
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        **configuration,
        "Origins": origins,
    }


def put_configuration(distribution_id: str, configuration: Any) -> None:
    """Replace the distribution's configuration."""
    # The AWS emulator leaves out the defaults that AWS fills in and boto3 requires.
    cloudfront = boto3.client("cloudfront", config=BotoConfig(parameter_validation=False))
    etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
    cloudfront.update_distribution(
        Id=distribution_id, IfMatch=etag, DistributionConfig=configuration
    )


def delete_distribution(distribution_id: str) -> None:
    """Disable the distribution and delete it."""
    put_configuration(distribution_id, {**read_configuration(distribution_id), "Enabled": False})
    cloudfront = boto3.client("cloudfront")
    etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
    cloudfront.delete_distribution(Id=distribution_id, IfMatch=etag)


# Changes to a distribution with one origin


def set_configuration(**values: Any) -> Change:
    """Return a change that sets values of the distribution itself."""
    return lambda configuration: configuration.update(values)


def add_behavior(path_pattern: str) -> Change:
    """Return a change that adds a behavior for the distribution's origin."""

    def change(configuration: Configuration) -> None:
        target = configuration["Origins"]["Items"][0]["Id"]
        added = behavior(PathPattern=path_pattern, TargetOriginId=target)
        configuration["CacheBehaviors"] = {"Quantity": 1, "Items": [added]}

    return change


def set_default_behavior(**values: Any) -> Change:
    """Return a change that sets values of the default behavior."""
    return lambda configuration: configuration["DefaultCacheBehavior"].update(values)


def set_origin(**values: Any) -> Change:
    """Return a change that sets values of the origin."""
    return lambda configuration: configuration["Origins"]["Items"][0].update(values)


def set_custom_origin(**values: Any) -> Change:
    """Return a change that sets values that only an origin outside of S3 has."""
    return lambda configuration: configuration["Origins"]["Items"][0]["CustomOriginConfig"].update(
        values
    )


# Changes to a distribution with behaviors


def set_behavior(path_pattern: str, **values: Any) -> Change:
    """Return a change that sets values of the behavior with this path pattern."""

    def change(configuration: Configuration) -> None:
        [found] = [
            behavior
            for behavior in configuration["CacheBehaviors"]["Items"]
            if behavior["PathPattern"] == path_pattern
        ]
        found.update(values)

    return change


def drop_behaviors(*path_patterns: str) -> Change:
    """Return a change that removes the behaviors with these path patterns."""

    def change(configuration: Configuration) -> None:
        listed = configuration["CacheBehaviors"]
        listed["Items"] = [
            behavior for behavior in listed["Items"] if behavior["PathPattern"] not in path_patterns
        ]
        listed["Quantity"] = len(listed["Items"])

    return change


def put_first(new_behavior: dict[str, Any]) -> Change:
    """Return a change that inserts a behavior before all others."""

    def change(configuration: Configuration) -> None:
        listed = configuration["CacheBehaviors"]
        listed["Items"].insert(0, new_behavior)
        listed["Quantity"] += 1

    return change


# Values of a behavior


def methods(*names: str) -> dict[str, Any]:
    """Return the values of a behavior that allows these methods."""
    cached = {"Quantity": 2, "Items": ["HEAD", "GET"]}
    allowed = {"Quantity": len(names), "Items": list(names), "CachedMethods": cached}
    return {"AllowedMethods": allowed}


#: The values of a behavior that allows every method.
ALL_METHODS = methods("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")


def runs(version_arn: str) -> dict[str, Any]:
    """Return the values of a behavior that runs a function at viewer-request."""
    function = {
        "LambdaFunctionARN": version_arn,
        "EventType": "viewer-request",
        "IncludeBody": False,
    }
    return {"LambdaFunctionAssociations": {"Quantity": 1, "Items": [function]}}


def service_behavior(path: str, version_arn: str) -> dict[str, Any]:
    """Return a behavior of the cookie service, as another tool adds it."""
    return behavior(PathPattern=path, **ALL_METHODS, **runs(version_arn))
