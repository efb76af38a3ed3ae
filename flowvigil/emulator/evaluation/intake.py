"""Feeds stored points into columns as they become visible: each once, and again when it was replaced."""

from __future__ import annotations

import json

from flowvigil.emulator.cms.series import RAW_KEY
from flowvigil.emulator.cms.statistics import summarised
from flowvigil.emulator.evaluation.columns import KEPT_S, Columns, Series
from flowvigil.emulator.state import State

NEW_ROWS = (
    "SELECT rowid, account, metric, period, grp, dimension, time, vals, arrived FROM points "
    "WHERE rowid > ? AND time > ? ORDER BY rowid"
)


class Intake:
    """A replaced point is a new row, so the row number tells what was not read yet."""

    def __init__(self, state: State, columns: Columns) -> None:
        self.state, self.columns = state, columns
        self.read = 0

    def feed(self, now: int, delay: int) -> tuple[list[tuple[Series, int]], bool]:
        """Take what arrived by `now - delay` ms: series and start (ms) of each window, and whether more waits."""
        fed: list[tuple[Series, int]] = []
        oldest = now - KEPT_S * 1000 if self.read == 0 else 0
        for row in self.state.db.execute(NEW_ROWS, (self.read, oldest)):
            number, account, metric, period, group, dimension, time, text, arrived = row
            if arrived > now - delay:
                return fed, True
            values = json.loads(text)
            series = Series(account, metric, period, group, dimension)
            self.columns.take(series, time, summarised(values[RAW_KEY], period) if RAW_KEY in values else values)
            fed.append((series, time))
            self.read = number
        return fed, False
