"""What an alarm rule that somebody made by hand watches, in the words of a spec, as far as a spec can say it.

Reads the service's own fields (DescribeMetricRuleList). Knows nothing of files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowvigil.provisioner.amounts import duration, number
from flowvigil.provisioner.rules import ABOVE, ALWAYS, AT_LEAST

FLOW_KEYS = ("flow", "flow_name", "flow_id", "app", "name", "service")
"""Dimensions that may name a flow, the likeliest first."""

LEVELS = {"Critical": "critical", "Warn": "warning", "Info": "info"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_PERCENTILE = re.compile(r"(?:^|_)(p50|p90|p95|p99)(?:_|$)")
_FAILURES = re.compile(r"fail|error")
_RATE = re.compile(r"rate|ratio|percent")
_INTERVAL = re.compile(r"(\d\d:\d\d-\d\d:\d\d) ([+-]\d{4}) dayofweek ([1-7](?:,[1-7])*)")


class NotSayable(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """No spec can say what the rule watches; the text says why."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One rule in a spec's words. `alarm` holds the keys of one alarm; `remarks` say what is not exactly the same."""

    rule: str
    flow: str
    signal: str
    alarm: dict[str, Any]
    groups: dict[str, list[str]]
    repeat_s: int
    remarks: tuple[str, ...]


def watched(rule: Mapping[str, Any]) -> Watched:
    """Read one rule of the service. Raises NotSayable."""
    remarks: list[str] = []
    levels = {LEVELS[name]: one for name, one in (rule.get("Escalations") or {}).items() if one}
    if not levels:
        raise NotSayable("it has no level that a spec knows, such as an expression over several metrics")
    signal = _signal(rule, levels)
    alarm: dict[str, Any] = {name: _threshold(rule, signal, one, remarks) for name, one in levels.items()}
    alarm |= _timing(rule, levels, remarks)
    groups = [name for name in str(rule.get("ContactGroups", "")).split(",") if name]
    if not groups:
        raise NotSayable("it notifies nobody")
    if str(rule.get("EnableState", "True")).lower() == "false":
        remarks.append("the rule is disabled; this alarm is not")
    return Watched(
        rule=str(rule["RuleName"]),
        flow=_flow(rule),
        signal=signal,
        alarm=alarm,
        groups=dict.fromkeys(levels, groups),
        repeat_s=min(max(int(rule.get("SilenceTime") or 86400), 300), 86400),
        remarks=tuple(remarks),
    )


def _signal(rule: Mapping[str, Any], levels: Mapping[str, Any]) -> str:
    metric = str(rule["MetricName"]).lower()
    statistics = {str(one.get("Statistics", "")).lower() for one in levels.values()}
    if len(statistics) == 1 and (found := _PERCENTILE.search(statistics.pop())):
        return found[1]
    if found := _PERCENTILE.search(metric):
        return found[1]
    if _FAILURES.search(metric) and _RATE.search(metric):
        return "failure_rate"
    judged = ", ".join(sorted({str(one.get("Statistics")) for one in levels.values()}))
    raise NotSayable(f"it judges {judged} of {rule['MetricName']}, which is neither a percentile nor a failure rate")


def _threshold(rule: Mapping[str, Any], signal: str, level: Mapping[str, Any], remarks: list[str]) -> str:
    operator, value = level.get("ComparisonOperator"), float(level["Threshold"])
    if operator not in (ABOVE, AT_LEAST):
        raise NotSayable(f"it compares with {operator}")
    if operator == AT_LEAST:
        _remark(remarks, "the rule fires at its threshold, this alarm above it")
    if signal == "failure_rate":
        percent = value * 100 if "ratio" in str(rule["MetricName"]).lower() else value
        return f"{number(round(percent, 3))}%"
    return _duration(str(rule["MetricName"]).lower(), value, remarks)


def _duration(metric: str, value: float, remarks: list[str]) -> str:
    if re.search(r"_(s|sec|seconds?)(_|$)", metric):
        return duration(value * 1000)
    if not re.search(r"_(ms|millis\w*)(_|$)", metric):
        _remark(remarks, "the metric states no unit; milliseconds are assumed")
    return duration(value)


def _timing(rule: Mapping[str, Any], levels: Mapping[str, Any], remarks: list[str]) -> dict[str, Any]:
    period = int(rule.get("Period") or 60)
    times = [int(one.get("Times") or 1) for one in levels.values()]
    if len(set(times)) > 1:
        _remark(remarks, "the rule's levels wait for different times; the longest is taken")
    minutes = 5 if period >= 300 else 1
    if period != minutes * 60:
        _remark(remarks, f"the rule's period is {period} s; {minutes}m is taken")
    held = -(-max(times) * period // (minutes * 60)) * minutes
    hours = _hours(str(rule.get("EffectiveInterval") or ALWAYS), remarks)
    return {"period": f"{minutes}m", "for": f"{held}m", "min_runs": 1, **({"hours": hours} if hours else {})}


def _hours(text: str, remarks: list[str]) -> str:
    found = _INTERVAL.fullmatch(text)
    if text == ALWAYS or found is None:
        if found is None:
            _remark(remarks, f"the effective interval {text!r} is not taken over")
        return ""
    days = ",".join(DAYS[int(day) - 1] for day in found[3].split(","))
    return f"{days} {found[1]} {found[2]}"


def _flow(rule: Mapping[str, Any]) -> str:
    """A legal flow id from the dimension that names a flow, else from the metric."""
    pairs = dict(part.split("=", 1) for part in _dimension(rule).split("&") if "=" in part)
    named = next((pairs[key] for key in FLOW_KEYS if pairs.get(key)), str(rule["MetricName"]))
    text = re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-")[:40].strip("-")
    if len(text) < 2:
        raise NotSayable(f"{named!r} holds no letters or digits for a flow id")
    return text


def _dimension(rule: Mapping[str, Any]) -> str:
    try:
        series = json.loads(rule.get("Resources") or "[]")
        return "&".join(str(one.get("dimension", "")) for one in series)
    except (ValueError, AttributeError, TypeError):
        return ""


def _remark(remarks: list[str], text: str) -> None:
    if text not in remarks:
        remarks.append(text)
