"""Checks of contacts.yaml: robots and what they can bear, groups and teams that nobody uses, names in the cloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from flowvigil.provisioner import names
from flowvigil.provisioner.carriers import Share
from flowvigil.provisioner.monitor import SILENCES, Channel, Via

from ...minute import ROBOT_LIMIT, Rule, worst_minute
from ...sets import Sets, sets
from ..check import Grade, Hit, check
from ..watched import Fleet, Watched, carried

KEYWORDS = ("阿里云", "云服务", "监控", "Monitor", "ECS")
"""The words that CloudMonitor's messages hold (its page on DingTalk robots)."""

RELAY_WORDS = ("监控报警", "Monitor alarm")
"""How the relay's messages begin in Chinese and English; a test compares it with the relay's own words."""

_GROUP = "# contacts.yaml\ngroups:\n  ding:\n    - %s\n# poem.yaml\nflow: poem\nowner: none\nnotify: {critical: [ding]}"


def _rates(fleet: Fleet) -> dict[str, tuple[int, int]]:
    """Per robot: the messages of one minute in which everything fails, and the flows that send them."""
    merged = sets([flow.monitor for flow in fleet.flows])
    flows = [_rules(flow, merged) for flow in fleet.flows]
    senders = Counter(robot for rules in flows for robot in {name for rule in rules for name in rule.targets})
    return {robot: (messages, senders[robot]) for robot, messages in worst_minute(flows).items()}


def _rules(flow: Watched, merged: Sets) -> list[Rule[str]]:
    """What each rule sends to which robots."""
    return [_rule(flow, share, merged) for share in carried(flow)]


def _rule(flow: Watched, share: Share, merged: Sets) -> Rule[str]:
    condition = share.condition
    robots = _robots(flow.channels(share.groups))
    place = flow.monitor.flow, condition.alarm
    return Rule(condition.signal in SILENCES, robots, merged.get(place), len(condition.levels))


def _robots(channels: Iterable[Channel]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for one in channels:
        if one.dingtalk:
            relayed = one.via is Via.RELAY
            found[one.dingtalk] = relayed and found.get(one.dingtalk, True)
    return found


def _places(fleet: Fleet) -> Iterator[tuple[str, int, Channel]]:
    for name, group in fleet.groups.items():
        for place, channel in enumerate(group.channels):
            yield name, place, channel


@check(
    "delivery/message-rate",
    Grade.WARNING,
    "folder",
    says=(
        "if all {flows} flows fail at once this robot gets {messages} messages in a minute; DingTalk takes 20",
        "{flows} 个 flow 同时故障时该机器人一分钟收到 {messages} 条消息；钉钉上限为 20 条",
    ),
    fix=(
        "give teams robots of their own, or say via: relay, which merges a storm",
        "请为各团队配置单独的机器人，或使用 via: relay 合并消息",
    ),
    why=(
        "Above 20 messages a minute DingTalk refuses all for ten: in the worst outage the group is quiet.",
        "超过每分钟 20 条后钉钉会拒绝十分钟内的全部消息：故障最严重时群里反而没有消息。",
    ),
    bad="\n".join(f"# f{n}.yaml\nflow: flow-{n}\nowner: team\nalarms:\n  p95: {{warning: 5s}}" for n in range(7)),
    good="\n".join(f"# f{n}.yaml\nflow: flow-{n}\nowner: team\nalarms:\n  p95: {{warning: 5s}}" for n in range(6)),
)
def message_rate(fleet: Fleet) -> Iterator[Hit]:
    rates = _rates(fleet)
    told: set[str] = set()
    for group, place, channel in _places(fleet):
        robot = channel.dingtalk or ""
        messages, flows = rates.get(robot, (0, 0))
        if messages > ROBOT_LIMIT and robot not in told:
            told.add(robot)
            values = {"messages": messages, "flows": flows}
            yield Hit(("groups", group, place, "dingtalk"), values, contacts=True)


@check(
    "delivery/keyword",
    Grade.WARNING,
    "folder",
    says=(
        "the robot wants one of {words}, which no message of {sender} holds",
        "机器人要求包含 {words} 之一，而 {sender} 的消息都不包含",
    ),
    fix=(
        "set 监控 or Monitor as keyword of the robot, or, for CloudMonitor, 阿里云, 云服务 or ECS",
        "请把机器人的自定义关键词设为 监控 或 Monitor；由云监控发送时也可以是 阿里云、云服务 或 ECS",
    ),
    why=(
        "DingTalk drops a message without the robot's keyword, and nobody who waits for it is told.",
        "不含关键词的消息会被钉钉丢弃，没有人会知道。",
    ),
    bad=_GROUP % "{dingtalk: robot, keywords: [poem]}",
    good=_GROUP % "{dingtalk: robot, keywords: [poem, 监控]}",
)
def keyword(fleet: Fleet) -> Iterator[Hit]:
    for group, place, channel in _places(fleet):
        sender, held = ("CloudMonitor", KEYWORDS) if channel.via is Via.CMS else ("the relay", RELAY_WORDS)
        if channel.keywords and not any(_contained(word, held) for word in channel.keywords):
            values = {"words": channel.keywords, "sender": sender}
            yield Hit(("groups", group, place, "keywords"), values, contacts=True)


def _contained(word: str, held: Iterable[str]) -> bool:
    return any(word.lower() in one.lower() for one in held)


@check(
    "delivery/keyword-unknown",
    Grade.INFO,
    "folder",
    says=("nobody knows which keyword this robot wants", "不知道该机器人要求的关键词"),
    fix=("say it: keywords: [监控]", "请写明：keywords: [监控]"),
    why=(
        "A robot for CloudMonitor is secured by keywords; the wrong one loses every message.",
        "云监控使用的机器人以自定义关键词作安全设置；填错会丢失所有消息。",
    ),
    bad=_GROUP % "{dingtalk: robot}",
    good=_GROUP % "{dingtalk: robot, keywords: [监控]}",
)
def keyword_unknown(fleet: Fleet) -> Iterator[Hit]:
    for group, place, channel in _places(fleet):
        if channel.dingtalk and channel.via is Via.CMS and not channel.keywords:
            yield Hit(("groups", group, place, "dingtalk"), contacts=True)


@check(
    "delivery/robot-twice",
    Grade.WARNING,
    "folder",
    says=("{robot} is posted to by CloudMonitor and by the relay", "{robot} 同时由云监控和 relay 发送"),
    fix=("give the relay a robot of its own", "请为 relay 配置单独的机器人"),
    why=(
        "Everybody reads every alarm twice, and the relay cannot keep the robot below its limit.",
        "每条报警会出现两次，relay 也无法保证不超过机器人的上限。",
    ),
    bad="# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n    - {dingtalk: robot, via: relay}\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding]}",
    good="# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n    - {dingtalk: other, via: relay}\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding]}",
)
def robot_twice(fleet: Fleet) -> Iterator[Hit]:
    direct = {channel.dingtalk for _, _, channel in _places(fleet) if channel.via is Via.CMS}
    for group, place, channel in _places(fleet):
        if channel.via is Via.RELAY and channel.dingtalk in direct:
            yield Hit(("groups", group, place, "via"), {"robot": channel.dingtalk}, contacts=True)


@check(
    "delivery/unused-group",
    Grade.INFO,
    "folder",
    says=("no alarm tells {group}", "没有报警通知 {group}"),
    fix=("remove it, or route something to it", "请删除它，或增加路由"),
    why=(
        "A group that nobody tells looks like a safety net and is none.",
        "没有报警的联系人组只是看起来有保障。",
    ),
    bad="# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n  spare:\n    - {dingtalk: spare}\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding]}",
    good="# contacts.yaml\ngroups:\n  ding:\n    - {dingtalk: robot}\n  spare:\n    - {dingtalk: spare}\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [ding], warning: [spare]}",
)
def unused_group(fleet: Fleet) -> Iterator[Hit]:
    told = {
        group
        for flow in fleet.flows
        for one in flow.monitor.conditions
        for level in one.levels
        for group in level.groups
    }
    for group in fleet.groups:
        if group not in told:
            yield Hit(("groups", group), {"group": group}, at="key", contacts=True)


@check(
    "delivery/unused-team",
    Grade.INFO,
    "folder",
    says=("no flow belongs to {team}", "没有 flow 属于 {team}"),
    fix=("remove the team, or name it in owner", "请删除该团队，或在 owner 中写明"),
    why=(
        "Its routes look as if somebody were told.",
        "它的路由看起来像是有人会收到通知。",
    ),
    bad="# contacts.yaml\nteams:\n  team: {critical: [ding]}\n  others: {critical: [ding]}\ngroups:\n"
    "  ding:\n    - {dingtalk: robot}\n# poem.yaml\nflow: poem\nowner: team",
    good="# contacts.yaml\nteams:\n  team: {critical: [ding]}\ngroups:\n"
    "  ding:\n    - {dingtalk: robot}\n# poem.yaml\nflow: poem\nowner: team",
)
def unused_team(fleet: Fleet) -> Iterator[Hit]:
    owners = {flow.monitor.owner for flow in fleet.flows}
    for team in fleet.teams:
        if team not in owners:
            yield Hit(("teams", team), {"team": team}, at="key", contacts=True)


@check(
    "names/rewritten",
    Grade.WARNING,
    "folder",
    says=("in the cloud {group} is called {name}", "{group} 在云上会变成 {name}"),
    fix=("use letters, digits, _, - and . only", "请只使用文字、数字、_、- 和 ."),
    why=(
        "Whoever looks for the group in the console does not find it under the name in the spec.",
        "在控制台中按 spec 里的名称找不到这个组。",
    ),
    bad=_GROUP.replace("ding", "ops team") % "{mail: ops@example.com}",
    good=_GROUP.replace("ding", "运维-team") % "{mail: ops@example.com}",
)
def rewritten(fleet: Fleet) -> Iterator[Hit]:
    for name, group in fleet.groups.items():
        if not group.existing and names.word(name) != name:
            values = {"group": name, "name": names.word(name)}
            yield Hit(("groups", name), values, at="key", contacts=True)


@check(
    "names/collision",
    Grade.ERROR,
    "folder",
    says=("{group} and {other} would both be {name} in the cloud", "{group} 和 {other} 在云上都会叫 {name}"),
    fix=("rename one of them", "请改名"),
    why=(
        "The service rewrites what it does not allow in a name, and two groups would become one.",
        "服务会改写名称中不允许的字符，两个组会变成一个。",
    ),
    bad="# contacts.yaml\ngroups:\n  a b: [{dingtalk: robot}]\n  a/b: [{dingtalk: other}]\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [a b], warning: [a/b]}",
    good="# contacts.yaml\ngroups:\n  a b: [{dingtalk: robot}]\n  a-b: [{dingtalk: other}]\n"
    "# poem.yaml\nflow: poem\nnotify: {critical: [a b], warning: [a-b]}",
)
def collision(fleet: Fleet) -> Iterator[Hit]:
    seen: dict[str, str] = {}
    for name, group in fleet.groups.items():
        made = names.word(name)
        other = name if group.existing else seen.setdefault(made, name)
        if other != name:
            values = {"group": name, "other": other, "name": made}
            yield Hit(("groups", name), values, at="key", contacts=True)


@check(
    "names/shortened",
    Grade.INFO,
    "flow",
    says=(
        "the name of the rule {alarm} is longer than 100 characters and ends in a hash",
        "规则 {alarm} 的名称超过 100 个字符，会以哈希结尾",
    ),
    fix=("give a shorter title", "请使用更短的标题"),
    why=(
        "Names are shortened with a hash of the whole, so that they stay unique; people read the beginning.",
        "过长的名称会用整体的哈希缩短以保持唯一；人只能读到开头。",
    ),
    bad=f"flow: poem\nowner: team\ntitle: {'x' * 80}\nalarms:\n  a_rather_long_name_for_an_alarm: "
    "{signal: p95, critical: 8s}",
    good=f"flow: poem\nowner: team\ntitle: {'x' * 60}\nalarms:\n  a_rather_long_name_for_an_alarm: "
    "{signal: p95, critical: 8s}",
)
def shortened(flow: Watched) -> Iterator[Hit]:
    shown = flow.monitor.title or flow.monitor.flow
    for one in flow.monitor.conditions if len(shown) > 40 else ():
        if len(f"{shown} {one.alarm} []") > names.RULE_LIMIT:
            yield Hit(("title",), {"alarm": one.alarm})
            return
