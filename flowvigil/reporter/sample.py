"""The distribution of one flow's latencies in one window: exact for thousands of runs, 1 % off beyond."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from operator import mul

EXACT = 4096
"""Up to this many values are kept as they are and percentiles are those of the values."""

_GAMMA = 1.02  # neighbouring buckets differ by 2 %, so the middle of one is at most 1 % from anything in it
_SCALE = 1 / math.log(_GAMMA)
_MIDDLE = 2 / (1 + _GAMMA)
_LEAST_MS = 1e-6  # below a nanosecond everything is one bucket


class Buckets:
    """Counts of values by size, 2 % apart; count, sum, minimum and maximum are exact."""

    __slots__ = ("count", "high", "low", "sizes", "total")

    def __init__(self) -> None:
        self.sizes: Counter[int] = Counter()
        self.count = 0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf

    def add(self, values: array[float]) -> None:
        self._totals(len(values), math.fsum(values), min(values), max(values))
        above_zero = map(max, values, repeat(_LEAST_MS))
        self.sizes.update(map(math.ceil, map(mul, map(math.log, above_zero), repeat(_SCALE))))

    def merge(self, other: Buckets) -> None:
        self._totals(other.count, other.total, other.low, other.high)
        self.sizes.update(other.sizes)

    def at(self, place: int) -> float:
        """About the value at a place, from 1, in ascending order."""
        for size in sorted(self.sizes):
            place -= self.sizes[size]
            if place <= 0:
                return min(max(_GAMMA**size * _MIDDLE, self.low), self.high)
        return self.high

    def _totals(self, count: int, total: float, low: float, high: float) -> None:
        self.count += count
        self.total = math.fsum((self.total, total))
        self.low, self.high = min(self.low, low), max(self.high, high)


class Sample:
    """Values in milliseconds, either all of them or their buckets. Count, sum, minimum and maximum are always exact."""

    __slots__ = ("_buckets", "_values")

    def __init__(self) -> None:
        self._values: array[float] | None = None
        self._buckets: Buckets | None = None

    def add(self, values: Sequence[float]) -> None:
        """Take finite values >= 0."""
        if len(values):
            self._keep(values if type(values) is array else array("d", values))

    def merge(self, other: Sample) -> None:
        """Take everything another sample holds; nothing is lost in accuracy beyond what buckets cost."""
        if other._values is not None:
            self._keep(other._values)
        if other._buckets is not None:
            self._spill().merge(other._buckets)

    @property
    def count(self) -> int:
        return self._buckets.count if self._buckets else len(self._values or ())

    @property
    def total(self) -> float:
        return self._buckets.total if self._buckets else math.fsum(self._values or ())

    @property
    def low(self) -> float:
        return self._buckets.low if self._buckets else min(self._values or (), default=math.inf)

    @property
    def high(self) -> float:
        return self._buckets.high if self._buckets else max(self._values or (), default=-math.inf)

    def percentile(self, rank: float) -> float:
        """The nearest-rank percentile: the smallest value that at least `rank` percent of the values do not exceed.

        0.0 for an empty sample.
        """
        if not self.count:
            return 0.0
        place = max(1, math.ceil(self.count * rank / 100))
        return self._buckets.at(place) if self._buckets else sorted(self._values or ())[place - 1]

    def _keep(self, values: array[float]) -> None:
        if self._values is None:
            self._values = values[:]
        else:
            self._values += values
        if self._buckets is not None or len(self._values) > EXACT:
            self._spill()

    def _spill(self) -> Buckets:
        if self._buckets is None:
            self._buckets = Buckets()
        if self._values:
            self._buckets.add(self._values)
        self._values = None
        return self._buckets
