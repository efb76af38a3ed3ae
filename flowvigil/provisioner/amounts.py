"""Amounts as people write them: numbers, durations, times of day. Knows nothing of what they measure."""

from __future__ import annotations

_UNITS_MS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))


def number(value: float) -> str:
    """`5000`, `2.5`."""
    return str(int(value)) if value == int(value) else repr(value)


def duration(milliseconds: float) -> str:
    """The shortest exact form, such as `1h`, `90s`, `2.5s` or `800ms`."""
    for unit, size in _UNITS_MS:
        if milliseconds >= size and milliseconds % size == 0:
            return f"{int(milliseconds // size)}{unit}"
    return f"{number(milliseconds / 1000)}s" if milliseconds >= 1000 else f"{number(milliseconds)}ms"


def clock(minute: int) -> str:
    """`HH:MM`, from minutes since midnight; the end of the day is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
