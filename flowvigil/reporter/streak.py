"""Runs in a row that are slow, or that failed, in order of completion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .status import CANCELLED, FAILED, TIMED_OUT


class Streak:
    """`open` is the streak that the last run left, `longest` the longest one touched since the last `turn`.

    With a limit, a run over it extends the streak and any other but a cancelled one ends it; a cancelled run that
    was already over the limit counts as slow. Without a limit, failed and timed out runs extend it, succeeded ones
    end it, cancelled ones leave it alone.
    """

    __slots__ = ("longest", "open", "over_ms")

    def __init__(self, over_ms: float | None) -> None:
        self.over_ms = None if over_ms is None else float(over_ms)  # JSON may say 5000, and an int compares otherwise
        self.open = 0
        self.longest = 0

    def succeeded(self, durations_ms: Sequence[float]) -> None:
        """Feed succeeded runs in order of completion."""
        limit = self.over_ms
        if limit is None or max(durations_ms) <= limit:
            self.open = 0
            return
        for slow, runs in groupby(durations_ms, key=limit.__lt__):
            self._turned(sum(1 for _ in runs) if slow else 0, on=slow is True)

    def ended(self, status: str, duration_ms: float) -> None:
        """Feed one run of any status."""
        if self.over_ms is None:
            if status != CANCELLED:
                self._turned(1, on=status in (FAILED, TIMED_OUT))
        elif duration_ms > self.over_ms:
            self._turned(1, on=True)
        elif status != CANCELLED:
            self._turned(0, on=False)

    def _turned(self, runs: int, *, on: bool) -> None:
        self.open = self.open + runs if on else 0
        self.longest = max(self.longest, self.open)

    def turn(self) -> None:
        """A window ends: the open streak is the first thing the next one touches."""
        self.longest = self.open
