"""PutLogs, GetLogs and histograms on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call, Reply
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import log_models as models
from flowvigil.emulator.sls.errors import invalid
from flowvigil.emulator.sls.protobuf import inflate, log_group
from flowvigil.emulator.sls.store_responses import STORE, get

MOST_RETURNED = 100


@rest("PutLogs", "POST", STORE + "/shards/lb", source="SLS API PutLogs", ram="log:PostLogStoreLogs")
def put(call: Call) -> None:
    _put(call)


@rest("PutLogs", "POST", STORE + "/shards/route", source="SLS API PutLogs", ram="log:PostLogStoreLogs")
def put_by_key(call: Call) -> None:
    _put(call)


@rest("PutLogs", "POST", STORE, source="SLS API PutLogs", ram="log:PostLogStoreLogs")
def put_without_shard(call: Call) -> None:
    _put(call)


def _put(call: Call) -> None:
    size = call.headers.get("x-log-bodyrawsize", "")
    if not size.isdecimal():
        raise invalid("the header x-log-bodyrawsize must be a number of bytes")
    raw = inflate(call.body, call.headers.get("x-log-compresstype", ""), int(size))
    models.put(call.tenant, call.project, call.path["store"], log_group(raw))


@rest("GetLogsV2", "POST", STORE + "/logs", source="SLS API GetLogsV2", ram="log:GetLogStoreLogs")
def get_logs(call: Call) -> dict[str, Any]:
    page, total = _page(call, call.document())
    meta = {"count": len(page), "progress": "Complete", "isAccurate": True, "processedRows": total, "hasSQL": False}
    return {"meta": meta, "data": page}


@rest("GetLogStore", "GET", STORE, source="provider source 1.285.0")
def get_store_or_logs(call: Call) -> Any:
    """One path for three calls: `type=log` asks for lines, `type=histogram` for counts."""
    kind = call.text("type")
    if kind == "":
        return get(call)
    if kind == "log":
        page, total = _page(call, call.params)
        count = {"x-log-progress": "Complete", "x-log-count": str(len(page)), "x-log-processed-rows": str(total)}
        return Reply(page, headers=count)
    if kind == "histogram":
        start, end = _span(call.params)
        lines = models.find(
            call.tenant, call.project, call.path["store"], str(call.params.get("query") or ""), start, end
        )
        return Reply(models.histogram(lines, start, end), headers={"x-log-progress": "Complete"})
    raise invalid(f"type is log or histogram, not {kind!r}")


def _page(call: Call, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    start, end = _span(asked)
    lines = models.find(call.tenant, call.project, call.path["store"], str(asked.get("query") or ""), start, end)
    topic = str(asked.get("topic") or "")
    lines = [line for line in lines if topic in ("", line["__topic__"])]
    if str(asked.get("reverse")).lower() == "true":
        lines.reverse()
    size, offset = _number(asked, "line", MOST_RETURNED), _number(asked, "offset", 0)
    if not 0 <= size <= MOST_RETURNED:
        raise invalid(f"line is from 0 to {MOST_RETURNED}")
    return lines[offset : offset + size], len(lines)


def _span(asked: dict[str, Any]) -> tuple[int, int]:
    start, end = _number(asked, "from", -1), _number(asked, "to", -1)
    if not 0 <= start <= end:
        raise invalid("from and to are seconds since 1970, from before to")
    return start, end


def _number(asked: dict[str, Any], name: str, default: int) -> int:
    text = str(asked.get(name, default))
    try:
        return int(text)
    except ValueError:
        raise invalid(f"{name} must be a whole number, not {text!r}") from None
