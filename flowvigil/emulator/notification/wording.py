"""What a notice says, in Chinese or English, and the fields of a callback.

The text that the service posts to a robot is not documented, so the words are ours; they hold the keywords that the
robot set-up page asks for. The fields of a callback are those of its page, with others that captured ones also hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from flowvigil.emulator.evaluation.machine import OK, Change
from flowvigil.emulator.evaluation.rules import INSUFFICIENT
from flowvigil.emulator.state import Body

SYMBOLS = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "<=",
    "LessThanThreshold": "<",
    "NotEqualToThreshold": "!=",
    "EqualToThreshold": "==",
}
CHINA = timezone(timedelta(hours=8))
HEADS = {
    "zh-cn": ("阿里云监控 报警恢复", "阿里云监控 无数据", "阿里云监控 报警"),
    "en": ("CloudMonitor recovered", "CloudMonitor has no data", "CloudMonitor alarm"),
}
LABELS = {
    "zh-cn": ("规则", "级别", "指标", "维度", "表达式", "当前值", "时间", "持续"),
    "en": ("rule", "level", "metric", "dimensions", "expression", "value", "time", "lasting"),
}


def notice(change: Change, rule: Body, language: str, *, labels: bool = True) -> tuple[str, str]:
    """Title and Markdown text, with the labels of the rule or without."""
    head = HEADS[language][0 if change.after == OK else 1 if change.after == INSUFFICIENT else 2]
    title = f"{head}: {rule['RuleName']}"
    level = change.before if change.after == OK else change.after
    at = datetime.fromtimestamp(change.time / 1000, CHINA).strftime("%Y-%m-%d %H:%M:%S")
    values = (
        rule["RuleName"], level, rule["MetricName"], change.series.dimension, expression(change, rule),
        number(change.value), at, lasting(change, language),
    )  # fmt: skip
    lines = [f"- {name}: {value}" for name, value in zip(LABELS[language], values, strict=True)]
    lines += [f"- {label['Key']}: {label['Value']}" for label in rule["Labels"] if labels]
    return title, "\n".join([f"### {title}", *lines])


def lasting(change: Change, language: str = "zh-cn") -> str:
    """How long the alarm has held, in whole minutes."""
    minutes = max(change.time - change.since, 0) // 60_000
    return f"{minutes}分钟" if language == "zh-cn" else f"{minutes} min"


def expression(change: Change, rule: Body) -> str:
    """The comparison of the level that was reached, or left."""
    level = change.before if change.after in (OK, INSUFFICIENT) else change.after
    part = rule["Escalations"].get(level)
    if part is None:
        return composite(rule["CompositeExpression"])
    named = part["ComparisonOperator"]
    return f"${part['Statistics']}{SYMBOLS.get(named, f' {named} ')}{part['Threshold']}"


def composite(expression: Mapping[str, Any]) -> str:
    """The raw text of a composite expression, or its list of comparisons as such a text."""
    join = f" {expression.get('ExpressionListJoin') or '&&'} "
    listed = [one for one in expression.get("ExpressionList") or () if isinstance(one, dict)]
    return str(expression.get("ExpressionRaw") or join.join(map(_comparison, listed)))


def _comparison(one: Mapping[str, Any]) -> str:
    window = f"[{one['Period']}]" if one.get("Period") else ""
    named = str(one.get("ComparisonOperator", ""))
    statistic = str(one.get("Statistics", "")).lstrip("$")
    return f"@{one.get('MetricName', '')}{window}.${statistic}{SYMBOLS.get(named, named)}{one.get('Threshold', '')}"


def number(value: float | None) -> str:
    return "null" if value is None else f"{value:.12g}"


def callback(change: Change, rule: Body, *, nested: bool = False) -> dict[str, str]:
    """The form fields; what is missing is the text `null`, as captured payloads have it.

    `nested` gives the series' dimensions as one text instead of pair by pair.
    """
    series = change.series
    own = [f"dimension={series.dimension}"] if nested else list(filter(None, series.dimension.split("&")))
    pairs = [f"userId={series.account}", f"groupId={series.group}", *own]
    state = {OK: "OK", INSUFFICIENT: "INSUFFICIENT_DATA"}.get(change.after, "ALERT")
    fields: dict[str, Any] = {
        "alertName": rule["RuleName"],
        "alertState": state,
        "curValue": number(change.value),
        "dimensions": "{" + ", ".join(pairs) + "}",
        "expression": expression(change, rule),
        "instanceName": series.dimension or "null",
        "metricName": rule["MetricName"],
        "rawMetricName": rule["MetricName"],
        "metricProject": rule["Namespace"],
        "namespace": rule["Namespace"],
        "preTriggerLevel": _level(change.before),
        "triggerLevel": _level(change.after),
        "ruleId": change.rule_id,
        "userId": series.account,
        "groupId": series.group,
        "timestamp": change.time,
        "lastTime": lasting(change),
        "transId": f"{change.rule_id}-{change.time}",
        "signature": "null",
        **dict.fromkeys(("regionId", "regionName", "productGroupName", "unit"), "null"),
    }
    if rule["Labels"]:
        labels = [{"label": one["Key"], "value": one["Value"]} for one in rule["Labels"]]
        fields["customLabels"] = json.dumps(labels, ensure_ascii=False)
    return {name: str(value) for name, value in fields.items()}


def _level(state: str) -> str:
    return "null" if state == INSUFFICIENT else state.upper()
