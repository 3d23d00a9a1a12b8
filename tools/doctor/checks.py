"""Every check of a deployment: what it reads, and the pure function that judges it."""

import io
import shlex
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import boto3
import dns.resolver
import httpx
from botocore.exceptions import ClientError

from stacks.config import TrackingConfig
from stacks.constructs.distribution_attachment.runtime.live import LiveDistribution
from stacks.cookie_package import settings_of
from stacks.domains import is_within
from tools.deployed import (
    CookieService,
    Stack,
    aliases_of,
    distribution_for,
    read_cookie_service,
    read_distributions,
    read_stack,
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
    stacks,
)
from tools.doctor.report import Check, Finding, NotCheckable, Remark

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, kw_only=True)
class Aws:
    """Clients, which threads may share."""

    acm: "ACMClient"
    cloudformation: "CloudFormationClient"
    cloudfront: "CloudFrontClient"
    iam: "IAMClient"
    lambda_: "LambdaClient"
    ssm: "SSMClient"

    @classmethod
    def connect(cls) -> Self:
        """Everything is in us-east-1, where CloudFront is at home."""
        return cls(
            acm=boto3.client("acm", "us-east-1"),
            cloudformation=boto3.client("cloudformation", "us-east-1"),
            cloudfront=boto3.client("cloudfront"),
            iam=boto3.client("iam"),
            lambda_=boto3.client("lambda", "us-east-1"),
            ssm=boto3.client("ssm", "us-east-1"),
        )


@dataclass(frozen=True, kw_only=True)
class Account:
    """What several checks rest on. `distributions` are CloudFront's summaries."""

    proxies: Stack
    cookie_service: Stack
    deployed: CookieService
    distributions: list[Mapping[str, Any]]

    @classmethod
    def read(cls, aws: Aws, name: str) -> Self:
        """Read the stacks of the deployment `name`. Raises ClientError."""
        cookie_service = f"{name}-CookieService"
        return cls(
            proxies=read_stack(aws.cloudformation, f"{name}-Proxies"),
            cookie_service=read_stack(aws.cloudformation, cookie_service),
            deployed=read_cookie_service(aws.cloudformation, cookie_service),
            distributions=read_distributions(aws.cloudfront),
        )

    @property
    def newest_version(self) -> str:
        """The ARN of the newest version; empty without a stack."""
        return self.cookie_service.outputs.get("CookieFunctionVersionArn", "")


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """All that can be asked about one deployment.

    Without a `resolver` all requests go to one address, past DNS and CloudFront's caches.
    """

    config: TrackingConfig
    account: Account
    aws: Aws
    http: httpx.Client
    resolver: dns.resolver.Resolver | None

    def checks(self) -> dict[str, Check]:
        """Return every check by its name."""
        sdk, events = proxies.proxies_of(self.config)
        checks: dict[str, Check] = {
            "stacks": self._stacks,
            sdk.name: lambda: self._proxy(sdk),
            events.name: lambda: self._proxy(events),
            "certificate": self._certificate,
            "alternate domain names": self._aliases,
            "cookie function": self._cookie_function,
            "attachment": self._attachment,
            "quotas": self._quotas,
            "leftovers": self._leftovers,
            f"SDK through {sdk.domain_name}": lambda: self._sdk_file(sdk),
            f"events through {events.domain_name}": lambda: self._preflight(events),
        }
        for proxy in (sdk, events):
            checks[f"DNS of {proxy.domain_name}"] = partial(self._proxy_dns, proxy)
        for host, distribution in self._hosts().items():
            checks[f"DNS of {host}"] = partial(self._dns, host, distribution, is_site=True)
            checks[f"cookie service on {host}"] = partial(self._conformance, host, distribution)
        return checks

    def _sites(self) -> list[attachment.Site]:
        account = self.account
        return attachment.sites_of(
            self.config, account.deployed, account.newest_version, account.distributions
        )

    def _hosts(self) -> dict[str, Mapping[str, Any] | None]:
        """Return each host of the site with its distribution.

        The context's domain is one of them where a wildcard stands for it, too, and where no
        distribution of the site is known.
        """
        ids = {site.distribution_id for site in self._sites()}
        hosts: dict[str, Mapping[str, Any] | None] = {
            alias: distribution
            for distribution in self.account.distributions
            if distribution["Id"] in ids
            for alias in aliases_of(distribution)
            if not alias.startswith("*") and is_within(alias, self.config.cookie_domain)
        }
        domain = self.config.domain
        serving = distribution_for(domain, self.account.distributions)
        if serving and serving["Id"] in ids:
            hosts[domain] = serving
        return hosts or {domain: None}

    def _find(self, proxy: proxies.Proxy) -> Mapping[str, Any] | None:
        return proxies.find(proxy, self.account.proxies, self.account.distributions)

    def _stacks(self) -> Iterator[Remark]:
        yield from stacks.judge(self.account.proxies)
        yield from stacks.judge(self.account.cookie_service)

    def _proxy(self, proxy: proxies.Proxy) -> Iterator[Remark]:
        if (found := self._find(proxy)) is None:
            yield proxies.missing(proxy, self.account.proxies)
            return
        cloudfront, own_policy = self.aws.cloudfront, None
        if policy_id := proxies.own_policy_id(found):
            answer = cloudfront.get_origin_request_policy(Id=policy_id)
            own_policy = answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
        yield from proxies.judge(
            proxy,
            cloudfront.get_distribution(Id=found["Id"])["Distribution"],
            LiveDistribution(cloudfront, found["Id"]).tags(),
            own_policy,
            self.config.certificate_arn,
            self.account.proxies,
        )

    def _certificate(self) -> Iterator[Remark]:
        names: dict[str, list[str]] = {}
        for proxy in proxies.proxies_of(self.config):
            live = (self._find(proxy) or {}).get("ViewerCertificate", {})
            if arn := self.config.certificate_arn or live.get("ACMCertificateArn", ""):
                names.setdefault(arn, []).append(proxy.domain_name)
        if not names:
            yield NotCheckable("none is named with -c certificate_arn=…, and no proxy has one yet")
        for arn, covered in names.items():
            try:
                described = self.aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                yield Finding(
                    f"there is no {arn} in us-east-1 of this account",
                    "copy the ARN from the ACM console in us-east-1",
                )
            else:
                yield from certificate.judge(described, covered, datetime.now(UTC))

    def _aliases(self) -> Iterator[Remark]:
        for proxy in proxies.proxies_of(self.config):
            own_id, conflicts = "", None
            if found := self._find(proxy):
                own_id = found["Id"]
                pages = self.aws.cloudfront.get_paginator("list_domain_conflicts").paginate(
                    Domain=proxy.domain_name,
                    DomainControlValidationResource={"DistributionId": own_id},
                )
                conflicts = [one for page in pages for one in page.get("DomainConflicts", [])]
            yield from certificate.judge_alias(
                proxy.domain_name, own_id, self.account.distributions, conflicts
            )

    def _sdk_file(self, proxy: proxies.Proxy) -> Iterator[Remark]:
        if self._find(proxy) is None:
            yield NotCheckable(f"there is no {proxy.name} yet")
            return
        yield from live_requests.sdk_file(
            self.http, proxy.domain_name, is_cached=self.resolver is not None
        )

    def _preflight(self, proxy: proxies.Proxy) -> Iterator[Remark]:
        if self._find(proxy) is None:
            yield NotCheckable(f"there is no {proxy.name} yet")
            return
        yield from live_requests.preflight(self.http, proxy.domain_name, self.config.domain)

    def _proxy_dns(self, proxy: proxies.Proxy) -> Iterator[Remark]:
        found = self._find(proxy)
        if found and proxy.domain_name not in aliases_of(found):
            # A record that leads there would take the name off the distribution that serves it.
            yield NotCheckable(
                f"{proxy.domain_name} is no alternate domain name of {found['Id']}; the check "
                f"{proxy.name} says more"
            )
            return
        yield from self._dns(proxy.domain_name, found)

    def _dns(
        self, name: str, distribution: Mapping[str, Any] | None, *, is_site: bool = False
    ) -> Iterator[Remark]:
        if self.resolver is None:
            yield NotCheckable("with --via all requests go to one address, whatever DNS says")
            return
        try:
            if distribution is None:
                found = dns_records.resolve(self.resolver, name)
                yield NotCheckable(f"there is no distribution yet that {name} could point at")
            else:
                target = distribution["DomainName"]
                found, at_target = dns_records.resolve_both(self.resolver, name, target)
                yield from dns_records.judge(name, found, target, at_target)
        except dns_records.DnsError as error:
            yield NotCheckable(str(error))
            return
        if is_site:
            yield from dns_records.judge_itp(name, found)

    def _cookie_function(self) -> Iterator[Remark]:
        stack = self.account.cookie_service.name
        if not (version := self.account.newest_version):
            deploy = f"npx cdk deploy {shlex.quote(stack)}"
            yield Finding(f"there is no stack {stack} in this account", deploy)
            return
        name = f"/{self.config.name}/CookieFunctionVersionArn"
        yield from cookie_function.judge_parameter(name, self._parameter(name), version)
        function = self.aws.lambda_.get_function(FunctionName=version)
        try:
            package = httpx.get(function["Code"]["Location"]).raise_for_status().content
        except httpx.HTTPError as error:
            yield NotCheckable(f"the package cannot be downloaded from Lambda: {error}")
            return
        with zipfile.ZipFile(io.BytesIO(package)) as files:
            yield from cookie_function.judge(
                version,
                function["Configuration"],
                {name: files.read(name) for name in files.namelist()},
                settings_of(self.config),
                stack,
            )

    def _parameter(self, name: str) -> str:
        try:
            return self.aws.ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return ""

    def _attachment(self) -> Iterator[Remark]:
        if not self.account.newest_version:
            yield NotCheckable(f"there is no stack {self.account.cookie_service.name} yet")
            return
        sites = self._sites()
        if not sites:
            yield attachment.nowhere(self.config, self.account.distributions)
        for site in sites:
            # No other check may read configurations in this way at the same time: it listens to
            # all answers that the client gets.
            live = LiveDistribution(self.aws.cloudfront, site.distribution_id)
            try:
                document, tags = live.read().document, live.tags()
            except ClientError as error:
                yield Finding(live.describe(error), "name the site's own distribution")
            else:
                owner = tags.get("aws:cloudformation:stack-name", "")
                yield from attachment.judge(site, document, self.config.cookie_domain, owner)

    def _quotas(self) -> Iterator[Remark]:
        return quotas.judge(
            [site.distribution_id for site in self._sites()],
            (self.config.renew_path, self.config.clear_path),
            self.account.deployed.function_arn,
            self.account.distributions,
        )

    def _conformance(self, host: str, distribution: Mapping[str, Any] | None) -> Iterator[Remark]:
        errors = (distribution or {}).get("CustomErrorResponses", {}).get("Items", [])
        replaced = {one["ErrorCode"] for one in errors if one.get("ResponsePagePath")} & {403, 405}
        return conformance.check(
            self.http, f"https://{host}", settings_of(self.config), replaced=replaced
        )

    def _leftovers(self) -> Iterator[Remark]:
        stack = self.account.cookie_service.name
        functions, other_roles = leftovers.read_functions(self.aws.lambda_, stack)
        yield from leftovers.judge(
            functions,
            leftovers.read_roles(self.aws.iam, stack, other_roles),
            self.account.deployed.function_arn,
            self.account.newest_version,
            self.account.distributions,
        )
