"""One comparison of one statistic: for a single window, and for a stretch of windows at once.

Comparisons with the last period, yesterday and last week judge the change in percent; where there is nothing to compare
with, or it is zero, they do not hold (assumed).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

from flowvigil.emulator.evaluation.columns import Columns, Series

PLAIN: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
    "NotEqualToThreshold": operator.ne,
    "EqualToThreshold": operator.eq,
}
MONOTONE = frozenset(name for name in PLAIN if "Greater" in name or "Less" in name)
BACK_S = {"LastPeriod": 0, "Yesterday": 86_400, "LastWeek": 7 * 86_400}


@dataclass(frozen=True)
class Condition:
    """`threshold` is in the unit of the metric, or in percent for comparisons with the past."""

    metric: str
    statistic: str
    operator: str
    threshold: float
    period: int

    def value(self, columns: Columns, series: Series, end_s: int) -> float | None:
        """The statistic in the newest whole window that ends by `end_s`."""
        column = columns.column(self._series(series), self.statistic)
        return column.get(end_s // self.period - 1) if column else None

    def holds(self, columns: Columns, series: Series, end_s: int) -> bool | None:
        """Whether the comparison is true of that window; None when it has no value."""
        value = self.value(columns, series, end_s)
        if value is None:
            return None
        plain = PLAIN.get(self.operator)
        return plain(value, self.threshold) if plain else self._changed(value, columns, series, end_s)

    def _changed(self, value: float, columns: Columns, series: Series, end_s: int) -> bool:
        rises = self.operator.startswith("GreaterThan")
        back = BACK_S[self.operator.removeprefix("GreaterThan").removeprefix("LessThan")] or self.period
        before = self.value(columns, series, end_s - back)
        if not before:
            return False
        percent = (value - before) / abs(before) * 100
        return percent > self.threshold if rises else -percent > self.threshold

    def uniform(self, columns: Columns, series: Series, start_s: int, end_s: int) -> bool | None:
        """True or False when it is so for each window of a stretch without gaps, None when that takes a closer look."""
        column = columns.column(self._series(series), self.statistic)
        start, stop = start_s // self.period, end_s // self.period
        if column is None or self.operator not in PLAIN or not column.full(start, stop):
            return None
        low, high = column.extent(start, stop)
        if self.operator in MONOTONE:
            ends = [PLAIN[self.operator](one, self.threshold) for one in (low, high)]
            return ends[0] if ends[0] == ends[1] else None
        return self._all_or_none_equal(low, high)

    def _all_or_none_equal(self, low: float, high: float) -> bool | None:
        if self.threshold < low or self.threshold > high:
            return self.operator == "NotEqualToThreshold"
        return self.operator == "EqualToThreshold" if low == high else None

    def silent(self, columns: Columns, series: Series, start_s: int, end_s: int) -> bool:
        """Whether no window of a stretch has a value."""
        column = columns.column(self._series(series), self.statistic)
        return column is None or column.empty(start_s // self.period, end_s // self.period)

    def _series(self, series: Series) -> Series:
        if self.metric == series.metric and self.period == series.period:
            return series
        return series._replace(metric=self.metric, period=self.period)
