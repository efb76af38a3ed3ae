"""Checks of thresholds and severities against each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from flowvigil.provisioner.monitor import STREAKS, Condition, Severity

from ..check import Grade, Hit, check
from ..watched import Watched


@check(
    "thresholds/order",
    Grade.ERROR,
    "language",
    says=("a less urgent severity is not looser than a more urgent one", "较轻的级别没有比较重的级别宽松"),
    fix=("give the less urgent severity the lower value", "较轻级别的阈值应更低"),
    why=(
        "With warning above critical the warning never comes first, and the message names the wrong severity.",
        "warning 高于 critical 时永远不会先出现警告，消息中的级别也不对。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 9s, critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 7s, critical: 8s}",
    problem="not-looser",
)
def order(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "thresholds/equal",
    Grade.ERROR,
    "language",
    says=("two severities have the same threshold", "两个级别的阈值相同"),
    fix=("give the less urgent severity the lower value, or remove it", "较轻级别的阈值应更低，或删除它"),
    why=(
        "Only the more urgent one would ever be seen.",
        "只会看到较重的级别。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 8s, critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 6s, critical: 8s}",
    problem="equal-thresholds",
)
def equal(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "thresholds/too-close",
    Grade.INFO,
    "alarm",
    says=("{severity} is within a tenth of {above}", "{severity} 与 {above} 相差不到十分之一"),
    fix=("move them apart, or keep one", "请拉开差距，或只保留一个"),
    why=(
        "Both are reached in the same minute, so the warning gives nobody time.",
        "两者往往同时达到，警告没有留出处理时间。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 7900ms, critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 7s, critical: 8s}",
)
def too_close(one: Condition) -> Iterator[Hit]:
    for above, below in pairwise(one.levels if one.signal not in STREAKS else ()):
        if below.threshold > 0.9 * above.threshold:
            yield Hit((below.severity.value,), {"severity": below.severity.value, "above": above.severity.value})


@check(
    "severity/nothing-critical",
    Grade.WARNING,
    "flow",
    says=("nothing of this flow is ever critical", "该 flow 没有任何严重报警"),
    fix=("give one alarm a critical threshold", "请为一条报警填写 critical 阈值"),
    why=(
        "Whoever is on call only hears of what is critical.",
        "值班人员只接收严重报警。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s}\n  failure_streak: {warning: 3, critical: none}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s}\n  failure_streak: {critical: 3}",
)
def nothing_critical(flow: Watched) -> Iterator[Hit]:
    if not flow.levels(Severity.CRITICAL):
        yield Hit(("alarms",), at="key")


@check(
    "severity/only-critical",
    Grade.INFO,
    "alarm",
    says=("there is no warning before it is critical", "严重之前没有警告"),
    fix=("give warning a lower value", "请为 warning 填写更低的值"),
    why=(
        "A warning in working hours often saves the call at night.",
        "工作时间的警告往往能避免夜里的电话。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s}\n"
    "  failure_streak: {warning: 2, critical: 3}",
)
def only_critical(one: Condition) -> Iterator[Hit]:
    if [level.severity for level in one.levels] == [Severity.CRITICAL]:
        yield Hit(("critical",))
