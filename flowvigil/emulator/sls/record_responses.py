"""Resource records (robots, action policies, templates of SLS alerts) and the one-time set-up of alerting."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.registry import rest, rpc
from flowvigil.emulator.sls import project_models, store_models
from flowvigil.emulator.sls.errors import absent, invalid
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND = "record"
PROVIDER = "provider source 1.285.0; SLS Go SDK 0.1.108"
RECORDS = "/resources/{resource}/records"
RECORD = RECORDS + "/{record}"
RESOURCES = (
    "sls.alert.action_webhook",
    "sls.common.user",
    "sls.common.user_group",
    "sls.alert.action_policy",
    "sls.alert.alert_policy",
    "sls.alert.content_template",
    "sls.alert.global_config",
)
HISTORY, CENTER = "internal-alert-history", "internal-alert-center-log"


@rest("CreateResourceRecord", "POST", RECORDS, source=PROVIDER, on_project=False)
def create(call: Call) -> None:
    document = _checked(call, call.document())
    key = f"{call.path['resource']}/{document['id']}"
    if call.tenant.get(KIND, key):
        raise CloudError(400, "ResourceRecordAlreadyExist", f"record {document['id']} already exists")
    now = call.tenant.now() // 1000
    call.tenant.put(KIND, key, {**document, "createTime": now, "lastModifyTime": now})


@rest("GetResourceRecord", "GET", RECORD, source=PROVIDER, on_project=False)
def get(call: Call) -> Body:
    return _must(call)


@rest("ListResourceRecords", "GET", RECORDS, source=PROVIDER, on_project=False)
def listing(call: Call) -> dict[str, Any]:
    _known(call)
    found = [body for key, body in call.tenant.all(KIND).items() if key.startswith(f"{call.path['resource']}/")]
    start, size = call.number("offset", 0), call.number("size", 100)
    page = found[start : start + size]
    return {"total": len(found), "count": len(page), "items": page}


@rest("UpdateResourceRecord", "PUT", RECORD, source=PROVIDER, on_project=False)
def update(call: Call) -> None:
    old = _must(call)
    document = _checked(call, {**call.document(), "id": call.path["record"]})
    changed = {"createTime": old["createTime"], "lastModifyTime": call.tenant.now() // 1000}
    call.tenant.put(KIND, f"{call.path['resource']}/{call.path['record']}", {**document, **changed})


@rest("DeleteResourceRecord", "DELETE", RECORDS, source=PROVIDER, on_project=False)
def delete(call: Call) -> None:
    _known(call)
    for name in call.text("ids").split(","):
        if not call.tenant.drop(KIND, f"{call.path['resource']}/{name}"):
            raise absent("ResourceRecord", name)


def _checked(call: Call, document: Body) -> Body:
    _known(call)
    project_models.named(document, "id")
    try:
        parsed(project_models.named(document, "value"))
    except ValueError:
        raise invalid("value must be the text of a JSON document") from None
    return {"id": document["id"], "tag": str(document.get("tag") or ""), "value": document["value"]}


def _known(call: Call) -> None:
    if call.path["resource"] not in RESOURCES:
        raise absent("Resource", call.path["resource"])


def _must(call: Call) -> Body:
    _known(call)
    body = call.tenant.get(KIND, f"{call.path['resource']}/{call.path['record']}")
    if body is None:
        raise absent("ResourceRecord", call.path["record"])
    return body


@rpc("slspop", "InitUserAlertResource", source=PROVIDER, mutates=True, ram="log:CreateResource")
def init_user(call: Call) -> dict[str, Any]:
    """Make what alerting of the whole account rests on: its project, store and settings record."""
    region = call.text("Region") or "cn-heyuan"
    project = f"sls-alert-{call.tenant.account}-{region}"
    _make_store(call.tenant, project, CENTER)
    detail = {"alert_center_log": {"region": region}}
    value = json.dumps({"config_id": "default_config", "config_name": "default", "config_detail": detail})
    record = {"id": "default_config", "tag": "default_config", "value": value, "createTime": 0, "lastModifyTime": 0}
    call.tenant.put(KIND, "sls.alert.global_config/default_config", record)
    return {"Data": ""}


@rpc("slspop", "AnalyzeProductLog", source=PROVIDER, mutates=True, resource=("Project",), ram="log:CreateLogStore")
def analyze(call: Call) -> dict[str, Any]:
    """Make the store that a project's alert history goes to."""
    project_models.must(call.tenant, call.must("Project"))
    _make_store(call.tenant, call.text("Project"), call.text("Logstore") or HISTORY)
    return {"Data": ""}


def _make_store(tenant: Tenant, project: str, store: str) -> None:
    if tenant.get(project_models.KIND, project) is None:
        project_models.create(tenant, project, "made by the alerting set-up", "")
    if tenant.get(store_models.KIND, f"{project}/{store}") is None:
        store_models.create(tenant, project, store, {"ttl": 7})
