"""Commands that run inside the tests' own process read none of the user's settings."""

import pytest

from tests.support.checkout import clean_folder


@pytest.fixture(autouse=True)
def _in_clean_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clean_folder())
