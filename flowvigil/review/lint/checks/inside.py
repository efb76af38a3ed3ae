"""Checks of what happens inside a run: the first token."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import Signal

from ..check import Grade, Hit, check
from ..watched import Watched


@check(
    "inside/first-token",
    Grade.WARNING,
    "flow",
    says=(
        "{alarm} is {severity} above {limit}, but {whole} is already above {other}",
        "{alarm} 超过 {limit} 才是 {severity}，而 {whole} 超过 {other} 就是",
    ),
    fix=("give {alarm} a lower threshold than {whole}", "{alarm} 的阈值应低于 {whole}"),
    why=(
        "The first token never comes after the end of its run, so the alarm on the whole run fires first.",
        "首个 token 不会晚于执行结束，整次执行的报警总是先触发。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  ttft: {critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  ttft: {critical: 2s}",
)
def first_token(flow: Watched) -> Iterator[Hit]:
    for one in flow.of(Signal.TTFT):
        for whole in flow.of(Signal.P95):
            if (one.period_s, one.hours) != (whole.period_s, whole.hours):
                continue
            limits = {level.severity: level.threshold for level in whole.levels}
            for level in one.levels:
                other = limits.get(level.severity)
                if other is not None and level.threshold >= other:
                    severity = level.severity.value
                    values = {"alarm": one.alarm, "whole": whole.alarm, "severity": severity}
                    shown = {"limit": duration(level.threshold), "other": duration(other)}
                    yield Hit(("alarms", one.alarm, severity), {**values, **shown})
