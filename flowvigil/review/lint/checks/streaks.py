"""Checks of runs in a row."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import PERCENTILES, STREAKS, Condition, Reporters, Signal

from ..check import Grade, Hit, check
from ..watched import Watched, critical


@check(
    "streaks/one-run",
    Grade.WARNING,
    "alarm",
    says=("a single run would be critical", "一次执行就会触发严重报警"),
    fix=("give critical: 2 or more, or make it a warning", "请写 critical: 2 或更大，或改为 warning"),
    why=(
        "Model calls fail now and then; one failure is no incident.",
        "模型调用偶尔会失败，单次失败不是故障。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_streak: {critical: 1}",
    good="flow: poem\nowner: team\nalarms:\n  failure_streak: {critical: 2, warning: 1}",
)
def one_run(one: Condition) -> Iterator[Hit]:
    worst = critical(one)
    if one.signal in STREAKS and worst and worst.threshold == 1:
        yield Hit(("critical",))


@check(
    "streaks/limit",
    Grade.INFO,
    "flow",
    says=(
        "a run counts as slow over {over}, but {alarm} fires above {limit}",
        "超过 {over} 才算慢，而 {alarm} 高于 {limit} 就触发",
    ),
    fix=("give over: {limit} or less", "请写 over: {limit} 或更小"),
    why=(
        "Below min_runs the streak is what watches latency; with a higher limit it sees less than the percentile.",
        "执行次数不足时由 slow_streak 监控延迟；上限更高就会漏掉。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  slow_streak: {over: 9s, warning: 3}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  slow_streak: {over: 8s, warning: 3}",
)
def limit(flow: Watched) -> Iterator[Hit]:
    tails = flow.of(*PERCENTILES)
    for one in flow.of(Signal.SLOW_STREAK) if tails else ():
        tail = min(tails, key=lambda other: other.levels[0].threshold)
        if one.over_ms and one.over_ms > tail.levels[0].threshold:
            values = {"over": duration(one.over_ms), "alarm": tail.alarm, "limit": duration(tail.levels[0].threshold)}
            yield Hit(("alarms", one.alarm, "over"), values)


@check(
    "streaks/off",
    Grade.WARNING,
    "flow",
    says=("below {runs} runs in a period nobody watches this flow", "一个周期不足 {runs} 次执行时无人监控该 flow"),
    fix=("remove failure_streak: none or slow_streak: none", "请删除 failure_streak: none 或 slow_streak: none"),
    why=(
        "Percentiles and rates are judged from min_runs on; the streaks are what is left for quiet hours.",
        "分位数与失败率达到 min_runs 才判断；低流量时只剩 streak 报警。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  slow_streak: none\n  failure_streak: none",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  slow_streak: none",
)
def off(flow: Watched) -> Iterator[Hit]:
    guarded = [one.min_runs for one in flow.monitor.conditions if one.min_runs > 1]
    if guarded and not flow.of(*STREAKS):
        yield Hit(("alarms",), {"runs": max(guarded)}, at="key")


@check(
    "streaks/sampled",
    Grade.WARNING,
    "flow",
    says=(
        "{alarm} counts run events, and sampling leaves out the good runs between the bad ones",
        "{alarm} 统计执行事件，而 sampling 丢掉了中间的正常执行",
    ),
    fix=("give sampling: 1, or say {alarm}: none", "请写 sampling: 1，或 {alarm}: none"),
    why=(
        "With many reporters streaks are counted in Log Service, from the events that were kept: three failures among "
        "thirty runs look like three in a row.",
        "多个上报者时 streak 由日志服务按保留的事件统计：三十次中的三次失败看起来像连续三次。",
    ),
    bad="flow: poem\nowner: team\nreporters: many\nsampling: 10\nalarms:\n  failure_streak: {critical: 3}",
    good="flow: poem\nowner: team\nreporters: one\nsampling: 10\nalarms:\n  failure_streak: {critical: 3}",
)
def sampled(flow: Watched) -> Iterator[Hit]:
    if flow.monitor.reporters is Reporters.MANY and flow.monitor.sampling > 1:
        for one in flow.of(*STREAKS)[:1]:
            yield Hit(("sampling",), {"alarm": one.alarm})
