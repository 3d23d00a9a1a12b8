"""The section on a stack's other settings: tags, metadata, boundaries, bootstrap, and outputs."""

from collections.abc import Iterator

from tools.review.assembly import Stack
from tools.review.values import code, codes, table, text


def section(stack: Stack) -> Iterator[str]:
    """Yield the settings of one stack as a table."""
    properties = stack.properties
    yield from table(
        ["setting", "value"],
        [
            ["account and Region", code(stack.environment)],
            ["tags of the stack", _pairs(properties.get("tags", {}))],
            ["termination protection", "on" if properties.get("terminationProtection") else "off"],
            ["bootstrap qualifier", code(_qualifier(stack))],
            ["role that deploys", code(properties.get("assumeRoleArn", "the caller's own"))],
            [
                "role that CloudFormation uses",
                code(properties.get("cloudFormationExecutionRoleArn", "the caller's own")),
            ],
            *(
                [f"permissions boundary of {code(role)}", _boundary(role_properties)]
                for role, role_properties in stack.of_type("AWS::IAM::Role")
            ),
            *(
                [f"tags of {code(logical_id)}", codes(resource["Properties"]["Tags"])]
                for logical_id, resource in stack.resources.items()
                if resource.get("Properties", {}).get("Tags")
            ),
            *(
                [f"metadata of {code(logical_id)}", code(metadata)]
                for logical_id, metadata in _metadata(stack)
            ),
            *(
                [f"{part.lower()} {code(name)}", code(value)]
                for part, content in stack.template.items()
                if part != "Resources" and isinstance(content, dict)
                for name, value in content.items()
            ),
            *(
                [part, code(content)]
                for part, content in stack.template.items()
                if not isinstance(content, dict)
            ),
        ],
    )
    yield ""


def _metadata(stack: Stack) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the metadata of each resource, without the path that CDK adds to every resource."""
    for logical_id, resource in stack.resources.items():
        metadata = {
            key: value
            for key, value in resource.get("Metadata", {}).items()
            if key != "aws:cdk:path"
        }
        if metadata:
            yield logical_id, metadata


def _pairs(tags: dict[str, str]) -> str:
    return codes(f"{key}={value}" for key, value in tags.items()) or "none"


def _boundary(properties: dict[str, object]) -> str:
    boundary = properties.get("PermissionsBoundary")
    return code(boundary) if boundary else "none"


def _qualifier(stack: Stack) -> str:
    """Return CDK's bootstrap qualifier, such as `hnb659fds`.

    It is the second part of a parameter's name: `/cdk-bootstrap/hnb659fds/version`.
    """
    parameter = text(stack.properties.get("bootstrapStackVersionSsmParameter", ""))
    parts = parameter.split("/")
    return parts[2] if len(parts) == 4 else parameter
