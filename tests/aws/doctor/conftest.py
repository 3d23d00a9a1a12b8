"""An AWS emulator for the tests of doctor, and the app, deployed there once for each process.

Several checks read all resources of an account, so other tests do not use this account.
"""

from collections.abc import Iterator

import boto3
import pytest

from tests.support.checkout import Checkout
from tests.support.customer import behavior, create_distribution
from tests.support.deployed_example import DeployedExample
from tests.support.emulated_account import make_version
from tests.support.emulator import used_by_boto3
from tests.support.live_hosts import by_host, edge, events_proxy, redirect, sdk_proxy, serve
from tools.emulator.emulator import aws_emulator, client_environment
from tools.preview.deployment import bootstrapped
from tools.preview.edge_function import EdgeFunction


@pytest.fixture(scope="session")
def aws_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings with which AWS clients use the emulator, which is bootstrapped."""
    scratch = tmp_path_factory.mktemp("doctor-aws")
    with aws_emulator(scratch, delays=True) as settings:
        with bootstrapped(client_environment(settings), scratch):
            pass
        yield settings


@pytest.fixture(scope="session")
def aws(aws_settings: dict[str, str]) -> dict[str, str]:
    """The environment of commands that use the emulator."""
    return client_environment(aws_settings) | {"CDK_VALIDATION": "false"}


@pytest.fixture(scope="module", autouse=True)
def boto3_uses_the_emulator(aws_settings: dict[str, str]) -> Iterator[None]:
    """Let boto3 use this emulator only in this folder, because other tests use other emulators."""
    with used_by_boto3(aws_settings):
        yield


@pytest.fixture(scope="session")
def deployed(
    aws: dict[str, str], aws_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> DeployedExample:
    """The app, deployed under its usual name and attached to a customer's distribution."""
    with used_by_boto3(aws_settings):
        make_version(name="a")  # a function of another team
        certificate = boto3.client("acm").request_certificate(DomainName="*.example.com")
        site = create_distribution(behavior(PathPattern="/api/*"), alias="www.example.com")
        context = {
            "domain": "example.com",
            "certificate_arn": certificate["CertificateArn"],
            "site_distribution_id": site,
        }
        checkout = Checkout.make(tmp_path_factory.mktemp("doctor") / "checkout", aws)
        checkout.deploy("--all", *(f"{key}={value}" for key, value in context.items()))
    outputs = {
        **checkout.outputs("FirstPartyTracking-example-com-Proxies"),
        **checkout.outputs("FirstPartyTracking-example-com-CookieService"),
    }
    return DeployedExample(checkout=checkout, site=site, context=context, outputs=outputs)


@pytest.fixture(scope="session")
def private(
    aws: dict[str, str], aws_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> DeployedExample:
    """A second deployment, which has only the proxies and forwards no cookies."""
    context = {
        "domain": "example.net",
        "name": "Private",
        "forward_cookies": "false",
        "events_host_header": "origin",
    }
    checkout = Checkout.make(tmp_path_factory.mktemp("private") / "checkout", aws)
    with used_by_boto3(aws_settings):
        checkout.deploy("Private-Proxies", *(f"{key}={value}" for key, value in context.items()))
    outputs = checkout.outputs("Private-Proxies")
    return DeployedExample(checkout=checkout, site="", context=context, outputs=outputs)


@pytest.fixture(scope="module")
def address(deployed: DeployedExample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL at which this machine serves the live hosts of the deployment."""
    folder = deployed.unpack_function(tmp_path_factory.mktemp("package"))
    with (
        EdgeFunction(folder, "lambda_edge.handler.handler") as function,
        serve(
            by_host(
                {
                    "cdn.example.com": sdk_proxy(),
                    "events.example.com": events_proxy,
                    "example.com": redirect("https://www.example.com/"),
                    "www.example.com": edge(function),
                }
            )
        ) as url,
    ):
        yield url
