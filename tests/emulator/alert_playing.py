"""Plays a case of tests/emulator/alert_cases: lines are put as they would be, alerts run, changes come out.

A series is a text of minutes in a row: `6` one line with n=6, `_` none, `6,7` two lines, `6x3` three minutes of it.
A change is `minute[+seconds] [flow] state`, with `quiet` when nobody is told.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flowvigil.emulator.accounts import Caller
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.sls import log_models, project_models, store_models
from flowvigil.emulator.sls.protobuf import Log, LogGroup
from flowvigil.emulator.world import World

from ..emulator.lines import PROJECT, STORE, index

ACCOUNT, NAME = "1", "slow"
START_MS = 1_800_000_000_000
QUERY = "flow: * | SELECT flow, max(n) AS value GROUP BY flow"


def alert(case: dict[str, Any]) -> dict[str, Any]:
    """The stored body of an alert; a case gives what differs from a plain one."""
    counts = case.get("counts", {})
    severities = [
        {"severity": number, "evalCondition": {"condition": text, "countCondition": counts.get(number, "")}}
        for number, text in case.get("severities", {10: "value > 5"}).items()
    ]
    window = {"store": STORE, "start": "-1m", "end": "absolute", "timeSpanType": "Truncated", **case.get("window", {})}
    grouping = case.get("group", ["flow"])
    configuration = {
        "queryList": [{**window, "query": text} for text in case.get("queries", [QUERY])],
        "joinConfigurations": case.get("joins", []),
        "severityConfigurations": severities,
        "groupConfiguration": {"type": "custom", "fields": grouping}
        if isinstance(grouping, list)
        else {"type": grouping},
        "threshold": case.get("threshold", 1),
        "noDataFire": "no_data" in case,
        "noDataSeverity": case.get("no_data", 6),
        "sendResolved": case.get("resolved", True),
        "muteUntil": START_MS // 1000 + 60 * case["muted"] if "muted" in case else 0,
        "policyConfiguration": {"actionPolicyId": "p", "repeatInterval": case.get("repeat", "1h")},
    }
    schedule = case.get("schedule", {"type": "FixedRate", "interval": "60s"})
    return {"name": NAME, "displayName": "slow", "configuration": configuration, "schedule": schedule,
            "status": "ENABLED", "createTime": START_MS // 1000}  # fmt: skip


def prepare(cloud: World) -> None:
    """An empty cloud with a store that is indexed."""
    assert isinstance(cloud.now, VirtualClock)
    cloud.reset()
    cloud.now.time = START_MS
    cloud.alerts.reach(START_MS)
    tenant = cloud.tenant(Caller(ACCOUNT))
    project_models.create(tenant, PROJECT, "", "")
    store_models.create(tenant, PROJECT, STORE, {})
    store_models.put_index(tenant, PROJECT, STORE, index(), new=True)


def values(text: str) -> list[list[str]]:
    """The lines of each minute."""
    found: list[list[str]] = []
    for part in text.split():
        plain, _, times = part.partition("x")
        found += [[] if plain == "_" else plain.split(",")] * int(times or 1)
    return found


def play(cloud: World, case: dict[str, Any]) -> list[str]:
    """The changes of a case."""
    prepare(cloud)
    tenant = cloud.tenant(Caller(ACCOUNT))
    for name, value in case.get("switches", {}).items():
        cloud.switches.change(name, str(value))
    cloud.state.put("alert", ACCOUNT, f"{PROJECT}/{NAME}", alert(case))
    series = case["series"] if isinstance(case["series"], dict) else {"a": case["series"]}
    minutes = {flow: values(text) for flow, text in series.items()}
    for minute in range(case.get("minutes", max(map(len, minutes.values()), default=0))):
        change = case.get("then", {}).get(minute)
        if change is not None:
            cloud.state.put(
                "alert", ACCOUNT, f"{PROJECT}/{NAME}", {**alert({**case, **change}), **change.get("body", {})}
            )
        lines = [
            Log(START_MS // 1000 + 60 * minute + 30, {"flow": flow, "n": value})
            for flow, found in minutes.items()
            for value in (found[minute] if minute < len(found) else [])
        ]
        log_models.put(tenant, PROJECT, STORE, LogGroup(lines, "", "", {}))
        cloud.advance(60)
    return changes(cloud, grouped=len(series) > 1 and case.get("group") != "no_group")


def changes(cloud: World, *, grouped: bool) -> list[str]:
    rows = [json.loads(body) for (body,) in cloud.state.db.execute("SELECT body FROM alarm_log ORDER BY seq")]
    return [_told(row, grouped=grouped) for row in rows]


def _told(row: dict[str, Any], *, grouped: bool) -> str:
    minute, second = divmod((row["time"] - START_MS) // 1000, 60)
    flow = re.search(r"flow=(\w+)", row["dimension"]) if grouped else None
    parts = [f"{minute}m" + (f"+{second}s" if second else ""), *([flow[1]] if flow else []), row["after"]]
    return " ".join([*parts, *([] if row["told"] else ["quiet"])])
