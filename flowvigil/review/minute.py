"""How many messages each target gets in the minute in which every flow fails. Pure; review and lint count with it.

A flow that runs and a flow that is silent are different outages, so each flow has one of both: the one that, with
those of the other flows, makes the target loudest.

A DingTalk robot takes 20 a minute and is then silent for ten minutes (DingTalk open platform, custom robots).
CloudMonitor and Log Service send one message for each rule and group; the relay merges and never sends more than its
own limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

ROBOT_LIMIT = 20
RELAY_LIMIT = 12
"""What the relay sends one robot in a minute at most; a test compares it with the relay's own number."""

T = TypeVar("T")
Outage = tuple[int, int]
"""The messages of one flow: those that arrive as they are, and those that the relay merges."""


def worst_minute(flows: Iterable[Iterable[tuple[bool, Mapping[T, bool]]]]) -> dict[T, int]:
    """The messages to each target. A rule is whether it tells of silence, and its targets: whether the relay posts."""
    found: defaultdict[T, list[set[Outage]]] = defaultdict(list)
    for rules in flows:
        sent: defaultdict[T, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for silence, targets in rules:
            for target, merged in targets.items():
                sent[target][2 * silence + merged] += 1
        for target, (direct, relayed, quiet_direct, quiet_relayed) in sent.items():
            found[target].append({(direct, relayed), (quiet_direct, quiet_relayed)})
    return {target: _loudest(outages) for target, outages in found.items()}


def _loudest(flows: Iterable[set[Outage]]) -> int:
    """The most messages with one outage of each flow. Keeps the sums that can still become it, a dozen at most."""
    best = {0: 0}
    for outages in flows:
        sums: dict[int, int] = {}
        for relayed, direct in best.items():
            for more, merged in outages:
                posted = min(relayed + merged, RELAY_LIMIT)
                sums[posted] = max(sums.get(posted, 0), direct + more)
        best, most = {}, -1
        for posted in sorted(sums, reverse=True):
            if sums[posted] > most:
                best[posted] = most = sums[posted]
    return max(relayed + direct for relayed, direct in best.items())
