"""The checks of a deployment. Each reads from AWS or a host, and calls a pure function."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Self

import boto3
import dns.resolver
import httpx
from botocore.exceptions import ClientError

from attachment.finding import Finding
from attachment.live import LiveDistribution, explain
from stacks.deployment import VERSION_OUTPUT, Deployment, ProxyDescription
from stacks.domains import is_within
from stacks.edge_package import EdgePackage
from tools import advice, hand_built
from tools.aws_clients import Caller, open_session, read_caller
from tools.commands import Commands
from tools.deployed import (
    CookieService,
    DeploymentId,
    Stack,
    aliases_of,
    list_summaries,
    other_names,
    read_cookie_service,
    read_deployments,
    read_stack,
    summary_for,
)
from tools.doctor import (
    attachment,
    certificate,
    conformance,
    cookie_function,
    dns_records,
    leftovers,
    live_requests,
    proxies,
    quotas,
    stack_status,
)
from tools.doctor.report import Check, Inconclusive, Note, Result
from tools.limits import Limits, read_concurrency, read_limits

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import DistributionSummaryTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, kw_only=True)
class Aws:
    """AWS clients and their session. Threads can share the clients, but not the session."""

    session: boto3.Session
    acm: "ACMClient"
    cloudformation: "CloudFormationClient"
    cloudfront: "CloudFrontClient"
    iam: "IAMClient"
    lambda_: "LambdaClient"
    ssm: "SSMClient"

    @classmethod
    def connect(cls, session: boto3.Session | None = None) -> Self:
        """Return clients for us-east-1, where CloudFront's control plane is."""
        session = session or open_session()
        return cls(
            session=session,
            acm=session.client("acm", "us-east-1"),
            cloudformation=session.client("cloudformation", "us-east-1"),
            cloudfront=session.client("cloudfront"),
            iam=session.client("iam"),
            lambda_=session.client("lambda", "us-east-1"),
            ssm=session.client("ssm", "us-east-1"),
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """The facts about the account that several checks need.

    `distributions` are CloudFront's summaries. If the deployment's stacks do not exist, `others`
    are this project's deployments in the account.
    """

    proxies: Stack
    cookie_service: Stack
    deployed: CookieService
    distributions: "list[DistributionSummaryTypeDef]"
    limits: Limits
    caller: Caller
    others: tuple[DeploymentId, ...] = ()

    @classmethod
    def read(cls, aws: Aws, deployment: Deployment) -> Self:
        """Return the facts about the deployment's account. Raises ClientError."""
        proxies = read_stack(aws.cloudformation, deployment.proxies_stack)
        cookie_service = read_stack(aws.cloudformation, deployment.cookie_service_stack)
        is_deployed = proxies.status or cookie_service.status
        return cls(
            proxies=proxies,
            cookie_service=cookie_service,
            deployed=read_cookie_service(aws.cloudformation, cookie_service.name),
            distributions=list_summaries(aws.cloudfront),
            limits=read_limits(aws.session),
            caller=read_caller(aws.session),
            others=() if is_deployed else tuple(read_deployments(aws.cloudformation)),
        )

    @property
    def newest_version(self) -> str:
        """The ARN of the function's newest version, or "" if the stack does not exist."""
        return self.cookie_service.outputs.get(VERSION_OUTPUT, "")


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """The checks of one deployment.

    If `resolver` is None, all requests go to one address, without DNS and CloudFront's caches.
    """

    deployment: Deployment
    commands: Commands
    account: Account
    aws: Aws
    http: httpx.Client
    resolver: dns.resolver.Resolver | None

    def checks(self) -> dict[str, Check]:
        """Return the checks by name.

        With the wrong account or `name`, most checks would report on another deployment, so they
        are left out.
        """
        if other_account := advice.other_account(self.deployment.config, self.account.caller):
            return {"stacks": lambda: [other_account]}
        if other_name := self._other_name():
            return {"stacks": lambda: [other_name], "leftovers": self._leftovers}
        sdk, events = self.deployment.proxies
        checks: dict[str, Check] = {
            "stacks": self._stacks,
            sdk.label: lambda: self._proxy(sdk),
            events.label: lambda: self._proxy(events),
            "certificate": self._certificate,
            "alternate domain names": self._aliases,
            "cookie function": self._cookie_function,
            "attachment": self._attachment,
            "quotas": self._quotas,
            "leftovers": self._leftovers,
            f"SDK through {sdk.domain_name}": lambda: self._sdk_file(sdk),
            f"events through {events.domain_name}": lambda: self._preflight(events),
        }
        checks["DNS"] = self._dns
        for host, distribution in self._hosts().items():
            checks[f"cookie service on {host}"] = partial(self._conformance, host, distribution)
        return checks

    def _other_name(self) -> Finding | None:
        account, deployment = self.account, self.deployment
        if names := other_names(deployment, account.others, account.distributions):
            stacks = (account.proxies.name, account.cookie_service.name)
            domain = deployment.config.domain
            return advice.other_name(stacks, domain, names, account.caller, self.commands)
        return None

    def _is_deployed(self) -> bool:
        """Return whether the deployment's stacks, or proxies that were built by hand, exist."""
        stacks = (self.account.proxies, self.account.cookie_service)
        return any(stack.status for stack in stacks) or any(
            map(self._find, self.deployment.proxies)
        )

    def _sites(self) -> list[attachment.Site]:
        account = self.account
        return attachment.sites_of(
            self.deployment,
            account.deployed,
            account.newest_version,
            account.distributions,
            self.commands,
        )

    def _hosts(self) -> "dict[str, DistributionSummaryTypeDef | None]":
        """Return each host of the site with its distribution.

        The context's domain is always included, even if no distribution of the site has that name.
        """
        config = self.deployment.config
        ids = {site.distribution_id for site in self._sites()}
        hosts: dict[str, DistributionSummaryTypeDef | None] = {
            alias: distribution
            for distribution in self.account.distributions
            if distribution["Id"] in ids
            for alias in aliases_of(distribution)
            if not alias.startswith("*") and is_within(alias, config.cookie_domain)
        }
        domain = config.domain
        serving = summary_for(domain, self.account.distributions)
        if serving and serving["Id"] in ids:
            hosts[domain] = serving
        else:
            hosts.setdefault(domain, None)
        return hosts

    def _find(self, proxy: ProxyDescription) -> "DistributionSummaryTypeDef | None":
        return proxies.find_proxy(proxy, self.account.proxies, self.account.distributions)

    def _stacks(self) -> Iterator[Result]:
        account, domain = self.account, self.deployment.config.domain
        stacks = (account.proxies, account.cookie_service)
        if not self._is_deployed():
            names = [stack.name for stack in stacks]
            yield stack_status.not_deployed(names, account.others, account.caller, self.commands)
            return
        for stack in stacks:
            yield from stack_status.check_stack(stack, account.caller, self.commands)
            if stack.domain not in {"", domain}:
                yield advice.another_domain(stack.name, stack.domain, domain, self.commands)

    def _proxy(self, proxy: ProxyDescription) -> Iterator[Result]:
        if not self._is_deployed():
            yield self._no_proxy_yet(proxy)
            return
        if (found := self._find(proxy)) is None:
            yield proxies.missing_proxy(proxy, self.account.proxies, self.commands)
            return
        cloudfront, own_policy = self.aws.cloudfront, None
        if policy_id := proxies.own_policy_id(found):
            answer = cloudfront.get_origin_request_policy(Id=policy_id)
            own_policy = answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
        yield from proxies.check_proxy(
            proxy,
            cloudfront.get_distribution(Id=found["Id"])["Distribution"],
            LiveDistribution(cloudfront, found["Id"]).tags(),
            own_policy,
            self.deployment.config.certificate_arn,
            self.account.proxies,
            self.commands,
        )
        if not proxy.forward_cookies and (
            finding := self.account.limits.custom_policy(
                found["Id"], self.account.proxies.name, self.commands
            )
        ):
            yield finding

    def _certificate(self) -> Iterator[Result]:
        names: dict[str, list[str]] = {}
        for proxy in self.deployment.proxies:
            found = self._find(proxy)
            live = found.get("ViewerCertificate", {}) if found else {}
            given = self.deployment.config.certificate_arn
            if arn := given or live.get("ACMCertificateArn", ""):
                names.setdefault(arn, []).append(proxy.domain_name)
        if not names:
            yield Inconclusive(
                "no-certificate",
                "no certificate is given with -c certificate_arn=…, and no proxy has one yet",
            )
        for arn, covered in names.items():
            try:
                described = self.aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                yield Finding(
                    "certificate-missing",
                    f"{arn} does not exist in us-east-1 of this account",
                    "copy the ARN from the ACM console in us-east-1",
                )
            else:
                yield from certificate.check_certificate(described, covered, datetime.now(UTC))

    def _aliases(self) -> Iterator[Result]:
        if self.account.proxies.status == hand_built.IMPORTED:
            yield hand_built.unfinished_import(self.deployment, self.commands)
        elif by_hand := hand_built.find_hand_built(
            self.deployment, self.account.distributions, self.aws.cloudformation
        ):
            move = hand_built.take_over(
                by_hand, self.deployment, self.account.proxies.status, self.commands
            )
            yield Note(move.code, f"{move.problem}. To change this: {move.fix}")
        for proxy in self.deployment.proxies:
            own_id, conflicts = "", None
            if found := self._find(proxy):
                own_id = found["Id"]
                pages = self.aws.cloudfront.get_paginator("list_domain_conflicts").paginate(
                    Domain=proxy.domain_name,
                    DomainControlValidationResource={"DistributionId": own_id},
                )
                conflicts = [one for page in pages for one in page.get("DomainConflicts", [])]
            yield from certificate.check_alias(
                proxy.domain_name, own_id, self.account.distributions, conflicts
            )

    def _no_proxy_yet(self, proxy: ProxyDescription) -> Inconclusive:
        return Inconclusive("no-proxy-yet", f"there is no {proxy.label} yet")

    def _sdk_file(self, proxy: ProxyDescription) -> Iterator[Result]:
        if self._find(proxy) is None:
            yield self._no_proxy_yet(proxy)
            return
        yield from live_requests.sdk_file(
            self.http,
            proxy.domain_name,
            self.deployment.config.sdk_version,
            is_cached=self.resolver is not None,
        )

    def _preflight(self, proxy: ProxyDescription) -> Iterator[Result]:
        found = self._find(proxy)
        if found is None:
            yield self._no_proxy_yet(proxy)
            return
        commands = self.commands.having(events_host_header="origin")
        yield from live_requests.preflight(
            self.http,
            proxy.domain_name,
            self.deployment.config.domain,
            proxy.table.origin_domain,
            commands.deploy(self.account.proxies.name),
        )
        yield from proxies.note_region(found)

    def _dns(self) -> Iterator[Result]:
        if self.resolver is None:
            yield Inconclusive(
                "dns-not-used", "with --via, all requests go to one address, without DNS"
            )
            return
        hosts = []
        for proxy in self.deployment.proxies:
            found = self._find(proxy)
            if found and proxy.domain_name not in aliases_of(found):
                # Another distribution may serve the name, so no fix may move the record from it.
                yield Inconclusive(
                    "proxy-without-name",
                    f"{proxy.domain_name} is not an alternate domain name of {found['Id']}; the "
                    f"check {proxy.label} reports more",
                )
            else:
                hosts.append(_host(proxy.domain_name, found))
        sites = [_host(name, found, is_site=True) for name, found in self._hosts().items()]
        yield from dns_records.check_hosts(self.resolver, [*hosts, *sites])

    def _cookie_function(self) -> Iterator[Result]:
        stack = self.account.cookie_service.name
        deploy = self.commands.deploy(stack)
        if not self._is_deployed():
            yield self._no_stack_yet()
            return
        if not (version := self.account.newest_version):
            yield Finding(
                "no-stack",
                f"the stack {stack} does not exist in {self.account.caller}",
                f"deploy it\n{deploy}",
            )
            return
        name = self.deployment.version_parameter
        yield from cookie_function.check_parameter(name, self._parameter(name), version)
        function = self.aws.lambda_.get_function(FunctionName=version)
        try:
            # Not with `self.http`, which sends all requests to one address if there is --via.
            with live_requests.connect() as http:
                files = live_requests.download_package(http, function["Code"]["Location"])
        except live_requests.PackageError as error:
            yield Inconclusive("package-unavailable", f"the package from Lambda: {error}")
            return
        yield from cookie_function.check_version(
            version,
            function["Configuration"],
            files,
            EdgePackage.of(self.deployment.settings),
            deploy,
        )

    def _parameter(self, name: str) -> str:
        try:
            return self.aws.ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return ""

    def _no_stack_yet(self) -> Inconclusive:
        return Inconclusive(
            "no-stack-yet", f"the stack {self.account.cookie_service.name} does not exist yet"
        )

    def _attachment(self) -> Iterator[Result]:
        if not self.account.newest_version:
            yield self._no_stack_yet()
            return
        sites = self._sites()
        stack = self.account.cookie_service.name
        if not sites:
            yield attachment.not_attached(
                self.deployment.config.domain, self.account.distributions, stack, self.commands
            )
        attached = [*self.account.deployed.attachments]
        if attached and self.deployment.config.site_distribution_ids is None:
            left = advice.left_attached(attached, stack, self.commands)
            yield Note(left.code, f"{left.problem}. To change this: {left.fix}")
        for site in sites:
            live = LiveDistribution(self.aws.cloudfront, site.distribution_id)
            try:
                document, tags = live.read().document, live.tags()
            except ClientError as error:
                meaning = explain(error)
                problem = f"{live.id}: {meaning.problem}"
                yield Finding(meaning.code, problem, meaning.fix)
            else:
                owner = tags.get("aws:cloudformation:stack-name", "")
                domain = self.deployment.config.cookie_domain
                yield from attachment.check_site(site, document, domain)
                yield from attachment.check_owner(site, owner, stack, self.commands)

    def _quotas(self) -> Iterator[Result]:
        yield from quotas.check_quotas(
            [site.distribution_id for site in self._sites()],
            self.deployment.paths,
            self.account.deployed.function_arn,
            self.account.distributions,
            self.account.limits,
        )
        yield from quotas.check_concurrency(read_concurrency(self.aws.session))

    def _conformance(
        self, host: str, distribution: "DistributionSummaryTypeDef | None"
    ) -> Iterator[Result]:
        if distribution is None and (target := self._redirected_to(host)):
            yield Note(
                "host-redirects",
                f"{host} redirects to {target}, where the cookie service is checked",
            )
            return
        errors = distribution["CustomErrorResponses"].get("Items", []) if distribution else []
        replaced = {one["ErrorCode"] for one in errors if one.get("ResponsePagePath")} & {403, 405}
        yield from conformance.check_endpoint(
            self.http, f"https://{host}", self.deployment.settings, replaced=replaced
        )

    def _redirected_to(self, host: str) -> str:
        """Return the other host of the site to which `host` redirects, or "" if there is none."""
        url = f"https://{host}{self.deployment.config.renew_path}"
        target = live_requests.redirected_to(self.http, url)
        return target if target in self._hosts() and target != host else ""

    def _leftovers(self) -> Iterator[Result]:
        stack = self.account.cookie_service.name
        functions, other_roles = leftovers.read_functions(self.aws.lambda_, stack)
        yield from leftovers.check_leftovers(
            functions,
            leftovers.read_roles(self.aws.iam, stack, other_roles),
            self.account.deployed.function_arn,
            self.account.newest_version,
            self.account.distributions,
        )


def _host(
    name: str, distribution: "DistributionSummaryTypeDef | None", *, is_site: bool = False
) -> dns_records.Host:
    target = distribution["DomainName"] if distribution else ""
    return dns_records.Host(name=name, target=target, is_site=is_site)
