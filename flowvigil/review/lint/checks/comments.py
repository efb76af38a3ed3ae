"""Checks of the comments that silence findings."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Grade, Hit, check

_FLOW = "flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s, min_runs: %s}  # flowvigil: ignore %s"


@check(
    "ignore/unused",
    Grade.WARNING,
    "comment",
    says=("there is nothing of {check} here to ignore", "这里没有可忽略的 {check}"),
    fix=("remove the comment", "请删除注释"),
    why=(
        "A comment that outlives its finding would hide the next one.",
        "多余的注释会掩盖下一个问题。",
    ),
    bad=_FLOW % ("20", "latency/min-runs until 2099-01-31 because it runs once a day"),
    good=_FLOW % ("3", "latency/min-runs until 2099-01-31 because it runs once a day"),
    repairs=True,
)
def unused(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "ignore/expired",
    Grade.WARNING,
    "comment",
    says=("this was to be ignored until {until}", "忽略的期限是 {until}，已过期"),
    fix=("solve it, or decide again", "请解决问题，或重新决定"),
    why=(
        "What is ignored is looked at again, or it is forgotten.",
        "被忽略的问题需要定期复查，否则就会被遗忘。",
    ),
    bad=_FLOW % ("3", "latency/min-runs until 2020-01-31 because it runs once a day"),
    good=_FLOW % ("3", "latency/min-runs until 2099-01-31 because it runs once a day"),
)
def expired(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "ignore/incomplete",
    Grade.WARNING,
    "comment",
    says=("the comment has no {lack}, so it ignores nothing", "注释缺少 {lack}，不起作用"),
    fix=(
        "write: # flowvigil: ignore CHECK until YYYY-MM-DD because REASON",
        "请写成：# flowvigil: ignore 检查 until YYYY-MM-DD because 原因",
    ),
    why=(
        "Whoever comes next must know why, and for how long.",
        "后来的人需要知道原因和期限。",
    ),
    bad=_FLOW % ("3", "latency/min-runs until 2099-01-31"),
    good=_FLOW % ("3", "latency/min-runs until 2099-01-31 because it runs once a day"),
)
def incomplete(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "ignore/unknown",
    Grade.WARNING,
    "comment",
    says=("there is no check {check} that can be ignored", "没有可忽略的检查 {check}"),
    fix=("{nearest}`flowvigil lint --checks` lists them", "{nearest}可用 flowvigil lint --checks 查看"),
    why=(
        "A name with a slip of the pen ignores nothing.",
        "写错名称就不起作用。",
    ),
    bad=_FLOW % ("3", "latency/min-run until 2099-01-31 because it runs once a day"),
    good=_FLOW % ("3", "latency/min-runs until 2099-01-31 because it runs once a day"),
)
def unknown(_: object) -> Iterator[Hit]:
    yield from ()
