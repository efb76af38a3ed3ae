"""Monitor groups on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms import group_models as models
from flowvigil.emulator.cms.contact_responses import paged
from flowvigil.emulator.cms.errors import invalid
from flowvigil.emulator.registry import rpc

PROVIDER = "provider source 1.285.0"


@rpc("cms", "CreateMonitorGroup", source=PROVIDER, mutates=True, resource=("GroupName",))
def create(call: Call) -> dict[str, Any]:
    groups = _names(call.text("ContactGroups"))
    return {"Code": 200, "GroupId": models.create(call.tenant, call.must("GroupName"), groups)}


@rpc("cms", "CreateMonitorGroupByResourceGroupId", source=PROVIDER, mutates=True, resource=("ResourceGroupName",))
def create_by_resource_group(call: Call) -> dict[str, Any]:
    groups = [str(name) for name in call.items("ContactGroupList")]
    return {"Code": 200, "Id": models.create(call.tenant, call.must("ResourceGroupName"), groups)}


@rpc("cms", "ModifyMonitorGroup", source=PROVIDER, mutates=True, resource=("GroupId",))
def modify(call: Call) -> dict[str, Any]:
    groups = _names(call.text("ContactGroups")) if "ContactGroups" in call.params else None
    models.modify(call.tenant, call.must("GroupId"), call.text("GroupName"), groups)
    return {"Code": 200}


@rpc("cms", "DescribeMonitorGroups", source=f"{PROVIDER}; SDK 4.0.10 models", resource=("GroupId",))
def describe(call: Call) -> dict[str, Any]:
    found = models.find(call.tenant, call.text("GroupId"), call.text("GroupName"))
    page, total = paged(call, found, most=99)
    return {"Code": 200, "Total": total, "Resources": {"Resource": [_group(body) for body in page]}}


def _group(body: dict[str, Any]) -> dict[str, Any]:
    contacts = [{"Name": name} for name in body["ContactGroups"]]
    tags = [{"Key": key, "Value": value} for key, value in body["Tags"].items()]
    return {**body, "ContactGroups": {"ContactGroup": contacts}, "Tags": {"Tag": tags}}


@rpc("cms", "DeleteMonitorGroup", source=PROVIDER, mutates=True, resource=("GroupId",))
def delete(call: Call) -> dict[str, Any]:
    body = models.delete(call.tenant, call.must("GroupId"))
    return {"Code": 200, "Group": {"GroupName": body["GroupName"], "ContactGroups": {"ContactGroup": []}}}


@rpc("cms", "AddTags", source=PROVIDER, mutates=True, resource=("GroupIds",))
def add_tags(call: Call) -> dict[str, Any]:
    tags = {str(tag.get("Key", "")): str(tag.get("Value", "")) for tag in _tags(call)}
    models.tag(call.tenant, [str(key) for key in call.items("GroupIds")], tags)
    return {}


@rpc("cms", "RemoveTags", source=PROVIDER, mutates=True, resource=("GroupIds",))
def remove_tags(call: Call) -> dict[str, Any]:
    names = [str(tag.get("Key", "")) for tag in _tags(call)]
    models.untag(call.tenant, [str(key) for key in call.items("GroupIds")], names)
    return {"Tag": {"Tags": names}}


def _tags(call: Call) -> list[dict[str, Any]]:
    tags = call.items("Tag")
    if not all(isinstance(tag, dict) for tag in tags):
        raise invalid("Tag.N.Key and Tag.N.Value are expected.")
    return tags


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]
