"""What a rule's targets get: a line in a Log Service store. Queues, functions and scaling rules are not there.

Forms of addresses: API PutMetricRuleTargets. The line's fields are assumed to be those of the message that a queue of
MNS gets (page "write alerts to MNS"), objects as JSON text; what a store gets is documented nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowvigil.emulator.documents import parsed
from flowvigil.emulator.evaluation.machine import OK, Change
from flowvigil.emulator.sls import store_models
from flowvigil.emulator.state import Body, State

_LOG = re.compile(r"acs:log:[\w-]*:(\d+):project/([\w-]+)/logstore/([\w-]+)")
_PATH = re.compile(r"\$((?:\.\w+)+)")
TAGS = {"Critical": 2, "Warn": 3, "Info": 4}
"""The number of a level in a message; 3 for WARN is in the page's example, the others follow from NotifyLevel."""


def wants(target: Mapping[str, Any], level: str) -> bool:
    """Whether a target asks for a level; without any it asks for all. `Level` is one, or a JSON list of them."""
    return not target.get("Level") or level.upper() in re.findall(r"[A-Z]+", str(target["Level"]).upper())


def line(change: Change, rule: Body, level: str, more: str = "") -> dict[str, str]:
    """The fields of the line about a change; `more` is a target's JsonParams, whose `$.name` stands for a field."""
    said = _message(change, rule, level)
    fields = {**said, **dict(_custom(more, said))}
    return {name: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for name, one in fields.items()}


def write(state: State, account: str, arn: str, time_ms: int, fields: Mapping[str, str]) -> str:
    """Keep a line in the store of an address; why not, empty if it is kept."""
    found = _LOG.fullmatch(arn)
    if found is None:
        return "the emulator has no such target, only stores of Log Service"
    owner, project, store = found.groups()
    if owner != account or state.get(store_models.KIND, account, f"{project}/{store}") is None:
        return f"account {account} has no logstore {project}/{store}"
    row = (account, project, store, time_ms // 1000, json.dumps({"__topic__": "", "__source__": "", **fields}))
    state.db.execute("INSERT INTO logs VALUES (?,?,?,?,?)", row)
    return ""


def _message(change: Change, rule: Body, level: str) -> dict[str, Any]:
    series = change.series
    pairs = dict(part.partition("=")[::2] for part in series.dimension.split("&") if part)
    part = rule["Escalations"].get(level, {})
    wanted = {"comparisonOperator": part.get("ComparisonOperator"), "level": TAGS[level],
              "statistics": part.get("Statistics"), "tag": level.upper(), "threshold": part.get("Threshold"),
              "times": part.get("Times")}  # fmt: skip
    value = {} if change.value is None or not part else {part["Statistics"]: change.value}
    return {
        "ruleId": change.rule_id,
        "ruleName": rule["RuleName"],
        "curLevel": change.after.upper(),
        "preLevel": change.before.upper(),
        "resources": json.dumps(pairs, ensure_ascii=False),
        "escalation": {name: one for name, one in wanted.items() if one is not None},
        "metricData": {"timestamp": change.time, "userId": series.account, **pairs, **value},
        "metricName": f"{rule['MetricName']}#{rule['Period']}",
        "namespace": rule["Namespace"],
        "period": str(rule["Period"]),
        "groupId": series.group,
        "lastTime": max(change.time - change.since, 0),
        "time": change.time,
        "userId": series.account,
        "eventName": "AlertOk" if change.after == OK else "Alert",
        "eventType": "Alert",
        "batchId": f"{change.rule_id}-{change.time}-0",
        "version": "1.0",
    }


def _custom(more: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    try:
        given = parsed(more or "{}")
    except ValueError:
        return
    for name, value in given.items() if isinstance(given, dict) else ():
        path = _PATH.fullmatch(value) if isinstance(value, str) else None
        yield name, _found(said, path[1].split(".")[1:]) if path else value


def _found(said: Any, path: list[str]) -> Any:
    for name in path:
        said = said.get(name) if isinstance(said, Mapping) else None
    return "null" if said is None else said
