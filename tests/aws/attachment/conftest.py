"""An AWS emulator without CDK, a function with two versions, and requests to the attachment.

After each request, the live configuration is exactly the old or exactly the new one, and the reply
to CloudFormation tells which of the two.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.another_writer import another_client, configuration
from tests.support.attachment_cases import (
    FORGET,
    RENEW,
    Case,
    case_of,
    other_behaviors,
    own_behaviors,
    properties_of,
    request_of,
)
from tests.support.emulated_account import make_versions
from tests.support.emulator import used_by_boto3
from tests.support.faults import Clock, Wire, connect
from tools.emulator.emulator import aws_emulator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient


@pytest.fixture(scope="package")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An AWS emulator of its own, because these tests create hundreds of distributions."""
    scratch = tmp_path_factory.mktemp("faults")
    with aws_emulator(scratch) as settings, used_by_boto3(settings):
        another_client.cache_clear()
        yield settings


@pytest.fixture(scope="package")
def versions(aws: dict[str, str]) -> tuple[str, str]:  # noqa: ARG001
    """The ARNs of two versions of one function. Both are Active, and no test changes them."""
    for name, newest in (("log", 3), ("auth", 7), ("site-auth", 7)):
        make_versions(newest, name=name)  # the customer's functions
    first, second = make_versions(2)
    return first, second


@pytest.fixture(scope="package")
def examples(versions: tuple[str, str]) -> Mapping[str, tuple[Case, dict[str, Any]]]:
    """Each kind of request, and the configuration of its distribution."""
    first, second = versions
    attached = [*own_behaviors(first), *other_behaviors()]
    cases = {
        "Create": case_of("Create", version_arn=first, old=other_behaviors(), new=attached),
        "Create that takes over": case_of(
            "Create",
            version_arn=second,
            old=attached,
            new=[*own_behaviors(second), *other_behaviors()],
        ),
        "Update of the version": case_of(
            "Update",
            version_arn=second,
            old=attached,
            new=[*own_behaviors(second), *other_behaviors()],
            old_version_arn=first,
        ),
        "Update of a path": case_of(
            "Update",
            version_arn=first,
            paths=(RENEW, FORGET),
            old=attached,
            new=[*own_behaviors(first, RENEW, FORGET), *other_behaviors()],
            old_version_arn=first,
        ),
        "Delete": case_of("Delete", version_arn=first, old=attached, new=other_behaviors()),
    }
    return {name: (case, configuration(case.distribution_id)) for name, case in cases.items()}


@pytest.fixture
def case(
    request: pytest.FixtureRequest, examples: Mapping[str, tuple[Case, dict[str, Any]]]
) -> Case:
    """A request of the kind that the test's parameter names, to a distribution of its own."""
    example, config = examples[request.param]
    reference, name = str(uuid.uuid4()), f"{uuid.uuid4()}.example.com"
    aliases = {"Quantity": 1, "Items": [name]}
    copied: Any = config | {"CallerReference": reference, "Aliases": aliases}

    def renamed(document: str) -> str:
        document = document.replace(config["CallerReference"], reference)
        return document.replace(config["Aliases"]["Items"][0], name)

    created = another_client().create_distribution(DistributionConfig=copied)
    distribution_id = created["Distribution"]["Id"]
    attachments = [example.request.new, *([example.request.old] if example.request.old else [])]
    return Case(
        request=request_of(
            example.request.type,
            *(
                properties_of(distribution_id, attachment.version_arn, attachment.paths)
                for attachment in attachments
            ),
        ),
        old=renamed(example.old),
        new=renamed(example.new),
    )


@pytest.fixture(scope="package")
def clients(
    aws: dict[str, str],  # noqa: ARG001
) -> "tuple[CloudFrontClient, LambdaClient, CloudFormationClient]":
    """Clients that the tests share, because their creation takes longer than most tests."""
    return connect()


@pytest.fixture
def wire(
    clients: "tuple[CloudFrontClient, LambdaClient, CloudFormationClient]",
) -> Iterator[Wire]:
    """The shared clients, without faults at first."""
    wire = Wire(*clients)
    yield wire
    wire.close()


@pytest.fixture
def clock() -> Clock:
    """A clock that advances only when the attachment waits."""
    return Clock()
