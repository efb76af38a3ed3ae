"""A rule as the evaluator reads it, made from what PutResourceMetricRule, a template or PutCustomMetricRule stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.evaluation.conditions import Condition
from flowvigil.emulator.evaluation.expressions import conditions_of
from flowvigil.emulator.evaluation.formula import Formula
from flowvigil.emulator.evaluation.hours import Hours, parsed

LEVELS = ("Critical", "Warn", "Info")
KEEP, INSUFFICIENT = "KEEP_LAST_STATE", "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Level:
    """One severity: its conditions, all or any of which must hold in `times` windows in a row."""

    name: str
    conditions: tuple[Condition | Formula, ...]
    times: int
    every: bool = True

    def holds(self, columns: Columns, series: Series, end_s: int) -> bool | None:
        """Whether the level is breached in the window that ends at `end_s`; None when that cannot be told."""
        return self._joined([one.holds(columns, series, end_s) for one in self.conditions])

    def uniform(self, columns: Columns, series: Series, start_s: int, end_s: int) -> bool | None:
        """The same for each window of a stretch, None when it takes a closer look."""
        return self._joined([one.uniform(columns, series, start_s, end_s) for one in self.conditions])

    def _joined(self, found: list[bool | None]) -> bool | None:
        decisive = not self.every
        if decisive in found:
            return decisive
        return None if None in found else self.every


@dataclass(frozen=True)
class Rule:
    """Times in seconds; `resources` are (group, dimension text), the text None for every series of the group."""

    rule_id: str
    account: str
    levels: tuple[Level, ...]
    resources: tuple[tuple[str, str | None], ...]
    period: int
    interval: int
    hours: Hours | None
    pause: Hours | None
    silence: int
    no_data: str
    send_ok: bool

    def open(self, time_ms: int) -> bool:
        """Whether the rule is in force at a moment."""
        return (self.hours is None or self.hours.hold(time_ms)) and not (self.pause and self.pause.hold(time_ms))

    @property
    def counts(self) -> bool:
        """Whether it judges how many of its series meet a condition."""
        return any(isinstance(one, Formula) and one.count for level in self.levels for one in level.conditions)

    def touched(self, series: Series, late: Set[Series]) -> bool:
        """Whether points that came late belong to what is judged under `series`."""
        return series in late or (self.counts and any(one[:4] == series[:4] for one in late))

    @property
    def always_open(self) -> bool:
        return (self.hours is None or self.hours.always) and self.pause is None

    def series(self, columns: Columns) -> list[Series]:
        """What it judges, each by itself; the first condition's metric names the series.

        What counts series is judged once for each group, under no dimension.
        """
        first = self.levels[0].conditions[0].metric
        found: list[Series] = []
        if self.counts:
            groups = dict.fromkeys(group for group, _ in self.resources)
            return [Series(self.account, first, self.period, group, "") for group in groups]
        for group, dimension in self.resources:
            one = Series(self.account, first, self.period, group, dimension or "")
            named = [dimension] if dimension is not None else columns.dimensions(one)
            found += [one._replace(dimension=text) for text in named]
        return found


def compiled(account: str, body: Mapping[str, Any]) -> Rule | None:
    """The rule of a stored body; None for one that this evaluator does not judge (other namespaces, Prometheus)."""
    if not str(body["Namespace"]).startswith("acs_customMetric_"):
        return None
    period = int(body["Period"])
    resources = [one for one in json.loads(body["Resources"] or "[]") if isinstance(one, dict)]
    judged = tuple(dict.fromkeys(_resource(one) for one in resources))
    levels = _composite(body, period, judged) if body["CompositeExpression"] else _escalations(body, period)
    if not levels or not resources:
        return None
    interval = str(body.get("Interval") or "")
    return Rule(
        str(body["RuleId"]),
        account,
        levels,
        judged,
        period,
        max(int(interval), 60) if interval.isdecimal() else period,
        parsed(body["EffectiveInterval"]),
        parsed(body["NoEffectiveInterval"]),
        int(body["SilenceTime"]),
        body["NoDataPolicy"],
        bool(body["SendOK"]),
    )


def _resource(one: Mapping[str, Any]) -> tuple[str, str | None]:
    return str(one.get("groupId", "0")), str(one["dimension"]) if "dimension" in one else None


def _escalations(body: Mapping[str, Any], period: int) -> tuple[Level, ...]:
    found = body["Escalations"]
    return tuple(_level(body["MetricName"], name, found[name], period) for name in LEVELS if name in found)


def _level(metric: str, name: str, part: Mapping[str, Any], period: int) -> Level:
    condition = Condition(metric, part["Statistics"], part["ComparisonOperator"], float(part["Threshold"]), period)
    return Level(name, (condition,), int(part["Times"]))


def _composite(body: Mapping[str, Any], period: int, among: tuple[tuple[str, str | None], ...]) -> tuple[Level, ...]:
    expression = body["CompositeExpression"]
    found, every = conditions_of(expression, str(body["MetricName"]), period)
    conditions = tuple(replace(one, among=among) if isinstance(one, Formula) and one.count else one for one in found)
    name, times = str(expression.get("Level", "")).capitalize(), str(expression.get("Times") or 1)
    if not conditions or name not in LEVELS or not times.isdecimal():
        return ()
    return (Level(name, conditions, int(times), every),)
