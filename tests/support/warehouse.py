"""A warehouse in this process, with the tables that Hightouch creates from events.

https://hightouch.com/docs/events/warehouse-schema
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from tests.support.checkout import ROOT
from tests.support.documents import blocks

#: The queries of docs/measure.md: visitors, and revenue.
VISITORS, REVENUE = blocks((ROOT / "docs" / "measure.md").read_text(), "sql")

#: A table's name, and the event's properties that are its columns.
_TABLES = {"pages": {}, "order_completed": {"revenue": "double"}}

#: When an event occurred, and the event as the SDK sends it.
Received = tuple[datetime, dict[str, Any]]


@contextmanager
def warehouse(received: Iterable[Received]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a database with these events. Page events and orders have a table, others do not."""
    with duckdb.connect() as database:
        for table, properties in _TABLES.items():
            columns = "".join(f", {name} {kind}" for name, kind in properties.items())
            database.execute(
                f"create table {table} (id varchar, anonymous_id varchar, user_id varchar, "
                "context_user_agent varchar, context_restored boolean, timestamp timestamp"
                f"{columns})"
            )
        for time, event in received:
            table = _table_of(event)
            if table not in _TABLES:
                continue
            context = event.get("context", {})
            row = [
                event.get("messageId"),
                event.get("anonymousId"),
                event.get("userId"),
                context.get("userAgent"),
                context.get("restored"),
                time,
                *(event["properties"].get(name) for name in _TABLES[table]),
            ]
            database.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
        yield database


def rows(received: Iterable[Received], query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query over these events."""
    with warehouse(received) as database:
        return database.execute(query).fetchall()


def _table_of(event: dict[str, Any]) -> str:
    if event["type"] == "track":
        return str(event["event"]).lower().replace(" ", "_")
    return f"{event['type']}s"
