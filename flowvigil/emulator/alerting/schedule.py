"""When an alert runs: at a fixed rate, or by a cron expression, each run `delay` seconds after it is due.

A fixed rate counts in whole intervals since 1970, so a minute's alert is due on the minute (assumed: the service starts
it at some second of its own).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MINUTE, DAY_MIN = 60, 1440
CHINA_S = 8 * 3600


@dataclass(frozen=True)
class Schedule:
    """Either an interval in seconds, or the allowed minutes, hours, days, months and weekdays of a zone."""

    interval: int = 0
    fields: tuple[frozenset[int], ...] = ()
    zone_s: int = CHINA_S
    delay: int = 0

    def due(self, since_s: float, until_s: float) -> Iterator[int]:
        """Every second at which a run falls due, its delay not counted: since < run + delay ≤ until."""
        step = self.interval or MINUTE
        at = int(since_s - self.delay) // step * step + step
        while at + self.delay <= until_s:
            if at + self.delay > since_s and (self.interval or self._matches(at)):
                yield at
            at += step

    def _matches(self, at: int) -> bool:
        local = at + self.zone_s
        day, second = divmod(local, 86_400)
        year_day = _date(day)
        weekday = (day + 4) % 7
        minute, hour, days, months, weekdays = self.fields
        return (
            second // 60 % 60 in minute
            and second // 3600 in hour
            and year_day[2] in days
            and year_day[1] in months
            and (weekday in weekdays or (weekday == 0 and 7 in weekdays))
        )


def _date(day: int) -> tuple[int, int, int]:
    from datetime import date, timedelta

    found = date(1970, 1, 1) + timedelta(days=day)
    return found.year, found.month, found.day


def seconds(text: str) -> int | None:
    """A span such as `60s`, `1m`, `2h` or `1d`; None for anything else."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    return int(found[1]) * UNITS[found[2]] if found else None


def schedule(body: Mapping[str, Any]) -> Schedule:
    """The schedule of an alert; ValueError says what would be right."""
    delay = body.get("delay") or 0
    if isinstance(delay, bool) or not isinstance(delay, int) or not 0 <= delay <= 120:
        raise ValueError("schedule.delay is from 0 to 120 seconds")
    kind = body.get("type")
    if kind == "FixedRate":
        interval = seconds(str(body.get("interval", "")))
        if not interval or interval < 60 or interval > 86_400:
            raise ValueError("schedule.interval is from 60s to 24h, such as 1m")
        return Schedule(interval, delay=delay)
    if kind == "Cron":
        return Schedule(0, _cron(str(body.get("cronExpression", ""))), _zone(str(body.get("timeZone") or "")), delay)
    raise ValueError("schedule.type is FixedRate or Cron")


def _zone(text: str) -> int:
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)", text)
    if not found:
        return CHINA_S
    return (1 if found[1] == "+" else -1) * (int(found[2]) * 3600 + int(found[3]) * 60)


def _cron(text: str) -> tuple[frozenset[int], ...]:
    parts = text.split()
    if len(parts) != 5:
        raise ValueError("schedule.cronExpression has 5 fields: minute, hour, day, month, weekday")
    return tuple(_allowed(part, low, high) for part, (low, high) in zip(parts, RANGES, strict=True))


def _allowed(text: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if not match:
            raise ValueError(f"schedule.cronExpression: {part!r} is not understood")
        first = int(match[1]) if match[1] else low
        last = int(match[2]) if match[2] else (first if match[1] and not match[3] else high)
        if not low <= first <= last <= high or match[3] == "0":
            raise ValueError(f"schedule.cronExpression: {part!r} is not within {low} to {high}")
        found.update(range(first, last + 1, int(match[3] or 1)))
    return frozenset(found)
