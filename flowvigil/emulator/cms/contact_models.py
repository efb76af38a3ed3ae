"""Alarm contacts and contact groups: what the account has, and which of it a person still has to confirm."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.cms.errors import invalid, missing, quota
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

CONTACT, GROUP = "contact", "contact_group"
CHANNELS = ("Mail", "SMS", "AliIM", "DingWebHook")
CONFIRMED_BY_HAND = ("Mail", "SMS")


def put_contact(tenant: Tenant, name: str, describe: str, lang: str, channels: dict[str, Any]) -> None:
    """Make or overwrite a contact; an empty `lang` may keep the old one.

    Channels that need a confirmation stay PENDING where the switch says so.
    """
    if not 2 <= len(name) <= 40:
        raise invalid("ContactName must have 2 to 40 characters.")
    if lang not in ("", "zh-cn", "en"):
        raise invalid("Lang is zh-cn or en.")
    strange = set(channels) - set(CHANNELS)
    if strange:
        raise invalid(f"Channels.{sorted(strange)[0]} is not a channel.")
    old = tenant.get(CONTACT, name)
    lang = lang or _kept(tenant, old, "Lang", "")
    limit = tenant.switches.number("contact_quota")
    if old is None and limit and len(tenant.all(CONTACT)) >= limit:
        raise quota("contacts", limit)
    used = {channel: str(value) for channel, value in channels.items() if value}
    state = {channel: _state(tenant, old, channel, value) for channel, value in used.items()}
    made = old["CreateTime"] if old else tenant.now()
    body = {"Name": name, "Desc": describe, "Lang": lang, "Channels": used, "ChannelsState": state}
    tenant.put(CONTACT, name, {**body, "CreateTime": made, "UpdateTime": tenant.now()})


def _kept(tenant: Tenant, old: Body | None, field: str, default: Any) -> Any:
    """The old value of a field that a second Put leaves out, where the switch says that it is kept."""
    return old[field] if old and tenant.switches["put_omitted"] == "keep" else default


def _state(tenant: Tenant, old: Body | None, channel: str, value: str) -> str:
    if channel not in CONFIRMED_BY_HAND or not tenant.switches.on("contact_activation"):
        return "OK"
    same = old is not None and old["Channels"].get(channel) == value
    return str(old["ChannelsState"].get(channel, "PENDING")) if same and old else "PENDING"


def contacts(tenant: Tenant, name: str = "") -> list[Body]:
    """Contacts as the service tells of them: a channel that nobody confirmed is left out."""
    found = [body for key, body in tenant.all(CONTACT).items() if name in ("", key)]
    return [{**body, "Channels": _confirmed(body), "groups": _groups_of(tenant, body["Name"])} for body in found]


def _confirmed(body: Body) -> Body:
    return {name: value for name, value in body["Channels"].items() if body["ChannelsState"].get(name) == "OK"}


def _groups_of(tenant: Tenant, name: str) -> list[str]:
    return [group for group, body in tenant.all(GROUP).items() if name in body["Contacts"]]


def delete_contact(tenant: Tenant, name: str) -> None:
    """Remove a contact, also from the groups that name it (assumed)."""
    if not tenant.drop(CONTACT, name):
        raise CloudError(404, "ContactNotExists", f"The contact does not exist: {name}")
    for group, body in tenant.all(GROUP).items():
        if name in body["Contacts"]:
            tenant.put(GROUP, group, {**body, "Contacts": [member for member in body["Contacts"] if member != name]})


def put_group(tenant: Tenant, name: str, members: list[str], describe: str, subscribed: str) -> None:
    """Make or overwrite a contact group; what is empty may keep its old value.

    A member that does not exist is refused only by the switch.
    """
    if not name:
        raise invalid("ContactGroupName must not be empty.")
    if tenant.switches.on("contact_exists"):
        for member in members:
            if tenant.get(CONTACT, member) is None:
                raise CloudError(404, "ContactNotExists", f"The contact does not exist: {member}")
    old = tenant.get(GROUP, name)
    members = list(dict.fromkeys(members)) or _kept(tenant, old, "Contacts", [])
    describe = describe or _kept(tenant, old, "Describe", "")
    enabled = subscribed.lower() == "true" if subscribed else bool(_kept(tenant, old, "EnableSubscribed", default=True))
    made = old["CreateTime"] if old else tenant.now()
    body = {"Name": name, "Describe": describe, "EnableSubscribed": enabled, "Contacts": members}
    tenant.put(GROUP, name, {**body, "CreateTime": made, "UpdateTime": tenant.now()})


def groups(tenant: Tenant) -> list[Body]:
    """All contact groups of the account."""
    return list(tenant.all(GROUP).values())


def delete_group(tenant: Tenant, name: str) -> None:
    """Remove a contact group; rules that name it keep its name (assumed)."""
    if not tenant.drop(GROUP, name):
        raise missing(f"contact group {name}")
