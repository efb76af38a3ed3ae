"""Contacts and contact groups on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms import contact_models as models
from flowvigil.emulator.cms.errors import invalid
from flowvigil.emulator.registry import rpc

PROVIDER = "provider source 1.285.0"


@rpc("cms", "PutContact", source="API PutContact (114923)", mutates=True, resource=("ContactName",))
def put_contact(call: Call) -> dict[str, Any]:
    channels = call.params.get("Channels", {})
    if not isinstance(channels, dict):
        raise invalid("Channels.<name> is expected.")
    models.put_contact(call.tenant, call.must("ContactName"), call.text("Describe"), call.text("Lang"), channels)
    return {}


@rpc("cms", "DescribeContactList", source=f"{PROVIDER}; SDK 4.0.10 models", resource=("ContactName",))
def describe_contacts(call: Call) -> dict[str, Any]:
    found = models.contacts(call.tenant, call.text("ContactName"))
    page, total = paged(call, found)
    return {"Total": total, "Contacts": {"Contact": [_contact(body) for body in page]}}


def _contact(body: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in body.items() if key != "groups"}
    return {**shown, "ContactGroups": {"ContactGroup": body["groups"]}}


@rpc("cms", "DeleteContact", source=PROVIDER, mutates=True, resource=("ContactName",))
def delete_contact(call: Call) -> dict[str, Any]:
    models.delete_contact(call.tenant, call.must("ContactName"))
    return {}


@rpc("cms", "PutContactGroup", source="API PutContactGroup (114929)", mutates=True, resource=("ContactGroupName",))
def put_group(call: Call) -> dict[str, Any]:
    members = [str(member) for member in call.items("ContactNames")]
    name = call.must("ContactGroupName")
    models.put_group(call.tenant, name, members, call.text("Describe"), call.text("EnableSubscribed"))
    return {}


@rpc("cms", "DescribeContactGroupList", source=f"{PROVIDER}; SDK 4.0.10 models")
def describe_groups(call: Call) -> dict[str, Any]:
    page, total = paged(call, models.groups(call.tenant))
    detailed = [{**body, "EnabledWeeklyReport": False, "Contacts": {"Contact": body["Contacts"]}} for body in page]
    names = [body["Name"] for body in page]
    return {"Total": total, "ContactGroups": {"ContactGroup": names}, "ContactGroupList": {"ContactGroup": detailed}}


@rpc("cms", "DeleteContactGroup", source=PROVIDER, mutates=True, resource=("ContactGroupName",))
def delete_group(call: Call) -> dict[str, Any]:
    models.delete_group(call.tenant, call.must("ContactGroupName"))
    return {}


def paged(call: Call, found: list[Any], page: str = "PageNumber", most: int = 100) -> tuple[list[Any], int]:
    """One page of a list and the size of the whole list; pages count from 1 and hold 10 where nothing is said."""
    size = min(max(call.number("PageSize", 10), 1), most)
    start = (max(call.number(page, 1), 1) - 1) * size
    return found[start : start + size], len(found)
