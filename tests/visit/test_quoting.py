"""Text of a visited page is printed as one short line of printable characters."""

import pytest

from attachment.finding import Finding
from tools.doctor.report import CheckError, Inconclusive, Note, Result
from tools.visit.quoting import bounded

HOSTILE = "a\x1b[31m\nb ü\u202e\ud800"
ESCAPED = r"a\x1b[31m\nb ü\u202e\ud800"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Finding("code", HOSTILE, HOSTILE), Finding("code", ESCAPED, ESCAPED)),
        (Note("code", HOSTILE), Note("code", ESCAPED)),
        (Inconclusive("code", HOSTILE), Inconclusive("code", ESCAPED)),
        (CheckError(HOSTILE), CheckError(ESCAPED)),
    ],
)
def test_control_characters_and_line_feeds_are_escaped(result: Result, expected: Result) -> None:
    assert bounded(result) == expected


def test_long_text_is_cut() -> None:
    assert bounded(Note("code", "x" * 601)) == Note("code", "x" * 599 + "…")
    assert bounded(Note("code", "x" * 600)) == Note("code", "x" * 600)
