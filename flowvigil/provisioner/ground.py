"""What all flows of a stack stand on: worked out once, used by every flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import boards, channels, names
from .carriers import Share
from .logs import own_place
from .monitor import LogStore, Monitors
from .objects import Secret, Value
from .stack import Stack

RELAY_SECRET = "relay-url"  # noqa: S105 - the name of a secret
"""The secret that holds the relay's address with its password."""


@dataclass(frozen=True, slots=True)
class Ground:
    """`home` is where runs go by default, `groups` maps contact groups to their names in the cloud.

    `relayed` are contact groups with a channel of the relay, `digests` salted digests of secrets by name,
    `boardless` flows without a dashboard of their own.
    """

    stack: Stack
    prefix: str
    namespace: str
    home: LogStore
    groups: Mapping[str, str]
    relayed: frozenset[str]
    digests: Mapping[str, str]
    boardless: frozenset[str]

    def told(self, share: Share) -> tuple[str, ...]:
        """The cloud's names of the contact groups that a share tells."""
        groups = self.groups
        return tuple([groups[name] for name in share.groups])

    def webhook(self, share: Share) -> Value | None:
        """The relay's address, for rules that it must hear of."""
        return None if self.relayed.isdisjoint(share.groups) else Secret(RELAY_SECRET)


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
