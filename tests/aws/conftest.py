"""A shared AWS emulator, and a copy of the project whose commands use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import Checkout
from tests.support.emulator import bootstrapped_emulator


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The AWS emulator of the test modules that do not start their own."""
    with bootstrapped_emulator(tmp_path_factory.mktemp("aws")) as environment:
        yield environment


@pytest.fixture
def checkout(aws: dict[str, str], tmp_path: Path) -> Checkout:
    """A copy of the project whose commands use the AWS emulator."""
    return Checkout.make(tmp_path / "checkout", aws)
