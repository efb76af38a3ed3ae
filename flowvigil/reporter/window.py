"""What one flow did in one window, and the points that its judged series make of it.

A judged series carries its real value when the window holds enough runs, else 0: leaving a point out would freeze
an alarm, because CloudMonitor keeps the last state when data is missing (PutResourceMetricRule, NoDataPolicy).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .contract import FlowSettings, Series
from .sample import Sample
from .status import STATUSES

_NONE: Mapping[str, int] = {}
_RANKS = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0}


class Window:
    """Counts by status, latencies of succeeded and timed-out runs (ms), longest streaks by alarm, oldest run (s)."""

    __slots__ = ("cancelled", "failed", "latency", "longest", "oldest_s", "succeeded", "timed_out")

    def __init__(self) -> None:
        self.succeeded = self.failed = self.timed_out = self.cancelled = 0
        self.latency = Sample()
        self.longest: Mapping[str, int] = _NONE
        self.oldest_s = 0.0

    def count(self, status: str) -> None:
        """One more run that ended so."""
        setattr(self, status, getattr(self, status) + 1)

    @property
    def runs(self) -> int:
        """Every run that ended, cancelled ones included."""
        return self.judged + self.cancelled

    @property
    def judged(self) -> int:
        """Runs that a failure rate is a share of: all but the cancelled ones."""
        return self.succeeded + self.failed + self.timed_out

    @property
    def empty(self) -> bool:
        """Whether nothing ended, nothing was open and no streak was touched."""
        return not (self.runs or self.oldest_s or any(self.longest.values()))

    def failure_rate(self) -> float:
        """Percent of judged runs that failed or timed out."""
        return 100.0 * (self.failed + self.timed_out) / self.judged if self.judged else 0.0

    def merge(self, other: Window) -> None:
        """Add a later window of the same flow."""
        for status in STATUSES:
            setattr(self, status, getattr(self, status) + getattr(other, status))
        self.latency.merge(other.latency)
        if other.longest:
            mine = self.longest
            self.longest = {**mine, **{alarm: max(mine.get(alarm, 0), one) for alarm, one in other.longest.items()}}
        self.oldest_s = max(self.oldest_s, other.oldest_s)


class Point(NamedTuple):
    """One aggregated entry of PutCustomMetric. `runs` is how many runs are accounted for with its delivery."""

    metric: str
    flow: str
    service: str
    group_id: str
    period_s: int
    time_ms: int
    highest: float
    last: float
    runs: int = 0


def points(
    settings: FlowSettings, service: str, window: Window, open_streaks: dict[str, int], period_s: int, time_ms: int
) -> list[Point]:
    """The points of all judged series of a flow for one window that began at `time_ms`."""
    made = []
    for series in settings.series:
        last = highest = _value(series, window)
        if series.signal in ("slow_streak", "failure_streak"):
            last = float(open_streaks.get(series.alarm, 0))
        group = settings.group_id
        made.append(Point(series.metric, settings.flow, service, group, period_s, time_ms, highest, last))
    return made


def _value(series: Series, window: Window) -> float:
    if series.signal in _RANKS:
        enough = window.latency.count >= max(1, series.min_runs)
        return window.latency.percentile(_RANKS[series.signal]) if enough else 0.0
    if series.signal == "failure_rate":
        return window.failure_rate() if window.judged >= max(1, series.min_runs) else 0.0
    if series.signal == "no_runs":
        return float(window.runs)
    if series.signal == "stuck":
        return window.oldest_s
    return float(window.longest.get(series.alarm, 0))
