"""Turns the raw runs of one flow into its windows, streaks and run events. Runs in the folding thread only."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from .contract import FlowSettings
from .status import STATUSES, SUCCEEDED, TIMED_OUT
from .streak import Streak
from .window import Window

PARTS = 9
"""Of a run with details: as `Recorder` lists them."""
_KNOWN = {float, tuple}
JUST_S = 1e-6
"""A run whose end nobody took down ended at least so long before the run behind it."""
LONGEST_MS = 1e12
"""Thirty years; a longer run is a mistake, and sums of such values overflow."""


class Consumer(Protocol):
    """Takes every run of one flow; durations in ms, times in seconds since the epoch.

    Plain runs come in order of completion with the latest time at which they can have ended.
    """

    def succeeded(self, durations_ms: Sequence[float], ended: float, now: float) -> None: ...

    def ended(self, run: tuple[Any, ...], now: float) -> None: ...

    def close_minute(self) -> None: ...


class FlowFold:
    """One flow's state: two open windows (60 s, and the 300 s one without the open 60 s one) and its streaks."""

    __slots__ = ("_invalid", "consumers", "five", "handed_over", "minute", "settings", "streaks")

    def __init__(self, settings: FlowSettings, invalid: Callable[[int], None]) -> None:
        self.settings = settings
        self.consumers: list[Consumer] = []
        self.minute = Window()
        self.five: Window | None = None
        self.streaks: dict[str, Streak] = {}
        self.handed_over = 0
        self._invalid = invalid
        self.configure(settings)

    def configure(self, settings: FlowSettings) -> None:
        """Take new settings; a streak whose limit is unchanged goes on."""
        self.settings = settings
        old, self.streaks = self.streaks, {}
        for series in settings.series:
            if series.signal in ("slow_streak", "failure_streak"):
                limit = series.over_ms if series.signal == "slow_streak" else None
                known = old.get(series.alarm)
                self.streaks[series.alarm] = known if known and known.over_ms == limit else Streak(limit)

    def feed(self, chunk: Sequence[Any], now: float) -> None:
        """Take runs in order of completion."""
        if _all_sound(chunk):
            values = array("d", chunk)
            self._succeeded(values, now, now)
            for streak in self.streaks.values():
                streak.succeeded(values)
            self.minute.latency.add(values)
        elif chunk:
            self._mixed(chunk, now)

    def _mixed(self, chunk: Sequence[Any], now: float) -> None:
        """Plain runs go from one of another kind to the next; what depends on the order gets the whole at once."""
        chunk = self._known(chunk)
        kinds = list(map(type, chunk))
        ends, begin, last = _Ends([], [], []), 0, now
        for _ in range(kinds.count(tuple)):
            place = kinds.index(tuple, begin)
            ended = _end(chunk[place], now)
            self._between(chunk[begin:place], ends, ended - JUST_S, now)
            self._ended(chunk[place], ends, now)
            begin, last = place + 1, max(now, ended + JUST_S)
        self._between(chunk[begin:], ends, last, now)
        if ends.statuses:
            for streak in self.streaks.values():
                streak.ended(ends.statuses, ends.durations_ms)
            self.minute.latency.add(ends.latencies_ms)

    def _known(self, chunk: Sequence[Any]) -> Sequence[Any]:
        """The chunk with floats and tuples only; what is neither and no number is dropped, counted."""
        if set(map(type, chunk)) <= _KNOWN:
            return chunk
        known = [item if type(item) in _KNOWN else _duration(item) for item in chunk]
        self._invalid(known.count(None))
        return [item for item in known if item is not None]

    def _between(self, items: Sequence[float], ends: _Ends, ended: float, now: float) -> None:
        plain = items
        if items and not _all_sound(items):
            plain = [item for item in items if 0.0 <= item <= LONGEST_MS]
            self._invalid(len(items) - len(plain))
        if plain:
            self._succeeded(plain, ended, now)
            ends.statuses.extend([SUCCEEDED] * len(plain))
            ends.durations_ms.extend(plain)
            ends.latencies_ms.extend(plain)

    def _succeeded(self, durations_ms: Sequence[float], ended: float, now: float) -> None:
        self.minute.succeeded += len(durations_ms)
        for consumer in self.consumers:
            consumer.succeeded(durations_ms, ended, now)

    def _ended(self, run: tuple[Any, ...], ends: _Ends, now: float) -> None:
        duration_ms = _duration(run[1]) if len(run) == PARTS else None
        if duration_ms is None or run[0] not in STATUSES:
            self._invalid(1)
            return
        status = run[0]
        self.minute.count(status)
        ends.statuses.append(status)
        ends.durations_ms.append(duration_ms)
        if status in (SUCCEEDED, TIMED_OUT):
            ends.latencies_ms.append(duration_ms)
        if self.consumers:
            safe = (status, duration_ms, *_safe(run, now))
            for consumer in self.consumers:
                consumer.ended(safe, now)

    def close_minute(self) -> Window:
        """End the 60 s window and add it to the 300 s one."""
        done, self.minute = self.look(), Window()
        for streak in self.streaks.values():
            streak.turn()
        if not done.empty:
            self.five = self.five or Window()
            self.five.merge(done)
        return done

    def close_five(self) -> Window:
        """End the 300 s window; call after `close_minute`."""
        done, self.five = self.five, None
        return done or Window()

    def look(self) -> Window:
        """The open 60 s window, its streaks filled in."""
        if self.streaks:
            self.minute.longest = {alarm: streak.longest for alarm, streak in self.streaks.items()}
        return self.minute

    def look_five(self) -> Window:
        """The open 300 s window as it would be if it ended now."""
        whole = Window()
        if self.five is not None:
            whole.merge(self.five)
        whole.merge(self.look())
        return whole

    def open_streaks(self) -> dict[str, int]:
        return {alarm: streak.open for alarm, streak in self.streaks.items()}


class _Ends(NamedTuple):
    """The runs of one chunk in order of completion, and the latencies among their durations."""

    statuses: list[str]
    durations_ms: list[float]
    latencies_ms: list[float]


def _safe(run: tuple[Any, ...], now: float) -> tuple[Any, ...]:
    """The details, without what is not of the kind it should be."""
    texts = [value if isinstance(value, str) else None for value in run[2:6]]
    dimensions = run[6] if type(run[6]) is dict else None
    return (*texts, dimensions, _end(run, now), run[8] if type(run[8]) is tuple else ())


def _end(run: tuple[Any, ...], now: float) -> float:
    """When a run with details ended, as far as it tells."""
    return run[7] if len(run) == PARTS and isinstance(run[7], float) else now


def _all_sound(items: Sequence[Any]) -> bool:
    """Whether all of them are finite durations that numbers can add up to; False for none at all."""
    try:
        return min(items) >= 0 and math.fsum(items) <= LONGEST_MS
    except Exception:
        return False


def _duration(value: Any) -> float | None:
    try:
        number = float(value)
    except Exception:
        return None
    return number if 0 <= number <= LONGEST_MS and not isinstance(value, (str, bytes)) else None
