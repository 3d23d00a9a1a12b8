"""Import of distributions in ministack's CloudFormation, and lookup of a distribution's stack.

The identifier of a distribution is its ID. ministack has the other rules: each imported resource
needs a DeletionPolicy, and an import changes nothing else in the stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import cloudfront
from ministack.services.cloudformation import _stacks, changesets, handlers, helpers, provisioners

_TYPE = "AWS::CloudFront::Distribution"
_DESCRIBE = "DescribeStackResources"

_import_resources = changesets._import_resources_async
_describe_stack_resources = handlers._ACTION_HANDLERS[_DESCRIBE]
_validate_template = changesets.validate_template_support


def install() -> None:
    """Add distributions to the resources that ministack can import and look up."""
    provisioners._RESOURCE_HANDLERS[_TYPE]["import"] = _import
    changesets._IMPORT_LOOKUPS[_TYPE] = (("Id",), _why_not_found)
    changesets._import_resources_async = _import_and_update
    changesets.validate_template_support = _validate_references
    handlers._ACTION_HANDLERS[_DESCRIBE] = _describe_by_physical_id


def _import(identifier: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the physical ID and the attributes of a distribution."""
    distribution = cloudfront._distributions[identifier["Id"]]
    return distribution["Id"], {name: distribution[name] for name in ("Id", "DomainName")}


def _why_not_found(distribution_id: str) -> str | None:
    if distribution_id in cloudfront._distributions:
        return None
    return f"Resource of type '{_TYPE}' with identifier '{distribution_id}' was not found."


def _validate_references(template: Mapping[str, Any], *more: Any, **named: Any) -> None:
    """Raise ValueError for a template whose resources refer to a resource that it does not have.

    Observed: https://github.com/aws/aws-cdk/issues/1568
    """
    _validate_template(template, *more, **named)
    known = {*template["Resources"], *template.get("Parameters", {})}
    if missing := sorted({*_references(template["Resources"])} - known):
        raise ValueError(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in "
            "the Resources block of the template"
        )


def _references(value: object) -> Iterator[str]:
    """Yield the logical IDs to which a part of a template refers."""
    match value:
        case {"Ref": str(name)} if not name.startswith("AWS::"):
            yield name
        case {"Fn::GetAtt": [str(name), _]}:
            yield name
        case dict():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


async def _import_and_update(
    change_set: Mapping[str, Any], stack: Mapping[str, Any], *more: Any
) -> None:
    """Import resources, and set the template's configuration on imported distributions.

    This was observed with databases. ministack leaves the configuration unchanged.
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/809
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1497
    """
    await _import_resources(change_set, stack, *more)
    if stack["StackStatus"] != "IMPORT_COMPLETE":
        return
    update = provisioners._RESOURCE_HANDLERS[_TYPE]["update"]
    for entry in change_set["_resources_to_import"]:
        if entry["ResourceType"] == _TYPE:
            logical_id = entry["LogicalResourceId"]
            imported = stack["_resources"][logical_id]
            properties = imported["Properties"]
            update(imported["PhysicalResourceId"], {}, properties, stack["StackName"], logical_id)


def _describe_by_physical_id(parameters: dict[str, Any]) -> Any:
    """Describe the stack that has the resource `PhysicalResourceId`, if the request has that.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
    """
    physical_id = helpers._p(parameters, "PhysicalResourceId")
    if not physical_id:
        return _describe_stack_resources(parameters)
    for name, stack in _stacks.items():
        has = (one.get("PhysicalResourceId") == physical_id for one in stack["_resources"].values())
        if stack["StackStatus"] != "DELETE_COMPLETE" and any(has):
            return _describe_stack_resources(parameters | {"StackName": [name]})
    return helpers._error("ValidationError", f"Stack for {physical_id} does not exist")
