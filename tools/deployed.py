"""The deployed stacks and distributions, as CloudFormation and CloudFront report them.

This module only reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from attachment.behaviors import DEFAULT_BEHAVIOR, unqualified
from attachment.edit import Wanted
from attachment.request import RESOURCE_TYPE, Attachment
from stacks.deployment import DOMAIN_TAG, Deployment
from stacks.domains import most_specific

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack with its status and outputs, which are empty if the stack does not exist.

    `domain` is the site's domain. It is empty if the stack does not have this project's tag.
    """

    name: str
    status: str = ""
    domain: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True, slots=True)
class DeploymentId:
    """The name and domain that identify a deployment of this project in an account."""

    name: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class CookieService:
    """The contents of the cookie service stack. It is empty before the first deployment.

    `versions` is logical ID to ARN. `attachments` is distribution ID to the properties of its
    custom resource in the template.
    """

    function_arn: str = ""
    versions: dict[str, str]
    attachments: dict[str, Attachment]

    def is_unchanged(
        self, distribution_id: str, paths: Sequence[str], version: str, repair: str
    ) -> bool:
        """Return whether a deployment with these properties leaves an attachment unchanged.

        `version` is the logical ID of the function's version. CloudFormation does not update a
        resource whose properties stay the same, even if another tool changed the distribution.
        """
        attached = self.attachments.get(distribution_id)
        wanted = Attachment(
            distribution_id=distribution_id,
            version_arn={"Ref": version},
            paths=tuple(paths),
            repair=repair,
        )
        return attached == wanted

    def next_repair(self) -> str:
        """Return a value for the context key `repair` that no attachment has."""
        numbers = [
            int(attached.repair)
            for attached in self.attachments.values()
            if attached.repair.isdecimal()
        ]
        return str(max(numbers, default=0) + 1)

    def wanted(self, distribution_id: str, paths: Sequence[str], version_arn: str) -> Wanted:
        """Return the wanted behaviors of a distribution, and those that the stack attached."""
        attached = self.attachments.get(distribution_id)
        return Wanted(
            paths=tuple(paths),
            version_arn=version_arn,
            previous_paths=attached.paths if attached else (),
            previous_functions=(self.function_arn,),
        )


def read_stack(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """Return the stack. Raises ClientError if AWS does not let it be read."""
    try:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if not _is_absent(error):
            raise
        return Stack(name=name)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return Stack(
        name=name,
        status=stack["StackStatus"],
        domain=tags.get(DOMAIN_TAG, ""),
        outputs=outputs,
    )


def stack_of(cloudformation: "CloudFormationClient", physical_id: str) -> str:
    """Return the name of the stack that has a resource, or "". Raises ClientError."""
    try:
        found = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)
    except ClientError as error:
        if not _is_absent(error):
            raise
        return ""
    return found["StackResources"][0]["StackName"]


def read_deployments(cloudformation: "CloudFormationClient") -> list[DeploymentId]:
    """Return this project's deployments in the account, found by the tag of their stacks.

    Raises ClientError if AWS does not let the stacks be read.
    """
    found = {
        DeploymentId(stack["StackName"].rpartition("-")[0], tag["Value"])
        for page in cloudformation.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
        for tag in stack.get("Tags", [])
        if tag["Key"] == DOMAIN_TAG
    }
    return sorted(found)


def other_names(
    deployment: Deployment,
    others: Sequence[DeploymentId],
    distributions: "Sequence[DistributionSummaryTypeDef]",
) -> list[str]:
    """Return the names of `others` that deploy the same domain, if a proxy's name is in use."""
    taken = {alias for summary in distributions for alias in aliases_of(summary)}
    if taken.isdisjoint(proxy.domain_name for proxy in deployment.proxies):
        return []
    return [other.name for other in others if other.domain == deployment.config.domain]


def certificate_of(
    deployment: Deployment, distributions: "Sequence[DistributionSummaryTypeDef]"
) -> str:
    """Return the ARN of a live proxy's certificate, or "" if there is none."""
    names = {proxy.domain_name for proxy in deployment.proxies}
    arns = (
        summary["ViewerCertificate"].get("ACMCertificateArn", "")
        for summary in distributions
        if names & {*aliases_of(summary)}
    )
    return next(filter(None, arns), "")


def read_cookie_service(cloudformation: "CloudFormationClient", stack: str) -> CookieService:
    """Return the contents of the stack. Raises ClientError if AWS does not let it be read."""
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
    # Before its first change set is executed, a stack has an empty template.
    in_template = template.get("Resources", {}) if isinstance(template, dict) else {}
    attachments = [
        Attachment.from_properties(resource["Properties"])
        for logical_id, resource in in_template.items()
        if resource["Type"] == RESOURCE_TYPE and logical_id in ids
    ]
    function_arn = next((arn.rpartition(":")[0] for arn in versions.values()), "")
    return CookieService(
        function_arn=function_arn,
        versions=versions,
        attachments={attachment.distribution_id: attachment for attachment in attachments},
    )


def _is_absent(error: ClientError) -> bool:
    return "does not exist" in error.response["Error"]["Message"]


def list_summaries(cloudfront: "CloudFrontClient") -> "list[DistributionSummaryTypeDef]":
    """Return CloudFront's summaries of the account's distributions. Raises ClientError."""
    pages = cloudfront.get_paginator("list_distributions").paginate()
    return [summary for page in pages for summary in page["DistributionList"].get("Items", [])]


def summary_for(
    host: str, distributions: "Sequence[DistributionSummaryTypeDef]"
) -> "DistributionSummaryTypeDef | None":
    """Return the summary of the distribution with the most specific name for `host`, if any."""
    by_name = {name: summary for summary in distributions for name in aliases_of(summary)}
    name = most_specific(host, by_name)
    return by_name[name] if name else None


def aliases_of(distribution: Any) -> list[str]:
    """Return the alternate domain names in a summary or a configuration, including wildcards."""
    return list(distribution.get("Aliases", {}).get("Items", []))


def edge_functions_of(distribution: "DistributionSummaryTypeDef") -> Iterator[tuple[str, str]]:
    """Yield the path pattern and the version ARN of each Lambda@Edge function in a summary."""
    listed: Any = distribution.get("CacheBehaviors", {}).get("Items", [])
    for behavior in (*listed, distribution["DefaultCacheBehavior"]):
        for function in behavior.get("LambdaFunctionAssociations", {}).get("Items", []):
            yield behavior.get("PathPattern", DEFAULT_BEHAVIOR), function["LambdaFunctionARN"]


def paths_running(function_arn: str, distribution: "DistributionSummaryTypeDef") -> list[str]:
    """Return the path patterns in a summary whose behaviors run any version of the function."""
    return [
        path for path, arn in edge_functions_of(distribution) if unqualified(arn) == function_arn
    ]
