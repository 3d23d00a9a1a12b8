"""What plan and doctor both say about the behaviors on a live distribution. Pure."""

import json
from collections.abc import Sequence

from attachment.behaviors import DEFAULT_BEHAVIOR, unqualified
from attachment.finding import Finding
from tools import behavior_templates


def owned_by_stack(stack: str, others: Sequence[str]) -> Finding:
    """Return what is wrong with an attachment to a distribution that a stack owns.

    `others` are the IDs of the other distributions that the deployment attaches to.
    """
    manage_others = (
        f", and deploy with -c site_distribution_id={','.join(others)} to manage those again"
        if others
        else ""
    )
    return Finding(
        "owned-by-stack",
        f"it belongs to the CloudFormation stack {stack}, whose next update of it removes the "
        "cookie service's behaviors",
        "let that stack's template have the behaviors: deploy without site_distribution_id, which "
        "leaves attached behaviors where they are, then add the ones that `python -m tools plan` "
        f"prints to the template{manage_others}",
    )


def another_domain(stack: str, deployed: str, domain: str) -> Finding:
    """Return what is wrong with deploying a domain under the name of another domain's stack."""
    return Finding(
        "another-domain",
        f"{stack} is the deployment for {deployed}, and deploying {domain} under its name would "
        "take it over",
        f"for a deployment of its own, leave `name` out or pass another one; to check the one for "
        f"{deployed}, pass -c domain={deployed}; to move that one to {domain}, deploy with the "
        "same name, and expect that the proxies' names and the cookies' domain change, so pages on "
        f"{deployed} lose both proxies and its visitors are new ones",
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


def repair(distribution_ids: Sequence[str], value: str) -> str:
    """Return the fix for what another tool changed on attached distributions."""
    return (
        f"deploy with -c site_distribution_id={','.join(distribution_ids)} -c repair={value}, "
        "which writes them again and detaches nothing"
    )


def left_attached(distribution_ids: Sequence[str]) -> Finding:
    """Return what a deployment does to attachments if site_distribution_id is not given."""
    ids = ",".join(distribution_ids)
    return Finding(
        "left-attached",
        "site_distribution_id is not given, so the next deployment leaves the behaviors as they "
        "are and no longer manages them; after that, neither site_distribution_id=none nor "
        "`cdk destroy` removes them",
        f"to keep managing them, pass -c site_distribution_id={ids}; to detach them, pass "
        "-c site_distribution_id=none",
    )


def unmanaged(distribution_id: str, paths: Sequence[str]) -> Finding:
    """Return what runs the cookie service's function without being attached by the stack."""
    return Finding(
        "unmanaged-behaviors",
        f"it runs the cookie service's function on {', '.join(paths)}, and the stack does not "
        "manage that: neither a deployment nor `cdk destroy` removes it",
        "keep them if another tool manages them; to manage them here, pass "
        f"-c site_distribution_id={distribution_id}; {remove_by_hand(distribution_id, paths)}",
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
        "" if is_role_there else "deploy with -c site_distribution_id=none, which makes the role; "
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
