"""The texts of the language as numbers: durations, percentages, traffic, hours. Knows nothing of files or alarms."""

from __future__ import annotations

import re
from functools import lru_cache

from ..monitor import Hours

_MS = {"ms": 1.0, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)\Z").match
_DAYS = {"Mon": 1, "Tue": 2, "Wed": 3, "Thu": 4, "Fri": 5, "Sat": 6, "Sun": 7}
_DAY = "|".join(_DAYS)
_HOURS = re.compile(
    rf"(?:((?:{_DAY})(?:[-,](?:{_DAY}))*) )?([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])"
    r"(?: ([+-](?:0[0-9]|1[0-4])[0-5][0-9]))?\Z"
).match


@lru_cache(maxsize=4096)
def milliseconds(text: object) -> float | None:
    """`5s` is 5000.0; None for anything that is no duration."""
    match = _DURATION(text) if isinstance(text, str) else None
    return float(match.group(1)) * _MS[match.group(2)] if match else None


def percent(text: object) -> float | None:
    """`2.5%` is 2.5; None for anything that is no percentage."""
    if not isinstance(text, str) or not text.endswith("%"):
        return None
    number = text[:-1]
    return float(number) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) else None


@lru_cache(maxsize=256)
def per_minute(text: object) -> float | None:
    """`30/m` is 30.0, `2/s` 120.0; None for anything that is no traffic."""
    number, slash, unit = text.partition("/") if isinstance(text, str) else ("", "", "")
    return float(number) * 60e3 / _MS[unit] if slash else None


def hours(text: str) -> Hours | None:
    """`Mon-Fri 09:00-20:00 +0800`; days and zone may be left out. None for anything else, and for an empty span."""
    match = _HOURS(text)
    if match is None:
        return None
    start = int(match.group(2)) * 60 + int(match.group(3))
    end = int(match.group(4)) * 60 + int(match.group(5))
    days = _days(match.group(1)) if match.group(1) else (1, 2, 3, 4, 5, 6, 7)
    if start >= end or not days:
        return None
    return Hours(days, start, end, match.group(6) or "+0800")


def _days(text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        first, *last = (_DAYS[name] for name in part.split("-"))
        if len(last) > 1:
            return ()
        span = (last[0] - first) % 7 if last else 0
        found.update((first - 1 + step) % 7 + 1 for step in range(span + 1))
    return tuple(sorted(found))
