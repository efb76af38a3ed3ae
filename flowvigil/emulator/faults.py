"""Faults that a test plants: fail, throttle, delay, drop or hold a request, before or after its effect."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

KINDS = ("fail", "throttle", "delay", "drop", "hold")


@dataclass
class Fault:
    """Strikes from the `nth` matching request on, `times` times (0: for ever).

    `action` is `service:Name`, a bare name, or `*`; with `mutating` only requests that change something count.
    """

    kind: str
    id: int = 0
    action: str = "*"
    nth: int = 1
    times: int = 1
    when: str = "before"
    mutating: bool = False
    code: str = "InternalError"
    status: int = 400
    seconds: float = 1.0
    seen: int = 0
    struck: int = 0
    holding: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def matches(self, service: str, name: str, *, mutates: bool) -> bool:
        return self.action in ("*", name, f"{service}:{name}") and (mutates or not self.mutating)

    def view(self) -> dict[str, Any]:
        """What `/-/faults` tells of it."""
        shown = {key: value for key, value in self.__dict__.items() if key != "release"}
        return {**shown, "held": self.holding > 0}


class Faults:
    """The planted faults; the first that strikes a request wins."""

    def __init__(self) -> None:
        self.planted: dict[int, Fault] = {}
        self._next = 1

    def plant(self, wanted: dict[str, Any]) -> Fault:
        """Add a fault from its JSON form; ValueError says what would be right."""
        known = set(Fault.__dataclass_fields__) - {"id", "seen", "struck", "holding", "release"}
        strange = set(wanted) - known
        if strange:
            raise ValueError(f"unknown field {', '.join(sorted(strange))}; a fault has {', '.join(sorted(known))}")
        if wanted.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        if wanted.get("when", "before") not in ("before", "after"):
            raise ValueError("when is before or after")
        if wanted["kind"] == "throttle":
            wanted = {"code": "Throttling.User", "status": 400, **wanted}
        fault = Fault(**wanted)
        _check_numbers(fault)
        fault.id, self._next = self._next, self._next + 1
        self.planted[fault.id] = fault
        return fault

    def strike(self, service: str, name: str, *, mutates: bool) -> Fault | None:
        """Count the request on every fault that it matches and return the first that strikes."""
        chosen = None
        for fault in self.planted.values():
            if not fault.matches(service, name, mutates=mutates):
                continue
            fault.seen += 1
            if chosen is None and fault.seen >= fault.nth and (fault.times == 0 or fault.struck < fault.times):
                chosen = fault
        if chosen:
            chosen.struck += 1
        return chosen

    def clear(self, number: int | None = None) -> None:
        """Remove one fault or all; requests that are held go on."""
        for fault in [f for f in self.planted.values() if number in (None, f.id)]:
            fault.release.set()
            del self.planted[fault.id]


def _check_numbers(fault: Fault) -> None:
    for name, kind in (("nth", (int,)), ("times", (int,)), ("status", (int,)), ("seconds", (int, float))):
        value = getattr(fault, name)
        if isinstance(value, bool) or not isinstance(value, kind) or value < 0:
            raise ValueError(f"{name} is a number from 0")
