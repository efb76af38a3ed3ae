"""Turns the raw runs of one flow into its windows, streaks and run events. Runs in the folding thread only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .contract import FlowSettings
from .status import STATUSES, SUCCEEDED, TIMED_OUT
from .streak import Streak
from .window import Window

PARTS = 8
"""Of a run with details: status, duration, error type, run id, trace id, version, dimensions, time of the end."""
LONGEST_MS = 1e12
"""Thirty years; a longer run is a mistake, and sums of such values overflow."""


class Consumer(Protocol):
    """Takes every run of one flow; durations in ms, times in seconds since the epoch."""

    def succeeded(self, durations_ms: Sequence[float], now: float) -> None: ...

    def ended(self, run: tuple[Any, ...], now: float) -> None: ...

    def close_minute(self) -> None: ...


class FlowFold:
    """One flow's state: two open windows (60 s, and the 300 s one without the open 60 s one) and its streaks."""

    def __init__(self, settings: FlowSettings, invalid: Callable[[int], None]) -> None:
        self.settings = settings
        self.consumers: list[Consumer] = []
        self.minute = Window()
        self.five = Window()
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
        try:
            plain = min(chunk) >= 0 and math.fsum(chunk) <= LONGEST_MS
        except Exception:
            plain = False
        if plain:
            self._in_order(chunk, now)
            self.minute.latency.add(chunk)
        else:
            self._mixed(chunk, now)

    def _mixed(self, chunk: Sequence[Any], now: float) -> None:
        plain: list[float] = []
        latencies: list[float] = []
        for item in chunk:
            if type(item) is float and 0.0 <= item <= LONGEST_MS:
                plain.append(item)
            elif type(item) is tuple:
                if plain:
                    self._in_order(plain, now)
                    latencies += plain
                    plain = []
                self._ended(item, now, latencies)
            elif (duration := _duration(item)) is not None:
                plain.append(duration)
            else:
                self._invalid(1)
        if plain:
            self._in_order(plain, now)
        self.minute.latency.add(latencies + plain)

    def _in_order(self, durations_ms: Sequence[float], now: float) -> None:
        """Succeeded runs, for what depends on the order of completion."""
        self.minute.counts[SUCCEEDED] += len(durations_ms)
        for streak in self.streaks.values():
            streak.succeeded(durations_ms)
        for consumer in self.consumers:
            consumer.succeeded(durations_ms, now)

    def _ended(self, run: tuple[Any, ...], now: float, latencies: list[float]) -> None:
        duration_ms = _duration(run[1]) if len(run) == PARTS else None
        if duration_ms is None or run[0] not in STATUSES:
            self._invalid(1)
            return
        status, run = run[0], (run[0], duration_ms, *_safe(run, now))
        self.minute.counts[status] += 1
        if status in (SUCCEEDED, TIMED_OUT):
            latencies.append(duration_ms)
        for streak in self.streaks.values():
            streak.ended(status, duration_ms)
        for consumer in self.consumers:
            consumer.ended(run, now)

    def close_minute(self) -> Window:
        """End the 60 s window and add it to the 300 s one."""
        done, self.minute = self.look(), Window()
        for streak in self.streaks.values():
            streak.turn()
        self.five.merge(done)
        return done

    def close_five(self) -> Window:
        """End the 300 s window; call after `close_minute`."""
        done, self.five = self.five, Window()
        return done

    def look(self) -> Window:
        """The open 60 s window, its streaks filled in."""
        self.minute.longest = {alarm: streak.longest for alarm, streak in self.streaks.items()}
        return self.minute

    def look_five(self) -> Window:
        """The open 300 s window as it would be if it ended now."""
        whole = Window()
        whole.merge(self.five)
        whole.merge(self.look())
        return whole

    def open_streaks(self) -> dict[str, int]:
        return {alarm: streak.open for alarm, streak in self.streaks.items()}


def _safe(run: tuple[Any, ...], now: float) -> tuple[Any, ...]:
    """The details, without what is not of the kind it should be."""
    texts = [value if isinstance(value, str) else None for value in run[2:6]]
    dimensions = run[6] if type(run[6]) is dict else None
    return (*texts, dimensions, run[7] if isinstance(run[7], float) else now)


def _duration(value: Any) -> float | None:
    try:
        number = float(value)
    except Exception:
        return None
    return number if 0 <= number <= LONGEST_MS and not isinstance(value, (str, bytes)) else None
