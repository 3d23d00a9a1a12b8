"""An embedded AWS and the app deployed into it by the real CDK CLI."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.embedded import embedded_aws
from tests.checkout import Checkout


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The embedded AWS of all test modules that need none of their own."""
    with embedded_aws(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


@pytest.fixture
def checkout(aws: dict[str, str], tmp_path: Path) -> Checkout:
    """A copy of the project whose commands use the embedded AWS."""
    return Checkout.make(tmp_path / "checkout", aws)
