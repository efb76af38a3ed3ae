"""Who is told of an alarm and how: the rule's contact groups, their contacts, the channels of the level.

Critical goes out by phone, short message, mail and DingTalk, Warn without phone, Info by mail and DingTalk alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowvigil.emulator.cms.contact_models import CONTACT, GROUP
from flowvigil.emulator.state import Body, State

CHANNELS = {
    "Critical": ("phone", "sms", "mail", "dingtalk"),
    "Warn": ("sms", "mail", "dingtalk"),
    "Info": ("mail", "dingtalk"),
}
ADDRESS = {"phone": "SMS", "sms": "SMS", "mail": "Mail", "dingtalk": "DingWebHook"}


@dataclass(frozen=True)
class Recipient:
    """One address of one contact; `language` is zh-cn or en."""

    channel: str
    contact: str
    address: str
    language: str


def recipients(state: State, account: str, contact_groups: str, level: str) -> Iterator[Recipient]:
    """Each address once, however many groups hold it; without unconfirmed addresses and groups that are gone."""
    seen: set[tuple[str, str]] = set()
    for contact in _contacts(state, account, contact_groups):
        for channel in CHANNELS[level]:
            name = ADDRESS[channel]
            address = str(contact["Channels"].get(name, ""))
            confirmed = contact["ChannelsState"].get(name) == "OK"
            if address and confirmed and (channel, address) not in seen:
                seen.add((channel, address))
                yield Recipient(channel, contact["Name"], address, contact["Lang"] or "zh-cn")


def _contacts(state: State, account: str, contact_groups: str) -> Iterator[Body]:
    for group in contact_groups.split(","):
        found = state.get(GROUP, account, group.strip())
        for name in found["Contacts"] if found else ():
            contact = state.get(CONTACT, account, name)
            if contact:
                yield contact
