"""`python -m tools keys`, and the tables of context keys in docs/configuration.md."""

import os
import re

import pytest

from stacks.config import KEYS
from tests.support.checkout import ROOT
from tests.support.tool_commands import run_tool

PAGE = (ROOT / "docs" / "configuration.md").read_text()


@pytest.fixture(scope="module")
def table() -> str:
    """The output of the command."""
    done = run_tool(os.environ, "keys")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_page_shows_the_tables(table: str) -> None:
    assert table in PAGE


def test_tables_have_a_row_for_every_key(table: str) -> None:
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [key.name for key in KEYS]


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("domain", "required"),
        ("site_distribution_id", "not given"),
        ("repair", "none"),
        ("cookie_max_age_days", "`365`"),
        ("sdk_domain", "`cdn.<domain>`"),
    ],
)
def test_row_has_the_default_and_the_description(table: str, key: str, default: str) -> None:
    [expected] = [each.expected for each in KEYS if each.name == key]
    assert f"\n| `{key}` | {default} | {expected} |\n" in table
