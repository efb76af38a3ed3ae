"""Checks of dimensions, sampling, carriers, and of what is watched twice."""

from __future__ import annotations

import math
from collections.abc import Iterator

from flowvigil.provisioner.carriers import By, Reason, choose
from flowvigil.provisioner.monitor import Carrier, Condition, Reporters

from ..check import Grade, Hit, check
from ..watched import Fleet, Watched

MOST_COMBINATIONS = 200


@check(
    "dimensions/cardinality",
    Grade.WARNING,
    "flow",
    says=("the dimensions make {count} combinations", "这些维度共有 {count} 种组合"),
    fix=("leave out a dimension, or group its values", "请去掉一个维度，或合并取值"),
    why=(
        f"Dashboards split by every combination, and beyond {MOST_COMBINATIONS} no chart can be read.",
        f"仪表盘按每种组合拆分，超过 {MOST_COMBINATIONS} 种就无法阅读。",
    ),
    bad="flow: poem\nowner: team\ndimensions:\n"
    "  city: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o]\n  model: [a, b, c, d, e, f, g, h, i, j, k, l, m, n]",
    good="flow: poem\nowner: team\ndimensions:\n"
    "  city: [a, b, c, d, e, f, g, h, i, j]\n  model: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t]",
)
def cardinality(flow: Watched) -> Iterator[Hit]:
    count = math.prod(len(one.values) for one in flow.monitor.dimensions)
    if count > MOST_COMBINATIONS:
        yield Hit(("dimensions",), {"count": count}, at="key")


@check(
    "dimensions/one-value",
    Grade.INFO,
    "flow",
    says=("{name} has one value, so it splits nothing", "{name} 只有一个取值，无法拆分"),
    fix=("list the other values, or remove it", "请列出其他取值，或删除它"),
    why=(
        "A value that is not in the list is reported as `other`, and then nobody sees which.",
        "不在列表中的取值会记为 other，看不出具体是哪个。",
    ),
    bad="flow: poem\nowner: team\ndimensions: {plan: [free]}",
    good="flow: poem\nowner: team\ndimensions: {plan: [free, paid]}",
)
def one_value(flow: Watched) -> Iterator[Hit]:
    for one in flow.monitor.dimensions:
        if len(one.values) == 1:
            yield Hit(("dimensions", one.name), {"name": one.name}, at="key")


@check(
    "sampling/rare",
    Grade.INFO,
    "flow",
    says=(
        "with {traffic} runs a minute sampling saves next to nothing",
        "每分钟 {traffic} 次执行时 sampling 几乎不节省费用",
    ),
    fix=("remove sampling", "请删除 sampling"),
    why=(
        "Every run that is left out is one that cannot be looked up later.",
        "被丢掉的执行以后就查不到了。",
    ),
    bad="flow: poem\nowner: team\nsampling: 10\ntraffic: 59/m",
    good="flow: poem\nowner: team\nsampling: 10\ntraffic: 60/m",
)
def sampling(flow: Watched) -> Iterator[Hit]:
    runs = flow.monitor.traffic
    if flow.monitor.sampling > 1 and runs is not None and runs < 60:
        yield Hit(("sampling",), {"traffic": f"{runs:g}"})


@check(
    "reporters/statistic",
    Grade.ERROR,
    "language",
    says=("the reporter sends no such window", "上报者不发送这种窗口的数据"),
    fix=("give period: 1m or 5m, or say reporters: many", "请使用 period: 1m 或 5m，或改为 reporters: many"),
    why=(
        "One reporter sends points of one and of five minutes, the windows that PutCustomMetric takes; an alarm on any "
        "other would wait for data that never comes.",
        "单个上报者只发送 1 分钟和 5 分钟的聚合数据（PutCustomMetric 的限制）；其他周期的报警永远等不到数据。",
    ),
    bad="flow: poem\nowner: team\nreporters: one\nalarms:\n  p95: {critical: 8s, period: 2m, for: 4m}",
    good="flow: poem\nowner: team\nreporters: many\nalarms:\n  p95: {critical: 8s, period: 2m, for: 4m}",
    problem="period",
)
def statistic(_: object) -> Iterator[Hit]:
    yield from ()


@check(
    "rules/template",
    Grade.ERROR,
    "flow",
    says=("a template cannot carry {alarm}: {reason}", "模板无法承载 {alarm}：{reason}"),
    fix=("say rules: auto or direct", "请写 rules: auto 或 direct"),
    why=(
        "A rule template has one period, one set of recipients and one repeat for all of its rules.",
        "报警模板的所有规则共用一个周期、一组联系人和一个通道沉默周期。",
    ),
    bad="flow: poem\nowner: team\nrules: template\nalarms:\n  p95: {critical: 8s}\nnotify: {critical: [oncall]}",
    good="flow: poem\nowner: team\nrules: template\nalarms:\n  p95: {critical: 8s}\n  slow_streak: none\n"
    "notify: {critical: [oncall]}",
)
def template(flow: Watched) -> Iterator[Hit]:
    monitor = flow.monitor
    if monitor.rules is not Carrier.TEMPLATE:
        return
    for choice in choose(monitor.conditions, monitor.reporters, monitor.rules, refused=False, room=True):
        if choice.by is By.DIRECT or choice.reason is Reason.MANY:
            alarm = choice.share.condition.alarm
            yield Hit(("rules",), {"alarm": alarm, "reason": choice.reason.value})
            return


@check(
    "duplicates/alarm",
    Grade.WARNING,
    "flow",
    says=("{alarm} says the same as {other}", "{alarm} 与 {other} 相同"),
    fix=("remove one of them", "请删除其中一条"),
    why=(
        "Both fire together, so everybody is told twice.",
        "两条同时触发，每个人都会收到两次。",
    ),
    bad="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  tail: {signal: p95, critical: 8s}",
    good="flow: poem\nowner: team\nalarms:\n  p95: {critical: 8s}\n  tail: {signal: p95, critical: 8s, for: 10m}",
)
def alarm_twice(flow: Watched) -> Iterator[Hit]:
    seen: dict[object, Condition] = {}
    if len({one.signal for one in flow.monitor.conditions}) == len(flow.monitor.conditions):
        return
    for one in flow.monitor.conditions:
        same = (one.signal, one.levels, one.period_s, one.for_s, one.min_runs, one.over_ms, one.hours)
        other = seen.setdefault(same, one)
        if other is not one:
            yield Hit(("alarms", one.alarm), {"alarm": one.alarm, "other": other.alarm}, at="key")


@check(
    "duplicates/source",
    Grade.WARNING,
    "folder",
    says=("{other} takes the same runs", "{other} 匹配相同的执行"),
    fix=("let only one flow match them", "请只让一个 flow 匹配"),
    why=(
        "A run is counted for one flow only, so the other is watched and never sees one.",
        "一次执行只计入一个 flow，另一个 flow 永远没有数据。",
    ),
    bad="# a.yaml\nflow: aa\nowner: team\nsource: {langflow: {id: 5b0c}}\n"
    "# b.yaml\nflow: bb\nowner: team\nsource: {langflow: {id: 5b0c}}",
    good="# a.yaml\nflow: aa\nowner: team\nsource: {langflow: {id: 5b0c}}\n"
    "# b.yaml\nflow: bb\nowner: team\nsource: {langflow: {id: 5b0d}}",
)
def source_twice(fleet: Fleet) -> Iterator[Hit]:
    seen: dict[object, str] = {}
    for one in fleet.flows:
        source = one.monitor.source
        matched = (source.id, source.endpoint, source.name)
        if matched == (None, None, None):
            continue
        other = seen.setdefault((source.app, *matched), one.monitor.flow)
        if other != one.monitor.flow:
            yield Hit(("source", source.app), {"other": other}, at="key", flow=one.monitor.flow)


@check(
    "reporters/many-without-need",
    Grade.INFO,
    "flow",
    says=("with {traffic} runs a minute one reporter is enough", "每分钟 {traffic} 次执行时一个上报者就够了"),
    fix=("say reporters: one if one process serves the flow", "若只有一个进程提供服务，请写 reporters: one"),
    why=(
        "Alerts of Log Service are slower and cost queries; CloudMonitor judges one process for nothing.",
        "日志服务告警更慢且产生查询费用；单进程由云监控判断，不收费。",
    ),
    bad="flow: poem\nowner: team\nreporters: many\ntraffic: 1/h",
    good="flow: poem\nowner: team\nreporters: many\ntraffic: 30/m",
)
def many(flow: Watched) -> Iterator[Hit]:
    runs = flow.monitor.traffic
    if flow.monitor.reporters is Reporters.MANY and runs is not None and runs < 1:
        yield Hit(("reporters",), {"traffic": f"{runs:.2g}"})
