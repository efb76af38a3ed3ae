"""The state of one group of one alert: how often in a row it was bad, whether it fires, when people were told last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flowvigil.emulator.alerting.groups import Bad, Labels
from flowvigil.emulator.alerting.rules import SEVERITIES, Alert

OK = "OK"


class Run(NamedTuple):
    """One run of an alert: when it is made and when it fell due (ms).

    `moves_told` says whether another severity is told before the repeat interval is over.
    """

    alert: Alert
    at: int
    scheduled: int
    moves_told: bool = True


class Change(NamedTuple):
    """Times in ms; before and after are OK or a severity's name; `rows` made the group bad, now or last."""

    time: int
    scheduled: int
    alert: Alert
    labels: Labels
    before: str
    after: str
    severity: int
    told: bool
    since: int
    rows: tuple[dict[str, Any], ...]


@dataclass
class GroupState:
    """Mutable: `streak` counts bad runs in a row, `severity` is 0 until it fires, times are in ms, 0 for never."""

    streak: int = 0
    severity: int = 0
    since: int = 0
    told_at: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def step(self, run: Run, labels: Labels, bad: Bad | None) -> Change | None:
        """Take the outcome of a run for this group."""
        if bad is None:
            return self._ended(run, labels) if self.severity else None
        self.streak += 1
        if self.streak < run.alert.threshold and not self.severity:
            return None
        moved, first = bad.severity != self.severity, not self.told_at
        repeated = run.at - self.told_at >= run.alert.repeat * 1000
        due = first or repeated or (moved and run.moves_told)
        if not (moved or due):
            return None
        before, told = SEVERITIES.get(self.severity, OK), due and not _muted(run)
        self.since, self.severity = self.since or run.at, bad.severity
        self.rows = [dict(row) for row in bad.rows[:1]]
        self.told_at = run.at if told else self.told_at
        rows = tuple(dict(row) for row in bad.rows)
        after = SEVERITIES[bad.severity]
        return Change(run.at, run.scheduled, run.alert, labels, before, after, bad.severity, told, self.since, rows)

    def _ended(self, run: Run, labels: Labels) -> Change:
        told = run.alert.send_resolved and bool(self.told_at) and not _muted(run)
        before, rows = SEVERITIES[self.severity], tuple(self.rows)
        return Change(run.at, run.scheduled, run.alert, labels, before, OK, self.severity, told, self.since, rows)


def _muted(run: Run) -> bool:
    return run.at < run.alert.muted_until * 1000
