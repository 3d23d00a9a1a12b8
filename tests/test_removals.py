"""The sources contain the texts that `tests.removals` replaces."""

import pytest

from tests.removals import Removal, removals


@pytest.mark.parametrize("removal", removals(), ids=lambda removal: removal.item)
def test_source_contains_the_removed_text_once(removal: Removal) -> None:
    assert removal.is_unambiguous()
