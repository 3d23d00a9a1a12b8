"""The script that removes one thing after the other names what the sources still have."""

import pytest

from tests.removals import Removal, removals


@pytest.mark.parametrize("removal", removals(), ids=lambda removal: removal.item)
def test_removal_finds_its_text_once(removal: Removal) -> None:
    assert removal.is_unambiguous()
