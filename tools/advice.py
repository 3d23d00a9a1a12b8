"""The findings that plan and doctor share, with their fixes. Pure."""

import json
from collections.abc import Sequence

from attachment.behaviors import DEFAULT_BEHAVIOR, unqualified
from attachment.finding import Finding
from stacks.config import TrackingConfig
from tools import behavior_templates
from tools.aws_clients import Caller
from tools.commands import Commands


def owned_by_stack(owner: str, others: Sequence[str], stack: str, commands: Commands) -> Finding:
    """Return the finding for an attached distribution that the stack `owner` owns.

    `others` are the IDs of the other distributions to which the deployment attaches, and `stack` is
    its cookie service stack.
    """
    manage_others = ""
    if others:
        manage = commands.having(site_distribution_id=",".join(others))
        manage_others = f"\nthen manage the other distributions again\n{manage.deploy(stack)}"
    leave = commands.without("site_distribution_id").deploy(stack)
    return Finding(
        "owned-by-stack",
        f"the CloudFormation stack {owner} owns the distribution, and its next update of the "
        "distribution removes the cookie service's behaviors",
        f"add the behaviors to the template of {owner}: first deploy without site_distribution_id, "
        "which leaves attached behaviors in place\n"
        f"{leave}\n"
        f"then run plan, and add the behaviors that it prints to the template of {owner}\n"
        f"{commands.tool('plan')}{manage_others}",
    )


def another_domain(stack: str, deployed: str, domain: str, commands: Commands) -> Finding:
    """Return the finding for a `name` whose stack is the deployment of another domain."""
    check = commands.without("sdk_domain", "events_domain", "cookie_domain").having(domain=deployed)
    return Finding(
        "another-domain",
        f"the stack {stack} belongs to the deployment for {deployed}, and deploying {domain} with "
        f"the same name would move that deployment to {domain}",
        f"to give {domain} its own deployment, leave out `name` or pass another one; to move the "
        f"existing deployment to {domain}, deploy with the same name: this changes the proxies' "
        f"names and the cookies' domain, so pages on {deployed} lose both proxies, and its "
        f"visitors get new IDs on {domain}; to check the deployment for {deployed}\n"
        f"{check.tool('doctor')}",
    )


def other_account(config: TrackingConfig, caller: Caller) -> Finding | None:
    """Return the finding if an ARN in the context is in another account than the credentials."""
    for key, arn in {
        "certificate_arn": config.certificate_arn,
        "web_acl_arn": config.web_acl_arn,
    }.items():
        if arn and (account := arn.split(":")[4]) != caller.account:
            return Finding(
                "other-account",
                f"{key} is in account {account}, but the credentials are for {caller}",
                f"use credentials for account {account}, for example with AWS_PROFILE; or, if "
                f"{caller.account} is the right account, pass an ARN in it as {key}",
            )
    return None


def other_name(
    stacks: Sequence[str], domain: str, names: Sequence[str], caller: object, commands: Commands
) -> Finding:
    """Return the finding for a domain that is deployed under another `name` than the context's.

    `stacks` are the stacks that the context names. `names` are the names of the domain's existing
    deployments.
    """
    use = "\n".join(commands.having(name=name).tool("doctor") for name in names)
    return Finding(
        "other-name",
        f"{' and '.join(stacks)} do not exist in {caller}; {domain} is deployed there with "
        f"name={', '.join(names)}",
        f"pass the `name` of the existing deployment, and change nothing else\n{use}",
    )


def path_changed(paths: Sequence[str]) -> Finding:
    """Return the finding for a changed `renew_path` or `clear_path`. `paths` are the old paths."""
    return Finding(
        "path-changed",
        f"{' and '.join(paths)} will no longer reach the cookie service: pages with the old "
        "snippet stop working, so their visitors' IDs are not renewed and not cleared",
        "keep the old renew_path and clear_path, or, when the deployment has finished, put the new "
        "snippet from the output ClientSnippet on every page",
    )


def repair(distribution_ids: Sequence[str], value: str, stack: str, commands: Commands) -> str:
    """Return the fix for behaviors that another tool changed on attached distributions."""
    again = commands.having(site_distribution_id=",".join(distribution_ids), repair=value)
    return f"write the behaviors again, which detaches nothing\n{again.deploy(stack)}"


def left_attached(distribution_ids: Sequence[str], stack: str, commands: Commands) -> Finding:
    """Return the finding for attached distributions if site_distribution_id is not given."""
    keep = commands.having(site_distribution_id=",".join(distribution_ids))
    return Finding(
        "left-attached",
        "site_distribution_id is not given, so the next deployment leaves the behaviors as they "
        "are and no longer manages them; after that, neither site_distribution_id=none nor "
        "`cdk destroy` removes them",
        "to detach the distributions, pass `none` instead of their IDs; to keep managing them\n"
        f"{keep.deploy(stack)}",
    )


def unmanaged(
    distribution_id: str,
    paths: Sequence[str],
    managed: Sequence[str],
    stack: str,
    commands: Commands,
) -> Finding:
    """Return the finding for a distribution that runs the function, but is not attached.

    `paths` are those of the behaviors that run it. `managed` are the distributions that the stack
    attached, which stay attached.
    """
    manage = commands.having(site_distribution_id=",".join((*managed, distribution_id)))
    return Finding(
        "unmanaged-behaviors",
        f"the distribution runs the cookie service's function on {', '.join(paths)}, and the stack "
        "does not manage these behaviors: neither a deployment nor `cdk destroy` removes them",
        "keep the behaviors if another tool manages them; to manage them with this stack\n"
        f"{manage.deploy(stack)}\n{remove_by_hand(distribution_id, paths)}",
    )


def remove_by_hand(distribution_id: str, paths: Sequence[str]) -> str:
    """Return how to remove the function from `paths` of a distribution without a deployment."""
    listed = [path for path in paths if path != DEFAULT_BEHAVIOR]
    if not listed:
        return "to remove the function, edit the default behavior in the CloudFront console"
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
    """Return the warning about other teams' edge functions on a distribution.

    Before the first attachment, the role does not exist.
    """
    make_role = (
        "" if is_role_there else "deploy with site_distribution_id=none, which creates the role; "
    )
    statement = {
        "Effect": "Allow",
        "Action": ["lambda:EnableReplication*", "lambda:GetFunction"],
        # The other team's next version is attached as soon as it deploys.
        "Resource": sorted({f"{unqualified(arn)}:*" for arn in arns}),
    }
    return Finding(
        "other-edge-functions",
        f"other teams' edge functions run on the distribution: {', '.join(sorted(set(arns)))}. "
        "CloudFront may check that the attachment's role can use them, and the role has no "
        "permission to",
        "do this only if the deployment fails and names lambda:EnableReplication* or "
        f"lambda:GetFunction on one of them: {make_role}add the statement below to the role of the "
        "attachment's handlers as an inline policy, and deploy as before. Before `cdk destroy`, "
        "detach with site_distribution_id=none, which needs that policy, then delete the policy: "
        f"{json.dumps(statement)}",
    )
