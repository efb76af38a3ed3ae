"""Checks of who is told, flow by flow."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.carriers import by_logs
from flowvigil.provisioner.monitor import Channel, Severity

from ..check import Grade, Hit, check
from ..watched import Watched

CONTACTS = "# contacts.yaml\nteams:\n  team: {critical: [%s], warning: [%s]}\ngroups:\n%s\n# poem.yaml\n"
POEM = "flow: poem\nowner: team\nalarms:\n  p95: {warning: 5s, critical: 8s}"


def routed(critical: str, warning: str, groups: str) -> str:
    """An example: one flow whose team has these routes and groups."""
    return CONTACTS % (critical, warning, groups) + POEM


@check(
    "delivery/relay-alone",
    Grade.ERROR,
    "language",
    says=("what is critical would be delivered by the relay alone", "严重报警只通过 relay 发送"),
    fix=("add a channel that CloudMonitor tells itself", "请增加一个由云监控直接通知的渠道"),
    why=(
        "The relay is a process of ours; when it is down nobody would hear of anything.",
        "relay 是自己的进程；它停止时谁也收不到消息。",
    ),
    bad=routed("ding", "ding", "  ding:\n    - {dingtalk: robot, via: relay}"),
    good=routed("ding", "ding", "  ding:\n    - {dingtalk: robot, via: relay}\n    - {dingtalk: plain}"),
    problem="relay-alone",
)
def relay_alone(_: object) -> Iterator[Hit]:
    yield from ()


def _person(channel: Channel) -> bool:
    return channel.dingtalk is None


@check(
    "delivery/one-person",
    Grade.WARNING,
    "flow",
    says=("what is critical reaches one person only", "严重报警只通知一个人"),
    fix=("add somebody to {groups}, or a robot", "请在 {groups} 中增加人员或机器人"),
    why=(
        "Whoever is asleep, ill or on a train is then everybody.",
        "这个人睡着、生病或没有信号时就没有人知道。",
    ),
    bad=routed("me", "me", "  me:\n    - {mail: me@example.com}"),
    good=routed("us", "us", "  us:\n    - {mail: me@example.com}\n    - {mail: you@example.com}"),
)
def one_person(flow: Watched) -> Iterator[Hit]:
    groups = flow.route(Severity.CRITICAL)
    channels = flow.channels(groups)
    if len(channels) == 1 and _person(channels[0]) and not flow.foreign(groups):
        yield Hit(("notify", "critical"), {"groups": groups})


@check(
    "delivery/mail-only",
    Grade.WARNING,
    "flow",
    says=("what is critical arrives by mail only", "严重报警只通过邮件发送"),
    fix=("add a robot or a phone to {groups}", "请在 {groups} 中增加机器人或手机"),
    why=(
        "Nobody reads mail at night.",
        "夜里没人看邮件。",
    ),
    bad=routed("us", "us", "  us:\n    - {mail: me@example.com}\n    - {mail: you@example.com}"),
    good=routed("us", "us", '  us:\n    - {mail: me@example.com}\n    - {sms: "13800000000"}'),
)
def mail_only(flow: Watched) -> Iterator[Hit]:
    groups = flow.route(Severity.CRITICAL)
    channels = flow.channels(groups)
    if len(channels) > 1 and all(one.mail for one in channels) and not flow.foreign(groups):
        yield Hit(("notify", "critical"), {"groups": groups})


@check(
    "delivery/nobody",
    Grade.WARNING,
    "flow",
    says=("the groups {groups} hold nobody", "联系人组 {groups} 中没有人"),
    fix=("give them a channel", "请增加渠道"),
    why=(
        "The alarm fires and no message goes anywhere.",
        "报警触发了，却没有任何消息发出。",
    ),
    bad=routed("ding", "empty", "  ding:\n    - {dingtalk: robot}\n  empty: []"),
    good=routed("ding", "other", "  ding:\n    - {dingtalk: robot}\n  other: {existing: true}"),
)
def nobody(flow: Watched) -> Iterator[Hit]:
    for severity in Severity:
        groups = flow.route(severity)
        if groups and not flow.channels(groups) and not flow.foreign(groups):
            yield Hit(("notify", severity.value), {"groups": groups})


@check(
    "delivery/same-robot",
    Grade.INFO,
    "flow",
    says=("every severity goes to the same groups {groups}", "所有级别都通知同一组 {groups}"),
    fix=("send warnings to a group of their own", "请让警告进入单独的群"),
    why=(
        "A group that is full of warnings is not where a critical message is seen.",
        "充满警告的群里看不到严重报警。",
    ),
    bad=routed("ding", "ding", "  ding:\n    - {dingtalk: robot}"),
    good=routed("oncall, ding", "ding", "  oncall: {existing: true}\n  ding:\n    - {dingtalk: robot}"),
)
def same_robot(flow: Watched) -> Iterator[Hit]:
    told = {level.groups for one in flow.monitor.conditions for level in one.levels}
    severities = {level.severity for one in flow.monitor.conditions for level in one.levels}
    if len(told) == 1 and len(severities) > 1:
        yield Hit(("owner",), {"groups": next(iter(told))})


@check(
    "delivery/info-disturbs",
    Grade.WARNING,
    "flow",
    says=(
        "an info alarm tells everybody whom a critical one tells: {groups}",
        "提示级别通知了严重级别的全部人员：{groups}",
    ),
    fix=("give info a route of its own: notify: {{info: [...]}}", "请单独填写路由：notify: {{info: [...]}}"),
    why=(
        "A severity without a route takes that of a more urgent one, so a note at night reaches whoever is on call.",
        "没有路由的级别会使用更紧急级别的路由，夜里的提示会通知值班人员。",
    ),
    bad="flow: poem\nowner: team\nnotify: {critical: [oncall], warning: [oncall]}\nalarms:\n"
    "  p95: {info: 5s, critical: 8s}",
    good="flow: poem\nowner: team\nnotify: {critical: [oncall], info: [ding]}\nalarms:\n"
    "  p95: {info: 5s, critical: 8s}",
)
def info_disturbs(flow: Watched) -> Iterator[Hit]:
    note, urgent = flow.route(Severity.INFO), flow.route(Severity.CRITICAL)
    if note and urgent and set(note) >= set(urgent):
        alarm = flow.levels(Severity.INFO)[0][0].alarm
        yield Hit(("alarms", alarm, "info"), {"groups": note})


@check(
    "delivery/info-by-phone",
    Grade.WARNING,
    "flow",
    says=(
        "an info alarm sends no text message, and {groups} has nothing else",
        "提示级别不发短信，而 {groups} 只有手机",
    ),
    fix=("add a mail address or a robot", "请增加邮箱或机器人"),
    why=(
        "CloudMonitor sends Info by mail and DingTalk only; phones hear of Warn and Critical.",
        "云监控的 Info 级别只发邮件和钉钉；短信只用于 Warn 和 Critical。",
    ),
    bad='# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n  phone:\n    - {sms: "13800000000"}\n'
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding], info: [phone]}\nalarms:\n  p95: {info: 5s}",
    good='# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n  phone:\n    - {sms: "13800000000"}\n'
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding], warning: [phone]}\nalarms:\n  p95: {warning: 5s}",
)
def info_by_phone(flow: Watched) -> Iterator[Hit]:
    groups = flow.route(Severity.INFO)
    channels = flow.channels(groups)
    if channels and all(one.sms for one in channels) and not flow.foreign(groups):
        alarm = flow.levels(Severity.INFO)[0][0].alarm
        yield Hit(("alarms", alarm, "info"), {"groups": groups})


@check(
    "delivery/log-alert",
    Grade.WARNING,
    "flow",
    says=(
        "Log Service judges {alarm} and can tell nobody in {groups}",
        "{alarm} 由日志服务判断，而它无法通知 {groups}",
    ),
    fix=("add a group with a channel of its own", "请增加一个有自己渠道的联系人组"),
    why=(
        "A contact group or contact that somebody else keeps is unknown to Log Service.",
        "他人维护的联系人组和联系人对日志服务不可见。",
    ),
    bad=routed("oncall", "oncall", "  oncall: {existing: true}"),
    good=routed("oncall", "ding", "  oncall: {existing: true}\n  ding:\n    - {dingtalk: robot}"),
)
def log_alert(flow: Watched) -> Iterator[Hit]:
    for one in flow.monitor.conditions:
        for level in one.levels if by_logs(flow.monitor.reporters, one) else ():
            if all(channel.contact for channel in flow.channels(level.groups)):
                where = ("alarms", one.alarm, level.severity.value)
                yield Hit(where, {"alarm": one.alarm, "groups": level.groups})
                return
