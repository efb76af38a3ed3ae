"""Log lines in columns, one table for each logstore, made from the lines that the state keeps and brought up to date
before each query.

The state's transaction is the truth: these tables live in memory and are filled again after a restart, so a kill can
leave nothing half-written here. Whoever takes lines away from the state forgets the table.
"""

# ruff: noqa: S608 - names of our own tables and columns, quoted

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import duckdb

from flowvigil.emulator.querying.conditions import WHOLE, column, literal
from flowvigil.emulator.querying.fields import BETWEEN_FIELDS, TYPES, Field, Index
from flowvigil.emulator.querying.functions import MACROS
from flowvigil.emulator.state import State

SEQ = " seq"
CHUNK = 20_000
Place = tuple[str, str, str]
"""Account, project and logstore."""

NEW_ROWS = (
    "SELECT rowid, time, line FROM logs WHERE account=? AND project=? AND store=? AND rowid > ? ORDER BY rowid LIMIT ?"
)


@dataclass
class _Table:
    name: str
    index: Index
    read: int = 0


@dataclass
class Lines:
    """Tables are rebuilt when the index of their logstore changes, so an index counts for older lines too (assumed)."""

    state: State
    _tables: dict[Place, _Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.db = duckdb.connect(":memory:", config={"memory_limit": "4GB"})
        self._numbers = count(1)
        for macro in MACROS:
            self.db.execute(macro)
        self.db.execute("SET enable_external_access=false")

    def table(self, place: Place, index: Index) -> str:
        """The name of the table with every line of a logstore up to now."""
        known = self._tables.get(place)
        if known is None or known.index != index:
            self.forget(*place)
            known = self._tables[place] = _Table(f"lines_{next(self._numbers)}", index)
            columns = [f"{column(SEQ)} BIGINT", f"{column('__time__')} BIGINT"]
            columns += [f"{column(one.name)} {TYPES[one.type]}" for one in _stored(index)]
            columns += [f"{column(WHOLE)} VARCHAR"] if index.whole else []
            self.db.execute(f"CREATE TABLE {known.name} ({', '.join(columns)})")
        self._catch_up(place, known)
        return known.name

    def _catch_up(self, place: Place, table: _Table) -> None:
        insert = _insert(table)
        while True:
            rows = self.state.db.execute(NEW_ROWS, (*place, table.read, CHUNK)).fetchall()
            if rows:
                self.db.execute(insert, list(map(list, zip(*rows, strict=True))))
                table.read = rows[-1][0]
            if len(rows) < CHUNK:
                return

    def run(self, sql: str) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
        """Names and types of the columns, and the rows."""
        found = self.db.execute(sql)
        about = found.description or []
        return [one[0] for one in about], [str(one[1]) for one in about], found.fetchall()

    def texts(self, numbers: list[int]) -> list[tuple[int, str]]:
        """Time and JSON text of lines, in the order of their numbers."""
        marks = ",".join("?" * len(numbers))
        rows = self.state.db.execute(f"SELECT rowid, time, line FROM logs WHERE rowid IN ({marks})", numbers)
        found = {number: (time, line) for number, time, line in rows}
        return [found[number] for number in numbers]

    def forget(self, *place: str) -> None:
        """Drop what is known of a logstore, of a project, of an account, or of everything."""
        for known in [one for one in self._tables if one[: len(place)] == place]:
            self.db.execute(f"DROP TABLE {self._tables.pop(known).name}")

    def close(self) -> None:
        self.db.close()


def _stored(index: Index) -> list[Field]:
    return [one for one in index.fields if one.name != "__time__"]


def _insert(table: _Table) -> str:
    stored = _stored(table.index)
    values = ["seq", "time", *(_typed(one, place) for place, one in enumerate(stored, 1))]
    if table.index.whole:
        values.append(f"array_to_string(json_extract_string(line, '$.*'), {literal(BETWEEN_FIELDS)})")
    paths = ", ".join(_path(one.name) for one in stored)
    return (
        f"INSERT INTO {table.name} SELECT {', '.join(values)} "
        f"FROM (SELECT seq, time, line, json_extract_string(line, [{paths}]) AS found "
        "FROM (SELECT unnest(?) AS seq, unnest(?) AS time, unnest(?) AS line))"
    )


def _path(name: str) -> str:
    return literal('$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')


def _typed(one: Field, place: int) -> str:
    return f"TRY_CAST(found[{place}] AS {TYPES[one.type]})" if one.numeric else f"found[{place}]"
