"""AWS's order of requests and statuses in ministack's CloudFormation.

If a Create fails and returns a physical ID, the rollback sends a Delete with that ID:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
While an update removes resources, the stack's status is UPDATE_COMPLETE_CLEANUP_IN_PROGRESS:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from typing import Any

from ministack.services.cloudformation import _stacks, custom_resource, handlers, stacks

_deliver_response = custom_resource.deliver_response
_invoke = custom_resource.invoke_custom_resource
_roll_back = stacks._roll_back_operation
_delete = stacks._delete_resource

# The stack ID and the logical ID of a custom resource, to the physical ID of its failed request.
_failed_ids: dict[tuple[str, str], str] = {}
# The stack ID and the logical ID of a custom resource, to the record of its failed Create.
_failed_creates: dict[tuple[str, str], dict[str, Any]] = {}


def install() -> None:
    """Replace ministack's functions that send these requests and set this status."""
    custom_resource.deliver_response = _deliver_and_remember
    custom_resource.invoke_custom_resource = _invoke_and_remember
    stacks._roll_back_operation = handlers._roll_back_operation = _roll_back_failed_create
    stacks._delete_resource = _delete_in_cleanup


def _deliver_and_remember(token: str, response: dict[str, Any]) -> bool:
    if response.get("Status") == "FAILED" and response.get("PhysicalResourceId"):
        resource = response["StackId"], response["LogicalResourceId"]
        _failed_ids[resource] = response["PhysicalResourceId"]
    is_known: bool = _deliver_response(token, response)
    return is_known


def _invoke_and_remember(
    request_type: str,
    logical_id: str,
    properties: dict[str, Any],
    stack_name: str,
    stack_id: str,
    resource_type: str,
    **more: Any,
) -> Any:
    resource = stack_id, logical_id
    _failed_ids.pop(resource, None)
    try:
        return _invoke(
            request_type, logical_id, properties, stack_name, stack_id, resource_type, **more
        )
    except RuntimeError:
        if request_type == "Create" and resource in _failed_ids:
            _failed_creates[resource] = {
                "PhysicalResourceId": _failed_ids[resource],
                "LogicalResourceId": logical_id,
                "ResourceType": resource_type,
                "Properties": properties,
            }
        raise


async def _roll_back_failed_create(
    stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *more: Any
) -> None:
    """Roll back. First delete the resource whose Create failed."""
    logical_id = operation["failed_logical_id"]
    if record := _failed_creates.pop((stack_id, logical_id), None):
        stack.setdefault("_resources", {})[logical_id] = record
        operation["created"].append(logical_id)
    await _roll_back(stack_name, stack_id, stack, operation, *more)


def _delete_in_cleanup(
    resource_type: str, physical_id: str, properties: Any, stack_name: str, *more: Any
) -> None:
    """Delete a resource. If this happens in an update, first set the status of its cleanup."""
    stack = _stacks.get(stack_name)
    if stack and stack["StackStatus"] == "UPDATE_IN_PROGRESS":
        stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        stacks._add_event(
            stack["StackId"],
            stack_name,
            stack_name,
            "AWS::CloudFormation::Stack",
            stack["StackStatus"],
            physical_id=stack["StackId"],
        )
    _delete(resource_type, physical_id, properties, stack_name, *more)
