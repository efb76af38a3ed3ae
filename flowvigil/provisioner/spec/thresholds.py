"""What a threshold may be, by signal: its unit, its range, and how to say both. Knows nothing of alarms or files."""

from __future__ import annotations

from dataclasses import dataclass

from ..monitor import PERCENTILES, SILENCES, STREAKS, Signal
from .values import milliseconds, percent


@dataclass(frozen=True, slots=True)
class _Range:
    """Bounds in the model's unit (ms, s, percent, runs, tokens), `low` excluded where `open`."""

    low: float
    high: float
    english: str
    chinese: str
    open: bool = False


_LATENCY = _Range(
    0, 86400e3, "a duration above 0 and up to 1d, such as 5s", "大于 0 且不超过 1d 的时长，例如 5s", open=True
)
_RATE = _Range(
    0, 100, "a percentage above 0% and up to 100%, such as 5%", "大于 0% 且不超过 100% 的百分比，例如 5%", open=True
)
_STREAK = _Range(1, 1000, "a whole number of runs from 1 to 1000, such as 3", "1 到 1000 的整数（执行次数），例如 3")
_TOKENS = _Range(
    1, 1e7, "a whole number of tokens from 1 to 10000000, such as 4000", "1 到 10000000 的整数（token 数），例如 4000"
)
_SILENCE = _Range(60, 7 * 86400, "a duration from 1m to 7d, such as 30m", "1m 到 7d 的时长，例如 30m")
_AGE = _Range(1, 7 * 86400, "a duration from 1s to 7d, such as 30m", "1s 到 7d 的时长，例如 30m")

COUNTS = STREAKS | {Signal.TOKENS_PER_RUN}
_RANGES = {
    **dict.fromkeys(PERCENTILES, _LATENCY),
    **dict.fromkeys(STREAKS, _STREAK),
    Signal.FAILURE_RATE: _RATE,
    Signal.TTFT: _LATENCY,
    Signal.TOKENS_PER_RUN: _TOKENS,
    **dict.fromkeys(SILENCES, _SILENCE),
    Signal.STUCK: _AGE,
}


def threshold(signal: Signal, given: object) -> float | None:
    """The number in the unit that the model gives the signal; None if the unit or the range is wrong."""
    value = _number(signal, given)
    span = _RANGES[signal]
    if value is None or value > span.high or value < span.low or (span.open and value == span.low):
        return None
    return value


def _number(signal: Signal, given: object) -> float | None:
    if signal in COUNTS:
        return float(given) if type(given) is int else None
    if signal is Signal.FAILURE_RATE:
        return percent(given)
    value = milliseconds(given)
    return value if value is None or signal in PERCENTILES or signal is Signal.TTFT else value / 1000


def explained(signal: Signal) -> dict[str, str]:
    """What would be right, in both languages, for a message."""
    span = _RANGES[signal]
    return {"right": span.english, "right_zh": span.chinese, "signal": signal.value}
