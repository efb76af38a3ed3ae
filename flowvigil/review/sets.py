"""Which alerts of Log Service become one message: a set for each alert that Log Service posts itself. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from flowvigil.provisioner import merging
from flowvigil.provisioner.carriers import by_logs
from flowvigil.provisioner.delivery import route
from flowvigil.provisioner.monitor import Condition, Monitor, Signal

Sets = Mapping[tuple[str, str], Hashable]
"""The set of each alert by flow and alarm; what is no alert of Log Service has none."""


def sets(monitors: Iterable[Monitor]) -> Sets:
    """The sets of all alerts of these flows, which one stack has together."""
    found: dict[tuple[str, str], Hashable] = {}
    silent: dict[Hashable, list[tuple[str, str]]] = {}
    for monitor in monitors:
        for one in monitor.conditions:
            if not by_logs(monitor.reporters, one):
                continue
            place = monitor.flow, one.alarm
            if one.signal is Signal.NO_REPORTS:
                heard = bool(monitor.on_alarm)
                silent.setdefault((monitor.logs, one.levels, one.hours, heard), []).append(place)
            else:
                found[place] = monitor.logs, *_told(monitor, one), merging.part(monitor.flow)
    for key, places in silent.items():
        for number, flows in enumerate(merging.shards(flow for flow, _ in places)):
            some = set(flows)
            found.update({place: (key, number) for place in places if place[0] in some})
    return found


def _told(monitor: Monitor, condition: Condition) -> tuple[str, int]:
    return route(condition.levels, heard=bool(monitor.on_alarm)), condition.levels[0].repeat_s
