"""Checks of times against what was promised: how soon somebody is told, and how often again."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import SILENCES, STREAKS, Condition, Severity

from ..check import Grade, Hit, check
from ..watched import Watched

HALF_A_DAY_S = 43200


@check(
    "timing/detect-within",
    Grade.WARNING,
    "flow",
    says=("this is found after {needed}, and the promise is {promise}", "需要 {needed} 才能发现，而承诺是 {promise}"),
    fix=("shorten for, the period or the silence", "请缩短 for、周期或静默时间"),
    why=(
        "A critical alarm that needs longer than detect_within breaks the promise every time.",
        "严重报警需要的时间超过 detect_within，每次都会违背承诺。",
    ),
    bad="flow: poem\nowner: team\ndetect_within: 5m\nalarms:\n  p95: {critical: 8s, for: 5m}",
    good="flow: poem\nowner: team\ndetect_within: 5m\nalarms:\n  p95: {critical: 8s, for: 4m}",
)
def detect_within(flow: Watched) -> Iterator[Hit]:
    promise = flow.monitor.detect_within_s
    for one, level in flow.levels(Severity.CRITICAL) if promise else ():
        needed = level.threshold if one.signal in SILENCES else one.for_s + one.period_s
        if promise and needed > promise:
            where = ("alarms", one.alarm, "critical" if one.signal in SILENCES else "for")
            yield Hit(where, {"needed": duration(needed * 1e3), "promise": duration(promise * 1e3)})


@check(
    "timing/promise-unkept",
    Grade.WARNING,
    "flow",
    says=("{promise} is promised, and nothing is critical", "承诺 {promise} 内发现，却没有严重报警"),
    fix=("give one alarm a critical threshold", "请为一条报警填写 critical 阈值"),
    why=(
        "A promise to find what is critical needs an alarm that calls it so.",
        "承诺需要有严重报警来兑现。",
    ),
    bad="flow: poem\nowner: team\ndetect_within: 5m\nalarms:\n  failure_streak: {critical: none, warning: 3}",
    good="flow: poem\nowner: team\ndetect_within: 5m\nalarms:\n  failure_streak: {critical: 3}",
)
def promise_unkept(flow: Watched) -> Iterator[Hit]:
    promise = flow.monitor.detect_within_s
    if promise and not flow.levels(Severity.CRITICAL):
        yield Hit(("detect_within",), {"promise": duration(promise * 1e3)})


@check(
    "repeat/incident-target",
    Grade.WARNING,
    "flow",
    says=(
        "a critical alarm speaks again after {repeat}, and incidents should be over in {target}",
        "严重报警 {repeat} 后才重复，而故障应在 {target} 内解决",
    ),
    fix=("give {target} or less", "请填写 {target} 或更短"),
    why=(
        "The service's own default is a day: whoever missed the first message would hear nothing until tomorrow.",
        "服务的默认值是一天：错过第一条消息的人要到第二天才会再收到。",
    ),
    bad="flow: poem\nowner: team\nincident_target: 1h\nrepeat: {critical: 2h}",
    good="flow: poem\nowner: team\nincident_target: 1h\nrepeat: {critical: 1h}",
    repairs=True,
)
def incident_target(flow: Watched) -> Iterator[Hit]:
    target = flow.monitor.incident_target_s
    for _, level in flow.levels(Severity.CRITICAL)[:1] if target else ():
        if target and level.repeat_s > target:
            shown = {"repeat": duration(level.repeat_s * 1e3), "target": duration(target * 1e3)}
            yield Hit(("repeat", "critical"), shown, right=duration(target * 1e3))


@check(
    "repeat/too-rare",
    Grade.WARNING,
    "flow",
    says=("a critical alarm that goes on is silent for {repeat}", "持续的严重报警会沉默 {repeat}"),
    fix=("give 4h or less", "请填写 4h 或更短"),
    why=(
        "One message that was overlooked is then all there is for half a day.",
        "漏看一条消息，半天内就再也没有了。",
    ),
    bad="flow: poem\nowner: team\nrepeat: {critical: 12h, warning: 1d}",
    good="flow: poem\nowner: team\nrepeat: {critical: 4h, warning: 1d}",
)
def too_rare(flow: Watched) -> Iterator[Hit]:
    for _, level in flow.levels(Severity.CRITICAL)[:1]:
        if level.repeat_s >= HALF_A_DAY_S:
            yield Hit(("repeat", "critical"), {"repeat": duration(level.repeat_s * 1e3)})


@check(
    "repeat/order",
    Grade.WARNING,
    "flow",
    says=(
        "critical repeats every {repeat}, warning every {other}",
        "critical 每 {repeat} 重复，warning 每 {other} 重复",
    ),
    fix=("let critical repeat at least as often", "critical 的重复间隔不应更长"),
    why=(
        "What is worse should not be the quieter of the two.",
        "更严重的不应更安静。",
    ),
    bad="flow: poem\nowner: team\nrepeat: {critical: 1h, warning: 30m}",
    good="flow: poem\nowner: team\nrepeat: {critical: 30m, warning: 30m}",
)
def order(flow: Watched) -> Iterator[Hit]:
    urgent, other = flow.levels(Severity.CRITICAL), flow.levels(Severity.WARNING)
    if urgent and other and urgent[0][1].repeat_s > other[0][1].repeat_s:
        shown = {"repeat": duration(urgent[0][1].repeat_s * 1e3), "other": duration(other[0][1].repeat_s * 1e3)}
        yield Hit(("repeat", "critical"), shown)


@check(
    "repeat/shared",
    Grade.INFO,
    "alarm",
    says=(
        "{severity} asks for {asked}, but repeats every {repeat} like {above}",
        "{severity} 要求 {asked}，但与 {above} 一样每 {repeat} 重复",
    ),
    fix=("send the severities to different groups, or give both the same", "请通知不同的联系人组，或使用相同的间隔"),
    why=(
        "A rule has one silence time; levels that tell the same groups share it, and the most urgent one decides.",
        "一条规则只有一个通道沉默周期；通知同一组的级别共用它，以最紧急的为准。",
    ),
    bad="flow: poem\nowner: team\nrepeat: {critical: 15m, warning: 1d}\n"
    "notify: {critical: [ding], warning: [ding]}\nalarms:\n  p95: {warning: 5s, critical: 8s}",
    good="flow: poem\nowner: team\nrepeat: {critical: 15m, warning: 15m}\n"
    "notify: {critical: [ding], warning: [ding]}\nalarms:\n  p95: {warning: 5s, critical: 8s}",
)
def shared(one: Condition) -> Iterator[Hit]:
    first = one.levels[0]
    for level in one.levels[1:]:
        if level.groups == first.groups and level.repeat_s != first.repeat_s:
            names = {"severity": level.severity.value, "above": first.severity.value}
            times = {"asked": duration(level.repeat_s * 1e3), "repeat": duration(first.repeat_s * 1e3)}
            yield Hit((level.severity.value,), {**names, **times})


@check(
    "repeat/chatty",
    Grade.INFO,
    "flow",
    says=("a warning that goes on is said {times} times a day", "持续的警告每天会重复 {times} 次"),
    fix=("give 30m or more", "请填写 30m 或更长"),
    why=(
        "People mute a group that repeats itself.",
        "频繁重复的群会被人屏蔽。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s}\nrepeat: {warning: 5m, critical: 5m}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s}\nrepeat: {warning: 30m, critical: 5m}",
)
def chatty(flow: Watched) -> Iterator[Hit]:
    for _, level in flow.levels(Severity.WARNING)[:1]:
        if level.repeat_s < 900:
            yield Hit(("repeat", "warning"), {"times": 86400 // level.repeat_s})


@check(
    "timing/late-streak",
    Grade.INFO,
    "alarm",
    says=("a streak is looked at every {period} only", "streak 每 {period} 才查看一次"),
    fix=("remove period", "请删除 period"),
    why=(
        "A streak is complete with its last run; a longer period only delays the message.",
        "最后一次执行结束时 streak 就已成立，更长的周期只会延迟消息。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_streak: {critical: 3, period: 5m}",
    good="flow: poem\nowner: team\nalarms:\n  failure_streak: {critical: 3, period: 1m}",
)
def late_streak(one: Condition) -> Iterator[Hit]:
    if one.signal in STREAKS and one.period_s > 60:
        yield Hit(("period",), {"period": duration(one.period_s * 1e3)})
