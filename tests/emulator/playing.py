"""Plays a case of tests/emulator/cases: points are reported as they would be, rules are judged, changes come out.

A series is a text of windows in a row: `6` a value, `_` none, `6x3` three of them, `4/6` two reports of one window,
`6@+2` one that arrives two minutes after the end of its window, `1,2,3` raw values.
A level is `Statistic operator threshold xTimes`. A change is `minute state`, `quiet` when nobody is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from flowvigil.emulator.cms import rule_models, series
from flowvigil.emulator.evaluation.clock import VirtualClock
from flowvigil.emulator.evaluation.memory import history
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World, world

ACCOUNT = "1000000000000001"
START = "2026-11-23T00:00+08:00"
OPERATORS = {
    ">=": "GreaterThanOrEqualToThreshold",
    ">": "GreaterThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "!=": "NotEqualToThreshold",
    "=": "EqualToThreshold",
}
FIELDS = {
    "period": "Period",
    "interval": "Interval",
    "hours": "EffectiveInterval",
    "pause": "NoEffectiveInterval",
    "silence": "SilenceTime",
    "no_data": "NoDataPolicy",
    "composite": "CompositeExpression",
    "resources": "Resources",
}
KNOWN = {"pins", "rule", "series", "raw", "every", "offset", "switches", "start", "minutes", "out"}
TOKEN = re.compile(r"(?P<value>[^x@\s]+)(?:@\+(?P<late>\d+))?(?:x(?P<count>\d+))?")


class Report(NamedTuple):
    """When it arrives (ms), a moment before a whole minute, and the entry of PutCustomMetric."""

    arrives: int
    entry: dict[str, Any]


def played(case: dict[str, Any]) -> list[str]:
    """The changes that a case brings about."""
    assert set(case) <= KNOWN, case
    start = int(datetime.fromisoformat(case.get("start", START)).timestamp() * 1000)
    cloud = world(now=VirtualClock(start))
    for name, value in {"evaluation_delay_s": "0", **case.get("switches", {})}.items():
        cloud.switches.change(name, str(value))
    tenant = Tenant(ACCOUNT, cloud.state, cloud.switches, cloud.now, cloud.lines)
    rule_models.put(tenant, "r", rule(case["rule"]), rule_models.DIRECT)
    reports = _together(sorted(_reports(case, start), key=lambda report: report.arrives))
    _run(cloud, tenant, reports, start + _minutes(case, reports, start) * 60_000)
    changes = history(cloud.state)
    cloud.close()
    return [_shown(change, start) for change in changes]


def _run(cloud: World, tenant: Tenant, reports: list[Report], end: int) -> None:
    assert isinstance(cloud.now, VirtualClock)
    for number, report in enumerate(reports):
        cloud.now.time = report.arrives
        series.keep(tenant, series.point(tenant, report.entry))
        if number + 1 == len(reports) or reports[number + 1].arrives > report.arrives:
            cloud.alarms.run(report.arrives)
    cloud.alarms.run(end)


def rule(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of PutResourceMetricRule that a case's short form stands for."""
    levels = {level.capitalize(): _level(given[level]) for level in ("critical", "warn", "info") if level in given}
    fields = {FIELDS[name]: value for name, value in given.items() if name in FIELDS}
    return {
        "RuleId": "r",
        "RuleName": "rule",
        "Namespace": f"acs_customMetric_{ACCOUNT}",
        "MetricName": "m",
        "ContactGroups": "g",
        "Resources": json.dumps([{"groupId": "0", "dimension": "flow=a"}]),
        "Escalations": levels,
        "SendOK": given.get("send_ok", True),
        **{name: json.dumps(value) if name == "Resources" else value for name, value in fields.items()},
    }


def _level(text: str) -> dict[str, str]:
    statistic, named, threshold, times = text.split()
    operator = OPERATORS.get(named, named)
    return {"Statistics": statistic, "ComparisonOperator": operator, "Threshold": threshold, "Times": times[1:]}


def _reports(case: dict[str, Any], start: int) -> Iterator[Report]:
    given = case.get("series", {})
    for key, text in ({"LastValue": given} if isinstance(given, str) else given).items():
        yield from _aggregated(case, key, text, start)
    for number, (value, late) in enumerate(_windows(case.get("raw", ""))):
        if value != "_":
            for one in value.split(","):
                yield _report("m flow=a", "0", 60, start + number * 60_000, late, {"value": float(one)})


def _together(reports: list[Report]) -> list[Report]:
    """The statistics of one series that arrive at once are one entry."""
    found: dict[str, Report] = {}
    for number, report in enumerate(reports):
        entry = dict(report.entry)
        values = json.loads(entry.pop("Values"))
        raw = number if entry["Type"] == "0" else ""
        known = found.setdefault(json.dumps([report.arrives, entry, raw]), report)
        known.entry["Values"] = json.dumps({**json.loads(known.entry["Values"]), **values})
    return list(found.values())


def _aggregated(case: dict[str, Any], key: str, text: str, start: int) -> Iterator[Report]:
    """`key` is `[metric dimension|group ]Statistic[@period]`."""
    name, _, every = key.partition("@")
    *where, statistic = name.rsplit(" ", 1)
    period = int(every or case.get("every") or case["rule"].get("period", 60))
    for number, (value, late) in enumerate(_windows(text)):
        time = start + number * period * 1000
        for again, one in enumerate(value.split("/") if value != "_" else ()):
            shown, _, later = one.partition("~")
            values = {statistic: float(shown)}
            report = _report(where[0] if where else "m flow=a", "1", period, time, int(later or late), values)
            report.entry["Time"] = time + case.get("offset", 0) * 1000
            yield report._replace(arrives=report.arrives + again)


def _report(where: str, kind: str, period: int, time: int, late: int, values: dict[str, float]) -> Report:
    metric, dimension, *group = where.split()
    pairs = dict(pair.split("=") for pair in dimension.split("&"))
    entry = {
        "GroupId": group[0] if group else "0",
        "MetricName": metric,
        "Dimensions": json.dumps(pairs),
        "Type": kind,
        "Period": str(period),
        "Time": str(time),
        "Values": json.dumps(values),
    }
    return Report(time + period * 1000 + late * 60_000 - 100, entry)


def _windows(text: str) -> Iterator[tuple[str, int]]:
    for token in str(text).split():
        found = TOKEN.fullmatch(token)
        assert found, token
        yield from [(found["value"], int(found["late"] or 0))] * int(found["count"] or 1)


def _minutes(case: dict[str, Any], reports: list[Report], start: int) -> int:
    """Until when it is played: the last window, whether it holds a value or not."""
    if "minutes" in case:
        return int(case["minutes"])
    given = case.get("series", case.get("raw", ""))
    texts = [given] if isinstance(given, str) else given.values()
    period = int(case.get("every") or case["rule"].get("period", 60)) if "series" in case else 60
    lasts = [len(list(_windows(text))) * period // 60 for text in texts]
    return max([*lasts, *((report.arrives - start) // 60_000 + 1 for report in reports)])


def _shown(change: dict[str, Any], start: int) -> str:
    minute = (change["time"] - start) / 60_000
    return f"{minute:g}m {change['after']}" + ("" if change["told"] else " quiet")
