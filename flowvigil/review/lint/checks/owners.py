"""Checks of who a flow belongs to, and what people find when it fires."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.monitor import Severity

from ..check import Grade, Hit, check
from ..watched import Fleet, Watched


@check(
    "flow/owner",
    Grade.WARNING,
    "flow",
    says=("the flow belongs to nobody", "该 flow 没有负责团队"),
    fix=("name the team in owner", "请在 owner 中写明团队"),
    why=(
        "Messages name the owner; without one whoever is on call has nobody to ask.",
        "消息中会写明负责团队；没有时值班人员无人可问。",
    ),
    bad="flow: poem\nnotify: {critical: [ding]}",
    good="flow: poem\nowner: team",
)
def owner(flow: Watched) -> Iterator[Hit]:
    if not flow.monitor.owner:
        yield Hit(("flow",))


@check(
    "flow/runbook",
    Grade.INFO,
    "flow",
    says=("a critical alarm says what is wrong, but not what to do", "严重报警只说明问题，没有处理手册"),
    fix=("give runbook an address", "请填写 runbook"),
    why=(
        "At three in the morning nobody wants to search.",
        "凌晨三点没人想到处查找。",
    ),
    bad="flow: poem\nowner: team",
    good="flow: poem\nowner: team\nrunbook: https://wiki.example.com/poem",
)
def runbook(flow: Watched) -> Iterator[Hit]:
    if not flow.monitor.runbook and flow.levels(Severity.CRITICAL):
        yield Hit(("flow",))


@check(
    "flow/runbook-plain",
    Grade.INFO,
    "flow",
    says=("the runbook's address is not encrypted", "runbook 链接未加密"),
    fix=("give an https address", "请使用 https 链接"),
    why=(
        "DingTalk shows a warning page before such a link.",
        "钉钉会在此类链接前显示提示页。",
    ),
    bad="flow: poem\nowner: team\nrunbook: http://wiki.example.com/poem",
    good="flow: poem\nowner: team\nrunbook: https://wiki.example.com/poem",
)
def runbook_plain(flow: Watched) -> Iterator[Hit]:
    if (flow.monitor.runbook or "").startswith("http://"):
        yield Hit(("runbook",))


@check(
    "flow/title-twice",
    Grade.WARNING,
    "folder",
    says=("{other} has the same title {title}", "{other} 的标题同样是 {title}"),
    fix=("give them titles that differ", "请使用不同的标题"),
    why=(
        "Messages show the title, so nobody could tell the two flows apart.",
        "消息中显示标题，两个 flow 无法区分。",
    ),
    bad="# a.yaml\nflow: aa\ntitle: Poems\nowner: team\n# b.yaml\nflow: bb\ntitle: Poems\nowner: team",
    good="# a.yaml\nflow: aa\ntitle: Poems\nowner: team\n# b.yaml\nflow: bb\ntitle: Songs\nowner: team",
)
def title_twice(fleet: Fleet) -> Iterator[Hit]:
    seen: dict[str, str] = {}
    for one in fleet.flows:
        title = one.monitor.title
        other = seen.setdefault(title, one.monitor.flow) if title else one.monitor.flow
        if other != one.monitor.flow:
            yield Hit(("title",), {"other": other, "title": title}, flow=one.monitor.flow)


@check(
    "flow/traffic",
    Grade.INFO,
    "flow",
    says=("nobody knows whether {runs} runs come in a period", "不知道一个周期内是否有 {runs} 次执行"),
    fix=("say how many to expect, such as traffic: 30/m", "请写明预期流量，例如 traffic: 30/m"),
    why=(
        "With traffic declared, lint computes how often each percentile and rate is judged at all.",
        "写明流量后，lint 会计算每个分位数和失败率有多大比例的时间被判断。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s}",
    good="flow: poem\nowner: team\ntraffic: 30/m\nalarms:\n  p95: {warning: 5s, critical: 8s}",
)
def traffic(flow: Watched) -> Iterator[Hit]:
    guarded = [one.min_runs for one in flow.monitor.conditions if one.min_runs > 1]
    if guarded and flow.monitor.traffic is None:
        yield Hit(("flow",), {"runs": max(guarded)})


@check(
    "flow/renamed",
    Grade.INFO,
    "flow",
    says=("the old name {old} is still watched", "旧名称 {old} 仍在监控"),
    fix=("remove renamed_from once no reporter uses it", "确认没有上报者使用后删除 renamed_from"),
    why=(
        "Both names have rules, and both are paid for.",
        "新旧名称都有规则，都会计费。",
    ),
    bad="flow: poem\nowner: team\nrenamed_from: verse",
    good="flow: poem\nowner: team",
)
def renamed(flow: Watched) -> Iterator[Hit]:
    if flow.monitor.renamed_from:
        yield Hit(("renamed_from",), {"old": flow.monitor.renamed_from})
