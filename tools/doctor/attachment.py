"""Our two behaviors on the site's live distributions. Pure.

What is wrong is what attaching would change, and what keeps visitors from what is attached; the
decision is the deployment's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.config import TrackingConfig
from stacks.constructs.distribution_attachment.runtime.edit import (
    RefusalError,
    Wanted,
    behaviors_of,
    decide,
    missing_name,
    name_of,
)
from stacks.constructs.distribution_attachment.runtime.xml_document import Element, parse
from tools.deployed import CookieService, aliases_of, paths_running
from tools.doctor.report import NO_SAFE_FIX, Finding, Note, Remark


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One of the site's distributions.

    `by_us`: the stack attached it, or is asked to. `is_unnoticed`: the stack did, with the same
    paths and version, so that deploying again would change nothing.
    """

    distribution_id: str
    by_us: bool
    is_unnoticed: bool
    wanted: Wanted


def sites_of(
    config: TrackingConfig,
    deployed: CookieService,
    version_arn: str,
    distributions: Sequence[Mapping[str, Any]],
) -> list[Site]:
    """Return the distributions that should hold our behaviors.

    These are the ones named in the context, those that the stack attached, and those to which
    somebody else added our function. `distributions` are the account's, as ListDistributions has
    them; `version_arn` is the newest version.
    """
    paths = (config.renew_path, config.clear_path)
    newest = next((one for one, arn in deployed.versions.items() if arn == version_arn), "")
    running = [one["Id"] for one in distributions if paths_running(deployed.function_arn, one)]
    named = (*config.site_distribution_ids, *deployed.attachments)
    return [
        Site(
            distribution_id=distribution_id,
            by_us=distribution_id in named,
            is_unnoticed=deployed.is_attached_as(distribution_id, paths, newest),
            wanted=deployed.wanted(distribution_id, paths, version_arn),
        )
        for distribution_id in dict.fromkeys((*named, *running))
    ]


def nowhere(config: TrackingConfig, distributions: Sequence[Mapping[str, Any]]) -> Finding:
    """Return the finding for a cookie service that no distribution runs."""
    hosts = {config.domain, f"www.{config.domain}"}
    likely = [one["Id"] for one in distributions if hosts & {*aliases_of(one)}]
    return Finding(
        "no distribution runs the cookie service",
        f"attach it: deploy with -c site_distribution_id={','.join(likely) or 'E…'}, or see "
        "docs/attach.md for a distribution that another tool manages",
    )


def judge(site: Site, document: bytes, cookie_domain: str, owner_stack: str) -> Iterator[Remark]:
    """Yield what is wrong on one distribution, whose configuration is `document`.

    `owner_stack` is the CloudFormation stack that made the distribution, if one did. Hosts of the
    site are those in `cookie_domain`, on one distribution or several. One that has none of them
    and is attached may stand behind another CDN.
    """
    it = site.distribution_id
    try:
        decision = decide(document, site.wanted)
    except RefusalError as error:
        yield _finding(f"{it}: {error}", "mend that first")
        return
    for change in decision.changes:
        yield Finding(f"{it} is not as it should be, which is to {change}", _remedy(site))
    for obstacle in decision.obstacles:
        yield _finding(f"{it}: {obstacle}", f"change that on {it}, or name the site's other one")
    config = parse(document)
    if missing := missing_name(config, cookie_domain):
        if decision.changes:
            yield Finding(f"{it}: {missing}", f"change that on {it}, or name the site's other one")
        else:
            yield Note(
                f"{it}: {missing}; browsers keep its cookies where another CDN there leads to it"
            )
    for behavior in behaviors_of(config):
        if "/" + name_of(behavior).removeprefix("/") in site.wanted.paths:
            yield from _judge_settings(it, behavior)
    if owner_stack and site.by_us:
        yield Finding(
            f"{it} belongs to the CloudFormation stack {owner_stack}, whose next change to it "
            "removes our behaviors",
            NO_SAFE_FIX,
        )
    yield from (
        Note(f"{it}: {warning}")
        for warning in decision.warnings
        if warning not in decision.obstacles
    )


def _judge_settings(it: str, behavior: Element) -> Iterator[Finding]:
    """Yield the settings of a behavior of ours with which browsers' calls would fail."""
    path = name_of(behavior)
    methods = [one.text.strip() for one in behavior.find_all("AllowedMethods", "Items", "Method")]
    if "POST" not in methods:
        yield Finding(
            f"{it} lets {path} be called with {', '.join(methods)} alone",
            "allow all seven methods on it; CloudFront has no narrower choice with POST",
        )
    if "true" in (
        behavior.value("TrustedSigners", "Enabled"),
        behavior.value("TrustedKeyGroups", "Enabled"),
    ):
        yield Finding(f"{it} wants signed requests on {path}", "let it restrict no viewer access")


def _remedy(site: Site) -> str:
    if site.is_unnoticed:
        return (
            "deploy once without this distribution in site_distribution_id, then with it; until "
            "the second deployment it has no cookie service (CloudFormation does not see what "
            "another tool changed)"
        )
    if site.by_us:
        return f"deploy with -c site_distribution_id={site.distribution_id}, and others if any"
    return "change it with the tool that manages it; docs/attach.md has the behaviors for each"


def _finding(text: str, remedy: str) -> Finding:
    """Split a text of the deployment's, where the mend may follow behind the last semicolon."""
    what, _, mend = text.rpartition("; ")
    return Finding(what, mend) if what else Finding(text, remedy)
