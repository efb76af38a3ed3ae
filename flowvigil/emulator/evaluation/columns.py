"""The windows of series as columns of numbers: one for each statistic, so that long quiet stretches are judged at once.

Knows neither rules nor time zones; a window is its start divided by its length.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from math import isnan
from typing import NamedTuple

KEPT_S, TRIMMED_S = 8 * 86_400, 10 * 86_400
"""A week back is compared with, so a little more is kept; older windows go once there are `TRIMMED_S` of them."""


class Series(NamedTuple):
    """What a point belongs to; `period` is in seconds, `dimension` has the form `k=v&k2=v2`."""

    account: str
    metric: str
    period: int
    group: str
    dimension: str


class Column:
    """One statistic of one series, window by window, with gaps."""

    __slots__ = ("_extent", "first", "present", "values")

    def __init__(self, first: int) -> None:
        self.first = first
        self.values = array("d")
        self.present = bytearray()
        self._extent = (0, 0, 0.0, 0.0)

    def put(self, window: int, value: float) -> None:
        """Set one window; a second value replaces the first."""
        self._reach(window)
        self.values[window - self.first] = value
        self.present[window - self.first] = 1
        self._extent = (0, 0, 0.0, 0.0)

    def drop(self, window: int) -> None:
        """Take the value of a window away."""
        if 0 <= window - self.first < len(self.present):
            self.present[window - self.first] = 0

    def extend(self, values: Iterable[float]) -> None:
        """Append windows that follow the last one."""
        self.values.extend(values)
        self.present.extend(b"\x01" * (len(self.values) - len(self.present)))

    def _reach(self, window: int) -> None:
        if window < self.first:
            before = self.first - window
            self.values[:0] = array("d", bytes(8 * before))
            self.present[:0] = bytes(before)
            self.first = window
        missing = window - self.first + 1 - len(self.values)
        if missing > 0:
            self.values.frombytes(bytes(8 * missing))
            self.present.extend(bytes(missing))

    def trim(self, oldest: int) -> None:
        """Forget what lies before the window `oldest`."""
        gone = min(max(oldest - self.first, 0), len(self.values))
        del self.values[:gone]
        del self.present[:gone]
        self.first += gone

    def get(self, window: int) -> float | None:
        """The value of a window, None when it has none."""
        place = window - self.first
        return self.values[place] if 0 <= place < len(self.values) and self.present[place] else None

    def full(self, start: int, stop: int) -> bool:
        """Whether every window from `start` up to `stop` has a value."""
        low, high = start - self.first, stop - self.first
        return low >= 0 and high <= len(self.values) and self.present.find(0, low, high) < 0

    def empty(self, start: int, stop: int) -> bool:
        """Whether no window from `start` up to `stop` has a value."""
        return self.present.find(1, max(start - self.first, 0), max(stop - self.first, 0)) < 0

    def extent(self, start: int, stop: int) -> tuple[float, float]:
        """The smallest and largest value of a full stretch."""
        if self._extent[:2] != (start, stop):
            part = self.values[start - self.first : stop - self.first]
            self._extent = (start, stop, min(part), max(part))
        return self._extent[2:]


class Columns:
    """Every series that points were given of."""

    def __init__(self) -> None:
        self._columns: dict[Series, dict[str, Column]] = {}
        self._dimensions: dict[tuple[str, str, int, str], list[str]] = {}

    def take(self, series: Series, time_ms: int, values: Mapping[str, float]) -> None:
        """Keep one aggregated point whose window starts at `time_ms`; what is no number counts as missing."""
        window = time_ms // (series.period * 1000)
        found = self._of(series)
        for statistic, value in values.items():
            column = found.get(statistic)
            if column is None:
                column = found[statistic] = Column(window)
            elif window - column.first > TRIMMED_S // series.period:
                column.trim(window - KEPT_S // series.period)
            if isnan(value):
                column.drop(window)
            else:
                column.put(window, value)
        for statistic in found.keys() - values.keys():
            found[statistic].drop(window)

    def load(self, series: Series, statistic: str, first: int, values: Iterable[float]) -> None:
        """Append many consecutive windows of one statistic, the first of them being `first`."""
        column = self._of(series).setdefault(statistic, Column(first))
        if not column.values:
            column.first = first
        if first != column.first + len(column.values):
            raise ValueError(f"window {first} does not follow the last one of {series}")
        column.extend(values)
        if len(column.values) > TRIMMED_S // series.period:
            column.trim(column.first + len(column.values) - KEPT_S // series.period)

    def _of(self, series: Series) -> dict[str, Column]:
        found = self._columns.get(series)
        if found is None:
            found = self._columns[series] = {}
            self._dimensions.setdefault(series[:4], []).append(series.dimension)
        return found

    def column(self, series: Series, statistic: str) -> Column | None:
        return self._columns.get(series, {}).get(statistic)

    def every(self, account: str) -> Iterator[Series]:
        """Every series of an account."""
        return (series for series in self._columns if series.account == account)

    def dimensions(self, series: Series) -> Iterator[str]:
        """The dimension texts of all series that differ from this one in nothing else."""
        yield from self._dimensions.get(series[:4], ())
