"""The history of alarms on the wire."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.cms.contact_responses import paged
from flowvigil.emulator.cms.errors import invalid
from flowvigil.emulator.evaluation.memory import history
from flowvigil.emulator.registry import rpc

LONGEST_MS = 15 * 86_400_000
LEVELS = {"Critical": "P2", "Warn": "P3", "Info": "P4"}
NOTIFIED, MUTED = "0", "2"
FILTERS = {"RuleId": "RuleId", "RuleName": "RuleName", "GroupId": "GroupId", "MetricName": "MetricName",
           "Namespace": "Namespace", "Level": "Level", "SendStatus": "SendStatus"}  # fmt: skip


@rpc("cms", "DescribeAlertLogList", source="API DescribeAlertLogList; SDK for Go 1.63 models", resource=("RuleId",))
def describe(call: Call) -> dict[str, Any]:
    end = call.number("EndTime", call.tenant.now())
    start = call.number("StartTime", end - LONGEST_MS)
    if not 0 <= end - start <= LONGEST_MS:
        raise invalid("StartTime to EndTime must span 0 to 15 days.")
    wanted = {field: call.text(name) for name, field in FILTERS.items() if call.text(name)}
    logged = history(call.tenant.state, account=call.tenant.account)
    shown = [_entry(call, one) for one in reversed(logged) if start <= one["time"] <= end]
    page, _ = paged(call, [one for one in shown if all(one[name] == value for name, value in wanted.items())])
    return {"AlertLogList": page, "PageNumber": call.number("PageNumber", 1), "PageSize": call.number("PageSize", 10)}


def _entry(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    before, after = (LEVELS.get(one[name], one[name]) for name in ("before", "after"))
    pairs = [pair.split("=", 1) for pair in one["dimension"].split("&") if pair]
    return {
        "RuleId": one["ruleId"],
        "RuleName": one["ruleName"],
        "GroupId": one["groupId"],
        "MetricName": one["metricName"],
        "Namespace": call.tenant.namespace,
        "AlertTime": str(one["time"]),
        "Level": after,
        "PreLevel": before,
        "LevelChange": f"{before}->{after}",
        "SendStatus": NOTIFIED if one["told"] else MUTED,
        "Dimensions": [{"Key": key, "Value": value} for key, value in pairs],
    }
