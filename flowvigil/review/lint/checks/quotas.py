"""Checks of how near a folder comes to what the services allow. What other stacks of the account use is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from flowvigil.provisioner.carriers import by_logs
from flowvigil.provisioner.monitor import Carrier, Signal

from ..check import Grade, Hit, check
from ..watched import Fleet

ALLOWED = 100
"""Rule templates of an account, alerts and dashboards of a Log Service project: each is a hundred."""

NEAR = 90
OWN_BOARDS = 2
"""The overview and the comparison of versions."""


def _many(count: int, more: str = "") -> str:
    return "\n".join(f"# f{n}.yaml\nflow: flow-{n}\nowner: team\n{more}" for n in range(count))


def _fullest(counts: Mapping[str, int]) -> tuple[str, int]:
    project = max(sorted(counts), key=lambda name: counts[name], default="")
    return project, counts.get(project, 0)


def _hit(fleet: Fleet, count: int, project: str = "") -> Hit:
    last = fleet.flows[-1].monitor
    for flow in fleet.flows:
        if (flow.monitor.logs.project if flow.monitor.logs else "") == project:
            last = flow.monitor
    return Hit(("flow",), {"count": count, "allowed": ALLOWED}, flow=last.flow)


@check(
    "quotas/dashboards",
    Grade.WARNING,
    "folder",
    says=(
        "{count} dashboards in one Log Service project, which holds {allowed}; flows beyond get none",
        "一个日志服务 Project 需要 {count} 个仪表盘，上限 {allowed}；超出的 flow 没有仪表盘",
    ),
    fix=("give some flows a project of their own with logs", "请用 logs 为部分 flow 指定单独的 Project"),
    why=(
        "Flows beyond the limit share the overview, and their links lead there.",
        "超出上限的 flow 只能使用总览仪表盘。",
    ),
    bad=_many(88),
    good=_many(87),
)
def dashboards(fleet: Fleet) -> Iterator[Hit]:
    counts = Counter(one.monitor.logs.project if one.monitor.logs else "" for one in fleet.flows)
    counts[""] += OWN_BOARDS
    project, count = _fullest(counts)
    if count >= NEAR:
        yield _hit(fleet, count, project)


@check(
    "quotas/alerts",
    Grade.WARNING,
    "folder",
    says=(
        "{count} alerts in one Log Service project, which holds {allowed}",
        "一个日志服务 Project 有 {count} 条告警，上限 {allowed}",
    ),
    fix=(
        "give some flows a project of their own with logs, or say reporters: one",
        "请用 logs 分到其他 Project，或使用 reporters: one",
    ),
    why=(
        "Every condition of a flow of many reporters is an alert; beyond the limit `up` fails half way.",
        "多上报者的 flow 每个条件都是一条告警；超出上限后 up 会中途失败。",
    ),
    bad=_many(45, "reporters: many"),
    good=_many(44, "reporters: many"),
)
def alerts(fleet: Fleet) -> Iterator[Hit]:
    counts: Counter[str] = Counter()
    for one in fleet.flows:
        monitor = one.monitor
        project = monitor.logs.project if monitor.logs else ""
        judged = sum(by_logs(monitor.reporters, condition) for condition in monitor.conditions)
        counts[project] += judged - len(one.of(Signal.NO_REPORTS))
    project, count = _fullest(counts)
    if count >= NEAR:
        yield _hit(fleet, count, project)


@check(
    "quotas/templates",
    Grade.WARNING,
    "folder",
    says=(
        "{count} flows insist on a rule template, and an account holds {allowed}",
        "{count} 个 flow 要求使用报警模板，账号上限 {allowed}",
    ),
    fix=("say rules: auto", "请写 rules: auto"),
    why=(
        "`auto` leaves room for other teams' templates; `template` does not.",
        "auto 会为其他团队留出空间，template 不会。",
    ),
    bad=_many(90, "rules: template\nnotify: {critical: [ding], warning: [ding]}"),
    good=_many(89, "rules: template\nnotify: {critical: [ding], warning: [ding]}"),
)
def templates(fleet: Fleet) -> Iterator[Hit]:
    count = sum(one.monitor.rules is Carrier.TEMPLATE for one in fleet.flows)
    if count >= NEAR:
        yield _hit(fleet, count)
