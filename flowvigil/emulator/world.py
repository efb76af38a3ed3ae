"""One pretend cloud: its state, switches, faults, journal, accounts and clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowvigil.emulator.accounts import Accounts, Caller
from flowvigil.emulator.faults import Faults
from flowvigil.emulator.journal import Journal
from flowvigil.emulator.limits import Rates
from flowvigil.emulator.state import State
from flowvigil.emulator.switches import LENIENT, Switches
from flowvigil.emulator.tenant import Tenant


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

    def tenant(self, caller: Caller) -> Tenant:
        """What the models of a service see."""
        return Tenant(caller.account, self.state, self.switches, self.now, caller.role)

    def reset(self) -> None:
        """Forget every object, point, log line, journal entry and fault; switches go back to their profile."""
        with self.state.transaction():
            self.state.clear()
        self.faults.clear()
        self.switches.changed.clear()
        self.rates.clear()

    def close(self) -> None:
        self.journal.close()
        self.state.close()


def world(
    folder: Path | None = None,
    profile: str = LENIENT,
    keys: Mapping[str, str] | None = None,
    now: Callable[[], int] = wall_clock,
) -> World:
    """Open a pretend cloud; `folder=None` keeps it in memory. StateError when the folder cannot be used."""
    state = State(folder)
    return World(state, Switches(profile), Faults(), Journal(state), Accounts(state, keys or {}), now)
