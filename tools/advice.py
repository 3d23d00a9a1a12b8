"""What plan and doctor both say about the behaviors on a live distribution. Pure."""

import json
from collections.abc import Sequence

from attachment.behaviors import DEFAULT_BEHAVIOR, unqualified
from attachment.finding import Finding
from stacks.config import TrackingConfig
from tools import behavior_templates
from tools.aws_clients import Caller
from tools.commands import Commands


def owned_by_stack(owner: str, others: Sequence[str], stack: str, commands: Commands) -> Finding:
    """Return what is wrong with an attachment to a distribution that the stack `owner` owns.

    `others` are the IDs of the other distributions that the deployment attaches to, and `stack` is
    its stack of the cookie service.
    """
    manage_others = ""
    if others:
        manage = commands.having(site_distribution_id=",".join(others))
        manage_others = f"\nat last, manage the other distributions again\n{manage.deploy(stack)}"
    leave = commands.without("site_distribution_id").deploy(stack)
    return Finding(
        "owned-by-stack",
        f"it belongs to the CloudFormation stack {owner}, whose next update of it removes the "
        "cookie service's behaviors",
        "let that stack's template have the behaviors: first deploy without site_distribution_id, "
        "which leaves attached behaviors where they are\n"
        f"{leave}\n"
        "then add the behaviors that this prints to the template\n"
        f"{commands.tool('plan')}{manage_others}",
    )


def another_domain(stack: str, deployed: str, domain: str, commands: Commands) -> Finding:
    """Return what is wrong with deploying a domain under the name of another domain's stack."""
    check = commands.without("sdk_domain", "events_domain", "cookie_domain").having(domain=deployed)
    return Finding(
        "another-domain",
        f"{stack} is the deployment for {deployed}, and deploying {domain} under its name would "
        "take it over",
        f"for a deployment of its own, leave `name` out or pass another one; to move that one to "
        f"{domain}, deploy with the same name, and expect that the proxies' names and the cookies' "
        f"domain change, so pages on {deployed} lose both proxies and its visitors are new ones; "
        f"to check the one for {deployed}\n{check.tool('doctor')}",
    )


def other_account(config: TrackingConfig, caller: Caller) -> Finding | None:
    """Return what is wrong with credentials of another account than the context's ARNs, if so."""
    for key, arn in {
        "certificate_arn": config.certificate_arn,
        "web_acl_arn": config.web_acl_arn,
    }.items():
        if arn and (account := arn.split(":")[4]) != caller.account:
            return Finding(
                "other-account",
                f"{key} is of account {account}, and the credentials are of {caller}",
                f"use credentials of account {account}, for example with AWS_PROFILE; or if "
                f"{caller.account} is the right account, pass an ARN of it as {key}",
            )
    return None


def other_name(
    stacks: Sequence[str], domain: str, names: Sequence[str], caller: object, commands: Commands
) -> Finding:
    """Return the finding for a context whose `name` is not that of the domain's deployment.

    `stacks` are those of the context, and `names` those of the deployments that have the proxies.
    """
    use = "\n".join(commands.having(name=name).tool("doctor") for name in names)
    return Finding(
        "other-name",
        f"there is neither {' nor '.join(stacks)} in {caller}; {domain} is deployed there as "
        f"name={', '.join(names)}",
        f"pass the `name` of the deployment, and change nothing else\n{use}",
    )


def path_changed(paths: Sequence[str]) -> Finding:
    """Return what a change of `renew_path` or `clear_path` does to pages with the old paths."""
    return Finding(
        "path-changed",
        f"{' and '.join(paths)} will no longer reach the cookie service: pages with the old "
        "snippet stop working, so their visitors' IDs are not renewed and not cleared",
        "keep the old renew_path and clear_path, or put the snippet with the new paths, which is "
        "the output ClientSnippet, on every page when the deployment has finished",
    )


def repair(distribution_ids: Sequence[str], value: str, stack: str, commands: Commands) -> str:
    """Return the fix for what another tool changed on attached distributions."""
    again = commands.having(site_distribution_id=",".join(distribution_ids), repair=value)
    return f"write them again, which detaches nothing\n{again.deploy(stack)}"


def left_attached(distribution_ids: Sequence[str], stack: str, commands: Commands) -> Finding:
    """Return what a deployment does to attachments if site_distribution_id is not given."""
    keep = commands.having(site_distribution_id=",".join(distribution_ids))
    return Finding(
        "left-attached",
        "site_distribution_id is not given, so the next deployment leaves the behaviors as they "
        "are and no longer manages them; after that, neither site_distribution_id=none nor "
        "`cdk destroy` removes them",
        "to detach them, pass `none` instead of their IDs; to keep managing them\n"
        f"{keep.deploy(stack)}",
    )


def unmanaged(
    distribution_id: str,
    paths: Sequence[str],
    managed: Sequence[str],
    stack: str,
    commands: Commands,
) -> Finding:
    """Return what runs the cookie service's function without being attached by the stack.

    `managed` are the distributions that the stack attached, which stay attached.
    """
    manage = commands.having(site_distribution_id=",".join((*managed, distribution_id)))
    return Finding(
        "unmanaged-behaviors",
        f"it runs the cookie service's function on {', '.join(paths)}, and the stack does not "
        "manage that: neither a deployment nor `cdk destroy` removes it",
        "keep them if another tool manages them; to manage them here\n"
        f"{manage.deploy(stack)}\n{remove_by_hand(distribution_id, paths)}",
    )


def remove_by_hand(distribution_id: str, paths: Sequence[str]) -> str:
    """Return how to remove behaviors without a deployment."""
    listed = [path for path in paths if path != DEFAULT_BEHAVIOR]
    if not listed:
        return "to remove it, edit the default behavior in the CloudFront console"
    also = (
        "edit the default behavior in the CloudFront console, and "
        if DEFAULT_BEHAVIOR in paths
        else ""
    )
    return (
        f"to remove them by hand, {also}run these with the newest AWS CLI, because an old one "
        "deletes the settings that it does not know\n"
        f"{behavior_templates.detach(distribution_id, listed)}"
    )


def other_functions(arns: Sequence[str], *, is_role_there: bool) -> Finding:
    """Return what to know about other teams' edge functions on a distribution.

    Before the first attachment, the role is not there yet.
    """
    make_role = (
        "" if is_role_there else "deploy with site_distribution_id=none, which makes the role; "
    )
    statement = {
        "Effect": "Allow",
        "Action": ["lambda:EnableReplication*", "lambda:GetFunction"],
        # The other team's next version is attached as soon as it deploys.
        "Resource": sorted({f"{unqualified(arn)}:*" for arn in arns}),
    }
    return Finding(
        "other-edge-functions",
        f"other teams' edge functions run on it: {', '.join(sorted(set(arns)))}. CloudFront may "
        "check that the attachment's role can use them, and the role has no right to",
        "only if the deployment fails and names lambda:EnableReplication* or lambda:GetFunction on "
        f"one of them: {make_role}add this statement to the role of the attachment's handlers as "
        "an inline policy, and deploy as before. Before `cdk destroy`, detach with "
        "site_distribution_id=none, which needs that policy, and then delete it: "
        f"{json.dumps(statement)}",
    )
