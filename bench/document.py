"""The document that `make bench` writes, as text. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Column to value; the rows of a table have the same columns.
Row = Mapping[str, str | float]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One bench: what is compared, with the goal, and what came out. `took` is in seconds."""

    title: str
    compared: str
    rows: Sequence[Row]
    took: float


def render(machine: str, sections: Sequence[Section]) -> str:
    """Return the whole document, in Markdown. `machine` says where and when it was made."""
    parts = [
        "# Performance",
        "Made by `make bench`; do not edit. Each bench runs what it compares in turn and shows "
        "medians.",
        machine,
    ]
    for section in sections:
        parts += [f"## {section.title}", section.compared, table(section.rows)]
    seconds = sum(section.took for section in sections)
    return "\n\n".join([*parts, f"All of it took {seconds:.0f} s."]) + "\n"


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table, numbers with three digits that count."""
    columns = list(rows[0])
    numeric = [isinstance(rows[0][column], int | float) for column in columns]
    lines = [columns, ["--:" if right else "---" for right in numeric]]
    lines += [[_text(row[column]) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
