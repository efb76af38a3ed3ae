"""Dashboards as Log Service stores them: a JSON list of charts on a grid.

The chart's fields are those of the service's Dashboard structure: title, type, search, display, action.
Knows charts and their places; the queries come from `queries`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..reporter.contract import COMPONENT, FLOW, LATENCY, STATUS, VERSION, metric_path
from . import queries

COLUMNS, WIDTH, HEIGHT = 2, 10, 8
_FLOW, _LINES, _AXES, _APP = "@flow@", "@lines@", "@axes@", "@app@"


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` is line, column, pie or table; `x` and `y` name columns of the query; `past` is the time it shows."""

    title: str
    kind: str
    query: str
    x: tuple[str, ...] = ()
    y: tuple[str, ...] = ()
    past: str = "-3600s"


def flow_charts(
    logstore: str, service: str, flows: tuple[str, ...], app: str, lines: tuple[tuple[str, str], ...]
) -> str:
    """The charts of one flow. `lines` are thresholds of P95 in ms, by name; `flows` its id and, once, its old one."""
    head, *tail = _template(logstore, service)
    whose = " or ".join(f'{FLOW}: \\"{flow}\\"' for flow in flows)
    text = (whose if len(flows) == 1 else f"({whose})").join((head, *tail))
    columns = "".join(f", {value} AS {name}" for name, value in lines)
    axes = "".join(f',"{name}"' for name, _ in lines)
    return text.replace(_LINES, columns).replace(f',"{_AXES}"', axes).replace(_APP, app)


@lru_cache(maxsize=64)
def _template(logstore: str, service: str) -> tuple[str, ...]:
    search = queries.runs(service) + f" and {_FLOW}"
    latency, components = metric_path(_APP, LATENCY), queries.components_over_time(search)
    charts = (
        Chart(f"P95 {latency} (ms)", "line", queries.latency_over_time(search, _LINES), ("t",), ("p50", "p95", _AXES)),
        Chart("Failure rate (%)", "line", queries.failure_rate_over_time(search), ("t",), ("failure_rate",)),
        Chart("Time by component (ms per run)", "column", components, ("t",), ("model", "retriever", "tool", "rest")),
        Chart("Tokens per run", "column", queries.tokens_over_time(search), ("t",), ("input", "output")),
        Chart("Runs", "column", queries.runs_over_time(search), ("t",), ("runs",)),
        Chart("Status", "pie", queries.status_split(search), (STATUS,), ("runs",)),
        Chart("Slowest runs", "table", queries.slowest_runs(search)),
        Chart("Errors by class", "table", queries.errors_by_class(search)),
        Chart("P95 by version (ms)", "line", queries.p95_over_time(search, VERSION), ("t",), ("p95", VERSION)),
        Chart("Time to first token (ms)", "line", queries.first_token_over_time(search), ("t",), ("p50", "p95")),
    )
    return tuple(chart_list(logstore, charts).split(_FLOW))


def overview_charts(logstore: str, service: str) -> str:
    """The charts that show all flows of a stack at once."""
    search = queries.runs(service)
    charts = (
        Chart("Flows, last hour", "table", queries.flows_at_a_glance(search)),
        Chart(
            f"P95 {COMPONENT}/{LATENCY} by flow (ms)",
            "line",
            queries.p95_over_time(search, FLOW),
            ("t",),
            ("p95", FLOW),
        ),
        Chart("Runs by flow", "line", queries.runs_over_time(search, FLOW), ("t",), ("runs", FLOW)),
        Chart("Reporters, last hour", "table", queries.reporters_at_a_glance(queries.reporters(service))),
    )
    return chart_list(logstore, charts)


def version_charts(logstore: str, service: str) -> str:
    """P95, runs and an interval for each version of each flow, over a day and over a week."""
    query = queries.version_comparison(queries.runs(service))
    day = Chart("P95 by version, last day (ms)", "table", query, past="-86400s")
    week = Chart("P95 by version, last week (ms)", "table", query, past="-604800s")
    return chart_list(logstore, (day, week))


def chart_list(logstore: str, charts: Iterable[Chart]) -> str:
    """The JSON text that a dashboard carries."""
    placed = [_placed(logstore, chart, place) for place, chart in enumerate(charts)]
    return json.dumps(placed, ensure_ascii=False, separators=(",", ":"))


def _placed(logstore: str, chart: Chart, place: int) -> dict[str, object]:
    return {
        "title": chart.title,
        "type": chart.kind,
        "search": {"logstore": logstore, "topic": "", "query": chart.query, "start": chart.past, "end": "now"},
        "display": {
            "xAxis": list(chart.x),
            "yAxis": list(chart.y),
            "xPos": place % COLUMNS * WIDTH,
            "yPos": place // COLUMNS * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "displayName": chart.title,
        },
        "action": {},
    }
