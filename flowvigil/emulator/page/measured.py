"""P95, failure rate and runs of every flow over the last hour, asked of the run events as a dashboard would ask.

The names of a run event's fields are a convention; a store without them tells of no flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.querying.answers import Span, ask
from flowvigil.emulator.sls import store_models
from flowvigil.emulator.tenant import Tenant

HOUR_S, STEP_S = 3600, 300
FIELDS = frozenset(("event", "flow", "duration_ms", "status", "weight"))
_FAILED = "sum(CASE WHEN status IN ('failed', 'timed_out') THEN weight ELSE 0 END)"
_JUDGED = "sum(CASE WHEN status <> 'cancelled' THEN weight ELSE 0 END)"
_P95 = "approx_percentile(CASE WHEN status IN ('succeeded', 'timed_out') THEN duration_ms END, weight, 0.95)"
WHOLE = (
    f"event: run | SELECT flow, sum(weight) AS runs, {_FAILED} AS failed, {_JUDGED} AS judged, {_P95} AS p95 "
    "GROUP BY flow LIMIT 100000"
)
STEPS = f"event: run | SELECT flow, __time__ - __time__ % {STEP_S} AS t, {_P95} AS p95 GROUP BY flow, t LIMIT 100000"


@dataclass
class Numbers:
    """Of one flow: latency in ms, the failure rate in per cent, P95 of each five minutes by its start in s.

    `store` is the project and name of the logstore that tells of it.
    """

    runs: float = 0.0
    failure_rate: float | None = None
    p95: float | None = None
    steps: dict[int, float] = field(default_factory=dict)
    store: tuple[str, str] | None = None


def stores(tenant: Tenant) -> list[tuple[str, str]]:
    """Project and name of each store whose index has the fields of run events."""
    found = []
    for key, body in tenant.all(store_models.INDEX).items():
        if (body.get("keys") or {}).keys() >= FIELDS:
            project, _, store = key.partition("/")
            found.append((project, store))
    return found


def numbers(tenant: Tenant, places: Sequence[tuple[str, str]], now_s: int) -> dict[str, Numbers]:
    """By flow; a store that cannot be asked is passed over. Of a flow in several stores, the busiest counts."""
    found: dict[str, Numbers] = {}
    span = Span(now_s - HOUR_S, now_s + 1)
    for project, store in places:
        try:
            whole, steps = (ask(tenant, project, store, text, span).rows for text in (WHOLE, STEPS))
        except CloudError:
            continue
        here = {row[0]: _numbers((project, store), *row[1:]) for row in whole if row[0]}
        for flow, start, p95 in steps:
            if flow in here and p95 is not None:
                here[flow].steps[int(start)] = float(p95)
        found |= {flow: one for flow, one in here.items() if flow not in found or found[flow].runs < one.runs}
    return found


def _numbers(
    store: tuple[str, str], runs: float | None, failed: float | None, judged: float | None, p95: float | None
) -> Numbers:
    rate = float(failed or 0) * 100 / judged if judged else None
    return Numbers(float(runs or 0), rate, p95, store=store)
