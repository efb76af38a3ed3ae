"""Calls a second: the documented limits, counted for each account and action over the last second."""

from __future__ import annotations

from collections import deque

from flowvigil.emulator.errors import CloudError

A_SECOND = 20
OF_ACTION = {"cms:PutCustomMetric": 200, "cms:DescribeMetricList": 50, "cms:DescribeMetricLast": 50}


class Rates:
    """Remembers when each account called each action; nothing survives a restart."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], deque[int]] = {}

    def count(self, account: str, action: str, now: int) -> None:
        """Count one call at `now` (ms); CloudError `Throttling.User` when it is one too many."""
        calls = self._calls.setdefault((account, action), deque())
        while calls and calls[0] <= now - 1000:
            calls.popleft()
        if len(calls) >= OF_ACTION.get(action, A_SECOND):
            raise CloudError(400, "Throttling.User", "Request was denied due to user flow control.")
        calls.append(now)

    def clear(self) -> None:
        self._calls.clear()
