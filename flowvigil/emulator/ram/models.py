"""Policies with their versions, roles, and which policies hang on which role."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from flowvigil.emulator.documents import parsed
from flowvigil.emulator.ram.errors import absent, conflict, invalid, present
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

POLICY, ROLE = "ram_policy", "ram_role"
CUSTOM, SYSTEM = "Custom", "System"
VERSIONS = 5
"""A policy keeps at most five versions (RAM limits)."""


def create_policy(tenant: Tenant, name: str, document: str, description: str, tags: Body) -> Body:
    """Make a policy with its first version."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,128}", name):
        raise invalid("PolicyName", "The policy name has 1 to 128 letters, digits and -.")
    if tenant.get(POLICY, name):
        raise present("Policy", name)
    _json(document, "PolicyDocument")
    version = {"VersionId": "v1", "PolicyDocument": document, "CreateDate": _date(tenant)}
    body = {"PolicyName": name, "Description": description, "CreateDate": _date(tenant), "DefaultVersion": "v1",
            "Versions": [version], "Next": 2, "Tags": tags}  # fmt: skip
    tenant.put(POLICY, name, body)
    return body


def policy(tenant: Tenant, name: str) -> Body:
    """The custom policy, or EntityNotExist.Policy."""
    body = tenant.get(POLICY, name)
    if body is None:
        raise absent("Policy", name)
    return body


def add_version(tenant: Tenant, name: str, document: str, *, default: bool, rotate: str) -> Body:
    """Add a version; with the rotate strategy the oldest that is not the default goes when there are five."""
    body = policy(tenant, name)
    _json(document, "PolicyDocument")
    versions = body["Versions"]
    if len(versions) >= VERSIONS:
        if rotate != "DeleteOldestNonDefaultVersionWhenLimitExceeded":
            raise conflict("Policy.Version", f"The policy has {VERSIONS} versions already.")
        versions.remove(next(one for one in versions if one["VersionId"] != body["DefaultVersion"]))
    version = {"VersionId": f"v{body['Next']}", "PolicyDocument": document, "CreateDate": _date(tenant)}
    versions.append(version)
    body["Next"] += 1
    body["DefaultVersion"] = version["VersionId"] if default else body["DefaultVersion"]
    tenant.put(POLICY, name, body)
    return version


def drop_version(tenant: Tenant, name: str, version: str) -> None:
    body = policy(tenant, name)
    if version == body["DefaultVersion"]:
        raise conflict("Policy.Version.Default", "The default version cannot be deleted.")
    body["Versions"] = [one for one in body["Versions"] if one["VersionId"] != version]
    tenant.put(POLICY, name, body)


def delete_policy(tenant: Tenant, name: str, *, cascading: bool) -> None:
    """Remove a policy; what hangs on it refuses, unless `cascading`."""
    body = policy(tenant, name)
    holders = roles_with(tenant, CUSTOM, name)
    if holders and not cascading:
        raise conflict("Policy.Role", f"The policy is attached to {', '.join(holders)}.")
    if len(body["Versions"]) > 1 and not cascading:
        raise conflict("Policy.Version", "The policy has more than one version.")
    for holder in holders:
        detach(tenant, holder, CUSTOM, name)
    tenant.drop(POLICY, name)


def roles_with(tenant: Tenant, kind: str, name: str) -> list[str]:
    """The roles that a policy is attached to."""
    return [role_name for role_name, body in tenant.all(ROLE).items() if [kind, name] in body["Policies"]]


def create_role(tenant: Tenant, name: str, trust: str, description: str, session_s: int, tags: Body) -> Body:
    """Make a role; `trust` says who may assume it."""
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", name):
        raise invalid("RoleName", "The role name has 1 to 64 letters, digits, . and -.")
    if tenant.get(ROLE, name):
        raise present("Role", name)
    _check_role(trust, session_s)
    body = {"RoleName": name, "RoleId": str(300_000_000_000_000_000 + tenant.state.next("ram_role")),
            "Arn": f"acs:ram::{tenant.account}:role/{name.lower()}", "Description": description,
            "AssumeRolePolicyDocument": trust, "MaxSessionDuration": session_s, "CreateDate": _date(tenant),
            "UpdateDate": _date(tenant), "Policies": [], "Tags": tags}  # fmt: skip
    tenant.put(ROLE, name, body)
    return body


def _check_role(trust: str, session_s: int) -> None:
    _json(trust, "AssumeRolePolicyDocument")
    if not 3600 <= session_s <= 43200:
        raise invalid("MaxSessionDuration", "MaxSessionDuration is from 3600 to 43200 seconds.")


def role(tenant: Tenant, name: str) -> Body:
    """The role, or EntityNotExist.Role."""
    body = tenant.get(ROLE, name)
    if body is None:
        raise absent("Role", name)
    return body


def update_role(tenant: Tenant, name: str, changes: Body) -> Body:
    body = {**role(tenant, name), **changes, "UpdateDate": _date(tenant)}
    _check_role(body["AssumeRolePolicyDocument"], body["MaxSessionDuration"])
    tenant.put(ROLE, name, body)
    return body


def delete_role(tenant: Tenant, name: str) -> None:
    if role(tenant, name)["Policies"]:
        raise conflict("Role.Policy", "The role still has policies.")
    tenant.drop(ROLE, name)


def attach(tenant: Tenant, name: str, kind: str, policy_name: str) -> None:
    """Hang a policy on a role; a system policy is taken to exist."""
    body = role(tenant, name)
    if kind == CUSTOM:
        policy(tenant, policy_name)
    if [kind, policy_name] in body["Policies"]:
        raise present("Role.Policy", f"{name} already has {policy_name}")
    tenant.put(ROLE, name, {**body, "Policies": [*body["Policies"], [kind, policy_name]]})


def detach(tenant: Tenant, name: str, kind: str, policy_name: str) -> None:
    body = role(tenant, name)
    if [kind, policy_name] not in body["Policies"]:
        raise absent("Role.Policy", policy_name)
    tenant.put(ROLE, name, {**body, "Policies": [one for one in body["Policies"] if one != [kind, policy_name]]})


def retag(tenant: Tenant, kind: str, name: str, add: Body, remove: list[str]) -> None:
    """Change the tags of a policy or a role."""
    body = policy(tenant, name) if kind == POLICY else role(tenant, name)
    tenant.put(kind, name, {**body, "Tags": {k: v for k, v in {**body["Tags"], **add}.items() if k not in remove}})


def _json(text: str, what: str) -> None:
    try:
        found = parsed(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("Statement"), list):
        raise invalid(what, "The document must be a JSON object with a list of statements.")


def _date(tenant: Tenant) -> str:
    return datetime.fromtimestamp(tenant.now() / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
