"""What checks look at: a flow with whom it tells, and all flows of one environment together.

Knows conditions and contact groups; knows no files and no sentences.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flowvigil.provisioner.carriers import Share, by_logs, everybody, shares
from flowvigil.provisioner.monitor import Channel, Condition, ContactGroup, Level, Monitor, Severity, Signal

QUANTILES = {Signal.P50: 0.5, Signal.P90: 0.9, Signal.P95: 0.95, Signal.P99: 0.99}
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Watched:
    """One flow as one environment sees it, with the contact groups it may tell."""

    monitor: Monitor
    groups: Mapping[str, ContactGroup]

    def of(self, *signals: Signal) -> list[Condition]:
        """The conditions on these signals."""
        return [one for one in self.monitor.conditions if one.signal in signals]

    def levels(self, severity: Severity) -> list[tuple[Condition, Level]]:
        """Every level of this severity with its condition."""
        return [(one, level) for one in self.monitor.conditions for level in one.levels if level.severity is severity]

    def channels(self, names: Sequence[str]) -> list[Channel]:
        """All channels of these groups; groups that somebody else keeps have none that we know."""
        return [channel for name in names if name in self.groups for channel in self.groups[name].channels]

    def foreign(self, names: Sequence[str]) -> bool:
        """Whether one of these groups is kept by somebody else, so that nobody here knows who is in it."""
        return any(self.groups[name].existing for name in names if name in self.groups)

    def route(self, severity: Severity) -> tuple[str, ...]:
        """The groups that a severity is told, if any alarm has it."""
        return next((level.groups for _, level in self.levels(severity)), ())


@dataclass(frozen=True, slots=True)
class Fleet:
    """All flows of one environment, their contact groups, and the teams' routes."""

    flows: Sequence[Watched]
    groups: Mapping[str, ContactGroup]
    teams: Mapping[str, Mapping[Severity, tuple[str, ...]]]


def critical(condition: Condition) -> Level | None:
    """The condition's critical level."""
    first = condition.levels[0]
    return first if first.severity is Severity.CRITICAL else None


def span_s(condition: Condition) -> float | None:
    """How long the alarm may fire on one day, in seconds; None if always."""
    hours = condition.hours
    return (hours.end_minute - hours.start_minute) * 60.0 if hours else None


@lru_cache(maxsize=1024)
def reached(runs_a_minute: float, period_s: int, runs: int) -> float:
    """How often a period holds at least this many runs, when they come independently of each other (Poisson)."""
    mean = runs_a_minute * period_s / 60
    if mean > 10 * runs + 100:
        return 1.0
    term = total = math.exp(-mean) if mean < 700 else 0.0
    for count in range(1, runs):
        term *= mean / count
        total += term
    return 1.0 - min(1.0, total)


def carried(watched: Watched) -> Iterator[Share]:
    """Every rule that a flow becomes, whoever carries it: one for each set of groups that is told the same."""
    monitor = watched.monitor
    for condition in monitor.conditions:
        if by_logs(monitor.reporters, condition):
            yield everybody(condition)
        else:
            yield from shares(condition)
