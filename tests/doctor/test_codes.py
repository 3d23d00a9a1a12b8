"""The codes of results: each is a literal in the sources and a row in docs/doctor.md."""

import ast
import re
from collections.abc import Iterator

from tests.support.checkout import ROOT
from tools.doctor.report import CheckError

PAGE = (ROOT / "docs" / "doctor.md").read_text()
SOURCES = sorted(
    file
    for name in ("attachment", "tools")
    for file in (ROOT / name).rglob("*.py")
    if not file.is_relative_to(ROOT / "tools" / "visit")  # docs/visit.md has its codes
)
#: The classes of results. Those without a fix have the status that docs/doctor.md shows.
FINDINGS = ("Finding", "DistributionWarning")
OTHERS = {"Note": "note", "Inconclusive": "could not check"}


def results() -> Iterator[tuple[str, str, ast.expr | None]]:
    """Yield the class, place, and first argument of each call in the sources that creates a result.

    A call that reuses the code of another result is left out.
    """
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in (*FINDINGS, *OTHERS):
                code = node.args[0] if node.args else None
                if not (isinstance(code, ast.Attribute) and code.attr == "code"):
                    yield node.func.id, f"{file.relative_to(ROOT)}:{node.lineno}", code


def literal(code: ast.expr | None) -> str:
    """Return the code if it is a literal in kebab case, and otherwise an empty string."""
    value = code.value if isinstance(code, ast.Constant) else None
    is_code = isinstance(value, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value)
    return str(value) if is_code else ""


def tables(*header: str) -> list[list[str]]:
    """Return the rows of all tables of docs/doctor.md with this header, each as its cells."""
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE)
        if (rows := table.splitlines())[0] == f"| {' | '.join(header)} |"
        for row in rows[2:]
    ]


def test_every_code_is_a_literal_in_kebab_case() -> None:
    found = list(results())
    assert {kind for kind, _, _ in found} == {*FINDINGS, *OTHERS}
    assert [place for _, place, code in found if not literal(code)] == []


def test_page_has_one_row_for_the_code_of_each_finding_and_warning() -> None:
    rows = tables("code", "problem", "fix")
    in_sources = {literal(code) for kind, _, code in results() if kind in FINDINGS}
    assert sorted(code for code, _, _ in rows) == sorted(f"`{code}`" for code in in_sources)
    assert [row for row in rows if not all(row)] == []


def test_page_has_one_row_for_the_code_of_each_other_result() -> None:
    rows = tables("code", "result", "meaning")
    in_sources = {(literal(code), OTHERS[kind]) for kind, _, code in results() if kind in OTHERS}
    in_sources.add((CheckError("a reason").code, "error"))
    assert sorted((code, result) for code, result, _ in rows) == sorted(
        (f"`{code}`", result) for code, result in in_sources
    )
    assert [row for row in rows if not all(row)] == []
