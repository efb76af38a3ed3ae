"""Log lines: taken from a LogGroup, kept by time, counted in histograms."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.querying.answers import Span, counts
from flowvigil.emulator.sls import store_models
from flowvigil.emulator.sls.errors import invalid
from flowvigil.emulator.sls.protobuf import LogGroup
from flowvigil.emulator.tenant import Tenant

MOST_LINES = 40_960
OLDEST_S, NEWEST_S = 7 * 24 * 3600, 15 * 60
BUCKETS = 60


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


def histogram(tenant: Tenant, project: str, store: str, query: str, span: Span) -> list[dict[str, Any]]:
    """Counts of the lines that the search half finds, in at most 60 equal stretches of the span."""
    width = max((span.end - span.start + BUCKETS - 1) // BUCKETS, 1)
    found = counts(tenant, project, store, query, span, width)
    starts = range(span.start, span.end, width)
    return [
        {"from": at, "to": min(at + width, span.end), "count": found.get(place, 0), "progress": "Complete"}
        for place, at in enumerate(starts)
    ]
