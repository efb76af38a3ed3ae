"""`on_alarm` as hooks: what the relay calls when an alarm begins. Knows nothing of who calls or of the cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..monitor import Condition, Hook, Severity
from .report import Report
from .schema import DEFINITIONS, alternative
from .values import milliseconds

_KEYS = alternative(alternative(DEFINITIONS["on_alarm"])["additionalProperties"])["properties"]
_SHORTEST_MS, _LONGEST_MS = 60e3, 7 * 86400e3


def hooks(given: Mapping[str, Any], judged: Sequence[Condition], report: Report) -> tuple[Hook, ...]:
    """The flow's hooks by name. Anything reported means that they must not be used."""
    return tuple([_hook(name, given[name], judged, report) for name in sorted(given)])


def _hook(name: str, given: Mapping[str, Any], judged: Sequence[Condition], report: Report) -> Hook:
    path = ("on_alarm", name)
    for lack in ("webhook", "sign"):
        if lack not in given:
            report(path, "half-hook", at="key", lack=lack)
    _known(given.get("alarms", ()), judged, (*path, "alarms"), report)
    text = given.get("cool_down", _KEYS["cool_down"]["default"])
    cool_ms = milliseconds(text) or 0
    if not _SHORTEST_MS <= cool_ms <= _LONGEST_MS:
        report((*path, "cool_down"), "cool-down", value=text)
    return Hook(
        name=name,
        webhook=given.get("webhook", ""),
        sign=given.get("sign", ""),
        severity=Severity(given.get("severity", _KEYS["severity"]["default"])),
        alarms=tuple(given.get("alarms", ())),
        cool_down_s=int(cool_ms / 1000),
        dry_run=given.get("dry_run", _KEYS["dry_run"]["default"]),
    )


def _known(named: Sequence[str], judged: Sequence[Condition], path: tuple[str, ...], report: Report) -> None:
    known = {one.alarm for one in judged}
    for place, alarm in enumerate(named):
        if alarm not in known:
            report((*path, place), "hook-alarm", value=alarm, legal=sorted(known))
