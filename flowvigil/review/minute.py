"""How many messages each target gets in the minute in which every flow fails. Pure; review and lint count with it.

A flow that runs and a flow that is silent are different outages, so each flow has one of both: the one that, with
those of the other flows, makes the target loudest.

A DingTalk robot takes 20 a minute and is then silent for ten minutes (DingTalk open platform, custom robots).
CloudMonitor sends one message for each rule and group; Log Service one for each set of merged alerts and severity, as
alert policies say; the relay merges and never sends more than its own limit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

ROBOT_LIMIT = 20
RELAY_LIMIT = 12
"""What the relay sends one robot in a minute at most; a test compares it with the relay's own number."""

T = TypeVar("T")
Outage = tuple[int, int]
"""The messages of one flow: those that arrive as they are, and those that the relay merges."""


class Rule(NamedTuple, Generic[T]):
    """Whether it tells of silence, its targets with whether the relay posts, and the set that its alert is merged in.

    `severities` is how many sets of that kind there may be at once.
    """

    silence: bool
    targets: Mapping[T, bool]
    merged: Hashable = None
    severities: int = 1


def worst_minute(flows: Iterable[Sequence[Rule[T]]]) -> dict[T, int]:
    """The messages to each target. A set of merged alerts is counted with the first of its flows."""
    listed = list(flows)
    alerts = Counter((target, rule.merged) for rules in listed for rule in rules for target in rule.targets)
    told: set[tuple[T, Hashable]] = set()
    found: defaultdict[T, list[set[Outage]]] = defaultdict(list)
    for rules in listed:
        sent: defaultdict[T, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for rule in rules:
            for target, relayed in rule.targets.items():
                place = target, rule.merged
                if rule.merged is None or relayed:
                    sent[target][2 * rule.silence + relayed] += 1
                elif place not in told:
                    told.add(place)
                    sent[target][2 * rule.silence] += min(alerts[place], rule.severities)
        for target, (loud, loud_relayed, quiet, quiet_relayed) in sent.items():
            found[target].append({(loud, loud_relayed), (quiet, quiet_relayed)})
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
