"""Sets of merged alerts: an alert waits in its set for others, and people are told of the set, not of the alert.

A new set is told after its first wait; then it is looked at once in every wait for changes, and told when an alert
came, ended or came back, or when nothing changed for the repeat wait (page on merging alerts). Knows no receivers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from flowvigil.emulator.alerting.notices import Notice
from flowvigil.emulator.alerting.policies import MergeSet
from flowvigil.emulator.state import State

SCHEMA = """
CREATE TABLE IF NOT EXISTS merge_sets (key TEXT PRIMARY KEY, body TEXT);
CREATE TABLE IF NOT EXISTS merged_alerts (key TEXT, fingerprint TEXT, body TEXT, PRIMARY KEY (key, fingerprint));
"""
Tell = Callable[[MergeSet, Sequence[Notice], int], object]
"""Tells people of a set's alerts at a time (ms)."""


@dataclass
class _Merged:
    """Mutable: `due` is when the set is looked at next, `told_at` when it was told last (ms, 0 for never)."""

    where: MergeSet
    due: int
    told_at: int = 0
    changed: bool = True
    alerts: dict[str, Notice] = field(default_factory=dict)

    def next(self) -> int:
        """The time (ms) of the look at which the set will have something to say."""
        return self.due if self.changed else self._look(self.told_at + self.where.repeat * 1000)

    def _look(self, since: int) -> int:
        """The first look at or after a time."""
        every = self.where.interval * 1000
        return self.due + max(0, -(-(since - self.due) // every)) * every

    def skip(self, since: float) -> None:
        """Say at the first look from `since` on, once, what was to be said before."""
        if self.next() < since:
            self.due, self.changed = self._look(round(since)), True

    def take(self, said: Notice, now: int) -> None:
        known = self.alerts.get(said.fingerprint)
        if known is None or known.resolved != said.resolved:
            self.due, self.changed = self._look(now), True
        self.alerts[said.fingerprint] = said


class MergeSets:
    """Its tables stand beside the objects, so that a kill leaves a whole run or none."""

    def __init__(self, state: State, tell: Tell) -> None:
        self.state, self.tell = state, tell
        state.db.executescript(SCHEMA)
        self._read()

    def _read(self) -> None:
        self.sets: dict[str, _Merged] = {}
        for key, body in self.state.db.execute("SELECT key, body FROM merge_sets ORDER BY rowid"):
            where, *times = json.loads(body)
            self.sets[key] = _Merged(MergeSet(*where), *times)
        for key, body in self.state.db.execute("SELECT key, body FROM merged_alerts ORDER BY rowid"):
            said = Notice(**json.loads(body))
            self.sets[key].alerts[said.fingerprint] = said

    def holds(self, where: MergeSet, said: Notice) -> bool:
        """Whether the alert is in its set already, in the same state."""
        known = self.sets[where.key].alerts.get(said.fingerprint) if where.key in self.sets else None
        return known is not None and known.resolved == said.resolved

    def take(self, where: MergeSet, said: Notice, now: int) -> None:
        """Put an alert into its set; from the set of another severity it goes without a word."""
        for key in [key for key, one in self.sets.items() if key != where.key and said.fingerprint in one.alerts]:
            self._remove(key, said.fingerprint)
        if said.resolved and not (where.key in self.sets and said.fingerprint in self.sets[where.key].alerts):
            return
        one = self.sets.setdefault(where.key, _Merged(where, now + where.wait * 1000))
        one.take(said, now)
        self._keep(one)
        self.state.db.execute(
            "INSERT OR REPLACE INTO merged_alerts VALUES (?,?,?)",
            (where.key, said.fingerprint, json.dumps(asdict(said))),
        )

    def drop(self, *, fingerprint: str = "", rule: tuple[str, str, str] = ("", "", "")) -> None:
        """Forget one alert, or all of a rule (account, project, name): nobody is told that it is over."""
        for key, one in list(self.sets.items()):
            for found, said in list(one.alerts.items()):
                owner = (said.entry["account"], said.entry["project"], said.entry["ruleId"])
                if found == fingerprint or owner == rule:
                    self._remove(key, found)

    def skip(self, since: float) -> None:
        """Tell nothing before a time (ms): nothing ran until then, and what was missed is told once."""
        for one in self.sets.values():
            one.skip(since)

    def due(self) -> int | None:
        """The next time (ms) at which a set has something to say."""
        return min((one.next() for one in self.sets.values()), default=None)

    def reach(self, moment: int) -> int:
        """Tell every set that is due at a moment (ms), in one transaction; how many there were."""
        some = [one for one in self.sets.values() if one.next() <= moment]
        with self.state.transaction():
            for one in some:
                self._told(one)
        return len(some)

    def _told(self, one: _Merged) -> None:
        one.told_at = one.next()
        self.tell(one.where, list(one.alerts.values()), one.told_at)
        one.due, one.changed = one.told_at + one.where.interval * 1000, False
        self._keep(one)
        for said in [said for said in one.alerts.values() if said.resolved]:
            self._remove(one.where.key, said.fingerprint)

    def _keep(self, one: _Merged) -> None:
        body = json.dumps([one.where, one.due, one.told_at, one.changed])
        self.state.db.execute(
            "INSERT INTO merge_sets VALUES (?,?) ON CONFLICT DO UPDATE SET body=excluded.body", (one.where.key, body)
        )

    def _remove(self, key: str, fingerprint: str) -> None:
        """A set ends with its last alert."""
        del self.sets[key].alerts[fingerprint]
        self.state.db.execute("DELETE FROM merged_alerts WHERE key=? AND fingerprint=?", (key, fingerprint))
        if not self.sets[key].alerts:
            del self.sets[key]
            self.state.db.execute("DELETE FROM merge_sets WHERE key=?", (key,))

    def clear(self) -> None:
        self.state.db.execute("DELETE FROM merge_sets")
        self.state.db.execute("DELETE FROM merged_alerts")
        self.sets = {}
