"""contacts.yaml as contact groups and team routes. Knows nothing of flows or of the cloud's objects."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from ..monitor import Channel, ContactGroup, Severity, Via
from .problem import Path
from .report import Report

Routes = Mapping[Severity, tuple[str, ...]]

URGENCY = tuple(Severity)
_TARGETS = ("dingtalk", "mail", "sms", "contact")


@dataclass(slots=True)
class Contacts:
    """Groups by name, and per team and severity the groups it wants to hear through."""

    groups: dict[str, ContactGroup] = field(default_factory=dict)
    teams: dict[str, Routes] = field(default_factory=dict)


def contacts(tree: Mapping[str, Any], broken: Set[str], report: Report) -> Contacts:
    """Read a checked contacts.yaml; what the schema cannot say is reported as (path, id, values).

    `broken` are groups that stand in the file but were cut out of the tree.
    """
    groups = {name: _group(name, value, report) for name, value in tree.get("groups", {}).items()}
    teams = {}
    for team, severities in tree.get("teams", {}).items():
        teams[team] = routes(severities)
        for severity, names in severities.items():
            known_groups(names, groups.keys() | broken, ("teams", team, severity), report)
    return Contacts(groups, teams)


def routes(severities: Mapping[str, list[str]]) -> Routes:
    """`{critical: [oncall]}` with enums and tuples."""
    return {Severity(severity): tuple(names) for severity, names in severities.items()}


def known_groups(names: list[str], groups: Set[str], path: Path, report: Report) -> None:
    """Report each name that is no group."""
    for index, name in enumerate(names):
        if name not in groups:
            report((*path, index), "unknown-group", value=name, legal=sorted(groups))


def route(severity: Severity, chosen: Routes) -> tuple[str, ...]:
    """The groups for a severity, else those of the next more urgent one, else of a less urgent one, else none."""
    place = URGENCY.index(severity)
    for candidate in (severity, *reversed(URGENCY[:place]), *URGENCY[place + 1 :]):
        if chosen.get(candidate):
            return chosen[candidate]
    return ()


def relay_alone(names: tuple[str, ...], groups: Mapping[str, ContactGroup]) -> bool:
    """Whether nothing but the relay would deliver to these groups."""
    known = [groups[name] for name in names if name in groups]
    channels = [channel for group in known for channel in group.channels]
    return bool(channels) and not any(group.existing for group in known) and _all_relay(channels)


def _all_relay(channels: list[Channel]) -> bool:
    return all(channel.via is Via.RELAY for channel in channels)


def _group(name: str, value: Any, report: Report) -> ContactGroup:
    if isinstance(value, dict):
        return ContactGroup(name, existing=True)
    channels = [_channel(one, ("groups", name, index), report) for index, one in enumerate(value)]
    return ContactGroup(name, tuple(channels))


def _channel(value: Mapping[str, Any], path: Path, report: Report) -> Channel:
    targets = [key for key in _TARGETS if key in value]
    if len(targets) != 1:
        report(path, "one-target", count=len(targets), legal=_TARGETS)
    via = Via(value.get("via", "cms"))
    if via is Via.RELAY and "dingtalk" not in value:
        report((*path, "via"), "relay-target")
    for key in ("at", "sign"):
        if key in value and via is not Via.RELAY:
            report((*path, key), f"{key}-needs-relay", at="key")
    if "contact" in value and "existing" not in value:
        report((*path, "contact"), "contact-existing", value=value["contact"])
    if "existing" in value and "contact" not in value:
        report((*path, "existing"), "existing-contact", at="key")
    given = {key: value[key] for key in targets[:1]}
    at, keywords = (tuple(value.get(key, ())) for key in ("at", "keywords"))
    return Channel(**given, via=via, at=at, keywords=keywords, sign=value.get("sign"))
