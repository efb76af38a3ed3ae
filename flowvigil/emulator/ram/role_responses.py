"""Roles and their policies on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.ram import models
from flowvigil.emulator.ram.policy_responses import tags
from flowvigil.emulator.registry import rpc
from flowvigil.emulator.state import Body

PROVIDER = "provider source 1.285.0"
NAME = ("RoleName",)
HOUR = 3600


@rpc("ram", "CreateRole", source=PROVIDER, mutates=True, resource=NAME)
def create(call: Call) -> dict[str, Any]:
    name, trust = call.must("RoleName"), call.must("AssumeRolePolicyDocument")
    session_s = call.number("MaxSessionDuration", HOUR)
    return {
        "Role": _shown(models.create_role(call.tenant, name, trust, call.text("Description"), session_s, tags(call)))
    }


@rpc("ram", "GetRole", source=PROVIDER, resource=NAME)
def get(call: Call) -> dict[str, Any]:
    return {"Role": _shown(models.role(call.tenant, call.must("RoleName")))}


@rpc("ram", "ListRoles", source="RAM API ListRoles")
def listing(call: Call) -> dict[str, Any]:
    return {"IsTruncated": False, "Roles": {"Role": [_shown(body) for body in call.tenant.all(models.ROLE).values()]}}


def _shown(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in ("Policies", "Tags")}


@rpc("ram", "UpdateRole", source=PROVIDER, mutates=True, resource=NAME)
def update(call: Call) -> dict[str, Any]:
    changes: Body = {}
    if "NewDescription" in call.params:
        changes["Description"] = call.text("NewDescription")
    if call.text("NewMaxSessionDuration"):
        changes["MaxSessionDuration"] = call.number("NewMaxSessionDuration", HOUR)
    if call.text("NewAssumeRolePolicyDocument"):
        changes["AssumeRolePolicyDocument"] = call.text("NewAssumeRolePolicyDocument")
    return {"Role": _shown(models.update_role(call.tenant, call.must("RoleName"), changes))}


@rpc("ram", "DeleteRole", source=PROVIDER, mutates=True, resource=NAME)
def delete(call: Call) -> dict[str, Any]:
    models.delete_role(call.tenant, call.must("RoleName"))
    return {}


@rpc("ram", "AttachPolicyToRole", source=PROVIDER, mutates=True, resource=("RoleName", "PolicyName"))
def attach(call: Call) -> dict[str, Any]:
    models.attach(call.tenant, call.must("RoleName"), call.must("PolicyType"), call.must("PolicyName"))
    return {}


@rpc("ram", "DetachPolicyFromRole", source=PROVIDER, mutates=True, resource=("RoleName", "PolicyName"))
def detach(call: Call) -> dict[str, Any]:
    models.detach(call.tenant, call.must("RoleName"), call.must("PolicyType"), call.must("PolicyName"))
    return {}


@rpc("ram", "ListPoliciesForRole", source=PROVIDER, resource=NAME)
def policies(call: Call) -> dict[str, Any]:
    held = models.role(call.tenant, call.must("RoleName"))["Policies"]
    return {
        "Policies": {
            "Policy": [{"PolicyType": kind, "PolicyName": name, "DefaultVersion": "v1"} for kind, name in held]
        }
    }
