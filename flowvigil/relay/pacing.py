"""How often a robot may be posted to, and how long to wait after a failure. Pure; times in ms."""

from __future__ import annotations

from collections.abc import Sequence

MINUTE_MS = 62_000
"""A minute as robots count it, and a little: posts do not arrive evenly."""
CALM, STORM_GAP_MS = 6, 10_000
"""After this many messages in a minute a storm is assumed: then one message every ten seconds, merged. That is at most
12 a minute of the 20 that a robot takes, for others may post to it too."""
APART = 3
"""Up to this many notices are a message each; more are merged into one."""
SILENCE_MS = 605_000
"""A robot that was posted to too fast is silent for ten minutes."""
FIRST_MS, LONGEST_MS, REFUSED_MS = 1_000, 60_000, 300_000


def next_slot(posts: Sequence[int], now: int) -> int:
    """When the next message may go: `now`, or later. `posts` are the times of the last minute, in any order.

    Times in the future are those of a clock that was set back; they do not count.
    """
    recent = sorted(time for time in posts if now - MINUTE_MS < time <= now)
    if len(recent) >= CALM:
        return max(now, recent[-1] + STORM_GAP_MS)
    return now


def pause(failures: int, *, refused: bool) -> int:
    """How long to wait after so many failures in a row; what the robot refuses is tried again in minutes, not seconds:
    somebody has to repair its settings first."""
    return REFUSED_MS if refused else min(LONGEST_MS, FIRST_MS * 2 ** min(failures - 1, 10))
