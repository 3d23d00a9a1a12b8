"""A template's values as text and as Markdown."""

import json
from collections.abc import Iterable
from typing import Any


def text(value: Any) -> str:
    """Return a value as one line.

    A reference is `${LogicalId}`, and an attribute is `${LogicalId.Name}`.
    """
    match value:
        case str():
            return value
        case {"Ref": str(name), **others} if not others:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)], **others} if not others:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(pattern), **others} if not others:
            return pattern
        case {"Fn::Join": [str(separator), list(parts)], **others} if not others:
            return separator.join(map(text, parts))
    return json.dumps(value, sort_keys=True)


def values(value: Any) -> list[Any]:
    """Return the values of a property that may be a single value or a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def code(value: Any) -> str:
    """Return a value as Markdown code. A pipe is escaped, because the code may be in a table."""
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text(value)
    )
    if not shown:
        return "(blank)"
    shown = shown.replace("|", r"\|")
    # In GitHub's Markdown, the fence must be longer than any run of backticks in the code.
    fence = "`" * (
        max(map(len, "".join(c if c == "`" else " " for c in shown).split()), default=0) + 1
    )
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{shown}{space}{fence}"


def codes(items: Iterable[Any]) -> str:
    """Return values as Markdown code, separated by commas."""
    return ", ".join(map(code, items))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    titles = [*header]
    lines = [titles, ["---"] * len(titles), *map(list, rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]
