"""What this project's stacks hold, as CloudFormation says. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stacks.constructs.distribution_attachment.runtime.edit import (
    DEFAULT_BEHAVIOR,
    Wanted,
    unqualified,
)
from stacks.domains import most_specific

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack's state and outputs. A stack that does not exist has neither."""

    name: str
    status: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CookieService:
    """What the cookie service's stack holds: nothing before the first deployment.

    `versions` is logical id to ARN. `attachments` is distribution id to the properties of its
    custom resource, as in the template.
    """

    function_arn: str = ""
    versions: dict[str, str]
    attachments: dict[str, dict[str, Any]]

    def is_attached_as(self, distribution_id: str, paths: Sequence[str], version: str) -> bool:
        """Whether the stack attached these paths with this version, by its logical id.

        CloudFormation calls nobody for a resource whose properties stay as they are.
        """
        attached = self.attachments.get(distribution_id, {})
        is_version = attached.get("VersionArn") == {"Ref": version}
        return is_version and attached.get("Paths") == list(paths)

    def wanted(self, distribution_id: str, paths: Sequence[str], version_arn: str) -> Wanted:
        """Return what a distribution should hold, in the place of what the stack attached."""
        return Wanted(
            paths=tuple(paths),
            version_arn=version_arn,
            previous_paths=tuple(self.attachments.get(distribution_id, {}).get("Paths", ())),
            previous_functions=(self.function_arn,),
        )


def read_stack(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """Raises ClientError where AWS does not let the stack be read."""
    try:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if not _is_absent(error):
            raise
        return Stack(name=name)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return Stack(name=name, status=stack["StackStatus"], outputs=outputs)


def read_cookie_service(cloudformation: "CloudFormationClient", stack: str) -> CookieService:
    """Raises ClientError where AWS does not let the stack be read."""
    try:
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        template: Any = cloudformation.get_template(StackName=stack).get("TemplateBody")
    except ClientError as error:
        if not _is_absent(error):
            raise
        return CookieService(versions={}, attachments={})
    ids = {
        resource["LogicalResourceId"]: (resource["ResourceType"], resource["PhysicalResourceId"])
        for resource in resources
        if "PhysicalResourceId" in resource
        and resource["ResourceStatus"] not in {"DELETE_COMPLETE", "DELETE_SKIPPED"}
    }
    versions = {
        logical_id: physical_id
        for logical_id, (kind, physical_id) in ids.items()
        if kind == "AWS::Lambda::Version"
    }
    # A stack that waits for its first change set has a template without a word in it.
    in_template = template.get("Resources", {}) if isinstance(template, dict) else {}
    attachments = {
        resource["Properties"]["DistributionId"]: resource["Properties"]
        for logical_id, resource in in_template.items()
        if resource["Type"] == "Custom::DistributionAttachment" and logical_id in ids
    }
    function_arn = next((arn.rpartition(":")[0] for arn in versions.values()), "")
    return CookieService(function_arn=function_arn, versions=versions, attachments=attachments)


def _is_absent(error: ClientError) -> bool:
    return "does not exist" in error.response["Error"]["Message"]


def read_distributions(cloudfront: "CloudFrontClient") -> list[Mapping[str, Any]]:
    """Return CloudFront's summaries of all distributions of the account. Raises ClientError."""
    pages = cloudfront.get_paginator("list_distributions").paginate()
    return [summary for page in pages for summary in page["DistributionList"].get("Items", [])]


def distribution_for(
    host: str, distributions: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the summary of the distribution with the most specific name for `host`, if any."""
    by_name = {name: one for one in distributions for name in aliases_of(one)}
    name = most_specific(host, by_name)
    return by_name[name] if name else None


def aliases_of(distribution: Mapping[str, Any]) -> list[str]:
    """Return the alternate domain names in a summary, wildcards too."""
    return list(distribution["Aliases"].get("Items", []))


def edge_functions_of(distribution: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path pattern and version ARN of each Lambda@Edge function in a summary."""
    listed = distribution.get("CacheBehaviors", {}).get("Items", [])
    for behavior in (*listed, distribution["DefaultCacheBehavior"]):
        for function in behavior.get("LambdaFunctionAssociations", {}).get("Items", []):
            yield behavior.get("PathPattern", DEFAULT_BEHAVIOR), function["LambdaFunctionARN"]


def paths_running(function_arn: str, distribution: Mapping[str, Any]) -> list[str]:
    """Return the path patterns in a summary that run any version of the function."""
    return [
        path for path, arn in edge_functions_of(distribution) if unqualified(arn) == function_arn
    ]
