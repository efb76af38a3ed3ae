"""All flows at a glance: who is in alarm, how long runs take, how many fail, what was told last. Worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flowvigil.emulator.page.charts import spark
from flowvigil.emulator.page.history import Told
from flowvigil.emulator.page.measured import HOUR_S, STEP_S, Numbers, numbers, stores
from flowvigil.emulator.page.rendering import STATE_CLASSES
from flowvigil.emulator.page.watched import ORDER, Flow, flows
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World


@dataclass(frozen=True)
class Row:
    flow: Flow
    numbers: Numbers
    spark: Markup
    told: Mapping[str, Any] | None


def rows(world: World, tenant: Tenant, told: Told) -> list[Row]:
    """Every flow, those in alarm first, the worst and the newest on top; last those that never had data to lack."""
    now_s = tenant.now() // 1000
    measured = numbers(tenant, stores(tenant), now_s)
    last = told.last(tenant.account)
    found = [
        Row(flow, mine := measured.get(name, Numbers()), _spark(flow, mine, now_s), last.get(name))
        for name, flow in flows(world, tenant, measured).items()
    ]
    return sorted(found, key=_rank)


def summary(found: list[Row]) -> list[tuple[str, int]]:
    """How many flows are in each state, the worst first; states that nobody is in are left out, but for OK."""
    states = Counter(row.flow.state for row in found)
    return [(state, states[state]) for state in (*ORDER, "") if states[state] or state == "OK"]


def _rank(row: Row) -> tuple[int, int, str]:
    state = row.flow.state
    known = state and (row.flow.heard or state != "INSUFFICIENT_DATA")
    return (ORDER.index(state) if known else len(ORDER)), (-row.flow.since if state != "OK" else 0), row.flow.name


def _spark(flow: Flow, mine: Numbers, now_s: int) -> Markup:
    newest = now_s - now_s % STEP_S
    return spark(
        [mine.steps.get(at) for at in range(newest - HOUR_S + STEP_S, newest + 1, STEP_S)],
        STATE_CLASSES.get(flow.state, ""),
    )
