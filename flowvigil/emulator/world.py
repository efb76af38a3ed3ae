"""One pretend cloud: its state, switches, faults, journal, accounts and clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowvigil.emulator.accounts import Accounts, Caller
from flowvigil.emulator.alerting.alerts import Alerts
from flowvigil.emulator.alerting.delivery import AlertDelivery
from flowvigil.emulator.alerting.management import AlertManagement
from flowvigil.emulator.evaluation.alarms import TIME, Alarms
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.faults import Faults
from flowvigil.emulator.journal import Journal
from flowvigil.emulator.limits import Rates
from flowvigil.emulator.notification.callbacks import Callbacks
from flowvigil.emulator.notification.dispatch import Dispatch
from flowvigil.emulator.notification.outbox import Outbox
from flowvigil.emulator.notification.robots import Robots
from flowvigil.emulator.querying.answers import Answer, Span, ask
from flowvigil.emulator.querying.lines import Lines
from flowvigil.emulator.state import State
from flowvigil.emulator.switches import LENIENT, NO_FACTS, Switches
from flowvigil.emulator.tenant import Tenant

SET_BACK_MS = 60_000
"""A clock that is corrected by less is waited for."""


def wall_clock() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


@dataclass
class World:
    """Everything that a running emulator holds; tests make as many as they like."""

    state: State
    switches: Switches
    faults: Faults
    journal: Journal
    accounts: Accounts
    now: Callable[[], int]
    rates: Rates = field(default_factory=Rates)

    def __post_init__(self) -> None:
        self.lines = Lines(self.state)
        self.outbox, self.robots = Outbox(self.state), Robots(self.state)
        self.callbacks = Callbacks(self.outbox)
        self.dispatch = Dispatch(self.state, self.switches, self.outbox, self.robots)
        self.alarms = Alarms(self.state, self.switches, self.dispatch)
        self.managed = AlertManagement(self.state, AlertDelivery(self.state, self.outbox, self.dispatch))
        self.alerts = Alerts(self.state, self.switches, self._tenant_of, self.alarms.memory, self.managed)

    def advance(self, seconds: float) -> int:
        """Move a virtual clock on and judge every rule and alert on the way; how many changes that made."""
        assert isinstance(self.now, VirtualClock)
        self.judge(self.now.time)
        until = self.now.time + round(seconds * 1000)
        changes = self.judge(until)
        self.now.time = until
        self.alarms.memory.reach("clock", until)
        return changes

    def judge(self, until: int, longest: float = float("inf")) -> int:
        """Judge rules and alerts up to `until` (ms), in the order of time; how many changes that made.

        Runs of alerts and repeats of merged ones that are further back than `longest` ms are left out.
        """
        if until < self.alarms.memory.reached(TIME) - SET_BACK_MS:
            self._begin_anew(until)
        changes = 0
        self.managed.sets.skip(until - longest)
        for moment in self.alerts.moments(until, longest):
            changes += self._tell(moment)
            changes += len(self.alarms.run(moment)) + len(self.alerts.run(moment))
        changes += self._tell(until) + len(self.alarms.run(until))
        self.alerts.reach(until)
        return changes

    def _begin_anew(self, now: int) -> None:
        """Forget what was judged, and what lies ahead of a clock that was set back or follows a virtual one."""
        with self.state.transaction():
            self.state.forget_ahead(now)
            self.lines.forget()
            self.robots.forget_posts()
            self.alarms.begin_anew(now)
            self.alerts.begin_anew(now)

    def _tell(self, until: int) -> int:
        """Tell the sets of merged alerts that fall due up to `until`, after alarms of before."""
        changes = 0
        while (due := self.managed.sets.due()) is not None and due <= until:
            changes += len(self.alarms.run(due))
            self.managed.sets.reach(due)
        return changes

    def _tenant_of(self, account: str) -> Tenant:
        return self.tenant(Caller(account))

    def tenant(self, caller: Caller) -> Tenant:
        """What the models of a service see."""
        return Tenant(caller.account, self.state, self.switches, self.now, self.lines, caller.role)

    def query(self, account: str, project: str, logstore: str, text: str, from_s: int, to_s: int) -> Answer:
        """What a search, or a search with SQL, answers over the lines of a logstore with from_s ≤ time < to_s.

        CloudError, with the service's code and words, for whatever GetLogs would refuse. Call it in the loop's thread.
        """
        return ask(self._tenant_of(account), project, logstore, text, Span(from_s, to_s))

    def reset(self) -> None:
        """Forget every object, point, log line, journal entry and fault; switches go back to facts and profile."""
        with self.state.transaction():
            self.state.clear()
            self.lines.forget()
            self.outbox.clear()
            self.robots.clear()
            self.alarms.clear()
            self.alerts.clear()
            if isinstance(self.now, VirtualClock):
                self.alarms.memory.reach("clock", self.now.time)
        self.faults.clear()
        self.switches.changed.clear()
        self.rates.clear()

    def close(self) -> None:
        self.journal.close()
        self.lines.close()
        self.state.close()


def world(
    folder: Path | None = None,
    profile: str = LENIENT,
    keys: Mapping[str, str] | None = None,
    now: Callable[[], int] = wall_clock,
    facts: Mapping[str, str] = NO_FACTS,
) -> World:
    """Open a pretend cloud; `folder=None` keeps it in memory. StateError when the folder cannot be used.

    A virtual clock goes on from where the state left it. `facts` are positions of switches that go before the
    profile's.
    """
    state = State(folder)
    opened = World(state, Switches(profile, facts=facts), Faults(), Journal(state), Accounts(state, keys or {}), now)
    if isinstance(now, VirtualClock):
        memory = opened.alarms.memory
        now.time = max(memory.reached("clock"), memory.reached(TIME)) or now.time
    return opened
