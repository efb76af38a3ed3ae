"""A relay beside a simulation: a virtual clock is moved on no faster than it can follow.

Asks the relay for its health alone; knows nothing else of it.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

POLLS, POLL_S = 250, 0.02
"""How often it is asked at most before a minute goes on without it: about five seconds."""
MINUTE_MS = 60_000


class Follower:
    """The relay at `address` (host and port). `sleep` passes the time between two questions."""

    def __init__(self, address: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address, self._sleep = address, sleep
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def follow(self, now_ms: int) -> bool:
        """Wait until it has told all that is due and reported this minute; False if it does not come to that."""
        for _ in range(POLLS):
            told = self._health()
            if told is None:
                return False
            if not told.get("due") and int(told.get("reported", 0)) >= now_ms // MINUTE_MS * MINUTE_MS:
                return True
            self._sleep(POLL_S)
        return False

    def _health(self) -> dict[str, Any] | None:
        try:
            with self._opener.open(f"http://{self.address}/healthz", timeout=5) as answer:
                found = json.load(answer)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None
