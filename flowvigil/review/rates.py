"""The worst minute of each target of a plan, and whether it bears that.

A flow fails under one name, so rules that watch its old name count once with those of the new one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowvigil.provisioner.carriers import Choice, Reason
from flowvigil.provisioner.monitor import SILENCES, Channel, ContactGroup, Monitors, Via
from flowvigil.provisioner.plan import Plan

from .minute import ROBOT_LIMIT, Rule, worst_minute
from .sets import Sets, sets


@dataclass(frozen=True, slots=True)
class Rate:
    """The worst minute of one target. `limit` is what it takes, None for people."""

    target: str
    messages: int
    limit: int | None

    @property
    def exceeded(self) -> bool:
        """Whether the target falls silent just when everything fires."""
        return self.limit is not None and self.messages > self.limit


def rates(plan: Plan, monitors: Monitors) -> list[Rate]:
    """The worst minute of every target that any rule of the plan reaches, by name."""
    groups = {group.name: group for group in monitors.groups}
    merged = sets(monitors.monitors)
    worst = worst_minute(
        [_rule(flow, choice, groups, merged) for choice in choices if choice.reason is not Reason.RENAMED]
        for flow, choices in plan.choices.items()
    )
    return [Rate(name, worst[name, robot], ROBOT_LIMIT if robot else None) for name, robot in sorted(worst)]


def _rule(flow: str, choice: Choice, groups: Mapping[str, ContactGroup], merged: Sets) -> Rule[tuple[str, bool]]:
    condition = choice.share.condition
    silence, severities = condition.signal in SILENCES, len(condition.levels)
    return Rule(silence, _targets(choice, groups), merged.get((flow, condition.alarm)), severities)


def _targets(choice: Choice, groups: Mapping[str, ContactGroup]) -> dict[tuple[str, bool], bool]:
    """What one rule reaches: each target once, and whether the relay posts."""
    channels = [one for name in choice.share.groups for one in _channels(name, groups)]
    found: dict[tuple[str, bool], bool] = {}
    for target, robot, channel in channels:
        relayed = channel.via is Via.RELAY
        found[target, robot] = relayed and found.get((target, robot), True)
    return found


def _channels(name: str, groups: Mapping[str, ContactGroup]) -> Iterable[tuple[str, bool, Channel]]:
    group = groups.get(name)
    if group is None or group.existing:
        return [(f"group {name}", False, Channel())]
    return [(_named(one), one.dingtalk is not None, one) for one in group.channels]


def _named(channel: Channel) -> str:
    if channel.dingtalk:
        return f"robot {channel.dingtalk}"
    if channel.sms:
        return f"phone …{channel.sms[-4:]}"
    return f"mail {channel.mail}" if channel.mail else f"contact {channel.contact}"
