"""The phrases that no text of this project has, because readers stumble over them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import ROOT

#: Each phrase, and what to write instead. A reader judges all other wording.
INSTEAD = {
    r"(to )?mend(s|ed|ing)?": "fix",
    r"somebody|nobody": 'the actor, such as "another tool", or "someone", "no one"',
    r"anew": "again",
    r"word for word": "verbatim",
    r"less the cookies": "without cookies",
    r"as it comes": "unchanged, by default",
    r"made[ -]up": "test",
    r"not checkable": "could not check, and the reason",
    r"embedded AWS": "AWS emulator",
    r"in the place of": "instead of",
    r"the vendor('s)?": "Hightouch, Hightouch's",
    r"(colour|neighbour|behaviour)(s|ed|al)?": "color, neighbor, behavior",
}
#: Generated files, and the list above.
LEFT_OUT = {
    "package-lock.json",
    "requirements.txt",
    "requirements-dev.txt",
    "tests/test_language.py",
}


def found(text: str) -> Iterator[str]:
    """Yield each such phrase in the text, and what to write instead."""
    for phrase, instead in INSTEAD.items():
        pattern = phrase.replace(" ", r"\s+(?:# |\* )?")
        for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
            yield f"{match[0]!r}: write {instead}"


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file, without the changelog of old releases."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        file = Path(ROOT, name)
        if name in LEFT_OUT or file.suffix == ".png" or not file.exists():
            continue
        text = file.read_text()
        yield name, text.split("\n## ")[1] if name == "CHANGELOG.md" else text


def test_no_text_has_a_phrase_that_readers_stumble_over() -> None:
    assert [f"{name}: {each}" for name, text in texts() for each in found(text)] == []


@pytest.mark.parametrize(
    "text", ["To mend it", "of nobody's", "an embedded\n    # AWS", "Made-up IDs", "its neighbours"]
)
def test_phrase_is_found_across_lines_and_in_any_case(text: str) -> None:
    assert len(list(found(text))) == 1


@pytest.mark.parametrize("text", ["recommended", "amendment", "vendored", "in place of"])
def test_similar_word_is_accepted(text: str) -> None:
    assert list(found(text)) == []
