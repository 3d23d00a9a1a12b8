"""Checks of the cookie service's behaviors on the site's live distributions. Pure.

A finding is a change that the deployment would make, by the deployment's own decision, or a setting
that keeps visitors from the attached behaviors.
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
from tools import advice
from tools.commands import Commands
from tools.deployed import CookieService, aliases_of, paths_running
from tools.doctor.report import Note, Result

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef

    from attachment.xml_document import Element


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One of the site's distributions.

    `is_attached` is whether the stack attached it. `others` are the other distributions to which
    the deployment attaches. `running` are the paths on which it runs the function. `fix` is the fix
    for a difference.
    """

    distribution_id: str
    wanted: Wanted
    is_attached: bool
    others: tuple[str, ...]
    running: tuple[str, ...]
    fix: str


def sites_of(
    deployment: Deployment,
    deployed: CookieService,
    version_arn: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    commands: Commands,
) -> list[Site]:
    """Return the distributions that should have the cookie service's behaviors.

    These are the distributions in the context, those that the stack attached, and those to which
    another tool added the function. `version_arn` is the function's newest version.
    """
    config = deployment.config
    newest = next((name for name, arn in deployed.versions.items() if arn == version_arn), "")
    running = {
        summary["Id"]: tuple(paths)
        for summary in distributions
        if (paths := paths_running(deployed.function_arn, summary))
    }
    managed = tuple(dict.fromkeys((*(config.site_distribution_ids or ()), *deployed.attachments)))
    stack = deployment.cookie_service_stack
    deploy = commands.having(site_distribution_id=",".join(managed)).deploy(stack)

    def fix(distribution_id: str) -> str:
        if distribution_id not in managed:
            return "change it with the tool that manages it; docs/attach.md lists the behaviors"
        if deployed.is_unchanged(distribution_id, deployment.paths, newest, config.repair):
            return advice.repair(managed, deployed.next_repair(), stack, commands)
        return f"deploy\n{deploy}"

    return [
        Site(
            distribution_id=distribution_id,
            wanted=deployed.wanted(distribution_id, deployment.paths, version_arn),
            is_attached=distribution_id in deployed.attachments,
            others=tuple(other for other in managed if other != distribution_id),
            running=running.get(distribution_id, ()),
            fix=fix(distribution_id),
        )
        for distribution_id in dict.fromkeys((*managed, *running))
    ]


def not_attached(
    domain: str,
    distributions: "Sequence[DistributionSummaryTypeDef]",
    stack: str,
    commands: Commands,
) -> Finding:
    """Return the finding for a cookie service that no distribution runs."""
    hosts = {domain, f"www.{domain}"}
    likely = [summary["Id"] for summary in distributions if hosts & {*aliases_of(summary)}]
    attach = "if another tool manages the distribution, see docs/attach.md; otherwise attach it"
    return Finding(
        "not-attached",
        "no distribution runs the cookie service",
        f"{attach}\n{commands.having(site_distribution_id=','.join(likely)).deploy(stack)}"
        if likely
        else f"{attach}: deploy with the ID of the distribution that serves {domain} as "
        "site_distribution_id",
    )


def check_site(site: Site, document: bytes, cookie_domain: str) -> Iterator[Result]:
    """Yield the findings and notes for one distribution. `document` is its configuration.

    The site's hosts are the alternate domain names in `cookie_domain`. An attached distribution
    without such a name may be behind another CDN.
    """
    try:
        decision = decide(document, site.wanted)
    except RefusalError as error:
        yield _on(site, error.finding)
        return
    for change in decision.changes:
        yield Finding(
            "attachment-differs",
            f"{site.distribution_id} differs from this context; a deployment would {change}",
            site.fix,
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
                "name sends its requests to this distribution",
            )
    for behavior in behaviors_of(configuration):
        if path_pattern(behavior) in site.wanted.paths:
            yield from _check_settings(site, behavior)
    for warning in decision.warnings:
        result = _on(site, warning)
        yield result if warning.is_obstacle else Note(result.code, result.problem)


def check_owner(
    site: Site, owner_stack: str, stack: str, commands: Commands
) -> Iterator[Finding | Note]:
    """Yield a finding or a note if another tool manages the distribution or its behaviors.

    `owner_stack` is the CloudFormation stack that created the distribution, or "". `stack` is the
    cookie service stack.
    """
    if owner_stack and site.is_attached:
        yield _on(site, advice.owned_by_stack(owner_stack, site.others, stack, commands))
    if site.running and not site.is_attached:
        found = _on(
            site,
            advice.unmanaged(site.distribution_id, site.running, site.others, stack, commands),
        )
        yield Note(found.code, f"{found.problem}. To change this: {found.fix}")


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
            "allow all seven methods on this behavior; CloudFront has no narrower choice with POST",
        )
    if "true" in (
        behavior.value("TrustedSigners", "Enabled"),
        behavior.value("TrustedKeyGroups", "Enabled"),
    ):
        yield Finding(
            "behavior-signed",
            f"{site.distribution_id} requires signed requests on {path}",
            "set Restrict viewer access to No on this behavior",
        )


def _on(site: Site, finding: Finding) -> Finding:
    """Return the finding with the distribution's ID in front of its problem."""
    return Finding(finding.code, f"{site.distribution_id}: {finding.problem}", finding.fix)
