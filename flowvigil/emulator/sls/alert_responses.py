"""Alerts of a project under both of their addresses: `/jobs` (log.Alert) and `/alerts` (sls.Alert). Judges none."""

from __future__ import annotations

import re
from typing import Any

from flowvigil.emulator.alerting.rules import compiled
from flowvigil.emulator.call import Call
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import project_models
from flowvigil.emulator.sls.errors import absent, invalid
from flowvigil.emulator.state import Body

KIND = "alert"
PROVIDER = "provider source 1.285.0; SLS Go SDK 0.1.108"
STATES = {"enable": ("Enabled", "ENABLED"), "disable": ("Disabled", "DISABLED")}
NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,62}[A-Za-z0-9_]?")


@rest("CreateJob", "POST", "/jobs", source=PROVIDER, ram="log:CreateJob")
def create_job(call: Call) -> None:
    if call.document().get("type") != "Alert":
        raise CloudError(400, "EmulatorUnsupported", "of the job types only Alert is answered")
    _create(call)


@rest("CreateAlert", "POST", "/alerts", source=PROVIDER, ram="log:CreateJob")
def create_alert(call: Call) -> None:
    _create(call)


def _create(call: Call) -> None:
    document = _checked(call, call.document())
    key = f"{call.project}/{document['name']}"
    if call.tenant.get(KIND, key):
        raise CloudError(400, "JobAlreadyExist", f"job {document['name']} already exists")
    most = call.tenant.switches.number("alerts_per_project")
    if sum(known.startswith(f"{call.project}/") for known in call.tenant.all(KIND)) >= most:
        raise CloudError(400, "ExceedQuota", f"the project holds {most} alerts already")
    now = call.tenant.now() // 1000
    state = {"state": "Enabled", "status": "ENABLED", "type": "Alert"}
    call.tenant.put(KIND, key, {**document, **state, "createTime": now, "lastModifiedTime": now})


def _checked(call: Call, document: Body) -> Body:
    project_models.must(call.tenant, call.project)
    if not NAMES.fullmatch(project_models.named(document, "name")):
        raise invalid("name: 2 to 64 letters, digits, - and _, a letter or digit first")
    project_models.named(document, "displayName")
    for part in ("configuration", "schedule"):
        if not isinstance(document.get(part), dict):
            raise invalid(f"{part} must be an object")
    queries = document["configuration"].get("queryList") or []
    if not 1 <= len(queries) <= 3:
        raise invalid("queryList has 1 to 3 queries")
    return _judgeable(call, document)


def _judgeable(call: Call, document: Body) -> Body:
    try:
        compiled(call.tenant.account, call.project, document)
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid(str(error)) from None
    return document


@rest("GetJob", "GET", "/jobs/{alert}", source=PROVIDER)
def get_job(call: Call) -> Body:
    return _must(call)


@rest("GetAlert", "GET", "/alerts/{alert}", source=PROVIDER, ram="log:GetJob")
def get_alert(call: Call) -> Body:
    return _must(call)


@rest("UpdateJob", "PUT", "/jobs/{alert}", source=PROVIDER)
def update_job(call: Call) -> None:
    _update(call)


@rest("UpdateAlert", "PUT", "/alerts/{alert}", source=PROVIDER, ram="log:UpdateJob")
def update_alert(call: Call) -> None:
    _update(call)


def _update(call: Call) -> None:
    old = _must(call)
    key = f"{call.project}/{call.path['alert']}"
    now = {"lastModifiedTime": call.tenant.now() // 1000}
    action = call.text("action")
    if action:
        if action not in STATES:
            raise invalid("action is enable or disable")
        state, status = STATES[action]
        call.tenant.put(KIND, key, {**old, "state": state, "status": status, **now})
        return
    document = _checked(call, {"displayName": old["displayName"], **call.document(), "name": old["name"]})
    kept = {name: old[name] for name in ("createTime", "state", "status", "type")}
    if document.get("state") in ("Enabled", "Disabled"):
        kept["state"], kept["status"] = document["state"], document["state"].upper()
    call.tenant.put(KIND, key, {**document, **kept, **now})


@rest("DeleteJob", "DELETE", "/jobs/{alert}", source=PROVIDER)
def delete_job(call: Call) -> None:
    _delete(call)


@rest("DeleteAlert", "DELETE", "/alerts/{alert}", source=PROVIDER, ram="log:DeleteJob")
def delete_alert(call: Call) -> None:
    _delete(call)


def _delete(call: Call) -> None:
    _must(call)
    call.tenant.drop(KIND, f"{call.project}/{call.path['alert']}")


@rest("ListJobs", "GET", "/jobs", source="SLS API ListJobs")
def list_jobs(call: Call) -> dict[str, Any]:
    return _listing(call)


@rest("ListAlerts", "GET", "/alerts", source="SLS API ListAlerts", ram="log:ListJobs")
def list_alerts(call: Call) -> dict[str, Any]:
    return _listing(call)


def _listing(call: Call) -> dict[str, Any]:
    project_models.must(call.tenant, call.project)
    found = [body for key, body in call.tenant.all(KIND).items() if key.startswith(f"{call.project}/")]
    start, size = call.number("offset", 0), call.number("size", 100)
    return {"total": len(found), "count": len(found[start : start + size]), "results": found[start : start + size]}


def _must(call: Call) -> Body:
    project_models.must(call.tenant, call.project)
    body = call.tenant.get(KIND, f"{call.project}/{call.path['alert']}")
    if body is None:
        raise absent("Job", call.path["alert"])
    return body
