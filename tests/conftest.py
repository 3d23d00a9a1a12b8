"""Shared fixtures: the app of the example context, and its two templates."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# jsii's Node process gets its environment when aws_cdk is imported.
# CDK's own validation costs seconds in each synth; test_template_checks.py turns it on.
os.environ["CDK_VALIDATION"] = "false"
# Commands use the virtual environment's Node.js, as in an activated environment.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from stacks.config import TrackingConfig
from stacks.cookie_service_stack import CookieServiceStack
from stacks.deployment import Deployment
from stacks.proxy_stack import ProxyStack
from tests.support import checkout, example
from tests.support import own_home as _own_home  # noqa: F401 - the commands' home folder
from tests.support import properties as _profile  # noqa: F401 - registers a Hypothesis profile
from tests.support.templates import MakeApp


@pytest.fixture(scope="session")
def feature_flags() -> Mapping[str, object]:
    """The CDK feature flags that the CLI passes to the app from `cdk.json`."""
    return checkout.feature_flags()


@pytest.fixture(scope="session")
def make_app(
    feature_flags: Mapping[str, object], tmp_path_factory: pytest.TempPathFactory
) -> MakeApp:
    """A function that makes the app with both stacks, not yet synthesized.

    Its only argument is context that is added to the example's.
    """

    def make(context: Mapping[str, object] | None = None) -> cdk.App:
        app = cdk.App(
            context={**feature_flags, **example.CONTEXT, **(context or {})},
            outdir=str(tmp_path_factory.mktemp("cdk.out")),
        )
        deployment = Deployment(TrackingConfig.from_context(app.node.get_all_context()))
        ProxyStack(app, deployment.proxies_stack, deployment=deployment)
        CookieServiceStack(app, deployment.cookie_service_stack, deployment=deployment)
        return app

    return make


@pytest.fixture(scope="session")
def assembly(make_app: MakeApp) -> CloudAssembly:
    """The cloud assembly of the example context."""
    return make_app().synth()


@pytest.fixture(scope="session")
def proxies(assembly: CloudAssembly) -> Template:
    """The template of the proxies' stack."""
    return Template.from_json(
        assembly.get_stack_by_name("FirstPartyTracking-example-com-Proxies").template
    )


@pytest.fixture(scope="session")
def cookie_service(assembly: CloudAssembly) -> Template:
    """The template of the cookie service's stack."""
    stack = assembly.get_stack_by_name("FirstPartyTracking-example-com-CookieService")
    return Template.from_json(stack.template)
