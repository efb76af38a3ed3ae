"""The inner store that makes a logstore a metric store: kept and given back, no metrics are read from it."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import project_models, store_models
from flowvigil.emulator.sls.errors import absent, invalid, present
from flowvigil.emulator.sls.store_responses import STORE

KIND = "substore"
SDK = "SLS Go SDK 0.1.108"


@rest("CreateSubStore", "POST", STORE + "/substores", source=SDK)
def create(call: Call) -> None:
    document = call.document()
    key = f"{_store(call)}/{project_models.named(document, 'name')}"
    if call.tenant.get(KIND, key):
        raise present("SubStore", document["name"])
    call.tenant.put(KIND, key, document)


@rest("GetSubStore", "GET", STORE + "/substores/{substore}", source=SDK)
def get(call: Call) -> dict[str, Any]:
    body = call.tenant.get(KIND, f"{_store(call)}/{call.path['substore']}")
    if body is None:
        raise absent("SubStore", call.path["substore"])
    return body


@rest("UpdateSubStoreTTL", "PUT", STORE + "/substores/storage/ttl", source=SDK)
def keep_for(call: Call) -> None:
    days = call.number("ttl", 0)
    if not 1 <= days <= 3650:
        raise invalid("ttl is from 1 to 3650 days")
    for key, body in call.tenant.all(KIND).items():
        if key.startswith(f"{_store(call)}/"):
            call.tenant.put(KIND, key, {**body, "ttl": days})


def _store(call: Call) -> str:
    store_models.must(call.tenant, call.project, call.path["store"])
    return f"{call.project}/{call.path['store']}"
