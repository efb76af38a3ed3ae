"""Every rule of a pretend cloud, judged as its clock moves. Changes go into the history and to whoever asked for them.

Checks happen on whole minutes; a rule's check judges the windows that ended by then, less the assumed delay.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flowvigil.emulator.cms.rule_models import KIND
from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.evaluation.intake import Intake
from flowvigil.emulator.evaluation.machine import OK, Assumptions, Change, Machine
from flowvigil.emulator.evaluation.memory import Memory
from flowvigil.emulator.evaluation.rules import INSUFFICIENT, Rule, compiled
from flowvigil.emulator.evaluation.stretch import run
from flowvigil.emulator.state import Body, State
from flowvigil.emulator.switches import Switches

MINUTE_MS = 60_000
RuleKey = tuple[str, str]
Notify = Callable[[Change, Body], None]


class Alarms:
    """`notify` is called for every change whose notices go out, in the order of time, with the rule's body."""

    def __init__(self, state: State, switches: Switches, notify: Notify) -> None:
        self.state, self.switches, self.notify = state, switches, notify
        self.memory = Memory(state)
        self._start()

    def _start(self) -> None:
        self.columns = Columns()
        self.intake = Intake(self.state, self.columns)
        self.machines = self.memory.machines()
        self.rules: dict[RuleKey, tuple[str, Rule | None]] = {}

    def clear(self) -> None:
        """Forget everything, with the rest of the cloud."""
        self.memory.clear()
        self._start()

    def run(self, until: int) -> list[Change]:
        """Make every check that falls due up to `until` (ms), all in one transaction; the changes in order of time."""
        with self.state.transaction():
            return self._run(until)

    def _run(self, until: int) -> list[Change]:
        delay = self.switches.number("ingestion_delay_s") * 1000
        now = self.memory.reached("time") or self._oldest_rule(until)
        found: list[Change] = []
        while now < until:
            _, waits = self.intake.feed(now, delay)
            step = until if waits is None else min(until, now - now % MINUTE_MS + MINUTE_MS)
            if waits is not None:
                self.intake.feed(step, delay)
            found += self._judge(now, step)
            now = step
        self.memory.reach("time", now)
        return found

    def _oldest_rule(self, until: int) -> int:
        return min([int(body["GmtCreate"]) for _, _, body in self._bodies()] + [until])

    def _bodies(self) -> list[tuple[RuleKey, str, Body]]:
        rows = self.state.db.execute("SELECT account, key, body FROM objects WHERE kind=?", (KIND,))
        return [((account, key), text, json.loads(text)) for account, key, text in rows]

    def _judge(self, since: int, until: int) -> list[Change]:
        given = self.given()
        bodies: dict[RuleKey, Body] = {}
        found: list[Change] = []
        for key, text, body in self._bodies():
            bodies[key] = body
            rule = self._rule(key, text, body)
            if rule is not None:
                found += self._judged(key, rule, body, since, until, given)
        self._forget(set(bodies))
        found.sort(key=lambda change: change.time)
        for change in found:
            self._tell(change, bodies[change.series.account, change.rule_id])
        return found

    def given(self) -> Assumptions:
        """The positions of the switches that the evaluation asks for."""
        return Assumptions(
            self.switches.number("evaluation_delay_s"),
            max(self.switches.number("empty_windows"), 1),
            self.switches["gap_in_streak"] == "breaks",
            self.switches["silence_after_recovery"] == "lasts",
        )

    def _rule(self, key: RuleKey, text: str, body: Body) -> Rule | None:
        """The compiled rule; when it judges otherwise than before, what its machines counted begins anew."""
        known = self.rules.get(key)
        if known and known[0] == text:
            return known[1]
        rule = compiled(key[0], body)
        if known and known[1] != rule:
            self._recount(key, rule)
        self.rules[key] = (text, rule)
        return rule

    def _recount(self, key: RuleKey, rule: Rule | None) -> None:
        for (account, rule_id, series), machine in list(self.machines.items()):
            if (account, rule_id) == key:
                machine.streaks = [0] * len(rule.levels if rule else ())
                machine.checked = -1
                self.memory.keep((account, rule_id, series), machine)

    def _judged(self, key: RuleKey, rule: Rule, body: Body, since: int, until: int, given: Assumptions) -> list[Change]:
        last = (until // 1000 - given.delay) // rule.interval
        first = (max(since, int(body["GmtCreate"])) // 1000 - given.delay) // rule.interval
        found: list[Change] = []
        for series in rule.series(self.columns):
            machine = self._machine((*key, series), rule, first)
            if not body["EnableState"]:
                machine.pause()
                machine.checked = max(last, machine.checked)
                continue
            idle = machine.idle
            found += run(machine, rule, series, self.columns, given, last)
            if not (idle and machine.idle):
                self.memory.keep((*key, series), machine)
        return found

    def _machine(self, key: tuple[str, str, Series], rule: Rule, first: int) -> Machine:
        machine = self.machines.get(key)
        if machine is None:
            machine = self.machines[key] = Machine([0] * len(rule.levels), first)
        if machine.checked < 0:
            machine.checked = first
        return machine

    def _forget(self, known: set[RuleKey]) -> None:
        """Drop the machines of rules that are gone."""
        for key in [key for key in self.rules if key not in known]:
            del self.rules[key]
            for account, rule_id, series in list(self.machines):
                if (account, rule_id) == key:
                    del self.machines[account, rule_id, series]
            self.state.db.execute("DELETE FROM machines WHERE account=? AND rule=?", key)

    def _tell(self, change: Change, body: Body) -> None:
        self.memory.log(change, body)
        if change.told:
            self.notify(change, body)
        state = self._state_of(change)
        if body["AlertState"] != state:
            body["AlertState"] = state
            self.state.put(KIND, change.series.account, change.rule_id, body)

    def _state_of(self, change: Change) -> str:
        """What DescribeMetricRuleList tells of a rule: the worst of its series."""
        states = {machine.state for (account, rule_id, _), machine in self.machines.items()
                  if (account, rule_id) == (change.series.account, change.rule_id)}  # fmt: skip
        if states <= {OK}:
            return "OK"
        return "INSUFFICIENT_DATA" if states <= {OK, INSUFFICIENT} else "ALARM"


def view(changes: list[Change]) -> list[dict[str, Any]]:
    """Changes in the form of the history."""
    return [
        {"time": one.time, "rule": one.rule_id, "before": one.before, "after": one.after, "told": one.told}
        for one in changes
    ]
