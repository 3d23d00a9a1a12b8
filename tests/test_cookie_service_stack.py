"""The edge function, its role and its version: what Lambda@Edge takes, and what stays behind."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template
from aws_cdk.cx_api import CloudAssembly

from lambda_edge.cookie_service import Settings
from stacks.constructs.cookie_function import CookieFunction
from stacks.cookie_package import write_package

MakeApp = Callable[..., cdk.App]


def only(template: Template, resource_type: str) -> tuple[str, dict[str, Any]]:
    """Return logical id and body of the template's one resource of that type."""
    ((logical_id, resource),) = template.find_resources(resource_type).items()
    return logical_id, dict(resource)


def properties(template: Template, resource_type: str) -> dict[str, Any]:
    """Return the properties of the template's one resource of that type."""
    found: dict[str, Any] = only(template, resource_type)[1]["Properties"]
    return found


def plain(value: Any) -> str:
    """Return an ARN with its references written out as `${AWS::AccountId}`."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(plain(part) for part in parts)
        case {"Ref": name}:
            return f"${{{name}}}"
    return str(value)


def package(assembly: CloudAssembly) -> Path:
    """Return the folder that becomes the function's zip."""
    stack = assembly.get_stack_by_name("FirstPartyTracking-CookieService")
    function = properties(Template.from_json(stack.template), "AWS::Lambda::Function")
    (folder,) = Path(assembly.directory).glob("asset.*")
    assert function["Code"]["S3Key"] == f"{folder.name.removeprefix('asset.')}.zip"
    return folder


def version_id(app: cdk.App, name: str = "FirstPartyTracking") -> str:
    """Return the logical id of the app's one function version."""
    template = app.synth().get_stack_by_name(f"{name}-CookieService").template
    return only(Template.from_json(template), "AWS::Lambda::Version")[0]


def function_resource(app: cdk.App) -> lambda_.CfnFunction:
    """Return the app's one Lambda function, as CloudFormation will see it."""
    (resource,) = (
        construct for construct in app.node.find_all() if isinstance(construct, lambda_.CfnFunction)
    )
    return resource


# The function


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Runtime", "python3.14"),
        ("Architectures", ["x86_64"]),
        ("MemorySize", 128),
        ("Timeout", 5),
        ("Handler", "lambda_edge.handler.handler"),
        ("LoggingConfig", {"LogFormat": "JSON", "SystemLogLevel": "WARN"}),
        (
            "Description",
            "Hightouch cookie service: answers renew and clear at viewer-request",
        ),
    ],
)
def test_function_property(cookie_service: Template, name: str, value: object) -> None:
    """128 MB and 5 s are the most that a viewer event allows, and Lambda@Edge runs on x86_64."""
    assert properties(cookie_service, "AWS::Lambda::Function")[name] == value


@pytest.mark.parametrize(
    "name",
    [
        "DeadLetterConfig",
        "Environment",
        "EphemeralStorage",
        "FileSystemConfigs",
        "ImageConfig",
        "KmsKeyArn",
        "Layers",
        "PackageType",
        "ReservedConcurrentExecutions",
        "SnapStart",
        "TracingConfig",
        "VpcConfig",
    ],
)
def test_function_has_nothing_that_lambda_edge_refuses(cookie_service: Template, name: str) -> None:
    """CloudFront would refuse the version after minutes of deploying."""
    assert name not in properties(cookie_service, "AWS::Lambda::Function")


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [("AWS::Lambda::Function", "FunctionName"), ("AWS::IAM::Role", "RoleName")],
)
def test_name_is_generated(cookie_service: Template, resource_type: str, name: str) -> None:
    """A later deployment never meets the name that an earlier one left behind."""
    assert name not in properties(cookie_service, resource_type)


def test_function_runs_as_the_stacks_role(cookie_service: Template) -> None:
    """The one role of the stack is the function's."""
    role_id, _ = only(cookie_service, "AWS::IAM::Role")
    function = properties(cookie_service, "AWS::Lambda::Function")
    assert function["Role"] == {"Fn::GetAtt": [role_id, "Arn"]}


def test_version_is_the_functions(cookie_service: Template) -> None:
    """Lambda@Edge takes a numbered version, of this function."""
    function_id, _ = only(cookie_service, "AWS::Lambda::Function")
    version = properties(cookie_service, "AWS::Lambda::Version")
    assert version == {"FunctionName": {"Ref": function_id}}


def test_stack_holds_four_resources_and_nothing_else(cookie_service: Template) -> None:
    """No log group, no separate policy, no custom resource comes along."""
    types = [resource["Type"] for resource in cookie_service.to_json()["Resources"].values()]
    assert sorted(types) == [
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::SSM::Parameter",
    ]


@pytest.mark.parametrize(
    ("path", "resource_type"),
    [("Function", "AWS::Lambda::Function"), ("Role", "AWS::IAM::Role")],
)
def test_construct_ids_stay(make_app: MakeApp, path: str, resource_type: str) -> None:
    """Another id would replace what live distributions use."""
    stack = make_app().node.find_child("FirstPartyTracking-CookieService")
    resource = stack.node.find_child("CookieFunction").node.find_child(path).node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.cfn_resource_type == resource_type


# The role


def test_role_trusts_lambda_and_lambda_edge_alone(cookie_service: Template) -> None:
    """Lambda@Edge assumes the role under a service name of its own."""
    statements = properties(cookie_service, "AWS::IAM::Role")["AssumeRolePolicyDocument"][
        "Statement"
    ]
    services: list[str] = []
    for statement in statements:
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
        assert set(statement) == {"Effect", "Action", "Principal"}
        assert set(statement["Principal"]) == {"Service"}
        service = statement["Principal"]["Service"]
        services += [service] if isinstance(service, str) else service
    assert sorted(services) == ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]


def test_role_may_write_the_functions_logs_in_every_region(cookie_service: Template) -> None:
    """Three actions, on the log groups that edge functions of us-east-1 have wherever they run."""
    (policy,) = properties(cookie_service, "AWS::IAM::Role")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (
        statement["Effect"],
        sorted(statement["Action"]),
        plain(statement["Resource"]).replace("${AWS::Partition}", "aws"),
    ) == (
        "Allow",
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "arn:aws:logs:*:${AWS::AccountId}:log-group:/aws/lambda/us-east-1.*",
    )


@pytest.mark.parametrize("name", ["ManagedPolicyArns", "PermissionsBoundary"])
def test_role_has_no_other_policy(cookie_service: Template, name: str) -> None:
    """The inline policy outlives the stack with the role; one of the stack's would not."""
    assert name not in properties(cookie_service, "AWS::IAM::Role")


# What outlives the stack


@pytest.mark.parametrize(
    ("resource_type", "deletion_policy"),
    [
        ("AWS::Lambda::Function", "Retain"),
        ("AWS::IAM::Role", "Retain"),
        # But not when the deployment that made it rolls back: the next would meet the left-over.
        ("AWS::Lambda::Version", "RetainExceptOnCreate"),
    ],
)
def test_resource_outlives_the_stack(
    cookie_service: Template, resource_type: str, deletion_policy: str
) -> None:
    """CloudFront holds replicas for hours; until they are gone a deletion fails."""
    _, resource = only(cookie_service, resource_type)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (
        deletion_policy,
        "Retain",
    )


# Where others find the version


@pytest.mark.parametrize("name", ["FirstPartyTracking", "Shop"])
def test_parameter_holds_the_versions_arn(make_app: MakeApp, name: str) -> None:
    """Another stack reads the newest version under a name that only this site has."""
    assembly = make_app({"name": name}).synth()
    template = Template.from_json(assembly.get_stack_by_name(f"{name}-CookieService").template)
    parameter = properties(template, "AWS::SSM::Parameter")
    assert parameter == {
        "Name": f"/{name}/CookieFunctionVersionArn",
        "Type": "String",
        "Value": {"Ref": only(template, "AWS::Lambda::Version")[0]},
        "Description": "Newest version of the Hightouch cookie service, for Lambda@Edge",
    }


def test_versions_arn_is_the_one_output(cookie_service: Template) -> None:
    """The user learns what to attach where; no export locks the stack."""
    assert cookie_service.to_json()["Outputs"] == {
        "CookieFunctionVersionArn": {
            "Value": {"Ref": only(cookie_service, "AWS::Lambda::Version")[0]},
            "Description": (
                "Attach to viewer-request of /ht/renew and /ht/clear "
                "on the distribution of example.com"
            ),
        }
    }


# When a new version is published


@pytest.fixture(scope="module")
def example_version_id(make_app: MakeApp) -> str:
    """The version's logical id for the example context."""
    return version_id(make_app())


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"cookie_max_age_days": "365"}, id="default-spelt-out"),
        pytest.param({"sdk_domain": "js.example.com"}, id="sdk_domain"),
        pytest.param({"events_domain": "in.example.com"}, id="events_domain"),
        pytest.param(
            {"certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/other"},
            id="certificate_arn",
        ),
        pytest.param({"domain": "shop.example.com"}, id="domain-with-the-same-cookies"),
        pytest.param({"@aws-cdk/core:enableAdditionalMetadataCollection": False}, id="metadata"),
        pytest.param({"@aws-cdk/aws-lambda:recognizeLayerVersion": False}, id="layer-version"),
        pytest.param({"@aws-cdk/core:enablePartitionLiterals": False}, id="partition-literals"),
        pytest.param({"@aws-cdk/aws-iam:minimizePolicies": False}, id="minimize-policies"),
        pytest.param({"@aws-cdk/core:explicitStackTags": False}, id="stack-tags"),
    ],
)
def test_version_stays_when_only_this_changes(
    make_app: MakeApp, example_version_id: str, context: Mapping[str, object]
) -> None:
    """Lambda refuses to publish the same code twice, so nothing else may ask for it."""
    assert version_id(make_app(context)) == example_version_id


def test_version_stays_when_the_name_changes(make_app: MakeApp, example_version_id: str) -> None:
    """The prefix of stacks and names is no part of what the function does."""
    assert version_id(make_app({"name": "Shop"}), "Shop") == example_version_id


def test_version_stays_when_no_feature_flag_is_set(
    make_app: MakeApp, example_version_id: str, feature_flags: Mapping[str, object]
) -> None:
    """A `cdk.json` of an older or newer CDK does not republish either."""
    assert version_id(make_app(dict.fromkeys(feature_flags))) == example_version_id


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"domain": "example.org"}, id="cookie_domain-by-domain"),
        pytest.param(
            {"domain": "shop.example.com", "cookie_domain": "shop.example.com"}, id="cookie_domain"
        ),
        pytest.param({"cookie_max_age_days": "364"}, id="cookie_max_age_days"),
        pytest.param({"restore_after_hours": "23"}, id="restore_after_hours"),
        pytest.param({"renew_path": "/ht/renew2"}, id="renew_path"),
        pytest.param({"clear_path": "/ht/clear2"}, id="clear_path"),
    ],
)
def test_cookie_setting_makes_a_new_version(
    make_app: MakeApp, example_version_id: str, context: Mapping[str, object]
) -> None:
    """The settings are baked into the package, so a changed one has to be published."""
    assert version_id(make_app(context)) != example_version_id


# The package


def test_settings_are_baked_into_the_package(assembly: CloudAssembly) -> None:
    """Lambda@Edge has no environment variables."""
    assert json.loads((package(assembly) / "lambda_edge/settings.json").read_text()) == {
        "cookie_domain": "example.com",
        "max_age_seconds": 31536000,
        "restore_after_seconds": 0,
        "renew_path": "/ht/renew",
        "clear_path": "/ht/clear",
    }


def test_own_settings_are_baked_into_the_package(make_app: MakeApp) -> None:
    """Days and hours become seconds, names A-labels."""
    own = {
        "domain": "shop.münchen.de",
        "cookie_max_age_days": 30,
        "restore_after_hours": "23",
        "renew_path": "/a",
        "clear_path": "/b",
    }
    folder = package(make_app(own).synth())
    assert json.loads((folder / "lambda_edge/settings.json").read_text()) == {
        "cookie_domain": "xn--mnchen-3ya.de",
        "max_age_seconds": 2592000,
        "restore_after_seconds": 82800,
        "renew_path": "/a",
        "clear_path": "/b",
    }


def test_package_holds_the_module_and_its_settings_alone(assembly: CloudAssembly) -> None:
    """No compiled file of the deployer's machine, which would make each package another."""
    folder = package(assembly)
    sources = Path(__file__).parent.parent / "lambda_edge"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"lambda_edge/settings.json"} | {
        f"lambda_edge/{source.name}" for source in sources.glob("*.py")
    }


def test_package_holds_the_sources_byte_for_byte(assembly: CloudAssembly) -> None:
    """What was tested is what is deployed."""
    sources = Path(__file__).parent.parent / "lambda_edge"
    for source in sources.glob("*.py"):
        deployed = package(assembly) / "lambda_edge" / source.name
        assert deployed.read_bytes() == source.read_bytes()


def test_package_is_readable_whatever_the_deployers_umask_is(tmp_path: Path) -> None:
    """Lambda runs the package as another user than the one who wrote it."""
    settings = Settings(
        cookie_domain="example.com",
        max_age_seconds=31536000,
        restore_after_seconds=0,
        renew_path="/ht/renew",
        clear_path="/ht/clear",
    )
    before = os.umask(0o077)
    try:
        write_package(tmp_path, settings)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {0o644}
    assert (tmp_path / "lambda_edge").stat().st_mode & 0o777 == 0o755


# The limits of a function at a viewer event, for apps that wrap this one


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        pytest.param("memory_size", 129, "memory at a viewer event is 128 MB at most, got: 129"),
        pytest.param("timeout", 6, "timeout at a viewer event is 5 s at most, got: 6"),
        pytest.param(
            "architectures", ["arm64"], "Lambda@Edge runs on x86_64 alone, got: ['arm64']"
        ),
        pytest.param(
            "environment",
            lambda_.CfnFunction.EnvironmentProperty(variables={"STAGE": "test"}),
            "Lambda@Edge allows no environment, got: {'variables': {'STAGE': 'test'}}",
        ),
        pytest.param(
            "layers",
            ["arn:aws:lambda:us-east-1:111122223333:layer:extra:1"],
            "Lambda@Edge allows no layers, got: "
            "['arn:aws:lambda:us-east-1:111122223333:layer:extra:1']",
        ),
        pytest.param(
            "vpc_config",
            lambda_.CfnFunction.VpcConfigProperty(subnet_ids=["subnet-1"]),
            "Lambda@Edge allows no vpc_config, got: {'subnetIds': ['subnet-1']}",
        ),
        pytest.param(
            "dead_letter_config",
            lambda_.CfnFunction.DeadLetterConfigProperty(
                target_arn="arn:aws:sqs:us-east-1:111122223333:letters"
            ),
            "Lambda@Edge allows no dead_letter_config, got: "
            "{'targetArn': 'arn:aws:sqs:us-east-1:111122223333:letters'}",
        ),
        pytest.param(
            "tracing_config",
            lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
            "Lambda@Edge allows no tracing_config, got: {'mode': 'Active'}",
        ),
        pytest.param(
            "ephemeral_storage",
            lambda_.CfnFunction.EphemeralStorageProperty(size=1024),
            "Lambda@Edge allows no ephemeral_storage, got: {'size': 1024}",
        ),
        pytest.param(
            "kms_key_arn",
            "arn:aws:kms:us-east-1:111122223333:key/example",
            "Lambda@Edge allows no kms_key_arn, got: "
            "arn:aws:kms:us-east-1:111122223333:key/example",
        ),
    ],
)
def test_broken_limit_is_refused_at_synth(
    make_app: MakeApp, attribute: str, value: object, message: str
) -> None:
    """The message names the limit, what came, and the construct."""
    app = make_app()
    setattr(function_resource(app), attribute, value)
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    assert f"[FirstPartyTracking-CookieService/CookieFunction] {message}" in str(caught.value)


def test_every_broken_limit_is_named(make_app: MakeApp) -> None:
    """One synth shows all that is wrong with the function."""
    app = make_app()
    function = function_resource(app)
    function.memory_size, function.timeout = 256, 30
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    assert "memory at a viewer event" in str(caught.value)
    assert "timeout at a viewer event" in str(caught.value)


def test_oversized_package_is_refused_at_synth(tmp_path: Path) -> None:
    """CloudFront takes 1 MB at a viewer event; here the settings alone are more."""
    app = cdk.App(outdir=str(tmp_path))
    settings = Settings(
        cookie_domain="a" * 1_000_000,
        max_age_seconds=31536000,
        restore_after_seconds=0,
        renew_path="/ht/renew",
        clear_path="/ht/clear",
    )
    CookieFunction(cdk.Stack(app, "Stack"), "CookieFunction", settings=settings)
    with pytest.raises(RuntimeError, match="package at a viewer event is 1000000 bytes at most"):
        app.synth()


@pytest.mark.parametrize(("attribute", "value"), [("memory_size", 128), ("timeout", 1)])
def test_limit_itself_is_allowed(make_app: MakeApp, attribute: str, value: int) -> None:
    """At most means that the limit is still good."""
    app = make_app()
    setattr(function_resource(app), attribute, value)
    assert app.synth().stacks
