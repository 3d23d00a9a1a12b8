"""What CloudFormation asks of the custom resource, typed. The only place that spells its names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from attachment.edit import Wanted

#: The custom resource's type in a template.
RESOURCE_TYPE = "Custom::DistributionAttachment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """The properties of the custom resource: behaviors on `paths` of one distribution.

    `version_arn` is the function's version at viewer-request. In a template it is a reference, and
    then not a string.
    """

    distribution_id: str
    version_arn: Any
    paths: tuple[str, ...]

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Return the attachment that the properties of an event or a template describe."""
        return cls(
            distribution_id=properties["DistributionId"],
            version_arn=properties["VersionArn"],
            paths=tuple(properties["Paths"]),
        )

    def properties(self) -> dict[str, Any]:
        """Return the properties for a template."""
        return {
            "DistributionId": self.distribution_id,
            "VersionArn": self.version_arn,
            "Paths": list(self.paths),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request of CloudFormation's.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
    """

    type: Literal["Create", "Update", "Delete"]
    stack_id: str
    new: Attachment
    old: Attachment | None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Return the request that CDK's Provider passes to its handlers."""
        old = event.get("OldResourceProperties")
        return cls(
            type=event["RequestType"],
            stack_id=event.get("StackId", ""),
            new=Attachment.from_properties(event["ResourceProperties"]),
            old=Attachment.from_properties(old) if old else None,
        )

    @property
    def wanted(self) -> Wanted:
        """What the distribution has to hold once the request is done."""
        known = [self.new, *([self.old] if self.old else [])]
        paths = tuple(path for attachment in known for path in attachment.paths)
        functions = tuple(attachment.version_arn for attachment in known)
        if self.type == "Delete":
            return Wanted(previous_paths=paths, previous_functions=functions)
        return Wanted(
            paths=self.new.paths,
            version_arn=self.new.version_arn,
            previous_paths=paths,
            previous_functions=functions,
        )
