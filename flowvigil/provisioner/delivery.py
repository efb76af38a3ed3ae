"""How Log Service tells people: robots, addresses, what a message says, and who is told at which severity.

These are records of the alert centre, account-wide and kept in one region (help page on alert resource data).
A group that belongs to somebody else in CloudMonitor is unknown to Log Service and cannot be told by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from . import merging, names
from .monitor import Channel, ContactGroup, Level, Severity, Via
from .objects import RELAY_SECRET, LogRecord, Secret, Text
from .stack import Stack

ROBOTS, USERS = "sls.alert.action_webhook", "sls.common.user"
POLICIES, MESSAGES = "sls.alert.action_policy", "sls.alert.content_template"
SEVERITY = {Severity.CRITICAL: 10, Severity.WARNING: 6, Severity.INFO: 2}
"""The service's numbers: 10 critical, 8 high, 6 medium, 4 low, 2 report."""

Told = tuple[Sequence[Level], bool]
"""The levels of a condition, and whether the relay hears of it in any case."""

HEAD = "监控报警"
"""Begins a message as the relay's do, and holds what CloudMonitor's robots are told to ask for."""

TITLE = f"{HEAD} {{{{ alert.annotations.title }}}}"
LINE = (
    '- {% if alert.status == "resolved" %}恢复{% elif alert.severity >= 10 %}严重'
    "{% elif alert.severity >= 6 %}警告{% else %}提示{% endif %} {{ alert.annotations.desc }}"
    "{% if alert.annotations.logs %} [logs]({{ alert.annotations.logs }}"
    "&startTime={{ alert.results[0].start_time }}&endTime={{ alert.results[0].end_time }}){% endif %}"
    "{% if alert.annotations.dashboard %} [dashboard]({{ alert.annotations.dashboard }}){% endif %}"
    "{% if alert.annotations.runbook %} [runbook]({{ alert.annotations.runbook }}){% endif %}"
    "{% if alert.annotations.owner %} {{ alert.annotations.owner }}{% endif %}"
)
"""What a message says of each of its alerts, under a head with their number that the service writes.

The service fills the holes (help pages on variables and syntax of content templates, and on content that is not
customised).
"""


SAID = """{
"rule": "{{ alert.alert_id }}", "service": "{{ alert.labels.service }}", "flow": "{{ alert.labels.flow }}",
"status": "{{ alert.status }}", "severity": {{ alert.severity }}, "value": "{{ alert.fire_results[0].value }}",
"at": {{ alert.alert_time }}
}"""
"""What the relay is told of each alert, as JSON; all its texts are names of ours, which need no escaping.

What may be missing stands in quotes: one alert that is no JSON would make the whole post unreadable.
"""


def policy_id(stack: Stack, levels: Sequence[Level], *, heard: bool) -> str:
    """The action policy of all conditions that tell the same groups at the same severities.

    `heard` says that the relay hears of them in any case, for hooks.
    """
    return names.record(stack.prefix, f"notify-{names.digest(route(levels, heard=heard))}")


def route(levels: Sequence[Level], *, heard: bool = False) -> str:
    """Who is told at which severity, as one text."""
    said = ";".join(f"{level.severity.value}:{','.join(level.groups)}" for level in levels)
    return f"{said};relay" if heard else said


def records(stack: Stack, groups: Sequence[ContactGroup], conditions: Iterable[Told]) -> list[LogRecord]:
    """Every record that alerts need: robots, users and the relay first, the messages, then the policies."""
    routes = {route(levels, heard=heard): (levels, heard) for levels, heard in conditions}
    if not routes:
        return []
    by_name = {group.name: group for group in groups}
    told = [by_name[name] for levels, _ in routes.values() for level in levels for name in level.groups]
    every = [channel for group in told for channel in group.channels]
    channels = {_target(stack, one): one for one in every if _posted(one)}
    owned = [_channel(stack, name, channels[name]) for name in sorted(channels)] + [_message(stack, told)]
    relay = any(heard for _, heard in routes.values()) or any(one.via is Via.RELAY for one in every)
    policies = [_policy(stack, routes[key], by_name) for key in sorted(routes)]
    return (owned if stack.shared else []) + (_relay(stack) if relay else []) + policies + merging.policies(stack)


def _posted(channel: Channel) -> bool:
    """Whether Log Service itself tells the channel."""
    return not channel.contact and channel.via is Via.CMS


def _relay(stack: Stack) -> list[LogRecord]:
    """The relay as a webhook, and what it is told: all alerts of a set in one post (pages on webhook integrations and
    on creating a content template)."""
    name = names.record(stack.prefix, "relay")
    headers = [{"key": "Content-Type", "value": "application/json;charset=utf-8"}]
    hook = {"id": name, "name": name, "type": "custom", "method": "POST", "headers": headers}
    value = Text((f'{json.dumps(hook)[:-1]}, "url": "', Secret(RELAY_SECRET), '"}'))
    said = {"locale": "zh-CN", "send_type": "batch", "limit": 0, "content": SAID}
    message = {"template_id": name, "template_name": name, "is_default": False, "templates": {"webhook": said}}
    return [
        LogRecord(f"record.{name}", None, ROBOTS, name, name, value),
        LogRecord(f"record.{name}.said", None, MESSAGES, name, name, json.dumps(message, ensure_ascii=False)),
    ]


def unreachable(groups: Iterable[ContactGroup]) -> set[str]:
    """The groups that Log Service cannot tell: existing ones, and those with nothing but existing contacts."""
    return {group.name for group in groups if not any(not channel.contact for channel in group.channels)}


def _target(stack: Stack, channel: Channel) -> str:
    address = channel.mail or channel.sms or ""
    return names.record(
        stack.account_prefix, f"robot-{channel.dingtalk}" if channel.dingtalk else f"person-{names.digest(address)}"
    )


def _channel(stack: Stack, name: str, channel: Channel) -> LogRecord:
    if channel.dingtalk:
        fixed = {"id": name, "name": name, "type": "dingtalk", "method": "POST", "headers": []}
        head = json.dumps(fixed, ensure_ascii=False)[:-1]
        value = Text((f'{head}, "url": "', Secret(channel.dingtalk), '"}'))
        return LogRecord(f"record.{name}", None, ROBOTS, name, name, value)
    user = {
        "user_id": name,
        "user_name": name,
        "email": [channel.mail] if channel.mail else [],
        "country_code": "86",
        "phone": channel.sms or "",
        "enabled": True,
        "sms_enabled": bool(channel.sms),
        "voice_enabled": False,
    }
    return LogRecord(f"record.{name}", None, USERS, name, name, json.dumps(user, ensure_ascii=False))


def _message_id(stack: Stack) -> str:
    return names.record(stack.account_prefix, "message")


def _message(stack: Stack, told: Iterable[ContactGroup]) -> LogRecord:
    name = _message_id(stack)
    words = _keywords(channel for group in told for channel in group.channels)
    said = {"locale": "zh-CN", "title": " ".join([TITLE, *words]), "content": LINE}
    mail = {"locale": "zh-CN", "subject": TITLE, "content": LINE}
    text = {"locale": "zh-CN", "content": "{{ alert.annotations.desc }}"}
    value = {
        "template_id": name,
        "template_name": name,
        "is_default": False,
        "templates": {"dingtalk": said, "email": mail, "sms": text},
    }
    return LogRecord(f"record.{name}", None, MESSAGES, name, name, json.dumps(value, ensure_ascii=False))


def _keywords(channels: Iterable[Channel]) -> list[str]:
    """One word of each robot that would refuse the message without, in its title, which stands in its text too."""
    lacking = [one.keywords for one in channels if one.keywords and not any(word in HEAD for word in one.keywords)]
    return sorted({words[0] for words in lacking})


def _policy(stack: Stack, told: Told, groups: dict[str, ContactGroup]) -> LogRecord:
    levels, heard = told
    name = policy_id(stack, levels, heard=heard)
    script = "\n".join(_branch(stack, level, groups, heard=heard) for level in levels)
    value = {
        "action_policy_id": name,
        "action_policy_name": name,
        "labels": {},
        "is_default": False,
        "primary_policy_script": script,
        "secondary_policy_script": script,  # the service refuses an empty one; escalation is off
        "escalation_start_enabled": False,
        "escalation_start_timeout": "10m",
        "escalation_inprogress_enabled": False,
        "escalation_inprogress_timeout": "30m",
        "escalation_enabled": False,
        "escalation_timeout": "1h",
    }
    return LogRecord(f"record.{name}", None, POLICIES, name, name, json.dumps(value, ensure_ascii=False))


def _branch(stack: Stack, level: Level, groups: dict[str, ContactGroup], *, heard: bool) -> str:
    channels = [one for name in level.groups for one in groups[name].channels]
    fires = dict.fromkeys(_fire(stack, channel) for channel in channels if _posted(channel))
    if heard or any(one.via is Via.RELAY for one in channels):
        fires[_call(stack)] = None
    lines = [f"if alert.severity >= {SEVERITY[level.severity]}:", *(f"    {fire}" for fire in fires), "    stop()"]
    return "\n".join(lines)


def _call(stack: Stack) -> str:
    name = names.record(stack.prefix, "relay")
    return (
        f'fire(type="webhook_integration", integration_type="custom", webhook_id="{name}", template_id="{name}", '
        'period="any")'
    )


def _fire(stack: Stack, channel: Channel) -> str:
    target = _target(stack, channel)
    tail = f'template_id="{_message_id(stack)}", period="any")'
    if channel.dingtalk:
        return f'fire(type="webhook_integration", integration_type="dingtalk", webhook_id="{target}", {tail}'
    kind = "email" if channel.mail else "sms"
    return f'fire(type="{kind}", users=["{target}"], groups=[], oncall_groups=[], {tail}'
