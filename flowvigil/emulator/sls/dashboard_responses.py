"""Dashboards of a project: kept and given back as written, nothing is drawn here."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import project_models
from flowvigil.emulator.sls.errors import absent, invalid, present
from flowvigil.emulator.state import Body

KIND = "dashboard"
SOURCE = "provider source 1.285.0"
MOST = 100


@rest("CreateDashboard", "POST", "/dashboards", source=SOURCE)
def create(call: Call) -> None:
    document = _checked(call)
    key = f"{call.project}/{document['dashboardName']}"
    if call.tenant.get(KIND, key):
        raise present("Dashboard", document["dashboardName"])
    call.tenant.put(KIND, key, document)


@rest("ListDashboard", "GET", "/dashboards", source="SLS API ListDashboard")
def listing(call: Call) -> dict[str, Any]:
    project_models.must(call.tenant, call.project)
    keys = [key for key in call.tenant.all(KIND) if key.startswith(f"{call.project}/")]
    names = [key.split("/", 1)[1] for key in keys]
    return {"dashboards": names, "count": len(names), "total": len(names)}


@rest("GetDashboard", "GET", "/dashboards/{dashboard}", source=SOURCE)
def get(call: Call) -> Body:
    return _must(call)


@rest("UpdateDashboard", "PUT", "/dashboards/{dashboard}", source=SOURCE)
def update(call: Call) -> None:
    _must(call)
    call.tenant.put(KIND, f"{call.project}/{call.path['dashboard']}", _checked(call))


@rest("DeleteDashboard", "DELETE", "/dashboards/{dashboard}", source=SOURCE)
def delete(call: Call) -> None:
    _must(call)
    call.tenant.drop(KIND, f"{call.project}/{call.path['dashboard']}")


def _must(call: Call) -> Body:
    project_models.must(call.tenant, call.project)
    body = call.tenant.get(KIND, f"{call.project}/{call.path['dashboard']}")
    if body is None:
        raise absent("Dashboard", call.path["dashboard"])
    return body


def _checked(call: Call) -> Body:
    project_models.must(call.tenant, call.project)
    document = call.document()
    project_models.named(document, "dashboardName")
    charts = document.get("charts")
    if not isinstance(charts, list) or not all(isinstance(chart, dict) for chart in charts) or len(charts) > MOST:
        raise invalid(f"charts must be a list of at most {MOST} objects")
    return document
