"""An embedded AWS and the app deployed into it by the real CDK CLI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tools.preview.deployment import bootstrap
from tools.preview.local_aws import client_environment, local_aws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An embedded AWS, bootstrapped; boto3 in this process uses it, and so do the commands run."""
    scratch = tmp_path_factory.mktemp("aws")
    with local_aws(scratch) as settings, pytest.MonkeyPatch.context() as patch:
        environment = client_environment(settings) | {"CDK_VALIDATION": "false"}
        bootstrap(environment, scratch)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield environment


@pytest.fixture
def checkout(aws: dict[str, str], tmp_path: Path) -> Checkout:
    """A copy of the project whose commands use the embedded AWS."""
    return Checkout.make(tmp_path / "checkout", aws)
