"""CloudFormation's requests to the custom resource, as typed values.

No other module spells the names of the custom resource's properties.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from attachment.behaviors import path_pattern, viewer_request_function
from attachment.edit import Wanted
from attachment.finding import Finding, RefusalError
from attachment.xml_document import Element

#: The custom resource's type in a template.
RESOURCE_TYPE = "Custom::DistributionAttachment"

DISTRIBUTION_ID = re.compile(r"E[0-9A-Z]{1,31}")
# The characters that CloudFront accepts in a path pattern, without wildcards and quotes.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
_PATH = re.compile(r"/[A-Za-z0-9_.$/~@:+-]{1,254}")


def is_path(text: str) -> bool:
    """Return whether the text is an absolute path that a behavior can have as path pattern.

    Empty and dot segments are not allowed, because browsers rewrite them.
    """
    segments = text.split("/")
    return bool(_PATH.fullmatch(text)) and "//" not in text and not {".", ".."} & {*segments}


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """The properties of the custom resource: behaviors on `paths` of one distribution.

    `version_arn` is the version of the function that answers viewer requests. In a template, it is
    a reference and not a string. A new value of `repair` makes CloudFormation update the resource.
    """

    distribution_id: str
    version_arn: Any
    paths: tuple[str, ...]
    repair: str = ""

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Return the attachment that the properties of an event or a template describe."""
        return cls(
            distribution_id=properties["DistributionId"],
            version_arn=properties["VersionArn"],
            paths=tuple(properties["Paths"]),
            repair=properties.get("Repair", ""),
        )

    def properties(self) -> dict[str, Any]:
        """Return the properties for a template."""
        return {
            "DistributionId": self.distribution_id,
            "VersionArn": self.version_arn,
            "Paths": list(self.paths),
        } | ({"Repair": self.repair} if self.repair else {})


@dataclass(frozen=True, slots=True)
class PhysicalId:
    """The custom resource's physical ID: the distribution's ID, and the versions a Create found.

    `found` has, for each path, the number of the version that a behavior of the cookie service ran
    before the Create, or "" if there was no such behavior. It is empty if no path had one. As text:
    `E2QWRUHAPOMQZL`, `E2QWRUHAPOMQZL@3,3`, or `E2QWRUHAPOMQZL@3,-`.
    """

    distribution_id: str
    found: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the ID, or None if the text is not one that a handler of this project returns."""
        match = re.fullmatch(rf"({DISTRIBUTION_ID.pattern})(?:@((?:\d+|-)(?:,(?:\d+|-))*))?", text)
        if not match:
            return None
        found = match[2].split(",") if match[2] else []
        return cls(match[1], tuple("" if number == "-" else number for number in found))

    def __str__(self) -> str:
        if not self.found:
            return self.distribution_id
        return f"{self.distribution_id}@{','.join(number or '-' for number in self.found)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One of CloudFormation's requests.

    `began` (Unix time) and `stack_status` are what the first handler returned; the second handler
    gets them with the event. `physical_id` is from a handler, or a placeholder of CloudFormation's.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
    """

    type: Literal["Create", "Update", "Delete"]
    stack_id: str
    new: Attachment
    old: Attachment | None
    physical_id: str = ""
    began: float = 0
    stack_status: str = ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Return the request that CDK's Provider passes to its handlers."""
        old = event.get("OldResourceProperties")
        return cls(
            type=event["RequestType"],
            stack_id=event.get("StackId", ""),
            new=Attachment.from_properties(event["ResourceProperties"]),
            old=Attachment.from_properties(old) if old else None,
            physical_id=event.get("PhysicalResourceId", ""),
            began=float(event.get("Began", 0)),
            stack_status=event.get("StackStatus", ""),
        )

    def check(self, own_function: str) -> None:
        """Raise RefusalError for an event that no deployment of this project sends.

        Otherwise, anyone who may invoke the handlers could edit the distributions without any
        permission for CloudFront. `own_function` is the unqualified ARN of the cookie service's
        function.
        """
        for attachment in (self.new, *([self.old] if self.old else [])):
            function, _, number = str(attachment.version_arn).rpartition(":")
            if function != own_function or not number.isdecimal():
                _refuse(f"the function {attachment.version_arn!r}", f"a version of {own_function}")
            if not DISTRIBUTION_ID.fullmatch(attachment.distribution_id):
                _refuse(f"the distribution {attachment.distribution_id!r}", "a distribution ID")
            if not attachment.paths:
                _refuse("no path", "the paths of the cookie service")
            for path in attachment.paths:
                if not is_path(path):
                    _refuse(f"the path {path!r}", "an absolute path without wildcards")

    @property
    def wanted(self) -> Wanted:
        """The behaviors that the distribution must have after a Create or an Update."""
        known = (self.new, *([self.old] if self.old else []))
        return Wanted(
            paths=self.new.paths,
            version_arn=self.new.version_arn,
            previous_paths=tuple(path for attachment in known for path in attachment.paths),
            previous_functions=(self.new.version_arn,),
        )

    @property
    def detached(self) -> Wanted:
        """The wanted state after a Delete: none of the cookie service's behaviors."""
        return Wanted(previous_paths=self.new.paths, previous_functions=(self.new.version_arn,))


def _refuse(given: str, expected: str) -> None:
    raise RefusalError(
        Finding(
            "request-not-own",
            f"the request names {given}, expected {expected}",
            "deploy with this project; its handlers accept no other requests",
        )
    )


def versions_found(behaviors: Sequence[Element], paths: Sequence[str]) -> tuple[str, ...]:
    """Return, for each path, the number of the version that its behavior runs, or "" if none.

    `behaviors` are the cookie service's own. The result is empty if no path has one.
    """
    versions = {
        path_pattern(behavior): version.text.strip().rpartition(":")[2]
        for behavior in behaviors
        if (version := viewer_request_function(behavior)) is not None
    }
    found = tuple(versions.get(path, "") for path in paths)
    return found if any(found) else ()
