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


class Sample:
    """Values in milliseconds. Count, sum, minimum and maximum are always exact."""

    __slots__ = ("_buckets", "_values", "count", "high", "low", "total")

    def __init__(self) -> None:
        self._values = array("d")
        self._buckets: Counter[int] | None = None
        self.count = 0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf

    def add(self, values: Sequence[float]) -> None:
        """Take finite values >= 0."""
        if values:
            self._totals(len(values), math.fsum(values), min(values), max(values))
            self._keep(array("d", values))

    def merge(self, other: Sample) -> None:
        """Take everything another sample holds; nothing is lost in accuracy beyond what buckets cost."""
        if other.count:
            self._totals(other.count, other.total, other.low, other.high)
            self._keep(other._values)
            if other._buckets is not None:
                self._spill().update(other._buckets)

    def percentile(self, rank: float) -> float:
        """The nearest-rank percentile: the smallest value that at least `rank` percent of the values do not exceed.

        0.0 for an empty sample.
        """
        if not self.count:
            return 0.0
        place = max(1, math.ceil(self.count * rank / 100))
        if self._buckets is None:
            return sorted(self._values)[place - 1]
        for bucket in sorted(self._buckets):
            place -= self._buckets[bucket]
            if place <= 0:
                return min(max(_GAMMA**bucket * _MIDDLE, self.low), self.high)
        return self.high

    def _totals(self, count: int, total: float, low: float, high: float) -> None:
        self.count += count
        self.total = math.fsum((self.total, total))
        self.low = min(self.low, float(low))
        self.high = max(self.high, float(high))

    def _keep(self, values: array[float]) -> None:
        self._values += values
        if self._buckets is not None or len(self._values) > EXACT:
            self._spill()

    def _spill(self) -> Counter[int]:
        if self._buckets is None:
            self._buckets = Counter()
        above_zero = map(max, self._values, repeat(_LEAST_MS))
        self._buckets.update(map(math.ceil, map(mul, map(math.log, above_zero), repeat(_SCALE))))
        self._values = array("d")
        return self._buckets
