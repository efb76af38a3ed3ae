"""When an alarm fires and whom it tells, in a sentence that two versions can be compared by.

Knows conditions, units and the two languages; knows nothing of rules or of who carries them.
"""

from __future__ import annotations

from flowvigil.provisioner.amounts import duration, number
from flowvigil.provisioner.carriers import Share, period_s
from flowvigil.provisioner.monitor import PERCENTILES, SILENCES, STREAKS, Condition, Level, Signal
from flowvigil.provisioner.rules import times
from flowvigil.provisioner.wording import ZH_SEVERITY, said

Pair = tuple[str, str]


def fires(condition: Condition, level: Level) -> Pair:
    """Such as `after 3 × 60 s over 8s`, in English and Chinese."""
    signal, seconds = condition.signal, level.threshold * 1000
    if signal is Signal.NO_RUNS:
        return f"after {duration(seconds)} without a run", f"{duration(seconds)} 没有运行后触发"
    if signal is Signal.NO_REPORTS:
        return f"after {duration(seconds)} without a report", f"{duration(seconds)} 没有上报后触发"
    en, zh = over(condition, level)
    period = period_s(condition)
    count = times(condition, level, period)
    held = f"{count} × {period} s"
    if signal in STREAKS and count == 1:
        return f"after {en}", f"{zh}后触发"
    return f"after {held} {'of ' if signal in STREAKS else ''}{en}", f"连续 {held} {zh}后触发"


def over(condition: Condition, level: Level) -> Pair:
    """Only what has to be exceeded, such as `over 8s`."""
    value, signal = level.threshold, condition.signal
    if signal in PERCENTILES or signal is Signal.TTFT:
        return f"over {duration(value)}", f"超过 {duration(value)}"
    if signal is Signal.TOKENS_PER_RUN:
        return f"over {number(value)} tokens", f"超过 {number(value)} tokens"
    if signal is Signal.FAILURE_RATE:
        return f"over {number(value)}% failed", f"失败率超过 {number(value)}%"
    if signal is Signal.STUCK:
        return f"with a run open over {duration(value * 1000)}", f"有运行超过 {duration(value * 1000)} 未结束"
    if signal in SILENCES:
        return duration(value * 1000), duration(value * 1000)
    slow = "" if condition.over_ms is None else f" over {duration(condition.over_ms)}"
    slow_zh = "失败" if condition.over_ms is None else f"超过 {duration(condition.over_ms)}"
    failed = " failed" if condition.over_ms is None else ""
    return f"{number(value)} runs in a row{failed}{slow}", f"连续 {number(value)} 次{slow_zh}"


def whole(condition: Condition) -> Pair:
    """The condition as `flowvigil plan` says it, without its recipients."""
    share = Share(condition, condition.levels[0].groups, condition.levels)
    return said(share), said(share, "zh")


def severity(level: Level) -> Pair:
    """The level's name."""
    return level.severity.value, ZH_SEVERITY[level.severity]
