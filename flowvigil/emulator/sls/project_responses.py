"""Projects, their tags and policy on the wire. Host with a project: its own; bare host: account level."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import project_models as models
from flowvigil.emulator.sls.errors import invalid

PROVIDER = "provider source 1.285.0"


@rest("CreateProject", "POST", "/", source=PROVIDER, on_project=False)
def create(call: Call) -> None:
    _create(call)


@rest("CreateProject", "POST", "/", source="SLS API CreateProject")
def create_on_host(call: Call) -> None:
    _create(call)


def _create(call: Call) -> None:
    document = call.document()
    description, group = document.get("description"), document.get("resourceGroupId")
    models.create(call.tenant, models.named(document, "projectName"), str(description or ""), str(group or ""))


@rest("GetProject", "GET", "/", source=PROVIDER)
def get(call: Call) -> dict[str, Any]:
    body = models.must(call.tenant, call.project)
    shown = {name: value for name, value in body.items() if name not in ("tags", "policy")}
    return {**shown, "status": "Normal", "owner": call.tenant.account, "region": "cn-hangzhou"}


@rest("ListProject", "GET", "/", source="SLS API ListProject", on_project=False)
def listing(call: Call) -> dict[str, Any]:
    found = [body for name, body in call.tenant.all(models.KIND).items() if call.text("projectName") in name]
    return {"count": len(found), "total": len(found), "projects": [{**body, "status": "Normal"} for body in found]}


@rest("UpdateProject", "PUT", "/", source=PROVIDER)
def update(call: Call) -> None:
    models.change(call.tenant, call.project, {"description": str(call.document().get("description") or "")})


@rest("ChangeResourceGroup", "PUT", "/resourcegroup", source=PROVIDER, on_project=False)
def change_group(call: Call) -> None:
    document = call.document()
    group = models.named(document, "resourceGroupId")
    models.change(call.tenant, models.named(document, "resourceId"), {"resourceGroupId": group})


@rest("DeleteProject", "DELETE", "/", source=PROVIDER)
def delete(call: Call) -> None:
    models.delete(call.tenant, call.project)


@rest("GetProjectPolicy", "GET", "/policy", source=PROVIDER)
def get_policy(call: Call) -> dict[str, Any]:
    policy = models.must(call.tenant, call.project)["policy"]
    found: dict[str, Any] = json.loads(policy) if policy else {}
    return found


@rest("CreateProjectPolicy", "POST", "/policy", source=PROVIDER)
def put_policy(call: Call) -> None:
    call.document()
    models.change(call.tenant, call.project, {"policy": call.body.decode()})


@rest("DeleteProjectPolicy", "DELETE", "/policy", source=PROVIDER)
def delete_policy(call: Call) -> None:
    models.change(call.tenant, call.project, {"policy": ""})


@rest("ListTagResources", "GET", "/tags", source=PROVIDER, on_project=False)
def tags(call: Call) -> dict[str, Any]:
    return _tags(call)


@rest("ListTagResources", "GET", "/tags", source=PROVIDER)
def tags_on_host(call: Call) -> dict[str, Any]:
    return _tags(call)


def _tags(call: Call) -> dict[str, Any]:
    try:
        names = parsed(call.text("resourceId") or "[]")
    except ValueError:
        raise invalid("resourceId must be a JSON array") from None
    found = []
    for name in names if isinstance(names, list) else []:
        for key, value in models.must(call.tenant, str(name))["tags"].items():
            found.append({"resourceId": name, "resourceType": "project", "tagKey": key, "tagValue": value})
    return {"tagResources": found, "nextToken": ""}


@rest("TagResources", "POST", "/tag", source=PROVIDER, on_project=False)
def tag(call: Call) -> None:
    _tag(call)


@rest("TagResources", "POST", "/tag", source=PROVIDER)
def tag_on_host(call: Call) -> None:
    _tag(call)


def _tag(call: Call) -> None:
    document = call.document()
    pairs = {
        str(tag.get("key")): str(tag.get("value", "")) for tag in _listed(document, "tags") if isinstance(tag, dict)
    }
    for name in _resource_ids(document):
        models.tag(call.tenant, name, pairs)


@rest("UntagResources", "POST", "/untag", source=PROVIDER, on_project=False)
def untag(call: Call) -> None:
    _untag(call)


@rest("UntagResources", "POST", "/untag", source=PROVIDER)
def untag_on_host(call: Call) -> None:
    _untag(call)


def _untag(call: Call) -> None:
    document = call.document()
    for name in _resource_ids(document):
        models.untag(call.tenant, name, [str(key) for key in _listed(document, "tags")])


def _resource_ids(document: dict[str, Any]) -> list[str]:
    ids = document.get("resourceId")
    return [str(name) for name in ids] if isinstance(ids, list) else [str(ids)]


def _listed(document: dict[str, Any], field: str) -> list[Any]:
    value = document.get(field)
    if value is not None and not isinstance(value, list):
        raise invalid(f"{field} must be a list")
    return value or []
