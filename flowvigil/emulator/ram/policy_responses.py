"""Policies and tags on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.ram import models
from flowvigil.emulator.ram.errors import absent, invalid
from flowvigil.emulator.registry import rpc
from flowvigil.emulator.state import Body

PROVIDER = "provider source 1.285.0"
NAME = ("PolicyName",)
KINDS = {"policy": models.POLICY, "role": models.ROLE}


@rpc("ram", "CreatePolicy", source=PROVIDER, mutates=True, resource=NAME)
def create(call: Call) -> dict[str, Any]:
    name, document = call.must("PolicyName"), call.must("PolicyDocument")
    return {
        "Policy": _shown(call, models.create_policy(call.tenant, name, document, call.text("Description"), tags(call)))
    }


@rpc("ram", "GetPolicy", source=PROVIDER, resource=NAME)
def get(call: Call) -> dict[str, Any]:
    if call.must("PolicyType") == models.SYSTEM:
        raise absent("Policy", f"{call.text('PolicyName')} (system policies are not emulated)")
    body = models.policy(call.tenant, call.must("PolicyName"))
    version = next(one for one in body["Versions"] if one["VersionId"] == body["DefaultVersion"])
    return {"Policy": _shown(call, body), "DefaultPolicyVersion": {**version, "IsDefaultVersion": True}}


def _shown(call: Call, body: Body) -> Body:
    names = ("PolicyName", "Description", "CreateDate", "DefaultVersion")
    count = len(models.roles_with(call.tenant, models.CUSTOM, body["PolicyName"]))
    return {**{name: body[name] for name in names}, "PolicyType": models.CUSTOM, "AttachmentCount": count}


@rpc("ram", "ListPolicies", source="RAM API ListPolicies")
def listing(call: Call) -> dict[str, Any]:
    found = [_shown(call, body) for body in call.tenant.all(models.POLICY).values()]
    return {"IsTruncated": False, "Policies": {"Policy": found if call.text("PolicyType") != models.SYSTEM else []}}


@rpc("ram", "UpdatePolicyDescription", source=PROVIDER, mutates=True, resource=NAME)
def describe(call: Call) -> dict[str, Any]:
    body = {**models.policy(call.tenant, call.must("PolicyName")), "Description": call.text("NewDescription")}
    call.tenant.put(models.POLICY, body["PolicyName"], body)
    return {"Policy": _shown(call, body)}


@rpc("ram", "CreatePolicyVersion", source=PROVIDER, mutates=True, resource=NAME)
def add_version(call: Call) -> dict[str, Any]:
    name, document = call.must("PolicyName"), call.must("PolicyDocument")
    default = call.text("SetAsDefault").lower() == "true"
    version = models.add_version(call.tenant, name, document, default=default, rotate=call.text("RotateStrategy"))
    return {"PolicyVersion": {**version, "IsDefaultVersion": default}}


@rpc("ram", "ListPolicyVersions", source=PROVIDER, resource=NAME)
def versions(call: Call) -> dict[str, Any]:
    body = models.policy(call.tenant, call.must("PolicyName"))
    found = [{**one, "IsDefaultVersion": one["VersionId"] == body["DefaultVersion"]} for one in body["Versions"]]
    return {"PolicyVersions": {"PolicyVersion": found}}


@rpc("ram", "DeletePolicyVersion", source=PROVIDER, mutates=True, resource=NAME)
def drop_version(call: Call) -> dict[str, Any]:
    models.drop_version(call.tenant, call.must("PolicyName"), call.must("VersionId"))
    return {}


@rpc("ram", "DeletePolicy", source=PROVIDER, mutates=True, resource=NAME)
def delete(call: Call) -> dict[str, Any]:
    cascading = call.text("CascadingDelete").lower() == "true"
    models.delete_policy(call.tenant, call.must("PolicyName"), cascading=cascading)
    return {}


@rpc("ram", "ListEntitiesForPolicy", source=PROVIDER, resource=NAME)
def entities(call: Call) -> dict[str, Any]:
    holders = models.roles_with(call.tenant, call.must("PolicyType"), call.must("PolicyName"))
    return {"Users": {"User": []}, "Groups": {"Group": []}, "Roles": {"Role": [{"RoleName": name} for name in holders]}}


@rpc("ram", "ListTagResources", source=PROVIDER, resource=("ResourceNames",))
def list_tags(call: Call) -> dict[str, Any]:
    kind, found = _kind(call), []
    for name in names(call.text("ResourceNames")):
        body = call.tenant.get(kind, name) or {"Tags": {}}
        found += [{"ResourceName": name, "ResourceType": call.text("ResourceType"), "TagKey": key, "TagValue": value}
                  for key, value in body["Tags"].items()]  # fmt: skip
    return {"TagResources": {"TagResource": found}}


@rpc("ram", "TagResources", source=PROVIDER, mutates=True, resource=("ResourceNames",))
def tag(call: Call) -> dict[str, Any]:
    for name in names(call.must("ResourceNames")):
        models.retag(call.tenant, _kind(call), name, tags(call), [])
    return {}


@rpc("ram", "UntagResources", source=PROVIDER, mutates=True, resource=("ResourceNames",))
def untag(call: Call) -> dict[str, Any]:
    keys = [str(key) for key in call.items("TagKey")] or names(call.text("TagKeys"))
    for name in names(call.must("ResourceNames")):
        models.retag(call.tenant, _kind(call), name, {}, keys)
    return {}


def _kind(call: Call) -> str:
    kind = KINDS.get(call.must("ResourceType"))
    if kind is None:
        raise invalid("ResourceType", "ResourceType is policy or role.")
    return kind


def names(text: str) -> list[str]:
    """The names in a JSON array."""
    found = _parsed(text or "[]")
    if not isinstance(found, list):
        raise invalid("ResourceNames", "ResourceNames must be a JSON array.")
    return [str(name) for name in found]


def tags(call: Call) -> dict[str, str]:
    """`Tag` is the text of a JSON array in the provider's requests, a numbered list in others'."""
    value = call.params.get("Tag", "[]")
    found = _parsed(value) if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid("Tag", "Tag must be a list of Key and Value.")
    return {str(one.get("Key", "")): str(one.get("Value", "")) for one in found}


def _parsed(text: str) -> Any:
    try:
        return parsed(text)
    except ValueError:
        return None
