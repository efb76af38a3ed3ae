"""Which dashboards a stack has: one for each flow while a project has room, the overview, the comparison of versions.

Knows how many dashboards a Log Service project may hold; the charts themselves are drawn in `dashboard`.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import dashboard, names, queries
from .amounts import number
from .logs import own_place, place
from .monitor import LogStore, Monitor, Signal
from .objects import Dashboard
from .stack import Stack

ROOM = 100
"""Dashboards that one project may hold (limits of basic resources of Log Service)."""

OVERVIEW, VERSIONS = "all_flows", "all_versions"
"""No flow is called so: ids have no `_`."""


def stack_boards(stack: Stack) -> list[Dashboard]:
    """The overview of all flows and the comparison of their versions."""
    home = own_place(stack)
    overview = dashboard.overview_charts(home.logstore, stack.prefix)
    versions = dashboard.version_charts(home.logstore, stack.prefix)
    return [
        Dashboard(f"dashboard.{OVERVIEW}", None, home.project, names.dashboard(stack, OVERVIEW), "Flows", overview),
        Dashboard(f"dashboard.{VERSIONS}", None, home.project, names.dashboard(stack, VERSIONS), "Versions", versions),
    ]


def without_board(stack: Stack, monitors: Iterable[Monitor]) -> frozenset[str]:
    """The flows whose project has no room for a dashboard of their own: the last by name."""
    home = own_place(stack)
    left = {home.project: ROOM - 2}
    found = []
    for monitor in monitors:
        project = place(home, monitor).project
        left[project] = left.get(project, ROOM) - 1
        if left[project] < 0:
            found.append(monitor.flow)
    return frozenset(found)


def flow_board(stack: Stack, home: LogStore, monitor: Monitor) -> Dashboard:
    """The dashboard of one flow, its thresholds drawn in."""
    where = place(home, monitor)
    flow = monitor.flow
    charts = dashboard.flow_charts(where.logstore, stack.prefix, monitor.ids, monitor.source.app, _lines(monitor))
    name = names.dashboard(stack, flow)
    return Dashboard(f"flow.{flow}.dashboard", flow, where.project, name, monitor.title or flow, charts)


def _lines(monitor: Monitor) -> tuple[tuple[str, str], ...]:
    for condition in monitor.conditions:
        if condition.signal is Signal.P95:
            return tuple([(level.severity.value, number(level.threshold)) for level in condition.levels])
    return ()


def board_link(stack: Stack, home: LogStore, monitor: Monitor, *, own: bool) -> str:
    """The link to the flow's dashboard, or to its rows of the overview."""
    name = names.dashboard(stack, monitor.flow if own else OVERVIEW)
    project = place(home, monitor).project if own else home.project
    link = queries.dashboard_link(project=project, name=name, region=stack.region, console=stack.console)
    return link if own else f"{link}&filters=flow%3A{monitor.flow}"
