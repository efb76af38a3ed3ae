"""Log Service projects with their policy and tags."""

from __future__ import annotations

import re

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.sls.errors import absent, invalid
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND = "project"
OWNERS = "-"
INSIDE = ("logstore", "index", "dashboard", "alert", "substore")


def create(tenant: Tenant, name: str, description: str, resource_group: str) -> None:
    """Make a project; its name is unique over all accounts."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name):
        raise CloudError(400, "ParameterInvalid", f"project name {name!r}: 3 to 63 of a-z, 0-9 and -, no - at the ends")
    if tenant.state.get("project_owner", OWNERS, name):
        raise CloudError(400, "ProjectAlreadyExist", f"Project {name} already exists.")
    tenant.state.put("project_owner", OWNERS, name, {"account": tenant.account})
    body = {
        "projectName": name,
        "description": description,
        "resourceGroupId": resource_group,
        "createTime": _time(tenant),
    }
    tenant.put(KIND, name, {**body, "tags": {}, "policy": ""})


def must(tenant: Tenant, name: str) -> Body:
    """The project, or the error of one that is not there or belongs to another account."""
    body = tenant.get(KIND, name)
    if body is not None:
        return body
    if tenant.state.get("project_owner", OWNERS, name):
        raise CloudError(403, "Unauthorized", f"The project does not belong to you: {name}")
    raise absent("Project", name)


def change(tenant: Tenant, name: str, changes: Body) -> None:
    tenant.put(KIND, name, {**must(tenant, name), **changes, "lastModifyTime": _time(tenant)})


def delete(tenant: Tenant, name: str) -> None:
    """Remove a project with all that is in it."""
    must(tenant, name)
    tenant.drop(KIND, name)
    tenant.state.drop("project_owner", OWNERS, name)
    for kind in INSIDE:
        for key in tenant.all(kind):
            if key.startswith(f"{name}/"):
                tenant.drop(kind, key)
    tenant.state.db.execute("DELETE FROM logs WHERE account=? AND project=?", (tenant.account, name))
    tenant.lines.forget(tenant.account, name)


def tag(tenant: Tenant, name: str, tags: dict[str, str]) -> None:
    body = must(tenant, name)
    change(tenant, name, {"tags": {**body["tags"], **tags}})


def untag(tenant: Tenant, name: str, keys: list[str]) -> None:
    """Remove tags by key; no key at all removes every tag."""
    body = must(tenant, name)
    change(tenant, name, {"tags": {key: value for key, value in body["tags"].items() if keys and key not in keys}})


def named(document: Body, field: str) -> str:
    """A mandatory text field of a JSON body."""
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise invalid(f"{field} is mandatory and must be text")
    return value


def _time(tenant: Tenant) -> str:
    return str(tenant.now() // 1000)
