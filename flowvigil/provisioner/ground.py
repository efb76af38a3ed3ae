"""What all flows of a stack stand on: worked out once, used by every flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import boards, channels, names
from .logs import own_place
from .monitor import LogStore, Monitor, Monitors
from .objects import RELAY_SECRET, Secret, Value
from .stack import Stack


@dataclass(frozen=True, slots=True)
class Audience:
    """Contact groups by their names in the cloud, alone and joined, and the relay's address if it must hear of them."""

    groups: tuple[str, ...]
    joined: str
    webhook: Value | None


@dataclass(frozen=True, slots=True)
class Ground:
    """`home` is where runs go by default, `groups` maps contact groups to their names in the cloud.

    `relayed` are contact groups with a channel of the relay, `digests` salted digests of secrets by name,
    `boardless` flows without a dashboard of their own; `audiences` remembers what `audience` found.
    """

    stack: Stack
    prefix: str
    namespace: str
    home: LogStore
    groups: Mapping[str, str]
    relayed: frozenset[str]
    digests: Mapping[str, str]
    boardless: frozenset[str]
    audiences: dict[tuple[tuple[str, ...], bool], Audience] = field(default_factory=dict)

    def audience(self, groups: tuple[str, ...], monitor: Monitor) -> Audience:
        """Whom these contact groups are for the cloud; the relay hears of a flow with hooks in any case."""
        key = groups, bool(monitor.on_alarm)
        found = self.audiences.get(key)
        if found is None:
            told = tuple([self.groups[name] for name in groups])
            heard = bool(monitor.on_alarm) or not self.relayed.isdisjoint(groups)
            found = self.audiences[key] = Audience(told, ",".join(told), Secret(RELAY_SECRET) if heard else None)
        return found


def ground(monitors: Monitors, stack: Stack, digests: Mapping[str, str]) -> Ground:
    """The ground of a stack's flows."""
    return Ground(
        stack,
        stack.prefix,
        names.namespace(stack),
        own_place(stack),
        channels.group_names(monitors, stack),
        channels.relayed(monitors),
        digests,
        boards.without_board(stack, monitors.monitors),
    )
