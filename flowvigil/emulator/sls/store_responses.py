"""Logstores and indexes on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import project_models
from flowvigil.emulator.sls import store_models as models

PROVIDER = "provider source 1.285.0"
STORE = "/logstores/{store}"


@rest("CreateLogStore", "POST", "/logstores", source=PROVIDER)
def create(call: Call) -> None:
    document = call.document()
    models.create(call.tenant, call.project, project_models.named(document, "logstoreName"), document)


@rest("ListLogStores", "GET", "/logstores", source="SLS API ListLogStores")
def listing(call: Call) -> dict[str, Any]:
    found = [name for name in models.names(call.tenant, call.project) if call.text("logstoreName") in name]
    return {"count": len(found), "total": len(found), "logstores": found}


def get(call: Call) -> dict[str, Any]:
    """A logstore as GetLogStore gives it."""
    body = models.must(call.tenant, call.project, call.path["store"])
    return {name: value for name, value in body.items() if name != "meteringMode"}


@rest("UpdateLogStore", "PUT", STORE, source=PROVIDER)
def update(call: Call) -> None:
    models.change(call.tenant, call.project, call.path["store"], call.document())


@rest("DeleteLogStore", "DELETE", STORE, source=PROVIDER)
def delete(call: Call) -> None:
    models.delete(call.tenant, call.project, call.path["store"])


@rest("GetLogStoreMeteringMode", "GET", STORE + "/meteringmode", source=PROVIDER)
def metering(call: Call) -> dict[str, Any]:
    return {"meteringMode": models.must(call.tenant, call.project, call.path["store"])["meteringMode"]}


@rest("UpdateLogStoreMeteringMode", "PUT", STORE + "/meteringmode", source=PROVIDER)
def set_metering(call: Call) -> None:
    mode = project_models.named(call.document(), "meteringMode")
    models.set_metering(call.tenant, call.project, call.path["store"], mode)


@rest("ListShards", "GET", STORE + "/shards", source=PROVIDER)
def shards(call: Call) -> list[dict[str, Any]]:
    body = models.must(call.tenant, call.project, call.path["store"])
    count, top = body["shardCount"], 1 << 128
    edges = [f"{top * number // count:032x}" for number in range(count)] + ["f" * 32]
    return [
        {"shardID": number, "status": "readwrite", "inclusiveBeginKey": edges[number],
         "exclusiveEndKey": edges[number + 1], "createTime": body["createTime"]}
        for number in range(count)
    ]  # fmt: skip


@rest("CreateIndex", "POST", STORE + "/index", source=PROVIDER)
def create_index(call: Call) -> None:
    models.put_index(call.tenant, call.project, call.path["store"], call.document(), new=True)


@rest("GetIndex", "GET", STORE + "/index", source=PROVIDER)
def get_index(call: Call) -> dict[str, Any]:
    return models.index(call.tenant, call.project, call.path["store"])


@rest("UpdateIndex", "PUT", STORE + "/index", source=PROVIDER)
def update_index(call: Call) -> None:
    models.put_index(call.tenant, call.project, call.path["store"], call.document(), new=False)


@rest("DeleteIndex", "DELETE", STORE + "/index", source=PROVIDER)
def delete_index(call: Call) -> None:
    models.delete_index(call.tenant, call.project, call.path["store"])
