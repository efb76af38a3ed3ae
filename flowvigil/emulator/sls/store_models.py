"""Logstores and their indexes."""

from __future__ import annotations

import re

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.sls import project_models
from flowvigil.emulator.sls.errors import absent, invalid, present
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND, INDEX = "logstore", "index"
FIELDS = [
    "ttl",
    "shardCount",
    "autoSplit",
    "appendMeta",
    "telemetryType",
    "mode",
    "hot_ttl",
    "maxSplitShard",
    "enable_tracking",
    "infrequentAccessTTL",
    "encrypt_conf",
]
DEFAULTS = {"ttl": 30, "shardCount": 2, "autoSplit": False, "appendMeta": False, "mode": "standard",
            "enable_tracking": False, "telemetryType": ""}  # fmt: skip


def create(tenant: Tenant, project: str, name: str, fields: Body) -> None:
    """Make a logstore; the name rule and 1 to 3650 days of retention are documented."""
    project_models.must(tenant, project)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", name):
        raise CloudError(400, "LogstoreNameInvalid", f"logstore name {name!r}: 3 to 63 of a-z, 0-9, - and _")
    key = f"{project}/{name}"
    if tenant.get(KIND, key):
        raise present("LogStore", name)
    body = {**DEFAULTS, **_known(fields), "logstoreName": name, "meteringMode": "ChargeByFunction"}
    _check(body)
    now = tenant.now() // 1000
    tenant.put(KIND, key, {**body, "createTime": now, "lastModifyTime": now})


def must(tenant: Tenant, project: str, name: str) -> Body:
    """The logstore, or the error of a project or store that is not there."""
    project_models.must(tenant, project)
    body = tenant.get(KIND, f"{project}/{name}")
    if body is None:
        raise absent("LogStore", name)
    return body


def change(tenant: Tenant, project: str, name: str, fields: Body) -> None:
    """Change what is given; the number of shards stays as made."""
    body = {**must(tenant, project, name), **_known(fields)}
    _check(body)
    tenant.put(KIND, f"{project}/{name}", {**body, "lastModifyTime": tenant.now() // 1000})


def set_metering(tenant: Tenant, project: str, name: str, mode: str) -> None:
    body = must(tenant, project, name)
    if mode not in ("ChargeByFunction", "ChargeByDataIngest"):
        raise invalid("meteringMode is ChargeByFunction or ChargeByDataIngest")
    tenant.put(KIND, f"{project}/{name}", {**body, "meteringMode": mode})


def delete(tenant: Tenant, project: str, name: str) -> None:
    """Remove a logstore with its index and its lines."""
    must(tenant, project, name)
    tenant.drop(KIND, f"{project}/{name}")
    tenant.drop(INDEX, f"{project}/{name}")
    for key in tenant.all("substore"):
        if key.startswith(f"{project}/{name}/"):
            tenant.drop("substore", key)
    where = (tenant.account, project, name)
    tenant.state.db.execute("DELETE FROM logs WHERE account=? AND project=? AND store=?", where)
    tenant.lines.forget(*where)


def names(tenant: Tenant, project: str) -> list[str]:
    project_models.must(tenant, project)
    return [key.split("/", 1)[1] for key in tenant.all(KIND) if key.startswith(f"{project}/")]


def index(tenant: Tenant, project: str, name: str) -> Body:
    """The index, or IndexConfigNotExist."""
    must(tenant, project, name)
    body = tenant.get(INDEX, f"{project}/{name}")
    if body is None:
        raise absent("IndexConfig", name)
    return body


def put_index(tenant: Tenant, project: str, name: str, body: Body, *, new: bool) -> None:
    """Make (`new`) or replace an index; making a second one and replacing none are errors."""
    store = must(tenant, project, name)
    old = tenant.get(INDEX, f"{project}/{name}")
    if new and old is not None:
        raise CloudError(400, "IndexAlreadyExist", f"log store index of {name} is already created")
    if not new and old is None:
        raise absent("IndexConfig", name)
    if not body.get("line") and not body.get("keys"):
        raise invalid("an index needs line or keys")
    shown = {**body, "ttl": store["ttl"], "index_mode": "v2", "lastModifyTime": tenant.now() // 1000}
    tenant.put(INDEX, f"{project}/{name}", shown)


def delete_index(tenant: Tenant, project: str, name: str) -> None:
    index(tenant, project, name)
    tenant.drop(INDEX, f"{project}/{name}")


def _known(fields: Body) -> Body:
    return {name: fields[name] for name in FIELDS if fields.get(name) is not None}


def _check(body: Body) -> None:
    for name, least, most in (("ttl", 1, 3650), ("shardCount", 1, 10), ("maxSplitShard", 0, 256)):
        value = body.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid(f"{name} must be a whole number from {least} to {most}")
