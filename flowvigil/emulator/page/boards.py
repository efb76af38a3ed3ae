"""Dashboards drawn from their own definitions: every chart asks its own query and shows what comes back.

Knows the chart fields of Log Service's Dashboard structure; knows no dashboard in particular.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.page.charts import Line, axis, chart, pie
from flowvigil.emulator.page.spans import log_path
from flowvigil.emulator.querying.answers import Answer, Span, ask
from flowvigil.emulator.sls.values import shown
from flowvigil.emulator.tenant import Tenant

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MOST_LINES, MOST_ROWS = 12, 100
DRAWN = ("line", "column", "bar", "area", "pie", "table")


@dataclass(frozen=True)
class Panel:
    """One chart: `figure` is drawn, or `columns` and `rows` are a table; `error` is what the query was refused with."""

    title: str
    kind: str
    query: str
    link: str
    wide: bool
    figure: Markup
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    error: str = ""
    left_out: int = 0


def panels(tenant: Tenant, project: str, body: Mapping[str, Any], over: Span | None, only: str = "") -> list[Panel]:
    """The charts in the order of their places. `over` replaces their own time; `only` is put before each search."""
    placed = sorted(body["charts"], key=_place)
    return [_panel(tenant, project, one, over, only) for one in placed]


def _place(one: Mapping[str, Any]) -> tuple[float, float]:
    display = one.get("display") or {}
    return float(display.get("yPos") or 0), float(display.get("xPos") or 0)


def _panel(tenant: Tenant, project: str, one: Mapping[str, Any], over: Span | None, only: str) -> Panel:
    search, display = one.get("search") or {}, one.get("display") or {}
    store, text = str(search.get("logstore", "")), str(search.get("query", ""))
    text = f"{only} and ({_half(text)[0]}){_half(text)[1]}" if only else text
    span = over or _own(search, tenant.now())
    title, kind = str(display.get("displayName") or one.get("title") or ""), str(one.get("type", ""))
    link = log_path(project, store, text, span)
    wide = int(display.get("width") or 10) > 10
    try:
        answer = ask(tenant, project, store, text, span)
    except CloudError as error:
        return Panel(title, kind, text, link, wide, Markup(""), error=f"{error.code}: {error.message}")
    return _drawn(Panel(title, kind, text, link, wide, Markup("")), answer, display)


def _half(text: str) -> tuple[str, str]:
    """Search and the rest, which begins with the bar."""
    head, bar, tail = text.partition("|")
    return head.strip() or "*", f" {bar}{tail}" if bar else ""


def _own(search: Mapping[str, Any], now_ms: int) -> Span:
    """The chart's own time: `-3600s` to `now`, or the last hour when it says anything else."""
    now = now_ms // 1000 + 1
    start = str(search.get("start", ""))
    number, unit = start[1:-1], UNITS.get(start[-1:], 0)
    back = int(number) * unit if start[:1] == "-" and number.isdecimal() and unit else 3600
    return Span(now - max(back, 1), now)


def _drawn(panel: Panel, answer: Answer, display: Mapping[str, Any]) -> Panel:
    x, y = _named(display.get("xAxis"), answer), _named(display.get("yAxis"), answer)
    figure, left_out = Markup(""), 0
    if panel.kind == "pie" and x and y and answer.rows:
        figure = pie(_shares(answer, x[0], y[0]), panel.title)
    elif panel.kind in ("line", "area", "column", "bar") and x and y and answer.rows:
        labels, lines = _lines(answer, x[0], y)
        left_out = max(len(lines) - MOST_LINES, 0)
        figure = chart(lines[:MOST_LINES], axis(labels), "", panel.title, columns=panel.kind in ("column", "bar"))
    rows = tuple(tuple(_cell(value) for value in row) for row in answer.rows[:MOST_ROWS])
    left_out = left_out or (0 if figure else max(len(answer.rows) - MOST_ROWS, 0))
    return Panel(
        panel.title, panel.kind, panel.query, panel.link, panel.wide, figure, answer.columns, rows, "", left_out
    )


def _named(names: object, answer: Answer) -> list[int]:
    """Places of the columns that an axis names."""
    wanted = names if isinstance(names, list) else []
    return [answer.columns.index(name) for name in wanted if name in answer.columns]


def _shares(answer: Answer, x: int, y: int) -> list[tuple[str, float]]:
    return [(shown(row[x]), float(row[y] or 0)) for row in answer.rows if isinstance(row[y], (int, float))]


def _lines(answer: Answer, x: int, y: Sequence[int]) -> tuple[list[str], list[Line]]:
    """One line for each column of numbers; a column of texts among them splits the others."""
    labels = list(dict.fromkeys(shown(row[x]) for row in answer.rows))
    numeric = [place for place in y if _is_numeric(answer, place)]
    split = next((place for place in y if place not in numeric and _has_texts(answer, place)), None)
    found: dict[str, dict[str, float | None]] = {}
    for row in answer.rows:
        for place in numeric:
            name = answer.columns[place] if split is None else shown(row[split])
            found.setdefault(name, {})[shown(row[x])] = None if row[place] is None else float(row[place])
    first = labels[0].partition(" ")[0] + " "
    short = (
        [label.removeprefix(first) for label in labels] if all(label.startswith(first) for label in labels) else labels
    )
    lines = [
        Line(name, [values.get(label) for label in labels], *_limit(name, values)) for name, values in found.items()
    ]
    return short, lines


def _limit(name: str, values: Mapping[str, float | None]) -> tuple[bool, str]:
    """A column that never changes and is called like a severity is a threshold."""
    constant = len(set(values.values())) == 1 and name in ("critical", "warning", "info")
    return constant, {"critical": "critical", "warning": "warn", "info": "info"}.get(name, "") if constant else ""


def _is_numeric(answer: Answer, place: int) -> bool:
    return all(row[place] is None or isinstance(row[place], (int, float)) for row in answer.rows) and not all(
        row[place] is None for row in answer.rows
    )


def _has_texts(answer: Answer, place: int) -> bool:
    return any(isinstance(row[place], str) for row in answer.rows)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return "–" if value is None else shown(value)
