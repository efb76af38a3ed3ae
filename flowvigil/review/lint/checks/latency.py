"""Checks of percentiles: how many runs they rest on, and how they stand to each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import INSIDE, PERCENTILES, Condition, Signal

from ..check import Grade, Hit, check
from ..watched import QUANTILES, Watched, reached

FEWEST = 10
"""Runs below which a percentile is refused as a judge."""

TAILS = {**QUANTILES, Signal.TTFT: 0.95}
"""The percentile that each such signal is."""


@check(
    "latency/min-runs",
    Grade.WARNING,
    "alarm",
    says=("{signal} would be judged from {runs} runs", "{signal} 只凭 {runs} 次执行就判断"),
    fix=("give min_runs: 20; the streaks watch below it", "请写 min_runs: 20；不足时由 streak 报警负责"),
    why=(
        "With few runs a percentile is simply the slowest one, so a single slow answer at night wakes somebody.",
        "执行次数少时分位数就是最慢的一次，夜里一次慢回答就会吵醒值班人员。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s, min_runs: 3}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s, min_runs: 10}",
    repairs=True,
)
def min_runs(one: Condition) -> Iterator[Hit]:
    if one.signal in TAILS and one.min_runs < FEWEST:
        yield Hit(("min_runs",), {"signal": one.signal.value, "runs": one.min_runs}, right="20")


@check(
    "latency/slowest-run",
    Grade.INFO,
    "alarm",
    says=("of {runs} runs {signal} is the slowest", "{runs} 次执行的 {signal} 就是最慢的一次"),
    fix=("give min_runs: {enough}, or a longer period", "请写 min_runs: {enough}，或使用更长的周期"),
    why=(
        "A percentile says something else than the maximum only from 1 / (1 - q) runs on: 20 for p95, 100 for p99.",
        "执行次数达到 1 / (1 - q) 后分位数才不同于最大值：p95 需 20 次，p99 需 100 次。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p99: {critical: 8s, min_runs: 99}",
    good="flow: poem\nowner: team\nalarms:\n  p99: {critical: 8s, min_runs: 100}",
)
def slowest_run(one: Condition) -> Iterator[Hit]:
    enough = math.ceil(1 / (1 - TAILS.get(one.signal, 0)) - 1e-9)
    if FEWEST <= one.min_runs < enough:
        yield Hit(("min_runs",), {"signal": one.signal.value, "runs": one.min_runs, "enough": enough})


@check(
    "latency/traffic",
    Grade.WARNING,
    "flow",
    says=(
        "with {traffic} runs a minute a period of {period} holds {runs} runs only {share}% of the time",
        "每分钟 {traffic} 次执行时，{period} 的周期只有 {share}% 的时间达到 {runs} 次",
    ),
    fix=("give a longer period, or fewer min_runs", "请使用更长的周期，或减小 min_runs"),
    why=(
        "Below min_runs a percentile is not judged at all, so this alarm would be blind most of the time.",
        "低于 min_runs 时根本不判断分位数，这条报警大部分时间都看不见。",
    ),
    bad="flow: poem\nowner: team\ntraffic: 10/m\nalarms:\n  p95: {critical: 8s}",
    good="flow: poem\nowner: team\ntraffic: 21/m\nalarms:\n  p95: {critical: 8s}",
)
def traffic(flow: Watched) -> Iterator[Hit]:
    yield from rarely(flow, [one for one in flow.monitor.conditions if one.signal in PERCENTILES | INSIDE])


def rarely(flow: Watched, conditions: list[Condition]) -> Iterator[Hit]:
    """A hit for each condition that the declared traffic lets be judged less than half of the time."""
    runs = flow.monitor.traffic
    for one in conditions if runs is not None else ():
        share = reached(runs or 0, one.period_s, one.min_runs)
        if share < 0.5:
            values = {"traffic": f"{runs:g}", "period": duration(one.period_s * 1e3), "runs": one.min_runs}
            yield Hit(("alarms", one.alarm, "min_runs"), {**values, "share": f"{share * 100:.0f}"})


@check(
    "latency/crossed",
    Grade.WARNING,
    "flow",
    says=(
        "{lower} may reach {limit} before it is {severity}, but {upper} only {other}",
        "{lower} 的 {severity} 阈值是 {limit}，而 {upper} 只有 {other}",
    ),
    fix=("give {lower} a lower threshold than {upper}", "{lower} 的阈值应低于 {upper}"),
    why=(
        "A lower percentile never exceeds a higher one, so the higher one always fires first.",
        "低分位数永远不会超过高分位数，后者总是先报警，前者没有意义。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p50: {critical: 8s}\n  p95: {critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p50: {critical: 4s}\n  p95: {critical: 8s}",
)
def crossed(flow: Watched) -> Iterator[Hit]:
    found = sorted(flow.of(*QUANTILES), key=lambda one: QUANTILES[one.signal])
    for place, low in enumerate(found):
        for high in found[place + 1 :]:
            if low.signal is not high.signal and (low.period_s, low.hours) == (high.period_s, high.hours):
                yield from _crossed(low, high)


def _crossed(low: Condition, high: Condition) -> Iterator[Hit]:
    limits = {level.severity: level.threshold for level in high.levels}
    for level in low.levels:
        other = limits.get(level.severity)
        if other is not None and level.threshold >= other:
            named = {"lower": low.alarm, "upper": high.alarm, "severity": level.severity.value}
            shown = {"limit": duration(level.threshold), "other": duration(other)}
            yield Hit(("alarms", low.alarm, level.severity.value), {**named, **shown})


@check(
    "latency/one-period",
    Grade.INFO,
    "alarm",
    says=("one period of {period} is enough to fire", "一个 {period} 的周期就会触发"),
    fix=("give for: {longer}", "请写 for: {longer}"),
    why=(
        "One bad minute passes by itself; an alarm that waits for three is read with more trust.",
        "一分钟的波动会自行恢复；连续三个周期再报警更可信。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, for: 1m}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, for: 2m}",
)
def one_period(one: Condition) -> Iterator[Hit]:
    if one.signal in PERCENTILES | INSIDE and one.for_s == one.period_s == 60:
        yield Hit(("for",), {"period": "1m", "longer": "3m"})
