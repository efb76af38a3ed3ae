"""One account's view of the pretend cloud: its objects, the switches and the clock. Models see nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowvigil.emulator.querying.lines import Lines
from flowvigil.emulator.state import Body, State
from flowvigil.emulator.switches import Switches


@dataclass(frozen=True)
class Tenant:
    """`now` gives milliseconds since the epoch; `role` is set for temporary credentials."""

    account: str
    state: State
    switches: Switches
    now: Callable[[], int]
    lines: Lines
    role: str = ""

    def get(self, kind: str, key: str) -> Body | None:
        return self.state.get(kind, self.account, key)

    def put(self, kind: str, key: str, body: Body) -> None:
        self.state.put(kind, self.account, key, body)

    def drop(self, kind: str, key: str) -> bool:
        return self.state.drop(kind, self.account, key)

    def all(self, kind: str) -> dict[str, Body]:
        return self.state.all(kind, self.account)

    @property
    def namespace(self) -> str:
        """Where the account's custom metrics live."""
        return f"acs_customMetric_{self.account}"
