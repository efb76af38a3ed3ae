"""What differs outside of any one flow: contact groups and the stack's own settings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from flowvigil.provisioner.monitor import Channel, ContactGroup, Monitors
from flowvigil.provisioner.stack import Stack

from .changes import Change, became
from .said import Said, said


def shared_changes(before: Monitors, after: Monitors, was: Stack, now: Stack) -> list[Change]:
    """Everything that changes for all flows or for those that share a group."""
    return [*_stack(was, now), *_groups(before.groups, after.groups)]


def _stack(was: Stack, now: Stack) -> Iterator[Change]:
    for one in fields(Stack):
        old, new = getattr(was, one.name), getattr(now, one.name)
        if old != new:
            yield Change(f"stack.{one.name}", became(one.name, old, new))


def _groups(before: Iterable[ContactGroup], after: Iterable[ContactGroup]) -> Iterator[Change]:
    old, new = {one.name: one for one in before}, {one.name: one for one in after}
    for name, group in new.items():
        path = f"groups.{name}"
        if name not in old:
            told = ", ".join(map(_told, group.channels)) or "existing"
            yield Change(path, _about(name, "is new: {told}", "新增：{told}", told=told))
        elif old[name] != group:
            yield from (Change(path, one) for one in _differences(old[name], group))
    for name in old:
        if name not in new:
            yield Change(f"groups.{name}", _about(name, "is gone", "删除"))


def _differences(old: ContactGroup, new: ContactGroup) -> Iterator[Said]:
    if old.existing != new.existing:
        en = "belongs to somebody else now" if new.existing else "is ours now"
        yield _about(new.name, en, "改为由他人维护" if new.existing else "改为由我们维护")
    for one in new.channels:
        if one not in old.channels:
            yield _about(new.name, "gains {told}", "增加 {told}", told=_told(one))
    for one in old.channels:
        if one not in new.channels:
            yield _about(new.name, "loses {told}", "去掉 {told}", told=_told(one))
    if old.channels != new.channels and set(old.channels) == set(new.channels):
        yield _about(new.name, "lists the same channels in another order", "渠道顺序改变")


def _about(name: str, en: str, zh: str, **given: object) -> Said:
    return said(f"contact group {{group}} {en}", f"报警联系人组 {{group}} {zh}", group=name, **given)


def _told(channel: Channel) -> str:
    """The channel in words; of a phone number only the end, since pull requests are read by many."""
    parts = [
        f"robot {channel.dingtalk}" if channel.dingtalk else "",
        f"mail {channel.mail}" if channel.mail else "",
        f"phone …{channel.sms[-4:]}" if channel.sms else "",
        f"contact {channel.contact}" if channel.contact else "",
        f"via {channel.via.value}",
        f"at {' '.join(channel.at)}" if channel.at else "",
        f"signed with {channel.sign}" if channel.sign else "",
        f"with keywords {' '.join(channel.keywords)}" if channel.keywords else "",
    ]
    return " ".join(part for part in parts if part)
