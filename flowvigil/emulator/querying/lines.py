"""Log lines in columns, one table for each logstore, made from the lines that the state keeps and brought up to date
before each query.

The state's transaction is the truth: these tables live in memory and are filled again after a restart, so a kill can
leave nothing half-written here. Whoever takes lines away from the state forgets the table.
"""

# ruff: noqa: S608 - names of our own tables and columns, quoted

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import duckdb

from flowvigil.emulator.querying.conditions import LINE, column, literal
from flowvigil.emulator.querying.fields import TYPES, Field, Index
from flowvigil.emulator.querying.functions import MACROS
from flowvigil.emulator.state import State

SEQ = " seq"
CHUNK, STEP, FEW = 20_000, 4000, 1000
Place = tuple[str, str, str]
"""Account, project and logstore."""

STAGE = "INSERT INTO staged SELECT unnest(?), unnest(?), unnest(?)"
NEW_ROWS = (
    "SELECT rowid, time, line FROM logs WHERE account=? AND project=? AND store=? AND rowid > ? ORDER BY rowid LIMIT ?"
)


@dataclass
class _Table:
    """`few` holds the values of each text column that has few of them, `chosen` what was picked of those."""

    name: str
    index: Index
    read: int = 0
    few: dict[str, set[str]] = field(default_factory=dict)
    chosen: dict[tuple[str, str], list[str]] = field(default_factory=dict)


@dataclass
class Lines:
    """Tables are rebuilt when the index of their logstore changes, so an index counts for older lines too (assumed)."""

    state: State
    _tables: dict[Place, _Table] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @cached_property
    def db(self) -> duckdb.DuckDBPyConnection:
        """Opened by the first query: its threads cost more than everything else that a start does."""
        opened = duckdb.connect(":memory:", config={"memory_limit": "4GB"})
        for macro in MACROS:
            opened.execute(macro)
        opened.execute("SET enable_external_access=false")
        opened.execute("CREATE TABLE staged (seq BIGINT, time BIGINT, line VARCHAR)")
        return opened

    def table(self, place: Place, index: Index) -> str:
        """The name of the table with every line of a logstore up to now."""
        known = self._table(place, index)
        self._catch_up(place, known)
        return known.name

    def fill(self, place: Place, index: Index) -> bool:
        """Take in at most STEP of the lines that a logstore's table lacks; whether there may be more."""
        return self._catch_up(place, self._table(place, index), STEP) == STEP

    def _table(self, place: Place, index: Index) -> _Table:
        known = self._tables.get(place)
        if known is None or known.index != index:
            self.forget(*place)
            known = self._tables[place] = self._made(index)
        return known

    def _made(self, index: Index) -> _Table:
        made = _Table(f"lines_{next(self._numbers)}", index)
        columns = [f"{column(SEQ)} BIGINT", f"{column('__time__')} BIGINT", f"{column(LINE)} VARCHAR"]
        columns += [f"{column(one.name)} {TYPES[one.type]}" for one in _stored(index)]
        self.db.execute(f"CREATE TABLE {made.name} ({', '.join(columns)})")
        made.few = {one.name: set() for one in _stored(index) if not one.numeric}
        return made

    def _catch_up(self, place: Place, table: _Table, most: int = sys.maxsize) -> int:
        """Take new lines in by chunks, and make columns of all of them at once, which every core takes part in.

        How many they were.
        """
        before, number = table.read, 0
        while number < most:
            wanted = min(CHUNK, most - number)
            rows = self.state.db.execute(NEW_ROWS, (*place, table.read, wanted)).fetchall()
            if rows:
                self.db.execute(STAGE, list(map(list, zip(*rows, strict=True))))
                table.read, number = rows[-1][0], number + len(rows)
            if len(rows) < wanted:
                break
        if table.read != before:
            self.db.execute(_insert(table))
            self.db.execute("DELETE FROM staged")
            new = f"FROM {table.name} WHERE {column(SEQ)} > {before}"
            self._note_values(table, self._few_values(table, new) if number <= FEW else self._values(table, new))
        return number

    def _few_values(self, table: _Table, new: str) -> list[Iterable[Any]]:
        """The values of a few new lines in each text column; counting them would take longer than fetching them."""
        listed = ", ".join(column(name) for name in table.few)
        return list(zip(*self.db.execute(f"SELECT {listed} {new}").fetchall(), strict=True)) if listed else []

    def _values(self, table: _Table, new: str) -> list[Iterable[Any]]:
        """The same of many lines; a column that turns out to have many values is no longer counted."""
        names = list(table.few)
        if not names:
            return []
        counted = ", ".join(f"approx_count_distinct({column(name)})" for name in names)
        for name, number in zip(names, self.db.execute(f"SELECT {counted} {new}").fetchall()[0], strict=True):
            if number > FEW:
                del table.few[name]
        listed = ", ".join(f"list(DISTINCT {column(name)})" for name in table.few)
        return [values or () for values in self.db.execute(f"SELECT {listed} {new}").fetchall()[0]] if listed else []

    def _note_values(self, table: _Table, found: list[Iterable[Any]]) -> None:
        """Keep the values of columns that have few."""
        for name, values in zip(list(table.few), found, strict=True):
            fresh = {value for value in values if value is not None} - table.few[name]
            if len(table.few[name]) + len(fresh) > 2 * FEW:
                del table.few[name]
            elif fresh:
                table.few[name] |= fresh
                table.chosen = {key: kept for key, kept in table.chosen.items() if key[0] != name}

    def choose(self, place: Place, name: str, condition: str) -> list[str] | bool | None:
        """The values of a column that meet a condition on `v`, True for all of them; None when it has many."""
        table = self._tables[place]
        values = table.few.get(name)
        if values is None:
            return None
        chosen = table.chosen.get((name, condition))
        if chosen is None:
            rows = self.db.execute(
                f"SELECT v FROM (SELECT unnest(?::VARCHAR[]) AS v) WHERE {condition}", [list(values)]
            )
            chosen = table.chosen[name, condition] = sorted(value for (value,) in rows.fetchall())
        return True if len(chosen) == len(values) else chosen

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
        if "db" in vars(self):
            self.db.close()


def _stored(index: Index) -> list[Field]:
    return [one for one in index.fields if one.name != "__time__"]


def _insert(table: _Table) -> str:
    stored = _stored(table.index)
    values = ["seq", "time", "line", *(_typed(one, place) for place, one in enumerate(stored, 1))]
    paths = ", ".join(_path(one.name) for one in stored)
    return (
        f"INSERT INTO {table.name} SELECT {', '.join(values)} "
        f"FROM (SELECT seq, time, line, json_extract_string(line, [{paths}]) AS found FROM staged)"
    )


def _path(name: str) -> str:
    return literal('$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')


def _typed(one: Field, place: int) -> str:
    return f"TRY_CAST(found[{place}] AS {TYPES[one.type]})" if one.numeric else f"found[{place}]"
