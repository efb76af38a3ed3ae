"""One flow's alarms as conditions: signals, thresholds in the model's units, periods, routes.

Knows nothing of files: what is wrong is reported by path. The defaults of an alarm's keys stand in the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..amounts import duration
from ..monitor import INSIDE, PERCENTILES, Carrier, Condition, Hours, Level, Reporters, Severity, Signal
from .problem import Path
from .report import Report
from .schema import alternative, node
from .thresholds import explained, threshold
from .values import hours, milliseconds

SIGNALS: Mapping[str, Signal] = {signal.value: signal for signal in Signal}
GUARDED = PERCENTILES | INSIDE | {Signal.FAILURE_RATE}
_DAY_S = 86400
_REMEMBERED = 1024
_SLOW_MS = 30_000.0
_SLOW = Signal.SLOW_STREAK.value
_SEVERITIES = tuple(severity.value for severity in Severity)
_LATENCIES = frozenset(signal.value for signal in PERCENTILES)


@dataclass(frozen=True, slots=True)
class Setting:
    """What alarms are judged in: who reports and carries them, whom each severity tells, how often it repeats (s).

    `relay_alone` says that only the relay would deliver what is critical.
    `known` keeps every sound condition made so far: flows that say the same share one object. `whole` keeps all
    conditions of alarms that were one value, with that value, by its identity.
    """

    reporters: Reporters
    rules: Carrier
    routes: Mapping[Severity, tuple[str, ...]]
    repeats: Mapping[Severity, int]
    relay_alone: bool
    known: dict[tuple[object, ...], Condition] = field(default_factory=dict, compare=False, repr=False)
    whole: dict[int, tuple[Mapping[str, Any], tuple[Condition, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class Default:
    """What an alarm on one signal gets where the spec says nothing. `for_s` is rounded up to whole periods."""

    period_s: int
    for_s: int
    min_runs: int


def _default(signal: Signal) -> Default:
    kinds = alternative({"$ref": "#/$defs/alarms"})["properties"]
    keys = alternative(kinds[signal.value])["properties"]
    stated = {key: node(keys[key])["default"] for key in ("period", "for", "min_runs") if key in keys}
    return Default(whole_seconds(stated["period"]), whole_seconds(stated["for"]), stated.get("min_runs", 1))


def whole_seconds(text: object) -> int:
    """Seconds of a duration known to be legal."""
    return int((milliseconds(text) or 0) / 1000)


DEFAULTS = {signal: _default(signal) for signal in Signal}


def conditions(alarms: Mapping[str, Any], setting: Setting, report: Report) -> tuple[Condition, ...]:
    """All alarms of a flow that can be read, in the order of their names."""
    known = setting.whole.get(id(alarms))
    if known is not None and known[0] is alarms:
        return known[1]
    before = report.count
    made = _conditions(alarms, setting, report)
    if report.count == before and len(setting.whole) < _REMEMBERED:
        setting.whole[id(alarms)] = (alarms, made)
    return made


def _conditions(alarms: Mapping[str, Any], setting: Setting, report: Report) -> tuple[Condition, ...]:
    limit: float | None = None
    found = []
    for name in sorted(alarms):
        alarm = alarms[name]
        slow = _SLOW in (name, alarm.get("signal")) and "over" not in alarm
        if slow and limit is None:
            limit = _slowest_legal(alarms)
        key = (name, limit if slow else None, *alarm.items())
        condition = setting.known.get(key)
        if condition is None:
            before = report.count
            condition = _condition(name, alarm, setting, limit or _SLOW_MS, report)
            if condition is None:
                continue
            if report.count == before:
                setting.known[key] = condition
        found.append(condition)
    return tuple(found)


def _slowest_legal(alarms: Mapping[str, Any]) -> float:
    """The lowest latency threshold of a flow, in ms: what counts as slow where `over` is not given."""
    lowest = [
        value
        for name, alarm in alarms.items()
        if alarm.get("signal", name) in _LATENCIES
        for severity in _SEVERITIES
        if (value := milliseconds(alarm.get(severity))) is not None
    ]
    return min(lowest, default=_SLOW_MS)


def _condition(name: str, alarm: Mapping[str, Any], setting: Setting, limit: float, report: Report) -> Condition | None:
    signal = _signal(name, alarm, report)
    if signal is None:
        return None
    path: Path = ("alarms", name)
    period = _period(alarm, signal, setting, path, report)
    return Condition(
        alarm=name,
        signal=signal,
        levels=_levels(alarm, signal, setting, path, report),
        period_s=period,
        for_s=_for(alarm, signal, period, path, report),
        min_runs=_guard(alarm, signal, path, report),
        over_ms=_over(alarm, signal, limit, path, report),
        hours=_hours(alarm, setting, path, report),
    )


def _signal(name: str, alarm: Mapping[str, Any], report: Report) -> Signal | None:
    own, given = SIGNALS.get(name), alarm.get("signal")
    if own is None and given is None:
        report(("alarms", name), "no-signal", at="key", value=name, legal=list(SIGNALS))
        return None
    if own and given not in (None, name):
        report(("alarms", name, "signal"), "signal-differs", name=name, value=given)
        return None
    return own or SIGNALS[str(given)]


def _levels(
    alarm: Mapping[str, Any], signal: Signal, setting: Setting, path: Path, report: Report
) -> tuple[Level, ...]:
    levels: list[Level] = []
    for severity in Severity:
        given = alarm.get(severity.value)
        if given is None:
            continue
        here = (*path, severity.value)
        value = threshold(signal, given)
        if value is None:
            report(here, "threshold", value=given, **explained(signal))
            continue
        if levels and value >= levels[-1].threshold:
            above = levels[-1].severity.value
            id_ = "equal-thresholds" if value == levels[-1].threshold else "not-looser"
            report(here, id_, value=given, severity=severity.value, above=above, limit=alarm[above])
        levels.append(Level(severity, value, setting.repeats[severity], setting.routes[severity]))
    if not any(severity.value in alarm for severity in Severity):
        report(path, "no-threshold", at="key", name=path[-1], right="warning")
    return tuple(levels)


def _period(alarm: Mapping[str, Any], signal: Signal, setting: Setting, path: Path, report: Report) -> int:
    default = DEFAULTS[signal].period_s
    ms = milliseconds(alarm.get("period"))
    if ms is None:
        return default
    here, text = (*path, "period"), alarm["period"]
    if setting.reporters is Reporters.ONE and ms not in (60e3, 300e3):
        report(here, "period", value=text)
    elif not 60e3 <= ms <= _DAY_S * 1e3 or ms % 60e3:
        report(here, "period-many", value=text)
    elif setting.rules is Carrier.TEMPLATE and ms != 60e3:
        report(here, "template-period", value=text)
    else:
        return int(ms / 1000)
    return default


def _for(alarm: Mapping[str, Any], signal: Signal, period: int, path: Path, report: Report) -> int:
    default = -(-DEFAULTS[signal].for_s // period) * period
    ms = milliseconds(alarm.get("for"))
    if ms is None:
        return default
    if ms < period * 1e3 or ms % (period * 1e3) or ms > _DAY_S * 1e3:
        report((*path, "for"), "for", value=alarm["for"], period=duration(period * 1e3))
        return default
    return int(ms / 1000)


def _guard(alarm: Mapping[str, Any], signal: Signal, path: Path, report: Report) -> int:
    given = alarm.get("min_runs")
    if given is not None and signal not in GUARDED:
        report((*path, "min_runs"), "not-for-signal", at="key", key="min_runs", signal=signal.value)
    return DEFAULTS[signal].min_runs if given is None or signal not in GUARDED else int(given)


def _over(alarm: Mapping[str, Any], signal: Signal, limit: float, path: Path, report: Report) -> float | None:
    given = alarm.get("over")
    if signal is not Signal.SLOW_STREAK:
        if given is not None:
            report((*path, "over"), "not-for-signal", at="key", key="over", signal=signal.value)
        return None
    if given is None:
        return limit
    value = threshold(Signal.P95, given)
    if value is None:
        report((*path, "over"), "over", value=given, **explained(Signal.P95))
    return value or limit


def _hours(alarm: Mapping[str, Any], setting: Setting, path: Path, report: Report) -> Hours | None:
    given = alarm.get("hours")
    if given is None:
        return None
    found = hours(given)
    if found is None:
        report((*path, "hours"), "hours", value=given)
    elif setting.rules is Carrier.TEMPLATE:
        report((*path, "hours"), "template-hours", value=given)
    return found
