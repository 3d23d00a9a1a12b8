"""The cookie service's behaviors on the site's live distributions. Pure.

What is wrong is what attaching would change, and what keeps visitors from what is attached; the
decision is the deployment's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attachment.behaviors import (
    alternate_domain_names,
    behaviors_of,
    display_name,
    path_pattern,
    read_configuration,
    serves,
)
from attachment.edit import Wanted, decide, without_site_name
from attachment.finding import Finding, RefusalError
from stacks.deployment import Deployment
from tools.deployed import CookieService, aliases_of, paths_running
from tools.doctor.report import NO_SAFE_FIX, Note, Result

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef

    from attachment.xml_document import Element


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One of the site's distributions.

    `is_managed`: the stack attached it, or is asked to. `drift_is_hidden`: the stack did, with the
    same paths and version, so that another deployment would change nothing.
    """

    distribution_id: str
    is_managed: bool
    drift_is_hidden: bool
    wanted: Wanted


def sites_of(
    deployment: Deployment,
    deployed: CookieService,
    version_arn: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
) -> list[Site]:
    """Return the distributions that should have the cookie service's behaviors.

    These are the ones named in the context, those that the stack attached, and those to which
    another tool added the function. `version_arn` is the newest version.
    """
    newest = next((name for name, arn in deployed.versions.items() if arn == version_arn), "")
    running = [
        summary["Id"] for summary in distributions if paths_running(deployed.function_arn, summary)
    ]
    named = (*deployment.config.site_distribution_ids, *deployed.attachments)
    return [
        Site(
            distribution_id=distribution_id,
            is_managed=distribution_id in named,
            drift_is_hidden=deployed.is_attached_as(distribution_id, deployment.paths, newest),
            wanted=deployed.wanted(distribution_id, deployment.paths, version_arn),
        )
        for distribution_id in dict.fromkeys((*named, *running))
    ]


def not_attached(domain: str, distributions: "Sequence[DistributionSummaryTypeDef]") -> Finding:
    """Return the finding for a cookie service that no distribution runs."""
    hosts = {domain, f"www.{domain}"}
    likely = [summary["Id"] for summary in distributions if hosts & {*aliases_of(summary)}]
    return Finding(
        "not-attached",
        "no distribution runs the cookie service",
        f"attach it: deploy with -c site_distribution_id={','.join(likely) or 'E…'}, or see "
        "docs/attach.md for a distribution that another tool manages",
    )


def check_site(
    site: Site, document: bytes, cookie_domain: str, owner_stack: str
) -> Iterator[Result]:
    """Yield what is wrong on one distribution, whose configuration is `document`.

    `owner_stack` is the CloudFormation stack that created the distribution, if one did. The site's
    hosts are those in `cookie_domain`, on one distribution or several. A distribution that has none
    of them and is attached may be behind another CDN.
    """
    try:
        decision = decide(document, site.wanted)
    except RefusalError as error:
        yield _on(site, error.finding)
        return
    for change in decision.changes:
        yield Finding(
            "attachment-differs",
            f"{site.distribution_id} is not as it should be; a deployment would {change}",
            _fix(site),
        )
    configuration = read_configuration(document)
    names = alternate_domain_names(configuration)
    if not any(serves(name, cookie_domain) for name in names):
        missing = _on(site, without_site_name(cookie_domain, names))
        if decision.changes:
            yield missing
        else:
            yield Note(
                missing.code,
                f"{missing.problem}; browsers keep its cookies only if another CDN with such a "
                "name sends requests there",
            )
    for behavior in behaviors_of(configuration):
        if path_pattern(behavior) in site.wanted.paths:
            yield from _check_settings(site, behavior)
    if owner_stack and site.is_managed:
        yield Finding(
            "owned-by-stack",
            f"{site.distribution_id} belongs to the CloudFormation stack {owner_stack}, whose next "
            "update of it removes the cookie service's behaviors",
            NO_SAFE_FIX,
        )
    for warning in decision.warnings:
        result = _on(site, warning)
        yield result if warning.is_obstacle else Note(result.code, result.problem)


def _check_settings(site: Site, behavior: "Element") -> Iterator[Finding]:
    """Yield the settings of an attached behavior with which browsers' calls would fail."""
    path = display_name(behavior)
    methods = [
        method.text.strip() for method in behavior.find_all("AllowedMethods", "Items", "Method")
    ]
    if "POST" not in methods:
        yield Finding(
            "behavior-without-post",
            f"{site.distribution_id} allows only {', '.join(methods)} on {path}",
            "allow all seven methods on it; CloudFront has no narrower choice with POST",
        )
    if "true" in (
        behavior.value("TrustedSigners", "Enabled"),
        behavior.value("TrustedKeyGroups", "Enabled"),
    ):
        yield Finding(
            "behavior-signed",
            f"{site.distribution_id} requires signed requests on {path}",
            "set Restrict viewer access to No on it",
        )


def _fix(site: Site) -> str:
    if site.drift_is_hidden:
        return (
            "deploy once without this distribution in site_distribution_id, then with it; until "
            "the second deployment it has no cookie service (CloudFormation does not see what "
            "another tool changed)"
        )
    if site.is_managed:
        return f"deploy with -c site_distribution_id={site.distribution_id}, and others if any"
    return "change it with the tool that manages it; docs/attach.md has the behaviors for each"


def _on(site: Site, finding: Finding) -> Finding:
    """Return the finding with the distribution's ID in front of its problem."""
    return Finding(finding.code, f"{site.distribution_id}: {finding.problem}", finding.fix)
