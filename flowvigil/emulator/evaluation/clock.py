"""The clock of a pretend cloud that runs only when it is told to."""

from __future__ import annotations

LONGEST_S = 400 * 86_400


class VirtualClock:
    """Called for the time in ms since the epoch; stands still between two calls of `advance`."""

    def __init__(self, start_ms: int) -> None:
        self.time = start_ms

    def __call__(self) -> int:
        return self.time


def seconds(value: object) -> float:
    """How far to advance; ValueError says what would be right."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("advance is a number of seconds")  # noqa: TRY004 - one error type for bad bodies
    if not 0 <= value <= LONGEST_S:
        raise ValueError(f"advance is from 0 to {LONGEST_S} seconds: this clock never goes back")
    return float(value)
