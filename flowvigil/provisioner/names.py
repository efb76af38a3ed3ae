"""Every name that the cloud sees, in one place.

Names begin with the stack's prefix; one that is too long keeps its head and gets a hash of the whole, never a cut.
Knows what the services allow in a name; knows nothing of what the named things are for.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from ..reporter import contract
from .monitor import Channel
from .stack import Stack

CONTACT_LIMIT = 40
"""Characters in the name of a CMS contact (2 to 40, provider docs of alicloud_cms_alarm_contact)."""

PROJECT_LIMIT = 63
"""Characters in the name of a Log Service project (3 to 63 of a-z, 0-9, `-`; CreateProject)."""

RULE_LIMIT = 100
"""Bytes kept of rule, group and template names. The service states no limit; assumed."""

RAM_LIMIT = 64
"""Characters in a RAM role's name (CreateRole); a policy's may have 128."""

RECORD_LIMIT = 60
"""Characters in the id of a record of Log Service's alert centre (5 to 60)."""

_DIMENSION_BAD = re.compile(r"[^A-Za-z0-9._/\\-]")
_WORD_BAD = re.compile(r"[^\w.-]")
_ASCII_BAD = re.compile(r"[^A-Za-z0-9_-]")
_RAM_BAD = re.compile(r"[^A-Za-z0-9-]")
_KEY_BAD = re.compile(r"[^A-Za-z0-9_.+-]")
_PROJECT_BAD = re.compile(r"[^a-z0-9-]+")


def digest(text: str, length: int = 8) -> str:
    """The first `length` hexadecimal digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def shorten(name: str, limit: int) -> str:
    """The name, or its head and a hash of the whole when it has more than `limit` characters."""
    return name if len(name) <= limit else f"{name[: limit - 9]}-{digest(name)}"


@lru_cache(maxsize=4096)
def key(*words: str) -> str:
    """Words of a spec as part of an object's key, which goes into resource names: others than plain ones are hashed."""
    text = "+".join(words)
    return digest(text, 12) if _KEY_BAD.search(text) else text


def word(text: str) -> str:
    """A word of a spec, in any script, as names of contacts and contact groups hold it."""
    return _WORD_BAD.sub("_", text)


def survives(value: str) -> bool:
    """Whether PutCustomMetric keeps the dimension value as it is: 1 to 64 letters, digits and `. - _ / \\`."""
    return 0 < len(value) <= contract.NAME_LIMIT and not _DIMENSION_BAD.search(value)


@lru_cache(maxsize=4096)
def metric(app: str, signal: str, alarm: str) -> str:
    """The CMS metric that an alarm is judged on. Raises KeyError for a signal that has none."""
    return contract.metric_name(contract.metric_path(app, contract.METRIC_OF_SIGNAL[signal]), alarm)


def namespace(stack: Stack) -> str:
    """The namespace of the account's custom metrics."""
    return contract.NAMESPACE_PREFIX + stack.account_id


def contact(stack: Stack, channel: Channel) -> str:
    """The name of a channel's CMS contact; addresses are hashed, for names are shown to everybody."""
    if channel.contact:
        return channel.contact
    kind = "mail" if channel.mail else "sms"
    tail = channel.dingtalk or f"{kind}-{digest(channel.mail or channel.sms or '')}"
    return shorten(f"{stack.account_prefix}-{word(tail)}", CONTACT_LIMIT)


def contact_group(stack: Stack, group: str) -> str:
    """The name of one of our contact groups. A comma would split it, for rules list their groups in one text."""
    return shorten(f"{stack.account_prefix}-{word(group)}", RULE_LIMIT)


def alike(one: Stack, other: Stack) -> bool:
    """Whether the services, which know fewer characters, give two stacks the same RAM names or log project."""
    if one.account_id != other.account_id:
        return False
    both_own_logs = not (one.log_project or other.log_project)
    return (one.shared and other.shared and ram(one, "") == ram(other, "")) or (
        both_own_logs and log_project(one) == log_project(other)
    )


def monitor_group(prefix: str, flow: str) -> str:
    """The name of the application group that a flow's templates are applied to."""
    return shorten(f"{prefix}-{flow}", RULE_LIMIT)


def template(prefix: str, flow: str, content: str) -> str:
    """A template's name; `content` is the hash of everything that must be applied again when it changes."""
    return f"{shorten(f'{prefix}-{flow}', RULE_LIMIT - 9)}-{content}"


def rule(prefix: str, shown: str, alarm: str, which: str = "") -> str:
    """A rule's name, as people read it in DingTalk; `which` tells two rules of one condition apart."""
    tail = f" {alarm} {which} [{prefix}]" if which else f" {alarm} [{prefix}]"
    return shorten(f"{shown}{tail}", RULE_LIMIT)


def rule_id(prefix: str, flow: str, alarm: str, content: str) -> str:
    """A direct rule's id; `content` is whatever the service cannot change in place."""
    head = shorten(f"{prefix}-{_plain(flow)}-{_plain(alarm)}", RULE_LIMIT - 9)
    return f"{head}-{digest(f'{flow}/{alarm}/{content}')}"


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return _ASCII_BAD.sub("_", text)


def log_project(stack: Stack) -> str:
    """The stack's Log Service project: its own (unique in the world, hence the account's hash) or the existing one."""
    if stack.log_project:
        return stack.log_project
    head = _PROJECT_BAD.sub("-", stack.prefix.lower()).strip("-")
    tail = digest(f"{stack.account_id}/{stack.region}", 6)
    if len(head) + 7 > PROJECT_LIMIT:
        tail = digest(f"{stack.account_id}/{stack.region}/{stack.prefix}", 12)
    return f"{head[: PROJECT_LIMIT - 1 - len(tail)].rstrip('-')}-{tail}"


def logstore(stack: Stack) -> str:
    """The store of run events: `runs`, or a name with the prefix inside a project that others use too."""
    if not stack.log_project:
        return "runs"
    return shorten(f"{_ASCII_BAD.sub('-', stack.prefix.lower())}-runs", PROJECT_LIMIT)


def dashboard(stack: Stack, what: str) -> str:
    """A dashboard's name: 4 to 63 lower-case letters, digits, `-` and `_`, as jobs have; assumed for dashboards."""
    return shorten(_ASCII_BAD.sub("-", f"{stack.prefix}-{what}".lower()), PROJECT_LIMIT)


def log_alert(stack: Stack, what: str) -> str:
    """The name of a Log Service alert: 4 to 63 lower-case letters, digits, `-` and `_` (CreateAlert)."""
    return shorten(_ASCII_BAD.sub("-", f"{stack.prefix}-{what}".lower()), PROJECT_LIMIT)


def record(prefix: str, what: str) -> str:
    """The id of a record of the alert centre, which is account-wide; it begins with a letter."""
    return shorten(_ASCII_BAD.sub("-", f"{prefix}-{what}"), RECORD_LIMIT)


def ram(stack: Stack, what: str) -> str:
    """The name of a RAM role or policy, which is account-wide: letters, digits and `-` (CreatePolicy)."""
    return shorten(_RAM_BAD.sub("-", f"{stack.prefix}-{what}"), RAM_LIMIT)
