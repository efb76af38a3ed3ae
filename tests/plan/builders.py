"""Monitors and stacks for tests, each with one telling difference from the six-line example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowvigil.provisioner.monitor import (
    Channel,
    Condition,
    ContactGroup,
    Level,
    Monitor,
    Monitors,
    Severity,
    Signal,
    Source,
    Via,
)
from flowvigil.provisioner.stack import Stack

STACK = Stack(project="acme", name="prod", account_id="1234567890123456", region="cn-hangzhou", environment="prod")
DING = ("ding",)
HOUR = 3600


def level(severity: str, threshold: float, groups: tuple[str, ...] = DING, repeat_s: int = HOUR) -> Level:
    return Level(Severity(severity), threshold, repeat_s, groups)


def condition(alarm: str, *levels: Level, **more: Any) -> Condition:
    settings: dict[str, Any] = {"period_s": 60, "for_s": 60, "min_runs": 1, **more}
    signal = settings.pop("signal", None) or Signal(alarm)
    return Condition(alarm=alarm, signal=signal, levels=levels, **settings)


P95 = condition("p95", level("critical", 8000), level("warning", 5000), for_s=180, min_runs=20)
FAILURES = condition("failure_rate", level("critical", 5), min_runs=20)
SLOW = condition("slow_streak", level("warning", 3), over_ms=5000)


def monitor(flow: str = "poem", *conditions: Condition, **more: Any) -> Monitor:
    return Monitor(flow=flow, file=f"{flow}.yaml", conditions=conditions or (P95, FAILURES, SLOW), **more)


def langflow(one: Monitor) -> Monitor:
    return replace(one, source=Source(app="langflow"))


ROBOT = Channel(dingtalk="robot")
RELAYED = Channel(dingtalk="robot", via=Via.RELAY)
GROUPS = (ContactGroup("ding", (ROBOT,)), ContactGroup("oncall", existing=True))


def monitors(*found: Monitor, groups: tuple[ContactGroup, ...] = GROUPS) -> Monitors:
    return Monitors(tuple(sorted(found, key=lambda one: one.flow)), groups)
