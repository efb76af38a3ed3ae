"""Runs in a row that are slow, or that failed, in order of completion."""

from __future__ import annotations

from collections.abc import Sequence

from .status import CANCELLED, FAILED, TIMED_OUT

_BAD = frozenset((FAILED, TIMED_OUT))


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
        else:
            self._take(bytes(map(limit.__lt__, durations_ms)))

    def ended(self, statuses: Sequence[str], durations_ms: Sequence[float]) -> None:
        """Feed runs of any status in order of completion."""
        limit = self.over_ms
        if limit is None:
            if CANCELLED in statuses:
                statuses = [status for status in statuses if status != CANCELLED]
            self._take(bytes(map(_BAD.__contains__, statuses)))
        else:
            if CANCELLED in statuses:
                both = zip(statuses, durations_ms, strict=True)
                durations_ms = [ms for status, ms in both if status != CANCELLED or ms > limit]
            self._take(bytes(map(limit.__lt__, durations_ms)))

    def _take(self, flags: bytes) -> None:
        """A byte for each run: 1 extends the streak, 0 ends it."""
        first, *rest = map(len, flags.split(b"\0"))
        self.longest = max(self.longest, self.open + first, *rest)
        self.open = rest[-1] if rest else self.open + first

    def turn(self) -> None:
        """A window ends: the open streak is the first thing the next one touches."""
        self.longest = self.open
