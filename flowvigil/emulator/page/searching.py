"""A log search as the console shows it: how many lines when, the lines themselves, which values their fields have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.page.charts import Line, axis, chart
from flowvigil.emulator.page.rendering import clock, moment
from flowvigil.emulator.page.spans import log_path
from flowvigil.emulator.querying.answers import Answer, Span, ask, counts
from flowvigil.emulator.sls.values import shown
from flowvigil.emulator.tenant import Tenant

BARS, PAGE, TOP_VALUES = 60, 100, 5
HIDDEN = ("__time__",)


@dataclass(frozen=True)
class Bar:
    """One stretch of the histogram; the link narrows the search to it."""

    count: int
    link: str
    word: str


@dataclass(frozen=True)
class Found:
    """Either lines (newest first), or the table that the SQL made, or the error."""

    matched: int = 0
    figure: str = ""
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = ()
    fields: tuple[tuple[str, int, tuple[tuple[str, int, str], ...]], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sql: bool = False
    error: str = ""


def found(tenant: Tenant, project: str, store: str, text: str, span: Span, offset: int = 0) -> Found:
    """What a query finds in a logstore."""
    try:
        answer = ask(tenant, project, store, text, span, line=PAGE, offset=offset, reverse=True)
        width = max((span.end - span.start + BARS - 1) // BARS, 1)
        by_place = counts(tenant, project, store, text, span, width)
    except CloudError as error:
        return Found(error=f"{error.code}: {error.message}")
    bars = tuple(
        _bar(project, store, text, span, place, width, by_place)
        for place in range(-(-(span.end - span.start) // width))
    )
    if answer.sql:
        rows = tuple(tuple(shown(value) for value in row) for row in answer.rows)
        return Found(answer.matched, _figure(bars, span, width), bars, columns=answer.columns, rows=rows, sql=True)
    lines = tuple(_line(answer, row) for row in answer.rows)
    fields = tuple(_fields(project, store, text, span, answer))
    return Found(answer.matched, _figure(bars, span, width), bars, lines, fields)


def _bar(project: str, store: str, text: str, span: Span, place: int, width: int, by_place: Mapping[int, int]) -> Bar:
    begin = span.start + place * width
    narrowed = Span(begin, min(begin + width, span.end))
    return Bar(by_place.get(place, 0), log_path(project, store, text, narrowed), clock(begin * 1000))


def _figure(bars: tuple[Bar, ...], span: Span, width: int) -> Markup:
    along = axis([bar.word for bar in bars])
    says = f"{moment(span.start * 1000)} – {moment(span.end * 1000)}"
    return chart([Line("n", [float(bar.count) for bar in bars])], along, "", says, columns=True)


def _line(answer: Answer, row: tuple[object, ...]) -> tuple[int, tuple[tuple[str, str], ...]]:
    pairs = {name: value for name, value in zip(answer.columns, row, strict=True) if value is not None}
    time = int(str(pairs["__time__"]))
    own = [(name, str(value)) for name, value in pairs.items() if name not in HIDDEN]
    return time, tuple(sorted(own, key=lambda pair: (pair[0].startswith("__"), own.index(pair))))


def _fields(
    project: str, store: str, text: str, span: Span, answer: Answer
) -> list[tuple[str, int, tuple[tuple[str, int, str], ...]]]:
    """Each field with how many values the lines on show have; the most frequent ones with a link that asks for them."""
    made = []
    for place, name in enumerate(answer.columns):
        values = Counter(str(row[place]) for row in answer.rows if row[place] is not None)
        if name not in HIDDEN and len(values) > 0:
            top = tuple(
                (value, count, log_path(project, store, narrowed(text, name, value), span))
                for value, count in values.most_common(TOP_VALUES)
            )
            made.append((name, len(values), top))
    return sorted(made, key=lambda field: field[0].startswith("__"))


def narrowed(text: str, name: str, value: str) -> str:
    """The search half with one more condition."""
    head = text.partition("|")[0].strip()
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    one = f'{name}: "{quoted}"' if name.replace("_", "").isalnum() else f'"{name}": "{quoted}"'
    return one if head in ("", "*") else f"({head}) and {one}" if " or " in head else f"{head} and {one}"
