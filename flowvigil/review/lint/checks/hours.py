"""Checks of when an alarm may fire."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import Condition, Severity, Signal

from ..check import Grade, Hit, check
from ..watched import Watched, span_s


@check(
    "hours/empty",
    Grade.ERROR,
    "language",
    says=("the hours cannot be read, or hold no time at all", "生效时间无法识别，或为空"),
    fix=("give a span within one day, such as 09:00-20:00", "请填写同一天内的时段，例如 09:00-20:00"),
    why=(
        "An effective interval that ends before it begins never lets the alarm fire; for a night write two alarms.",
        "结束早于开始的生效时间永远不会触发；夜间请写两条报警。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, hours: 22:00-06:00}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, hours: 00:00-06:00}",
    problem="hours",
)
def empty(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "hours/too-short",
    Grade.WARNING,
    "alarm",
    says=("what must last {needed} never fits into {span} of a day", "需持续 {needed}，而每天只有 {span}"),
    fix=("give longer hours, or a shorter time", "请延长生效时间，或缩短持续时间"),
    why=(
        "An alarm is judged only within its hours; what must hold longer than they last never fires.",
        "报警只在生效时间内判断；需持续的时间比它还长就永远不会触发。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, for: 2h, hours: 09:00-10:00}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, for: 1h, hours: 09:00-10:00}",
)
def too_short(one: Condition) -> Iterator[Hit]:
    span = span_s(one)
    needed = one.levels[-1].threshold if one.signal is Signal.NO_RUNS else one.for_s
    if span is not None and needed > span:
        yield Hit(("hours",), {"needed": duration(needed * 1e3), "span": duration(span * 1e3)})


@check(
    "hours/unwatched",
    Grade.INFO,
    "flow",
    says=("outside of hours nothing is critical", "生效时间之外没有严重报警"),
    fix=("leave hours out of one critical alarm", "至少一条严重报警不要写 hours"),
    why=(
        "An outage at night is then found in the morning; this may be what is wanted.",
        "夜间的故障要到早上才会发现；这也可能是有意的。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  failure_streak: {critical: 3, hours: 09:00-20:00}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, hours: 09:00-20:00}\n  failure_streak: {critical: 3}",
)
def unwatched(flow: Watched) -> Iterator[Hit]:
    urgent = [one for one, _ in flow.levels(Severity.CRITICAL)]
    if urgent and all(one.hours for one in urgent):
        yield Hit(("alarms", urgent[0].alarm, "hours"))
