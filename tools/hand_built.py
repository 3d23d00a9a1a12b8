"""Proxies that were built by hand, and the commands that move them into the stack.

This module only reads. docs/migrate.md explains the move.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attachment.finding import Finding
from stacks.config import TrackingConfig
from stacks.deployment import Deployment
from tools.commands import Commands
from tools.deployed import aliases_of, stack_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef

#: The logical ID of each proxy's distribution, by the proxy's label.
LOGICAL_IDS = {
    "SDK proxy": "SdkProxyDistribution72D8DF33",
    "events proxy": "EventsProxyDistribution998E48F2",
}
#: The status of a stack after an import, until the next deployment.
IMPORTED = "IMPORT_COMPLETE"
# The status after a failed first deployment. `cdk import` would treat its template as deployed.
_NEVER_DEPLOYED = "ROLLBACK_COMPLETE"


def find_hand_built(
    deployment: Deployment,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    cloudformation: "CloudFormationClient",
) -> "dict[str, DistributionSummaryTypeDef]":
    """Return the proxies' distributions that belong to no stack, by logical ID in the template.

    They are found by a proxy's name and Hightouch's origin. Raises ClientError.
    """
    return {
        LOGICAL_IDS[proxy.label]: summary
        for proxy in deployment.proxies
        for summary in distributions
        if proxy.domain_name in aliases_of(summary)
        and proxy.table.origin_domain
        in (origin["DomainName"] for origin in summary["Origins"]["Items"])
        and not stack_of(cloudformation, summary["Id"])
    }


def take_over(
    found: "Mapping[str, DistributionSummaryTypeDef]",
    deployment: Deployment,
    status: str,
    commands: Commands,
) -> Finding:
    """Return the finding for proxies that were built by hand, with how to move them into the stack.

    `found` are their distributions by logical ID. `status` is the stack's status.
    """
    stack = deployment.proxies_stack
    ids = {logical_id: summary["Id"] for logical_id, summary in found.items()}
    acls = {summary.get("WebACLId", "") for summary in found.values()}
    keep_acl = ""
    if not deployment.config.web_acl_arn and acls != {""}:
        if len(acls) == 1:
            commands = commands.having(web_acl_arn=acls.pop())
        else:
            keep_acl = (
                "first set the same web ACL on both distributions in the CloudFront console, "
                "because the move removes their present web ACLs, and run this command again; "
            )
    names = {proxy.domain_name for proxy in deployment.proxies}
    others = sorted({alias for one in found.values() for alias in aliases_of(one)} - names)
    move_names = (
        f"first move {', '.join(others)} to another distribution, because the move removes other "
        "alternate domain names; "
        if others
        else ""
    )
    delete = _delete(stack) if status == _NEVER_DEPLOYED else ""
    without_records = _without_records(commands, deployment.config)
    return Finding(
        "hand-built-proxies",
        f"the distributions of the proxies ({' and '.join(ids.values())}) belong to no stack; "
        "CloudFront rejects new distributions with the same alternate domain names, and removing "
        "the names from the old ones causes an outage",
        f"{move_names}{keep_acl}move the distributions into the stack, which overwrites every "
        "setting that differs from Hightouch's tables; docs/migrate.md explains the changes\n"
        f"{delete}"
        f"{_without_policy(without_records, deployment.config).import_into(stack, ids)}\n"
        f"{without_records.deploy(stack)}",
    )


def unfinished_import(deployment: Deployment, commands: Commands) -> Finding:
    """Return the finding for proxies that were imported into their stack, but not deployed yet."""
    stack = deployment.proxies_stack
    return Finding(
        "import-unfinished",
        f"the proxies were imported into the stack {stack}, which was not deployed after that, so "
        "it has no outputs",
        f"deploy the stack\n{_without_records(commands, deployment.config).deploy(stack)}",
    )


def _delete(stack: str) -> str:
    """Return the commands that delete an empty stack."""
    arguments = f"--stack-name {shlex.quote(stack)} --region us-east-1"
    return (
        f"aws cloudformation delete-stack {arguments}\n"
        f"aws cloudformation wait stack-delete-complete {arguments}\n"
    )


def _without_records(commands: Commands, config: TrackingConfig) -> Commands:
    """Return commands without the hosted zone, because it already has records of the proxies."""
    return commands.having(hosted_zone_id="") if config.hosted_zone_id else commands


def _without_policy(commands: Commands, config: TrackingConfig) -> Commands:
    """Return commands without a custom origin request policy, which an import cannot create."""
    return commands if config.forward_cookies else commands.having(forward_cookies="true")
