"""Shared fixtures: the example context, the app that it makes, and the app's two templates."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

# jsii's Node process takes its environment over when aws_cdk is imported.
# CDK's own validation costs seconds in each synth; test_template_checks.py turns it on.
os.environ["CDK_VALIDATION"] = "false"
# As in an activated environment, which has its own Node.js.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from stacks.config import TrackingConfig
from stacks.cookie_service_stack import CookieServiceStack
from stacks.proxy_stack import ProxyStack

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def example_context() -> Mapping[str, object]:
    """What a user has to pass, and no more."""
    return {
        "domain": "example.com",
        "certificate_arn": (
            "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
        ),
    }


@pytest.fixture(scope="session")
def feature_flags() -> Mapping[str, object]:
    """The CDK feature flags that the CLI hands to the app from `cdk.json`."""
    flags: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return flags


@pytest.fixture(scope="session")
def make_app(
    example_context: Mapping[str, object],
    feature_flags: Mapping[str, object],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., cdk.App]:
    """Return a function that makes the app with both stacks, not yet synthesized.

    Its one argument holds context that comes on top of the example's.
    """

    def make(context: Mapping[str, object] | None = None) -> cdk.App:
        app = cdk.App(
            context={**feature_flags, **example_context, **(context or {})},
            outdir=str(tmp_path_factory.mktemp("cdk.out")),
        )
        config = TrackingConfig.from_context(app.node.get_all_context())
        ProxyStack(app, f"{config.name}-Proxies", config=config)
        CookieServiceStack(app, f"{config.name}-CookieService", config=config)
        return app

    return make


@pytest.fixture(scope="session")
def assembly(make_app: Callable[..., cdk.App]) -> CloudAssembly:
    """The cloud assembly of the example context."""
    return make_app().synth()


@pytest.fixture(scope="session")
def proxies(assembly: CloudAssembly) -> Template:
    """The template of the two proxies."""
    return Template.from_json(assembly.get_stack_by_name("FirstPartyTracking-Proxies").template)


@pytest.fixture(scope="session")
def cookie_service(assembly: CloudAssembly) -> Template:
    """The template of the cookie service."""
    stack = assembly.get_stack_by_name("FirstPartyTracking-CookieService")
    return Template.from_json(stack.template)
