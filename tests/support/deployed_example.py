"""The example, deployed into the AWS emulator, and what doctor reports about it."""

import io
import urllib.request
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import boto3

from attachment.finding import Finding
from stacks.config import TrackingConfig
from stacks.deployment import Deployment
from tests.support.checkout import Checkout
from tests.support.cookie_services import right
from tests.support.dns_server import Zone
from tests.support.live_hosts import Answer, client
from tools.commands import Commands
from tools.deployed import certificate_of
from tools.doctor import dns_records
from tools.doctor.checks import Account, Aws, Doctor
from tools.doctor.report import Result


@dataclass(frozen=True, kw_only=True)
class DeployedExample:
    """A deployment in the AWS emulator.

    `checkout` deployed it with `context`, and got the stacks' `outputs`. `site` is the ID of the
    site's distribution.
    """

    checkout: Checkout
    site: str
    context: dict[str, str]
    outputs: dict[str, str]

    @property
    def version(self) -> str:
        """The ARN of the newest version of the edge function."""
        return self.outputs["CookieFunctionVersionArn"]

    @property
    def sdk_proxy(self) -> str:
        """The ID of the SDK proxy's distribution."""
        return _distribution_at(self.outputs["SdkProxyCnameTarget"])

    @property
    def events_proxy(self) -> str:
        """The ID of the events proxy's distribution."""
        return _distribution_at(self.outputs["EventsProxyCnameTarget"])

    @property
    def options(self) -> list[str]:
        """The context as options of a command."""
        return [part for key, value in self.context.items() for part in ("-c", f"{key}={value}")]

    def doctor(
        self, *, zone_port: int | None = None, live: Answer | None = None, **context: str
    ) -> Doctor:
        """Return the `Doctor` of this deployment. `context` replaces some of its context.

        DNS is queried at `zone_port` of this machine, or not at all. Live hosts answer with `live`,
        by default as a correct cookie service.
        """
        config = TrackingConfig.from_context(
            {**self.context, **context}, optional=["certificate_arn"]
        )
        deployment = Deployment(config)
        aws = Aws.connect()
        account = Account.read(aws, deployment)
        items = tuple(f"{key}={value}" for key, value in {**self.context, **context}.items())
        commands = Commands(items, has_certificate="certificate_arn" in {**self.context, **context})
        return Doctor(
            deployment=deployment,
            commands=commands.completed(certificate_of(deployment, account.distributions)),
            account=account,
            aws=aws,
            http=client(live or right()),
            resolver=(
                None if zone_port is None else dns_records.make_resolver("127.0.0.1", zone_port)
            ),
        )

    def run_check(self, check: str, **options: Any) -> list[Result]:
        """Return the results of one check; `options` are those of `doctor`."""
        return list(self.doctor(**options).checks()[check]())

    def run_abroad(self, command: str) -> None:
        """Run a command as a user whose default Region is not us-east-1. It has to succeed."""
        frankfurt = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
        checkout = replace(self.checkout, environment=self.checkout.environment | frankfurt)
        done = checkout.shell(command)
        assert done.returncode == 0, done.stdout

    def unpack_function(self, folder: Path) -> Path:
        """Unpack the newest version into a folder, as Lambda has it, and return the folder."""
        function = boto3.client("lambda").get_function(FunctionName=self.version)
        with (
            urllib.request.urlopen(function["Code"]["Location"]) as download,
            zipfile.ZipFile(io.BytesIO(download.read())) as files,
        ):
            files.extractall(folder)
        return folder

    def zone(self, **own: list[str]) -> Zone:
        """Return the DNS records that the deployment needs.

        `own` replaces the records of names, in which `_` is written instead of each dot.
        """
        sdk = self.outputs["SdkProxyCnameTarget"]
        events = self.outputs["EventsProxyCnameTarget"]
        cloudfront = boto3.client("cloudfront")
        site = cloudfront.get_distribution(Id=self.site)["Distribution"]["DomainName"]
        return {
            "cdn.example.com": [f"CNAME {sdk}"],
            "events.example.com": [f"CNAME {events}"],
            "www.example.com": [f"CNAME {site}"],
            sdk: ["A 203.0.113.1"],
            events: ["A 203.0.113.2"],
            site: ["A 203.0.113.3"],
            **{name.replace("_", "."): records for name, records in own.items()},
        }


def _distribution_at(domain_name: str) -> str:
    """Return the ID of the distribution with this CloudFront domain name."""
    summaries = boto3.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    [found] = [summary["Id"] for summary in summaries if summary["DomainName"] == domain_name]
    return found


def findings(results: Sequence[Result]) -> list[Finding]:
    """Return the results, which all have to be findings with a fix."""
    found = [result for result in results if isinstance(result, Finding) and result.fix]
    assert found == list(results)
    return found


def sentences(result: Result) -> list[str]:
    """Return all texts of a result except its code."""
    return [str(value) for field, value in asdict(result).items() if field != "code"]


def assert_no_safe_fix(finding: Finding) -> None:
    """Assert that no command is proposed: every known one takes a working service offline."""
    assert finding.fix.startswith("no safe command exists yet")
    assert "aws " not in finding.fix
    assert "cdk " not in finding.fix
