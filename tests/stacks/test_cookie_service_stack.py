"""The edge function, its role, and its version: Lambda@Edge's limits, and retained resources."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.support.templates import MakeApp, only, properties


def plain(value: Any) -> str:
    """Return an ARN with its references written as `${AWS::AccountId}`."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(plain(part) for part in parts)
        case {"Ref": name}:
            return f"${{{name}}}"
    return str(value)


def version_id(app: cdk.App) -> str:
    """Return the logical ID of the app's only function version."""
    [stack] = [each for each in app.synth().stacks if each.stack_name.endswith("-CookieService")]
    return only(Template.from_json(stack.template), "AWS::Lambda::Version")[0]


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
def test_function_has_the_property(cookie_service: Template, name: str, value: object) -> None:
    """A viewer event allows up to 128 MB and 5 s, and Lambda@Edge runs only on x86_64."""
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
def test_function_has_nothing_that_lambda_edge_rejects(cookie_service: Template, name: str) -> None:
    """CloudFront would reject the version after minutes of deploying."""
    assert name not in properties(cookie_service, "AWS::Lambda::Function")


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [("AWS::Lambda::Function", "FunctionName"), ("AWS::IAM::Role", "RoleName")],
)
def test_name_is_generated(cookie_service: Template, resource_type: str, name: str) -> None:
    """A name that an earlier deployment retained never conflicts with a later deployment."""
    assert name not in properties(cookie_service, resource_type)


def test_function_has_the_only_role_of_the_stack(cookie_service: Template) -> None:
    role_id, _ = only(cookie_service, "AWS::IAM::Role")
    function = properties(cookie_service, "AWS::Lambda::Function")
    assert function["Role"] == {"Fn::GetAtt": [role_id, "Arn"]}


def test_version_is_of_the_function(cookie_service: Template) -> None:
    """Lambda@Edge accepts only a numbered version."""
    function_id, _ = only(cookie_service, "AWS::Lambda::Function")
    version = properties(cookie_service, "AWS::Lambda::Version")
    assert version == {"FunctionName": {"Ref": function_id}}


def test_stack_has_four_resources_and_nothing_else(cookie_service: Template) -> None:
    """It has no log group, no separate policy, and no custom resource."""
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
def test_construct_ids_do_not_change(make_app: MakeApp, path: str, resource_type: str) -> None:
    """Another ID would replace a resource that live distributions use."""
    stack = make_app().node.find_child("FirstPartyTracking-example-com-CookieService")
    resource = stack.node.find_child("CookieFunction").node.find_child(path).node.default_child
    assert isinstance(resource, cdk.CfnResource)
    assert resource.cfn_resource_type == resource_type


# The role


def test_role_trusts_only_lambda_and_lambda_edge(cookie_service: Template) -> None:
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


def test_role_can_write_the_functions_logs_in_every_region(cookie_service: Template) -> None:
    """An edge function of us-east-1 has a log group in each Region where it runs."""
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
    """An inline policy outlives the stack with the role, and a separate policy would not."""
    assert name not in properties(cookie_service, "AWS::IAM::Role")


# Resources that outlive the stack


@pytest.mark.parametrize(
    ("resource_type", "deletion_policy"),
    [
        ("AWS::Lambda::Function", "Retain"),
        ("AWS::IAM::Role", "Retain"),
        # If the deployment that made the version rolls back and keeps it, the next one fails.
        ("AWS::Lambda::Version", "RetainExceptOnCreate"),
    ],
)
def test_resource_outlives_the_stack(
    cookie_service: Template, resource_type: str, deletion_policy: str
) -> None:
    """CloudFront keeps replicas for hours. Until they are deleted, the function cannot be."""
    _, resource = only(cookie_service, resource_type)
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (
        deletion_policy,
        "Retain",
    )


# The version, for other stacks


@pytest.mark.parametrize("name", ["FirstPartyTracking", "Shop"])
def test_parameter_has_the_versions_arn(make_app: MakeApp, name: str) -> None:
    """Another stack reads the newest version from the parameter. The name is unique to the site."""
    assembly = make_app({"name": name}).synth()
    template = Template.from_json(assembly.get_stack_by_name(f"{name}-CookieService").template)
    parameter = properties(template, "AWS::SSM::Parameter")
    assert parameter == {
        "Name": f"/{name}/CookieFunctionVersionArn",
        "Type": "String",
        "Value": {"Ref": only(template, "AWS::Lambda::Version")[0]},
        "Description": "Newest version of the Hightouch cookie service, for Lambda@Edge",
    }


def test_versions_arn_is_the_only_output(cookie_service: Template) -> None:
    """It is no export, because CloudFormation does not change an exported value in use."""
    assert cookie_service.to_json()["Outputs"] == {
        "CookieFunctionVersionArn": {
            "Value": {"Ref": only(cookie_service, "AWS::Lambda::Version")[0]},
            "Description": (
                "Attach to the viewer request of /ht/renew and /ht/clear "
                "on the distribution of example.com"
            ),
        }
    }


# When a new version is published


@pytest.fixture(scope="module")
def example_version_id(make_app: MakeApp) -> str:
    """The version's logical ID for the example context."""
    return version_id(make_app())


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"cookie_max_age_days": "365"}, id="stated-default"),
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
def test_other_change_publishes_no_version(
    make_app: MakeApp, example_version_id: str, context: Mapping[str, object]
) -> None:
    """Lambda refuses to publish the same code twice."""
    assert version_id(make_app(context)) == example_version_id


def test_changed_name_publishes_no_version(make_app: MakeApp, example_version_id: str) -> None:
    """The name is the prefix of stacks and resources. The function's package does not have it."""
    assert version_id(make_app({"name": "Shop"})) == example_version_id


def test_missing_feature_flags_publish_no_version(
    make_app: MakeApp, example_version_id: str, feature_flags: Mapping[str, object]
) -> None:
    """A `cdk.json` of an older or newer CDK publishes no version."""
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
def test_changed_cookie_setting_publishes_a_new_version(
    make_app: MakeApp, example_version_id: str, context: Mapping[str, object]
) -> None:
    """The package contains the settings, so a changed setting has to be published."""
    assert version_id(make_app(context)) != example_version_id
