"""Every rule of a pretend cloud, judged as its clock moves. Changes go into the history and to whoever asked for them.

Checks happen on whole minutes; a rule's check judges the windows that ended by then, less the assumed delay.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

from flowvigil.emulator.cms.rule_models import KIND
from flowvigil.emulator.evaluation.columns import Columns, Series
from flowvigil.emulator.evaluation.intake import Intake
from flowvigil.emulator.evaluation.machine import OK, Assumptions, Change, Machine
from flowvigil.emulator.evaluation.memory import Memory, RuleKey
from flowvigil.emulator.evaluation.rules import INSUFFICIENT, Rule, compiled
from flowvigil.emulator.evaluation.stretch import run
from flowvigil.emulator.state import Body, State
from flowvigil.emulator.switches import Switches

MINUTE_MS, TIME = 60_000, "time"
NEVER = sys.maxsize
"""More windows than anybody waits for."""
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
        self.late: set[Series] = set()
        self.given = Assumptions()

    def look(self) -> None:
        """After a restart, take the points and rules that are known, so that they can be shown before time passes."""
        if self.intake.read == 0:
            self.intake.feed(self.memory.reached(TIME), self.switches.number("ingestion_delay_s") * 1000)
            for key, text, body in self._bodies():
                self.rules.setdefault(key, (text, compiled(key[0], body)))

    def clear(self) -> None:
        """Forget everything, with the rest of the cloud."""
        self.memory.clear()
        self._start()

    def begin_anew(self, now: int) -> None:
        """Forget what was judged and count from `now` (ms) on; the history stays."""
        self.state.db.execute("DELETE FROM machines")
        self.memory.reach(TIME, now)
        for (account, rule_id), _, body in self._bodies():
            made = min(int(body["GmtCreate"]), now)
            self.state.put(KIND, account, rule_id, {**body, "GmtCreate": made, "AlertState": OK})
        self._start()

    def run(self, until: int) -> list[Change]:
        """Make every check that falls due up to `until` (ms), all in one transaction; the changes in order of time.

        Looks at the rules once a minute: within one nothing is read or written.
        """
        self.given = assumptions(self.switches)
        delay, reached = self.given.delay * 1000, self.memory.reached(TIME)
        if reached and (until - delay) // MINUTE_MS <= (reached - delay) // MINUTE_MS:
            return []
        with self.state.transaction():
            return self._run(until)

    def _run(self, until: int) -> list[Change]:
        now = self.memory.reached(TIME) or self._oldest_rule(until)
        found: list[Change] = []
        while now < until:
            step = until
            if self._feed(now, now):
                step = min(until, now - now % MINUTE_MS + MINUTE_MS)
                self._feed(step, now)
            found += self._judge(now, step)
            now = step
        self.memory.reach(TIME, now)
        return found

    def _feed(self, now: int, judged: int) -> bool:
        """Take the points that are visible `now`; True when others still wait. Notes what came after its check."""
        fed, waits = self.intake.feed(now, self.switches.number("ingestion_delay_s") * 1000)
        if self.switches["late_points"] == "counted":
            end = judged - self.given.delay * 1000
            self.late.update(series for series, time in fed if time + series.period * 1000 <= end)
        return waits

    def _oldest_rule(self, until: int) -> int:
        return min([int(body["GmtCreate"]) for _, _, body in self._bodies()] + [until])

    def _bodies(self) -> list[tuple[RuleKey, str, Body]]:
        rows = self.state.db.execute("SELECT account, key, body FROM objects WHERE kind=?", (KIND,))
        return [((account, key), text, json.loads(text)) for account, key, text in rows]

    def _judge(self, since: int, until: int) -> list[Change]:
        bodies: dict[RuleKey, Body] = {}
        found: list[Change] = []
        for key, text, body in self._bodies():
            bodies[key] = body
            rule = self._rule(key, text, body)
            if rule is not None:
                found += self._judged(key, rule, body, since, until)
        self.late.clear()
        self._forget(bodies)
        found.sort(key=lambda change: change.time)
        for change in found:
            self._tell(change, bodies[change.series.account, change.rule_id])
        return found

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
        for series, machine in self.machines.get(key, {}).items():
            machine.streaks = [0] * len(rule.levels if rule else ())
            machine.checked = -1
            self.memory.keep((*key, series), machine)

    def _judged(self, key: RuleKey, rule: Rule, body: Body, since: int, until: int) -> list[Change]:
        given = self.given
        last = (until // 1000 - given.delay) // rule.interval
        first = (max(since, int(body["GmtCreate"])) // 1000 - given.delay) // rule.interval
        found: list[Change] = []
        for series in rule.series(self.columns):
            machine = self._machine(key, series, rule, first)
            idle = machine.idle
            if not body["EnableState"]:
                machine.checked = max(last, machine.checked)
                machine.pause()
            elif rule.touched(series, self.late):
                machine.recount(rule, series, self.columns, given)
            found += run(machine, rule, series, self.columns, given, last)
            if not (idle and machine.idle):
                self.memory.keep((*key, series), machine)
        return found

    def _machine(self, key: RuleKey, series: Series, rule: Rule, first: int) -> Machine:
        machines = self.machines.setdefault(key, {})
        machine = machines.get(series)
        if machine is None:
            machine = machines[series] = Machine([0] * len(rule.levels), first, begun=first)
        if machine.checked < 0 or len(machine.streaks) != len(rule.levels):
            machine.checked = machine.begun = first
            machine.streaks = [0] * len(rule.levels)
        return machine

    def _forget(self, known: Mapping[RuleKey, Body]) -> None:
        """Drop the machines of rules that are gone."""
        for key in [key for key in self.rules if key not in known]:
            del self.rules[key]
            self.machines.pop(key, None)
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
        machines = self.machines.get((change.series.account, change.rule_id), {})
        states = {machine.state for machine in machines.values()}
        if states <= {OK}:
            return "OK"
        return "INSUFFICIENT_DATA" if states <= {OK, INSUFFICIENT} else "ALARM"


def assumptions(switches: Switches) -> Assumptions:
    """The positions of the switches that the evaluation asks for."""
    return Assumptions(
        switches.number("evaluation_delay_s"),
        max(switches.number("empty_windows"), 1) if switches["no_data_policy"] == "acts" else NEVER,
        switches["gap_in_streak"] == "breaks",
        switches["silence_after_recovery"] == "lasts",
    )
