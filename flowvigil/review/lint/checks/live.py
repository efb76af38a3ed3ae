"""Checks that need an account or the pretend cloud (`lint --live`). What is there is asked elsewhere and handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..check import Grade, Hit, check
from ..watched import Fleet

_POEM = "flow: poem\nowner: team\nrunbook: https://wiki.example.com/poem"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the cloud says. `quiet` are flows of which no metric came lately; `groups` maps existing contact groups to
    the contacts in them that are not activated, None for a group that is not there.

    `stores` and `indexes` are `project/store` that are missing; `runbooks` maps addresses to what went wrong.
    `untold` are flow and signal where there were runs, and none of them told what the signal judges.
    """

    quiet: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    stores: frozenset[str] = frozenset()
    indexes: frozenset[str] = frozenset()
    runbooks: Mapping[str, str] = field(default_factory=dict)
    untold: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Live:
    """A fleet and what the cloud says of it."""

    fleet: Fleet
    facts: Facts


@check(
    "live/metric",
    Grade.WARNING,
    "live",
    says=("no metric of this flow came in the last hour", "最近一小时没有该 flow 的监控数据"),
    fix=("see whether its reporter runs: python -m flowvigil.doctor", "请检查上报者：python -m flowvigil.doctor"),
    why=("A rule on a series that nobody fills stays quiet for ever.", "没有数据的规则永远不会触发。"),
    bad=_POEM,
    good=_POEM,
)
def metric(live: Live) -> Iterator[Hit]:
    for one in live.fleet.flows:
        if one.monitor.flow in live.facts.quiet:
            yield Hit(("flow",), flow=one.monitor.flow)


@check(
    "live/inside",
    Grade.WARNING,
    "live",
    says=("no run of the last hour told what {alarm} judges", "最近一小时没有任何执行上报 {alarm} 所需的数据"),
    fix=(
        "stream the answer, or use a model that gives tokens; see docs/integrations.md",
        "请使用流式输出，或使用会返回 token 数的模型；见 docs/integrations.md",
    ),
    why=(
        "Runs that did not stream have no first token, and many providers give no tokens: the alarm stays quiet.",
        "非流式的执行没有首个 token，许多模型不返回 token 数：这条报警永远不会触发。",
    ),
    bad=_POEM + "\nalarms:\n  ttft: {critical: 2s}",
    good=_POEM + "\nalarms:\n  ttft: {critical: 2s}",
)
def inside(live: Live) -> Iterator[Hit]:
    for one in live.fleet.flows:
        for condition in one.monitor.conditions:
            if (one.monitor.flow, condition.signal.value) in live.facts.untold:
                yield Hit(("alarms", condition.alarm), {"alarm": condition.alarm}, at="key", flow=one.monitor.flow)


@check(
    "live/group",
    Grade.ERROR,
    "live",
    says=("the account has no contact group {group}", "账号中没有报警联系人组 {group}"),
    fix=("make it in the console, or correct the name", "请在控制台创建，或改正名称"),
    why=(
        "`existing: true` is never written, so `up` would refuse the rule.",
        "existing: true 的组不会被创建，up 会失败。",
    ),
    bad=_POEM,
    good=_POEM,
)
def group(live: Live) -> Iterator[Hit]:
    for name in live.fleet.groups:
        if name in live.facts.groups and live.facts.groups[name] is None:
            yield Hit(("groups", name), {"group": name}, at="key", contacts=True)


@check(
    "live/activated",
    Grade.WARNING,
    "live",
    says=("{contacts} in {group} never confirmed the address", "{group} 中的 {contacts} 尚未激活"),
    fix=("let them open the link in the confirmation", "请对方点击激活链接"),
    why=("CloudMonitor sends nothing to an address that was not confirmed.", "未激活的联系方式收不到报警。"),
    bad=_POEM,
    good=_POEM,
)
def activated(live: Live) -> Iterator[Hit]:
    for name in live.fleet.groups:
        if waiting := live.facts.groups.get(name):
            yield Hit(("groups", name), {"group": name, "contacts": waiting}, at="key", contacts=True)


@check(
    "live/store",
    Grade.ERROR,
    "live",
    says=("there is no store {store} in {project}", "Project {project} 中没有 Logstore {store}"),
    fix=("make it, or leave logs out to get one", "请创建它，或删除 logs 使用默认"),
    why=("Run events would go nowhere, and every link would be dead.", "执行事件无处可写，所有链接都会失效。"),
    bad=_POEM,
    good=_POEM,
)
def store(live: Live) -> Iterator[Hit]:
    yield from _stores(live, live.facts.stores)


@check(
    "live/index",
    Grade.ERROR,
    "live",
    says=("the store {store} in {project} has no index", "Project {project} 的 Logstore {store} 没有索引"),
    fix=("give it an index on every field of a run event", "请为执行事件的字段建立索引"),
    why=("Without an index no query works: no dashboard, no alert.", "没有索引就无法查询，仪表盘和告警都不可用。"),
    bad=_POEM,
    good=_POEM,
)
def index(live: Live) -> Iterator[Hit]:
    yield from _stores(live, live.facts.indexes)


def _stores(live: Live, missing: frozenset[str]) -> Iterator[Hit]:
    for one in live.fleet.flows:
        logs = one.monitor.logs
        if logs and f"{logs.project}/{logs.logstore}" in missing:
            yield Hit(("logs", "logstore"), {"project": logs.project, "store": logs.logstore}, flow=one.monitor.flow)


@check(
    "live/runbook",
    Grade.WARNING,
    "live",
    says=("the runbook does not answer: {reason}", "runbook 无法打开：{reason}"),
    fix=("correct the address", "请改正链接"),
    why=("A dead link at night costs more than none.", "夜里的死链接比没有链接更糟。"),
    bad=_POEM,
    good=_POEM,
)
def runbook(live: Live) -> Iterator[Hit]:
    for one in live.fleet.flows:
        reason = live.facts.runbooks.get(one.monitor.runbook or "")
        if reason:
            yield Hit(("runbook",), {"reason": reason}, flow=one.monitor.flow)
