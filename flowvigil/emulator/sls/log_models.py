"""Log lines: taken from a LogGroup, kept by time, found by search."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.sls import store_models
from flowvigil.emulator.sls.errors import invalid
from flowvigil.emulator.sls.protobuf import LogGroup
from flowvigil.emulator.sls.search import search
from flowvigil.emulator.tenant import Tenant

MOST_LINES = 40_960
OLDEST_S, NEWEST_S = 7 * 24 * 3600, 15 * 60
SHORTEST_BUCKET_S, BUCKETS = 1, 60


def put(tenant: Tenant, project: str, store: str, group: LogGroup) -> int:
    """Keep the lines of a group; the number of lines taken. Lines far outside of now are dropped without a word."""
    store_models.must(tenant, project, store)
    if len(group.logs) > MOST_LINES:
        raise invalid(f"{len(group.logs)} logs in one group, at most {MOST_LINES}")
    now = tenant.now() // 1000
    about = {"__topic__": group.topic, "__source__": group.source} | {f"__tag__:{k}": v for k, v in group.tags.items()}
    rows = [
        (tenant.account, project, store, log.time, json.dumps({**about, **log.fields}))
        for log in group.logs
        if now - OLDEST_S <= log.time <= now + NEWEST_S
    ]
    tenant.state.db.executemany("INSERT INTO logs VALUES (?,?,?,?,?)", rows)
    return len(rows)


def find(tenant: Tenant, project: str, store: str, query: str, start: int, end: int) -> list[dict[str, Any]]:
    """Lines with start ≤ time < end, in seconds, that the search half of `query` matches, oldest first."""
    store_models.index(tenant, project, store)
    text, bar, sql = query.partition("|")
    if bar:
        raise invalid(f"the emulator answers no SQL yet, and the query has some after the bar: {sql.strip()[:60]}")
    condition = search(text)
    rows = tenant.state.db.execute(
        "SELECT time, line FROM logs WHERE account=? AND project=? AND store=? AND time>=? AND time<? "
        "ORDER BY time, rowid",
        (tenant.account, project, store, start, end),
    )
    lines = ({"__time__": str(time), **json.loads(line)} for time, line in rows)
    return [line for line in lines if condition(line)]


def histogram(lines: list[dict[str, Any]], start: int, end: int) -> list[dict[str, Any]]:
    """Counts of lines in at most 60 equal spans of [start, end)."""
    width = max((end - start + BUCKETS - 1) // BUCKETS, SHORTEST_BUCKET_S)
    spans = [(at, min(at + width, end)) for at in range(start, end, width)]
    times = [int(line["__time__"]) for line in lines]
    return [
        {"from": a, "to": b, "count": sum(a <= time < b for time in times), "progress": "Complete"} for a, b in spans
    ]
