"""The attachment in the AWS emulator, where requests meet faults and other writers."""

import pytest

# The module checks the live configuration after each request; a failure has to show both.
pytest.register_assert_rewrite("tests.support.attachment_cases")
