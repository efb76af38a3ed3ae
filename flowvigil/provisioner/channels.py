"""Contacts and contact groups: who is told, as CloudMonitor objects.

A channel that our relay posts to is no contact; its group exists all the same, so that rules can name it.
Contacts and groups of others are named, never made.
"""

from __future__ import annotations

from . import names
from .monitor import Channel, ContactGroup, Monitors, Via
from .objects import Contact, Secret
from .objects import ContactGroup as GroupObject
from .stack import Stack


def group_names(monitors: Monitors, stack: Stack) -> dict[str, str]:
    """The cloud's name of each contact group, by its name in the specs."""
    return {
        group.name: group.name if group.existing else names.contact_group(stack, group.name)
        for group in monitors.groups
    }


def relayed(monitors: Monitors) -> frozenset[str]:
    """The contact groups with at least one channel that the relay posts to."""
    return frozenset(
        group.name for group in monitors.groups if any(channel.via is Via.RELAY for channel in group.channels)
    )


def contact_objects(monitors: Monitors, stack: Stack) -> list[Contact | GroupObject]:
    """Every contact once, then every group; nothing where another stack owns them."""
    if not stack.shared:
        return []
    ours = [group for group in monitors.groups if not group.existing]
    contacts = {name: channel for group in ours for name, channel in _contacts(stack, group) if not channel.contact}
    made: list[Contact | GroupObject] = [_contact(stack, name, contacts[name]) for name in sorted(contacts)]
    return made + [_group(stack, group) for group in ours]


def _contacts(stack: Stack, group: ContactGroup) -> list[tuple[str, Channel]]:
    return [(names.contact(stack, channel), channel) for channel in group.channels if channel.via is Via.CMS]


def _contact(stack: Stack, name: str, channel: Channel) -> Contact:
    return Contact(
        key=f"contact.{name}",
        flow=None,
        name=name,
        describe=f"{stack.project}: {channel.dingtalk or 'mail or phone'}",
        dingtalk=Secret(channel.dingtalk) if channel.dingtalk else None,
        mail=channel.mail,
        sms=channel.sms,
    )


def _group(stack: Stack, group: ContactGroup) -> GroupObject:
    members = tuple(dict.fromkeys(name for name, _ in _contacts(stack, group)))
    name = names.contact_group(stack, group.name)
    return GroupObject(f"contact-group.{names.key(group.name)}", None, name, f"{stack.project}: {group.name}", members)
