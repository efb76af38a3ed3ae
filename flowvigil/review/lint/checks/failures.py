"""Checks of failure rates."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.monitor import Condition, Signal

from ..check import Grade, Hit, check
from ..watched import Watched
from .latency import FEWEST, rarely


@check(
    "failures/min-runs",
    Grade.WARNING,
    "alarm",
    says=("a failure rate would be judged from {runs} runs", "失败率只凭 {runs} 次执行就判断"),
    fix=("give min_runs: 20; failure_streak watches below it", "请写 min_runs: 20；不足时由 failure_streak 负责"),
    why=(
        "One failure among two runs is 50 %, and says nothing.",
        "两次执行中一次失败就是 50%，没有意义。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 60%, min_runs: 2}",
    good="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 60%, min_runs: 10}",
    repairs=True,
)
def min_runs(one: Condition) -> Iterator[Hit]:
    if one.signal is Signal.FAILURE_RATE and one.min_runs < FEWEST:
        yield Hit(("min_runs",), {"runs": one.min_runs}, right="20")


@check(
    "failures/one-run",
    Grade.INFO,
    "alarm",
    says=("one failure among {runs} runs is {rate}%, above {limit}%", "{runs} 次中失败 1 次即 {rate}%，高于 {limit}%"),
    fix=("give min_runs: {enough} or more", "请写 min_runs: {enough} 或更大"),
    why=(
        "Then this is an alarm on single failures, not on a rate.",
        "这其实是针对单次失败的报警，而不是失败率。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 4%, min_runs: 20}",
    good="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 5%, min_runs: 20}",
)
def one_run(one: Condition) -> Iterator[Hit]:
    limit = one.levels[-1].threshold
    if one.signal is Signal.FAILURE_RATE and one.min_runs >= FEWEST and 100 / one.min_runs > limit:
        enough = -int(-100 // limit)
        shown = {"rate": f"{100 / one.min_runs:.3g}", "limit": f"{limit:g}", "enough": enough}
        yield Hit((one.levels[-1].severity.value,), {"runs": one.min_runs, **shown})


@check(
    "failures/traffic",
    Grade.WARNING,
    "flow",
    says=(
        "with {traffic} runs a minute a period of {period} holds {runs} runs only {share}% of the time",
        "每分钟 {traffic} 次执行时，{period} 的周期只有 {share}% 的时间达到 {runs} 次",
    ),
    fix=("give period: 5m, or fewer min_runs", "请使用 period: 5m，或减小 min_runs"),
    why=(
        "Below min_runs a rate is not judged at all, so this alarm would be blind most of the time.",
        "低于 min_runs 时根本不判断失败率，这条报警大部分时间都看不见。",
    ),
    bad="flow: poem\nowner: team\ntraffic: 100/h\nalarms:\n  failure_rate: {critical: 5%}",
    good="flow: poem\nowner: team\ntraffic: 300/h\nalarms:\n  failure_rate: {critical: 5%, period: 5m}",
)
def traffic(flow: Watched) -> Iterator[Hit]:
    yield from rarely(flow, flow.of(Signal.FAILURE_RATE))


@check(
    "failures/unreachable",
    Grade.WARNING,
    "alarm",
    says=("no rate is above 100%, so {severity} never fires", "失败率不会高于 100%，{severity} 永远不会触发"),
    fix=("give 99% or less", "请填写 99% 或更低"),
    why=(
        "A rate fires above its threshold, not at it.",
        "失败率高于阈值才触发，等于阈值不触发。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 100%}",
    good="flow: poem\nowner: team\nalarms:\n  failure_rate: {critical: 99%}",
)
def unreachable(one: Condition) -> Iterator[Hit]:
    for level in one.levels if one.signal is Signal.FAILURE_RATE else ():
        if level.threshold >= 100:
            yield Hit((level.severity.value,), {"severity": level.severity.value})
