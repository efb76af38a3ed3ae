"""Every Log Service alert of a pretend cloud, run when it falls due. Changes go into the history and to receivers.

A run asks the alert's queries over their windows, joins and groups the rows, and judges each group by itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import NamedTuple

from flowvigil.emulator.alerting.groups import Bad, Labels, judged
from flowvigil.emulator.alerting.management import AlertManagement
from flowvigil.emulator.alerting.memory import AlertMemory, Key
from flowvigil.emulator.alerting.rules import Alert, compiled
from flowvigil.emulator.alerting.sets import joined
from flowvigil.emulator.alerting.states import Change, GroupState, Run
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.evaluation.memory import Memory
from flowvigil.emulator.querying.answers import ask
from flowvigil.emulator.sls.values import shown
from flowvigil.emulator.state import Body, State
from flowvigil.emulator.switches import Switches
from flowvigil.emulator.tenant import Tenant

KIND, REACHED = "alert", "alerts"


class _Known(NamedTuple):
    """`alert` is None where it is off or cannot be judged; `born` is the time (ms) of its making."""

    text: str
    alert: Alert | None
    born: int


class Alerts:
    """`tenant` gives an account's view; `managed` hears of every change."""

    def __init__(
        self,
        state: State,
        switches: Switches,
        tenant: Callable[[str], Tenant],
        memory: Memory,
        managed: AlertManagement,
    ) -> None:
        self.state, self.switches, self.tenant, self.managed = state, switches, tenant, managed
        self.reached, self.memory = memory, AlertMemory(state)
        self._start()

    def _start(self) -> None:
        self.groups = self.memory.groups()
        self.known: dict[Key, _Known] = {}
        self.failures: dict[Key, str] = {}

    def clear(self) -> None:
        """Forget everything, with the rest of the cloud."""
        self.memory.clear()
        self.managed.sets.clear()
        self._start()

    def begin_anew(self, now: int) -> None:
        """Forget what was judged and run from `now` (ms) on; the history stays."""
        self.clear()
        self.reached.reach(REACHED, now)
        rows = self.state.db.execute("SELECT account, key, body FROM objects WHERE kind=?", (KIND,)).fetchall()
        for account, path, text in rows:
            body = json.loads(text)
            self.state.put(KIND, account, path, {**body, "createTime": min(int(body["createTime"]), now // 1000)})

    def moments(self, until: int, longest: float = float("inf")) -> list[int]:
        """The times (ms) up to `until` at which some alert runs, in order; none further back than `longest` ms."""
        since = max(self.reached.reached(REACHED), until - longest)
        found = {
            (at + alert.schedule.delay) * 1000
            for alert, born in self._enabled()
            for at in alert.schedule.due(max(since, born) / 1000, until / 1000)
        }
        return sorted(found)

    def reach(self, until: int) -> None:
        """Nothing up to `until` is to be run any more."""
        if until > self.reached.reached(REACHED):
            self.reached.reach(REACHED, until)

    def run(self, moment: int) -> list[Change]:
        """Run every alert that falls due at a moment (ms), in one transaction; what changed."""
        found: list[Change] = []
        with self.state.transaction():
            for alert, born in self._enabled():
                due = list(alert.schedule.due(moment / 1000 - 1, moment / 1000)) if moment > born else []
                for at in due:
                    found += self._run(alert, at, moment)
            self.reach(moment)
        return found

    def _enabled(self) -> list[tuple[Alert, int]]:
        """Alerts in force with the time (ms) of their making; what is gone or off is forgotten."""
        rows = self.state.db.execute("SELECT account, key, body FROM objects WHERE kind=?", (KIND,)).fetchall()
        stored = {(account, *path.split("/", 1)): text for account, path, text in rows}
        for key in [key for key in self.known if key not in stored]:
            self._forget(key)
            del self.known[key]
        known = [self._known(key, text) for key, text in stored.items()]
        return [(one.alert, one.born) for one in known if one.alert]

    def _known(self, key: Key, text: str) -> _Known:
        known = self.known.get(key)
        if known and known.text == text:
            return known
        body = json.loads(text)
        alert = self._compiled(key, body) if body["status"] == "ENABLED" else None
        if alert is None:
            self._forget(key)
        elif known and known.alert != alert:
            self._recount(key)
        self.known[key] = _Known(text, alert, int(body["createTime"]) * 1000)
        return self.known[key]

    def _compiled(self, key: Key, body: Body) -> Alert | None:
        try:
            return compiled(key[0], key[1], body)
        except (ValueError, KeyError, TypeError) as error:
            self._fail(key, str(error))
            return None

    def _recount(self, key: Key) -> None:
        """An alert that judges otherwise than before counts anew and keeps what fires."""
        for labels, group in list(self.groups.get(key, {}).items()):
            group.streak = 0
            self.memory.keep(key, labels, group)

    def _forget(self, key: Key) -> None:
        if self.groups.pop(key, None):
            self.memory.drop(key)
            self.managed.sets.drop(rule=key)

    def _fail(self, key: Key, why: str) -> None:
        """A run that could not be made changes no state; the reason is printed once."""
        if self.failures.get(key) != why:
            self.failures[key] = why
            print(f"emulator: alert {key[1]}/{key[2]} is not judged: {why}", file=sys.stderr)

    def _run(self, alert: Alert, at: int, moment: int) -> list[Change]:
        try:
            rows = joined([self._rows(alert, place, at, moment) for place in range(len(alert.queries))], alert.joins)
        except CloudError as error:
            self._fail(alert.key, f"{error.code}: {error.message}")
            return []
        self.failures.pop(alert.key, None)
        run = Run(alert, moment, at * 1000, self.switches["alert_severity_moves"] == "told")
        return self._settled(run, judged(alert, rows))

    def _settled(self, run: Run, bad: dict[Labels, Bad]) -> list[Change]:
        """Take the outcome for each group that is bad now or was before."""
        alert, found = run.alert, []
        groups = self.groups.setdefault(alert.key, {})
        for labels in [*groups, *(labels for labels in bad if labels not in groups)]:
            group = groups.setdefault(labels, GroupState())
            change = group.step(run, labels, bad.get(labels))
            if labels in bad:
                self.memory.keep(alert.key, labels, group)
            else:
                del groups[labels]
                self.memory.drop(alert.key, labels)
            if change:
                told, why = self.managed(change)
                if told or change.before != change.after:
                    found.append(change)
                    self.memory.log(change._replace(told=told), why)
        return found

    def _rows(self, alert: Alert, place: int, at: int, moment: int) -> list[dict[str, str]]:
        query = alert.queries[place]
        found = ask(self.tenant(alert.account), query.project, query.store, query.text, query.span(at), now_ms=moment)
        return [
            {name: shown(value) for name, value in zip(found.columns, row, strict=True) if value is not None}
            for row in found.rows
        ]
