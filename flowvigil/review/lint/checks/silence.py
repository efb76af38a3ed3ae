"""Checks of silence and of runs that never end."""

from __future__ import annotations

import math
from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.carriers import by_logs
from flowvigil.provisioner.monitor import PERCENTILES, SILENCES, Signal

from ..check import Grade, Hit, check
from ..watched import MINUTES_A_DAY, Watched

DAY_S = 86400


@check(
    "silence/no-reports",
    Grade.WARNING,
    "flow",
    says=("nobody is told when the reporter falls silent", "上报者失联时无人知道"),
    fix=("remove no_reports: none", "请删除 no_reports: none"),
    why=(
        "When the process dies, every other alarm keeps its last state and stays quiet.",
        "进程退出后，其他报警都保持最后的状态，不再出声。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  no_reports: none",
    good="flow: poem\nowner: team\nalarms:\n  no_reports: {warning: 1h}",
)
def no_reports(flow: Watched) -> Iterator[Hit]:
    if not flow.of(Signal.NO_REPORTS):
        yield Hit(("alarms",), at="key")


@check(
    "silence/normal-gap",
    Grade.WARNING,
    "flow",
    says=(
        "with {traffic} runs a minute a gap of {gap} is normal, about {often} times a day",
        "每分钟 {traffic} 次执行时，{gap} 的间隔属正常现象，每天约 {often} 次",
    ),
    fix=("give {enough} or more", "请填写 {enough} 或更长"),
    why=(
        "Runs come at random; an alarm on a gap that happens by itself teaches people not to look.",
        "执行是随机到来的；对正常间隔报警只会让人忽视报警。",
    ),
    bad="flow: poem\nowner: team\ntraffic: 6/h\nalarms:\n  no_runs: {warning: 30m}",
    good="flow: poem\nowner: team\ntraffic: 6/h\nalarms:\n  no_runs: {warning: 2h}",
)
def normal_gap(flow: Watched) -> Iterator[Hit]:
    runs = flow.monitor.traffic or 0.0
    for one in flow.of(Signal.NO_RUNS) if runs else ():
        level = one.levels[-1]
        often = runs * MINUTES_A_DAY * math.exp(-runs * level.threshold / 60)
        if often > 0.1:
            enough = math.ceil(math.log(runs * MINUTES_A_DAY / 0.1) / runs)
            shown = {"traffic": f"{runs:g}", "gap": duration(level.threshold * 1e3), "often": f"{often:.2g}"}
            where = ("alarms", one.alarm, level.severity.value)
            yield Hit(where, {**shown, "enough": duration(enough * 60e3)})


@check(
    "silence/stuck",
    Grade.WARNING,
    "flow",
    says=(
        "a run is stuck after {age}, but {alarm} lets runs take {limit}",
        "{age} 就算卡住，而 {alarm} 允许执行 {limit}",
    ),
    fix=("give more than {limit}", "请填写大于 {limit} 的值"),
    why=(
        "Then an ordinary slow run is reported as stuck before it is slow.",
        "普通的慢执行在被判为慢之前就被报为卡住。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 40s}\n  stuck: {warning: 40s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 40s}\n  stuck: {warning: 41s}",
)
def stuck(flow: Watched) -> Iterator[Hit]:
    tails = flow.of(*PERCENTILES)
    tail = max(tails, key=lambda other: other.levels[0].threshold, default=None)
    for one in flow.of(Signal.STUCK) if tail else ():
        level = one.levels[-1]
        assert tail
        if level.threshold * 1e3 <= tail.levels[0].threshold:
            age, limit = duration(level.threshold * 1e3), duration(tail.levels[0].threshold)
            where = ("alarms", one.alarm, level.severity.value)
            yield Hit(where, {"age": age, "alarm": tail.alarm, "limit": limit})


@check(
    "silence/beyond-a-day",
    Grade.ERROR,
    "flow",
    says=("Log Service looks back a day at most, and this is {value}", "日志服务最多回看一天，这里是 {value}"),
    fix=("give 24h or less", "请填写 24h 或更短"),
    why=(
        "Reports, and runs of several reporters, are judged by alerts of Log Service, whose window ends at a day.",
        "上报以及多个上报者的执行由日志服务告警判断，其窗口最长一天。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  no_reports: {warning: 25h}",
    good="flow: poem\nowner: team\nalarms:\n  no_reports: {warning: 24h}\n  no_runs: {warning: 7d}",
)
def beyond_a_day(flow: Watched) -> Iterator[Hit]:
    for one in flow.of(*SILENCES):
        for level in one.levels if by_logs(flow.monitor.reporters, one) else ():
            if level.threshold > DAY_S:
                where = ("alarms", one.alarm, level.severity.value)
                yield Hit(where, {"value": duration(level.threshold * 1e3)})
