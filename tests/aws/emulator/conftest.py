"""An AWS emulator with delays."""

from collections.abc import Iterator

import pytest

from tests.support.emulated_account import make_version
from tests.support.emulator import used_by_boto3
from tools.emulator.emulator import aws_emulator


@pytest.fixture(scope="package", autouse=True)
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The AWS emulator of this folder, which boto3 uses."""
    scratch = tmp_path_factory.mktemp("emulator")
    with aws_emulator(scratch, delays=True) as settings, used_by_boto3(settings):
        yield settings


@pytest.fixture(scope="package")
def version() -> str:
    """The ARN of a function version that CloudFront accepts."""
    return make_version()
