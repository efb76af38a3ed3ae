"""One query of one logstore, from its text to rows: what GetLogs, histograms, alerts and the page all ask."""

# ruff: noqa: S608 - names are quoted, numbers are numbers, conditions are made of quoted texts

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying.conditions import Choose, column, condition
from flowvigil.emulator.querying.dialect import LOG, translated
from flowvigil.emulator.querying.fields import Index, index_of
from flowvigil.emulator.querying.lines import SEQ
from flowvigil.emulator.querying.search import halves, search
from flowvigil.emulator.sls import store_models
from flowvigil.emulator.sls.errors import invalid
from flowvigil.emulator.tenant import Tenant

MOST_LINES = 100
"""Lines that one answer without SQL holds."""


@dataclass(frozen=True)
class Span:
    """Seconds since 1970, the end not included; `topic` narrows to one topic, "" to none."""

    start: int
    end: int
    topic: str = ""


@dataclass(frozen=True)
class Answer:
    """`rows` are as wide as `columns`; values are int, float, str, datetime, list or None.

    Without SQL, each row is a line: `columns` are all fields of the lines shown, and a field that a line lacks is None.
    `matched` is the number of lines that the search found, with SQL that of the lines in the span.
    `types` are DuckDB's.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    matched: int
    search: str
    sql: str = ""
    types: tuple[str, ...] = ()


def ask(
    tenant: Tenant,
    project: str,
    logstore: str,
    text: str,
    span: Span,
    *,
    line: int = MOST_LINES,
    offset: int = 0,
    reverse: bool = False,
    now_ms: int | None = None,
) -> Answer:
    """Answer a query. `line`, `offset` and `reverse` page through lines and mean nothing to SQL, whose `now()` is
    `now_ms`, or else the emulator's clock.

    CloudError for a store or index that is not there and for what is not understood, with the service's codes.
    Call it in the thread of the emulator's loop: it shares the loop's database connection.
    """
    index = index_of(store_models.index(tenant, project, logstore))
    wanted, sql = halves(text)
    place = (tenant.account, project, logstore)
    table = tenant.lines.table(place, index)
    where = _where(wanted, span, index, partial(tenant.lines.choose, place))
    if not sql:
        (matched,) = _run(tenant, f"SELECT count(*) FROM {table} WHERE {where}")[2][0]
        order = "DESC" if reverse else "ASC"
        page = f"ORDER BY __time__ {order}, {column(SEQ)} {order} LIMIT {line} OFFSET {offset}"
        found = _run(tenant, f"SELECT {column(SEQ)} FROM {table} WHERE {where} {page}")[2]
        return _lines(tenant, [number for (number,) in found], matched, wanted)
    source = f"SELECT {_analysed(index)} FROM {table} WHERE {where}"
    query = translated(sql, index, tenant.now() if now_ms is None else now_ms)
    names, types, rows = _run(tenant, _over(source, query))
    scanned = f"SELECT count(*) FROM {table} WHERE __time__ >= {span.start} AND __time__ < {span.end}"
    return Answer(tuple(names), rows, _run(tenant, scanned)[2][0][0], wanted, sql, tuple(types))


def fill(tenant: Tenant, project: str, logstore: str) -> bool:
    """Make columns of some lines that nobody asked for yet, within a moment; whether there may be more of them.

    CloudError for a store or index that is not there.
    """
    index = index_of(store_models.index(tenant, project, logstore))
    return tenant.lines.fill((tenant.account, project, logstore), index)


def counts(tenant: Tenant, project: str, logstore: str, text: str, span: Span, width: int) -> dict[int, int]:
    """How many lines the search half finds in each stretch of `width` seconds, by number of the stretch from 0."""
    index = index_of(store_models.index(tenant, project, logstore))
    place = (tenant.account, project, logstore)
    table = tenant.lines.table(place, index)
    where = _where(halves(text)[0], span, index, partial(tenant.lines.choose, place))
    sql = f"SELECT (__time__ - {span.start}) // {width} AS place, count(*) FROM {table} WHERE {where} GROUP BY place"
    return dict(_run(tenant, sql)[2])


def _where(wanted: str, span: Span, index: Index, choose: Choose) -> str:
    parts = [f"__time__ >= {span.start}", f"__time__ < {span.end}", condition(search(wanted), index, choose)]
    if span.topic:
        topic = span.topic.replace("'", "''")
        parts.append(f"__topic__ = '{topic}'")
    return " AND ".join(parts)


def _analysed(index: Index) -> str:
    return ", ".join(column(field.name) for field in index.fields if field.analysed)


def _over(source: str, query: str) -> str:
    """The query with `log` standing for the lines that the search half found."""
    head = f"WITH {column(LOG)} AS NOT MATERIALIZED ({source})"
    return f"{head}, {query[5:]}" if query[:5].upper() == "WITH " else f"{head} {query}"


def _lines(tenant: Tenant, numbers: Sequence[int], matched: int, wanted: str) -> Answer:
    found = [{"__time__": time, **json.loads(line)} for time, line in tenant.lines.texts(list(numbers))]
    columns = tuple(dict.fromkeys(name for line in found for name in line))
    return Answer(columns, [tuple(line.get(name) for name in columns) for line in found], matched, wanted)


def _run(tenant: Tenant, sql: str) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
    try:
        return tenant.lines.run(sql)
    except duckdb.Error as error:
        raise _service_error(error) from None


def _service_error(error: duckdb.Error) -> CloudError:
    """DuckDB's complaint in the service's words where they are known."""
    first = str(error).splitlines()[0]
    kind, _, why = first.partition(": ")
    if "not found in FROM clause" in why or why.startswith("Referenced column"):
        name = why.split('"')[1] if '"' in why else why
        return invalid(f"Column '{name}' cannot be resolved; please add the column in the index attribute")
    if isinstance(error, duckdb.OutOfMemoryException):
        return CloudError(400, "ParameterInvalid", "the query needs more memory than the emulator gives one")
    return invalid(f"the SQL cannot be run ({kind}): {why or first}")
