"""What one flow did in one window, and the points that its judged series make of it.

A judged series carries its real value when the window holds enough runs, else 0: leaving a point out would freeze
an alarm, because CloudMonitor keeps the last state when data is missing (PutResourceMetricRule, NoDataPolicy).
"""

from __future__ import annotations

from dataclasses import dataclass

from .contract import FlowSettings, Series
from .sample import Sample
from .status import CANCELLED, FAILED, STATUSES, TIMED_OUT

_RANKS = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0}


class Window:
    """Counts by status, latencies of succeeded and timed-out runs (ms), longest streaks by alarm, oldest run (s)."""

    __slots__ = ("counts", "latency", "longest", "oldest_s")

    def __init__(self) -> None:
        self.counts = dict.fromkeys(STATUSES, 0)
        self.latency = Sample()
        self.longest: dict[str, int] = {}
        self.oldest_s = 0.0

    @property
    def runs(self) -> int:
        """Every run that ended, cancelled ones included."""
        return sum(self.counts.values())

    @property
    def judged(self) -> int:
        """Runs that a failure rate is a share of: all but the cancelled ones."""
        return self.runs - self.counts[CANCELLED]

    def failure_rate(self) -> float:
        """Percent of judged runs that failed or timed out."""
        bad = self.counts[FAILED] + self.counts[TIMED_OUT]
        return 100.0 * bad / self.judged if self.judged else 0.0

    def merge(self, other: Window) -> None:
        """Add a later window of the same flow."""
        for status, count in other.counts.items():
            self.counts[status] += count
        self.latency.merge(other.latency)
        for alarm, longest in other.longest.items():
            self.longest[alarm] = max(self.longest.get(alarm, 0), longest)
        self.oldest_s = max(self.oldest_s, other.oldest_s)


@dataclass(frozen=True, slots=True)
class Point:
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
