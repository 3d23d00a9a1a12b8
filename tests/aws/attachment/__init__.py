"""Tests of the attachment in the AWS emulator, with faults and other writers."""

import pytest

# This module compares live configurations, and a failed assertion has to show both of them.
pytest.register_assert_rewrite("tests.support.attachment_cases")
