"""Alerts of Log Service, for what CloudMonitor cannot judge.

That is flows of many reporters, what happens inside a run, and reports that stop coming.
One alert for each condition of a flow that only logs can judge; one for each distinct set of recipients (people and
hooks) and levels of `no_reports`, up to a hundred flows each, which is how many groups one evaluation may have.
How they are merged into messages is in `merging`.
Knows which query judges which signal; the queries are in `alert_queries`, the delivery in `delivery`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..reporter.contract import FAILED, STATUS, TIMED_OUT
from . import alert_queries, merging, names, queries
from .amounts import number
from .boards import board_link
from .carriers import by_logs
from .delivery import SEVERITY, policy_id
from .logs import place
from .monitor import PERCENTILES, SILENCES, STREAKS, Condition, Level, LogStore, Monitor, Signal
from .objects import AlertQuery, AlertSeverity, LogAlert
from .stack import Stack

DAY_S = 86400
"""The longest window of an alert's query (limits of Log Service alerts)."""

_OF_A_WINDOW = {
    Signal.FAILURE_RATE: alert_queries.failure_rate,
    Signal.TTFT: alert_queries.first_token,
    Signal.TOKENS_PER_RUN: alert_queries.tokens_per_run,
}
_FAILURES = frozenset({Signal.FAILURE_RATE, Signal.FAILURE_STREAK})
_FROM_A_LEVEL_UP = STREAKS | SILENCES


def flow_alerts(stack: Stack, home: LogStore, monitor: Monitor, *, own_board: bool) -> list[LogAlert]:
    """The alerts of one flow: of all its conditions if it has many reporters, else of those on the inside of runs."""
    judged = [one for one in monitor.conditions if by_logs(monitor.reporters, one)]
    found = [one for one in judged if one.signal is not Signal.NO_REPORTS]
    return [_flow_alert(stack, home, monitor, one, own_board=own_board) for one in found]


def _flow_alert(stack: Stack, home: LogStore, monitor: Monitor, condition: Condition, *, own_board: bool) -> LogAlert:
    where = place(home, monitor)
    what = f"{monitor.flow}-{condition.alarm}"
    lasting = condition.signal in _FROM_A_LEVEL_UP
    shown = f"{monitor.title} " if monitor.title and monitor.title != monitor.flow else ""
    return _alert(
        stack,
        key=f"flow.{monitor.flow}.{condition.alarm}.alert",
        flow=monitor.flow,
        name=names.log_alert(stack, what),
        title=names.rule(stack.prefix, monitor.title or monitor.flow, condition.alarm),
        where=where,
        condition=condition,
        query=_query(stack, monitor, condition),
        window_s=_window_s(condition),
        heard=bool(monitor.on_alarm),
        says=f"{shown}${{flow}} {condition.alarm} = ${{value}}",
        merged=(merging.of_flows(stack), (), (("part", merging.part(monitor.flow)),)),
        about=[
            ("logs", _logs(stack, where, monitor, condition)),
            ("owner", monitor.owner),
            ("runbook", monitor.runbook),
            ("dashboard", board_link(stack, home, monitor, own=own_board)),
        ],
        threshold=1 if lasting else max(1, condition.for_s // condition.period_s),
        interval_s=60 if lasting else condition.period_s,
    )


def no_reports_alerts(stack: Stack, home: LogStore, monitors: Sequence[Monitor]) -> list[LogAlert]:
    """The alerts that watch whether reporters still report, each for up to a hundred flows."""
    sets: dict[tuple[LogStore, Condition, bool], list[str]] = {}
    # by identity: flows share conditions, and to hash them is slow
    alike: dict[tuple[LogStore, int, bool], list[str]] = {}
    for monitor in monitors:
        for condition in monitor.conditions:
            if condition.signal is Signal.NO_REPORTS:
                where, heard = place(home, monitor), bool(monitor.on_alarm)
                flows = alike.get((where, id(condition), heard))
                if flows is None:
                    flows = sets.setdefault((where, _nameless(condition), heard), [])
                    alike[where, id(condition), heard] = flows
                flows.append(monitor.flow)
    return [
        alert
        for (where, one, heard), flows in sets.items()
        for alert in _no_reports(stack, where, one, flows, heard=heard)
    ]


@lru_cache(maxsize=1024)
def _nameless(condition: Condition) -> Condition:
    """The condition without what does not matter to the alert, so that equal ones meet."""
    return Condition("no_reports", condition.signal, condition.levels, 60, 60, 1, None, condition.hours)


def _no_reports(
    stack: Stack, where: LogStore, condition: Condition, flows: Sequence[str], *, heard: bool
) -> Iterator[LogAlert]:
    window_s = _window_s(condition)
    which = names.digest(f"{where}{condition}{'heard' if heard else ''}", 6)
    for shard, some in enumerate(merging.shards(flows), 1):
        what = f"no_reports-{which}" + (f"-{shard}" if shard > 1 else "")
        yield _alert(
            stack,
            key=f"alert.{what}",
            flow=None,
            name=names.log_alert(stack, what),
            title=f"no_reports [{stack.prefix}]",
            where=where,
            condition=condition,
            query=alert_queries.silence(queries.reporters(stack.prefix), some, window_s, condition.hours),
            window_s=window_s,
            heard=heard,
            says="${flow} no_reports = ${value}",
            merged=(merging.of_reports(stack), ("flow",), (("alarm", "no_reports"),)),
            about=[],
        )


def _alert(
    stack: Stack,
    *,
    key: str,
    flow: str | None,
    name: str,
    title: str,
    where: LogStore,
    condition: Condition,
    query: str,
    window_s: int,
    heard: bool,
    says: str,
    merged: tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]],
    about: Sequence[tuple[str, str | None]],
    threshold: int = 1,
    interval_s: int = 60,
) -> LogAlert:
    """`merged` is the alert policy, with the groups and labels that it merges by."""
    alert_policy, groups, labels = merged
    return LogAlert(
        key=key,
        flow=flow,
        project=where.project,
        name=name,
        title=title,
        queries=(AlertQuery(where.logstore, query, f"-{window_s // 60}m", "absolute"),),
        severities=tuple([_severity(condition.signal, level) for level in condition.levels]),
        group_by=groups,
        labels=(*labels, ("service", stack.prefix)),
        annotations=(("desc", says), ("title", title), *_known(about)),
        alert_policy=alert_policy,
        action_policy=policy_id(stack, condition.levels, heard=heard),
        repeat_s=condition.levels[0].repeat_s,
        interval_s=interval_s,
        threshold=threshold,
    )


def _logs(stack: Stack, where: LogStore, monitor: Monitor, condition: Condition) -> str:
    """The runs that the condition is about; the message adds the times that were judged."""
    runs = queries.runs(stack.prefix, *monitor.ids)
    failed = f" and ({STATUS}: {FAILED} or {STATUS}: {TIMED_OUT})" if condition.signal in _FAILURES else ""
    return queries.log_link_open(
        project=where.project,
        logstore=where.logstore,
        region=stack.region,
        search=runs + failed,
        console=stack.console,
    )


def _known(about: Sequence[tuple[str, str | None]]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in about if value]


def _severity(signal: Signal, level: Level) -> AlertSeverity:
    operator = ">=" if signal in _FROM_A_LEVEL_UP else ">"
    return AlertSeverity(SEVERITY[level.severity], f"value {operator} {number(level.threshold)}")


def _window_s(condition: Condition) -> int:
    """Whole minutes that the query looks back over."""
    if condition.signal in STREAKS:
        return alert_queries.STREAK_WINDOW_S
    if condition.signal in SILENCES:
        return -int(-max(level.threshold for level in condition.levels) // 60) * 60
    return 60 if condition.signal is Signal.STUCK else condition.period_s


def _query(stack: Stack, monitor: Monitor, one: Condition) -> str:
    runs = queries.runs(stack.prefix, *monitor.ids)
    if one.signal in PERCENTILES:
        return alert_queries.latency(runs, int(one.signal.value[1:]) / 100, one.min_runs, one.hours)
    if one.signal in _OF_A_WINDOW:
        return _OF_A_WINDOW[one.signal](runs, one.min_runs, one.hours)
    if one.signal is Signal.SLOW_STREAK:
        return alert_queries.slow_streak(runs, one.over_ms or 0, one.period_s, one.hours)
    if one.signal is Signal.FAILURE_STREAK:
        return alert_queries.failure_streak(runs, one.period_s, one.hours)
    if one.signal is Signal.STUCK:
        return alert_queries.stuck(queries.reporters(stack.prefix, *monitor.ids), one.hours)
    return alert_queries.silence(runs, [monitor.flow], _window_s(one), one.hours)
