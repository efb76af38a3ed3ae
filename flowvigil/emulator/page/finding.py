"""What alerts of Log Service found of a flow. Their severities are shown as the three levels that rules have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flowvigil.emulator.alerting.rules import SEVERITIES
from flowvigil.emulator.evaluation.machine import OK
from flowvigil.emulator.world import World

LEVELS: Mapping[str, str] = MappingProxyType({"High": "Critical", "Medium": "Warn", "Low": "Info", "Report": "Info"})


def level(state: str) -> str:
    """A state of a rule or alert as one of Critical, Warn, Info, INSUFFICIENT_DATA and OK."""
    return LEVELS.get(state, state)


def of_log_alert(world: World, account: str, key: str, flow: str) -> tuple[str, int]:
    """The worst state of an alert's groups that are of this flow, or of none in particular, and since when in ms."""
    project, _, name = key.partition("/")
    groups = world.alerts.groups.get((account, project, name), {})
    firing = [
        (-group.severity, group.since)
        for labels, group in groups.items()
        if group.severity and dict(labels).get("flow", flow) == flow
    ]
    severity, since = min(firing, default=(0, 0))
    return level(SEVERITIES.get(-severity, OK)), since


def severities(configuration: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each severity as a level, with its condition."""
    for one in configuration.get("severityConfigurations") or ():
        evaluated = one.get("evalCondition") or {}
        said = [str(evaluated[part]) for part in ("condition", "countCondition") if evaluated.get(part)]
        yield level(SEVERITIES.get(int(one.get("severity") or 0), "Report")), " and ".join(said)
