"""What a test may see of the pretend cloud, with secrets replaced: objects, the rules in force, datapoints."""

from __future__ import annotations

import json
from typing import Any

from flowvigil.emulator.redaction import redact
from flowvigil.emulator.world import World

HIDDEN_KINDS = ("session", "denial", "project_owner")


def objects(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Account → kind → key → body."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, account, key, body in world.state.everything():
        if kind not in HIDDEN_KINDS:
            found.setdefault(account, {}).setdefault(kind, {})[key] = redact(body)
    return found


def rules(world: World) -> list[dict[str, Any]]:
    """The rule table in force: every rule of every account, with where it comes from and whether it is enabled."""
    rows = [(a, b) for kind, a, _, b in world.state.everything() if kind == "rule"]
    return [{"account": account, **redact(body)} for account, body in rows]


def datapoints(world: World, metric: str = "") -> list[dict[str, Any]]:
    """Points as they were taken, oldest first; `metric` narrows to one metric name."""
    rows = world.state.db.execute(
        "SELECT account, grp, metric, dimension, period, time, vals FROM points WHERE ?='' OR metric=? ORDER BY time",
        (metric, metric),
    )
    names = ("account", "groupId", "metricName", "dimension", "period", "time")
    return [{**dict(zip(names, row[:6], strict=True)), "values": json.loads(row[6])} for row in rows]
