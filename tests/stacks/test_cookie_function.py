"""The limits of a function at a viewer event, checked when an app is synthesized."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.cookie_function import CookieFunction
from tests.support.example import make_settings
from tests.support.templates import MakeApp


def function_resource(app: cdk.App) -> lambda_.CfnFunction:
    """Return the CloudFormation resource of the app's only Lambda function."""
    (resource,) = (
        construct for construct in app.node.find_all() if isinstance(construct, lambda_.CfnFunction)
    )
    return resource


def synth_error(app: cdk.App) -> str:
    """Return the text of the error with which the synth fails."""
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    return str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "value", "shown"),
    [
        pytest.param(
            "environment",
            lambda_.CfnFunction.EnvironmentProperty(variables={"STAGE": "test"}),
            "{'variables': {'STAGE': 'test'}}",
        ),
        pytest.param(
            "layers",
            ["arn:aws:lambda:us-east-1:111122223333:layer:extra:1"],
            "['arn:aws:lambda:us-east-1:111122223333:layer:extra:1']",
        ),
        pytest.param(
            "vpc_config",
            lambda_.CfnFunction.VpcConfigProperty(subnet_ids=["subnet-1"]),
            "{'subnetIds': ['subnet-1']}",
        ),
        pytest.param(
            "dead_letter_config",
            lambda_.CfnFunction.DeadLetterConfigProperty(
                target_arn="arn:aws:sqs:us-east-1:111122223333:letters"
            ),
            "{'targetArn': 'arn:aws:sqs:us-east-1:111122223333:letters'}",
        ),
        pytest.param(
            "tracing_config",
            lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
            "{'mode': 'Active'}",
        ),
        pytest.param(
            "ephemeral_storage",
            lambda_.CfnFunction.EphemeralStorageProperty(size=1024),
            "{'size': 1024}",
        ),
        pytest.param(
            "kms_key_arn",
            "arn:aws:kms:us-east-1:111122223333:key/example",
            "arn:aws:kms:us-east-1:111122223333:key/example",
        ),
    ],
)
def test_unsupported_setting_fails_the_synth(
    make_app: MakeApp, attribute: str, value: object, shown: str
) -> None:
    """The message names the construct, the setting, and its value."""
    app = make_app()
    setattr(function_resource(app), attribute, value)
    assert (
        "[FirstPartyTracking-example-com-CookieService/CookieFunction] "
        "Lambda@Edge does not support "
        f"{attribute.replace('_', ' ')}; remove `{attribute}` (got: {shown})"
    ) in synth_error(app)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        pytest.param("memory_size", 129, "memory up to 128 MB, got: 129", id="memory"),
        pytest.param("timeout", 6, "timeout up to 5 s, got: 6", id="timeout"),
    ],
)
def test_value_above_a_limit_fails_the_synth(
    make_app: MakeApp, attribute: str, value: object, message: str
) -> None:
    """The message names the construct, the limit, and the value."""
    app = make_app()
    setattr(function_resource(app), attribute, value)
    assert (
        "[FirstPartyTracking-example-com-CookieService/CookieFunction] "
        "for a viewer event, Lambda@Edge allows "
        f"{message}"
    ) in synth_error(app)


def test_another_architecture_fails_the_synth(make_app: MakeApp) -> None:
    app = make_app()
    function_resource(app).architectures = ["arm64"]
    assert (
        "[FirstPartyTracking-example-com-CookieService/CookieFunction] "
        "Lambda@Edge runs only on x86_64, got: "
        "['arm64']"
    ) in synth_error(app)


def test_error_names_every_value_above_a_limit(make_app: MakeApp) -> None:
    """One synth shows everything that is wrong with the function."""
    app = make_app()
    function = function_resource(app)
    function.memory_size, function.timeout = 256, 30
    error = synth_error(app)
    assert "got: 256" in error
    assert "got: 30" in error


def test_oversized_package_fails_the_synth(tmp_path: Path) -> None:
    """CloudFront accepts 1 MB at a viewer event, and here the settings are larger."""
    app = cdk.App(outdir=str(tmp_path))
    settings = make_settings(cookie_domain="a" * 1_000_000)
    CookieFunction(cdk.Stack(app, "Stack"), "CookieFunction", settings=settings)
    assert "package up to 1000000 bytes" in synth_error(app)


@pytest.mark.parametrize(("attribute", "value"), [("memory_size", 128), ("timeout", 1)])
def test_limit_itself_is_allowed(make_app: MakeApp, attribute: str, value: int) -> None:
    app = make_app()
    setattr(function_resource(app), attribute, value)
    assert app.synth().stacks
