"""PutLogs, GetLogs and histograms on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.call import Call, Reply
from flowvigil.emulator.querying.answers import MOST_LINES, Answer, Span, ask
from flowvigil.emulator.registry import rest
from flowvigil.emulator.sls import log_models as models
from flowvigil.emulator.sls.errors import invalid
from flowvigil.emulator.sls.protobuf import inflate, log_group
from flowvigil.emulator.sls.store_responses import STORE, get
from flowvigil.emulator.sls.values import shown, type_name


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
    if not (size.isascii() and size.isdecimal()):
        raise invalid("the header x-log-bodyrawsize must be a number of bytes")
    raw = inflate(call.body, call.headers.get("x-log-compresstype", ""), int(size))
    models.put(call.tenant, call.project, call.path["store"], log_group(raw))


@rest("GetLogsV2", "POST", STORE + "/logs", source="SLS API GetLogsV2", ram="log:GetLogStoreLogs")
def get_logs(call: Call) -> dict[str, Any]:
    page = _page(call, call.document())
    meta = {
        "count": len(page.data),
        "progress": "Complete",
        "isAccurate": True,
        "processedRows": page.answer.matched,
        "hasSQL": bool(page.answer.sql),
        "whereQuery": page.answer.search,
        "aggQuery": page.answer.sql,
    }
    if page.answer.sql:
        meta["keys"] = list(page.answer.columns)
        meta["columnTypes"] = [type_name(kind) for kind in page.answer.types]
    return {"meta": meta, "data": page.data}


@rest("GetLogs", "GET", STORE, source="SLS API GetLogs", ram="log:GetLogStoreLogs", kind="log")
def get_logs_of_old(call: Call) -> Reply:
    page = _page(call, call.params)
    headers = {
        "x-log-progress": "Complete",
        "x-log-count": str(len(page.data)),
        "x-log-processed-rows": str(page.answer.matched),
        "x-log-has-sql": str(bool(page.answer.sql)).lower(),
    }
    return Reply(page.data, headers=headers)


@rest("GetHistograms", "GET", STORE, source="SLS API GetHistograms", ram="log:GetLogStoreHistogram", kind="histogram")
def get_histograms(call: Call) -> Reply:
    query = str(call.params.get("query") or "")
    spans = models.histogram(call.tenant, call.project, call.path["store"], query, _span(call.params))
    return Reply(spans, headers={"x-log-progress": "Complete", "x-log-count": str(sum(s["count"] for s in spans))})


@rest("GetLogStore", "GET", STORE, source="provider source 1.285.0")
def get_store(call: Call) -> Any:
    if kind := call.text("type"):
        raise invalid(f"type is log or histogram, not {kind!r}")
    return get(call)


@dataclass(frozen=True)
class _Page:
    """An answer and its rows as the wire has them: every value is a text."""

    answer: Answer
    data: list[dict[str, str]]


def _page(call: Call, asked: dict[str, Any]) -> _Page:
    size, offset = _number(asked, "line", MOST_LINES), _number(asked, "offset", 0)
    if not 0 <= size <= MOST_LINES:
        raise invalid(f"line is from 0 to {MOST_LINES}")
    if offset < 0:
        raise invalid("offset is 0 or more")
    query = str(asked.get("query") or "")
    reverse = str(asked.get("reverse")).lower() == "true"
    found = ask(
        call.tenant, call.project, call.path["store"], query, _span(asked), line=size, offset=offset, reverse=reverse
    )
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    if found.sql:
        return _Page(found, [{name: shown(value) for name, value in row.items()} for row in rows])
    return _Page(found, [{name: str(value) for name, value in row.items() if value is not None} for row in rows])


def _span(asked: dict[str, Any]) -> Span:
    start, end = _number(asked, "from", -1), _number(asked, "to", -1)
    if not 0 <= start < end < 1 << 40:
        raise invalid("from and to are seconds since 1970, from before to")
    return Span(start, end, str(asked.get("topic") or ""))


def _number(asked: dict[str, Any], name: str, default: int) -> int:
    text = str(asked.get(name, default))
    try:
        return int(text)
    except ValueError:
        raise invalid(f"{name} must be a whole number, not {text!r}") from None
