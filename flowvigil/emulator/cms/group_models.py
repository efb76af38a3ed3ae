"""Monitor groups (application groups) and their tags."""

from __future__ import annotations

from flowvigil.emulator.cms import rule_models
from flowvigil.emulator.cms.errors import invalid, missing
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND = "monitor_group"


def create(tenant: Tenant, name: str, contact_groups: list[str]) -> int:
    """Make a group and return its number; two groups of one name are refused (assumed)."""
    if any(body["GroupName"] == name for body in tenant.all(KIND).values()):
        raise invalid(f"A monitor group called {name} exists already.")
    number = tenant.state.next("monitor_group", 10_001)
    body = {"GroupId": number, "GroupName": name, "ContactGroups": contact_groups, "Tags": {}, "Type": "custom"}
    tenant.put(KIND, str(number), {**body, "GmtCreate": tenant.now(), "GmtModified": tenant.now()})
    return number


def modify(tenant: Tenant, key: str, name: str | None, contact_groups: list[str] | None) -> None:
    """Change what is given; rules that templates made follow the group's contact groups (assumed)."""
    body = must(tenant, key)
    body["GroupName"] = name if name else body["GroupName"]
    if contact_groups is not None:
        body["ContactGroups"] = contact_groups
        rule_models.follow_group(tenant, key, contact_groups)
    tenant.put(KIND, key, {**body, "GmtModified": tenant.now()})


def must(tenant: Tenant, key: str) -> Body:
    """The group, or the error of one that is not there."""
    body = tenant.get(KIND, key)
    if body is None:
        raise missing(f"monitor group {key}")
    return body


def find(tenant: Tenant, key: str, name: str) -> list[Body]:
    """Groups by number and part of the name, either may be empty."""
    return [body for number, body in tenant.all(KIND).items() if key in ("", number) and name in body["GroupName"]]


def delete(tenant: Tenant, key: str) -> Body:
    """Remove a group and, where the switch says so, the rules of the group."""
    body = must(tenant, key)
    tenant.drop(KIND, key)
    if tenant.switches.on("delete_group_rules"):
        rule_models.drop_of_group(tenant, key)
    return body


def tag(tenant: Tenant, keys: list[str], tags: dict[str, str]) -> None:
    """Add or overwrite tags of several groups."""
    for key in keys:
        body = must(tenant, key)
        tenant.put(KIND, key, {**body, "Tags": {**body["Tags"], **tags}})


def untag(tenant: Tenant, keys: list[str], names: list[str]) -> None:
    """Remove tags of several groups by their key."""
    for key in keys:
        body = must(tenant, key)
        tenant.put(KIND, key, {**body, "Tags": {k: v for k, v in body["Tags"].items() if k not in names}})
