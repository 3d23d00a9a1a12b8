"""The code of every result of a visit is a literal in the sources, with a row in docs/visit.md."""

import ast
import re
from collections.abc import Iterator

from tests.support.checkout import ROOT
from tools.doctor.report import CheckError

PAGE = (ROOT / "docs" / "visit.md").read_text()
KINDS = {"Finding": "finding", "Note": "note", "Inconclusive": "could not check"}


def codes_in_sources() -> Iterator[tuple[str, str]]:
    """Yield the code and the kind of each result. A code that is passed on is left out."""
    for file in (ROOT / "tools" / "visit").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            code = node.args[0] if node.args else None
            if node.func.id in KINDS and not isinstance(code, ast.Attribute):
                assert isinstance(code, ast.Constant), f"{file}:{node.lineno}"
                yield str(code.value), KINDS[node.func.id]


def test_page_has_one_row_for_each_code() -> None:
    findings, others = PAGE.partition("## Look up a note or a reason")[::2]
    rows = [(code, "finding") for code in re.findall(r"^\| `([a-z][a-z-]+)` \| ", findings, re.M)]
    rows += re.findall(r"^\| `([a-z-]+)` \| ([a-z ]+) \| ", others, re.M)
    expected = {*codes_in_sources(), (CheckError("a reason").code, "error")}
    assert sorted(rows) == sorted(expected)
