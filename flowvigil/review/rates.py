"""How many messages a minute each target can be sent at worst: every flow fails in the same minute.

A flow that runs and a flow that is silent are different outages, so of one flow the worse of both counts; and it
fails under one name, so rules that watch its old name count once with those of the new one. Lint counts likewise.

A DingTalk robot takes 20 a minute and is then silent for ten minutes (DingTalk open platform, custom robots).
CloudMonitor and Log Service send one message for each rule and group; the relay merges and never sends more than its
own limit. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowvigil.provisioner.carriers import By, Choice, Reason
from flowvigil.provisioner.monitor import Channel, ContactGroup, Monitors, Via
from flowvigil.provisioner.plan import Plan

from .lint.watched import SILENCES

ROBOT_LIMIT = 20
RELAY_LIMIT = 12
"""What the relay sends one robot in a minute at most; a test compares it with the relay's own number."""


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
    direct: Counter[tuple[str, bool]] = Counter()
    relayed: Counter[tuple[str, bool]] = Counter()
    for found in plan.choices.values():
        choices = [one for one in found if one.reason is not Reason.RENAMED]
        silent = [one for one in choices if one.share.condition.signal in SILENCES]
        running = [one for one in choices if one.share.condition.signal not in SILENCES]
        (quiet, quiet_relayed), (loud, loud_relayed) = _counted(silent, groups), _counted(running, groups)
        direct += quiet | loud
        relayed += quiet_relayed | loud_relayed
    return [_rate(target, direct[target], relayed[target]) for target in sorted({*direct, *relayed})]


def _counted(
    choices: Iterable[Choice], groups: Mapping[str, ContactGroup]
) -> tuple[Counter[tuple[str, bool]], Counter[tuple[str, bool]]]:
    """The messages of these rules to each target: those that arrive as they are, and those that the relay merges."""
    direct: Counter[tuple[str, bool]] = Counter()
    relayed: Counter[tuple[str, bool]] = Counter()
    for choice in choices:
        for target, merged in _targets(choice, groups).items():
            (relayed if merged else direct)[target] += 1
    return direct, relayed


def _rate(target: tuple[str, bool], direct: int, relayed: int) -> Rate:
    name, robot = target
    return Rate(name, direct + min(relayed, RELAY_LIMIT), ROBOT_LIMIT if robot else None)


def _targets(choice: Choice, groups: Mapping[str, ContactGroup]) -> dict[tuple[str, bool], bool]:
    """What one rule reaches: each target once, and whether the relay posts."""
    channels = [one for name in choice.share.groups for one in _channels(name, groups)]
    found: dict[tuple[str, bool], bool] = {}
    for target, robot, channel in channels:
        merged = channel.via is Via.RELAY and choice.by is not By.LOG_ALERT
        found[target, robot] = merged and found.get((target, robot), True)
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
