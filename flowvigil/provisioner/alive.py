"""The rule that watches the relay itself, so that its silence is told by somebody else.

A relay reports 1 each minute while it delivers and 0 while it cannot; a dead one reports nothing, for which the rule
asks the service to tell missing data (NoDataPolicy of PutResourceMetricRule; whether it acts on custom metrics is
assumed). Knows nothing of what the relay does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..reporter.contract import DIMENSION_FLOW, DIMENSION_SERVICE, NO_GROUP, RELAY_ALIVE, RELAY_FLOW
from . import names
from .carriers import URGENCY
from .channels import relayed
from .monitor import Monitors, Via
from .objects import Escalation, MonitorGroup, Object, Ref, Rule, Text, Value
from .stack import Stack

UNWATCHED = (
    "if the relay died, nobody would be told: no contact group has a channel that CloudMonitor posts to; "
    "give one in contacts.yaml"
)
GROUP = "relay.group"
"""The key of the relay's own application group, where the service takes no series without one."""
SILENT_MINUTES, REPEAT_S = 5, 1800


def relay_needed(monitors: Monitors) -> bool:
    """Whether any flow's alarms go through the relay: to a channel or to a hook."""
    posted = relayed(monitors)
    levels = (level for one in monitors.monitors for made in one.conditions for level in made.levels)
    told = any(not posted.isdisjoint(level.groups) for level in levels)
    return told or any(one.on_alarm for one in monitors.monitors)


def watchers(monitors: Monitors) -> tuple[str, ...]:
    """Who is told that the relay is silent: the groups of the most urgent levels that do not depend on it."""
    reachable = {
        group.name
        for group in monitors.groups
        if group.existing or any(channel.via is Via.CMS for channel in group.channels)
    }
    levels = [made.levels[0] for one in monitors.monitors for made in one.conditions]
    urgent = min((level.severity for level in levels), key=URGENCY.__getitem__, default=None)
    told = {name for level in levels if level.severity is urgent for name in level.groups}
    return tuple(sorted((told & reachable) or reachable))


def relay_objects(stack: Stack, monitors: Monitors, group_names: Mapping[str, str]) -> list[Object]:
    """The rule, if there is a relay to watch and somebody to tell, and the group that its series may need.

    `group_names` are those of the cloud.
    """
    groups = tuple([group_names[name] for name in watchers(monitors)]) if relay_needed(monitors) else ()
    if not groups:
        return []
    grouped = stack.facts.group_zero is False
    own = [MonitorGroup(GROUP, None, names.monitor_group(stack.prefix, RELAY_FLOW), groups)] if grouped else []
    return [*own, _rule(stack, groups, grouped=grouped)]


def _rule(stack: Stack, groups: tuple[str, ...], *, grouped: bool) -> Rule:
    name = names.rule(stack.prefix, "relay", "alive")
    namespace = names.namespace(stack)
    return Rule(
        key="relay.alive",
        flow=None,
        rule_id=names.rule_id(stack.prefix, "relay", "alive", f"{','.join(groups)}/{name}/{namespace}"),
        name=name,
        namespace=namespace,
        metric=RELAY_ALIVE,
        resources=_series(stack.prefix, grouped=grouped),
        contact_groups=groups,
        escalations=(Escalation("critical", "Maximum", "LessThanThreshold", "1", SILENT_MINUTES),),
        period_s=60,
        silence_s=REPEAT_S,
        labels=(),
        no_data_policy="INSUFFICIENT_DATA",
        email_subject=name,
    )


def _series(service: str, *, grouped: bool) -> Value:
    dimension = f"{DIMENSION_FLOW}={RELAY_FLOW}&{DIMENSION_SERVICE}={service}"
    plain = json.dumps([{"dimension": dimension, "groupId": NO_GROUP}], separators=(",", ":"))
    end = len(NO_GROUP) + 3
    return Text((plain[:-end], Ref(GROUP), plain[-3:])) if grouped else plain
