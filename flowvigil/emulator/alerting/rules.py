"""An alert as the evaluator reads it, made from what CreateJob or CreateAlert stored.

Shapes are those of the API's structures for alert configurations, severities, groups and policies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.alerting.conditions import condition
from flowvigil.emulator.alerting.schedule import Schedule, schedule, seconds
from flowvigil.emulator.alerting.sets import TYPES
from flowvigil.emulator.formulas import FormulaError
from flowvigil.emulator.querying.answers import Span

LONGEST_S, PAST = 86_400, "-15m"
DYNAMIC = "sls.builtin.dynamic"
"""The built-in alert policy: alerts of one rule and labels are a set of their own, told at once. In a policy it is the
word for the action policy that the alert rule names."""
SEVERITIES = {10: "Critical", 8: "High", 6: "Medium", 4: "Low", 2: "Report"}
NO_GROUP, CUSTOM, AUTO = "no_group", "custom", "labels_auto"
SPANS = ("Truncated", "Relative", "Custom")


@dataclass(frozen=True)
class Query:
    """`start` and `end` are seconds before the moment of the run; `truncated` cuts that moment down to a minute."""

    project: str
    store: str
    text: str
    start: int
    end: int
    truncated: bool
    region: str = ""

    def span(self, at_s: int) -> Span:
        moment = at_s - at_s % 60 if self.truncated else at_s
        return Span(moment - self.start, moment - self.end)


@dataclass(frozen=True)
class Severity:
    """One of SEVERITIES; `count` judges how many rows meet `condition`, at least one where it is empty."""

    number: int
    condition: str
    count: str


@dataclass(frozen=True)
class Alert:
    """Times in seconds; `threshold` is how often in a row a group must be met until it fires."""

    account: str
    project: str
    name: str
    title: str
    queries: tuple[Query, ...]
    joins: tuple[Mapping[str, Any], ...]
    severities: tuple[Severity, ...]
    grouping: str
    group_by: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    schedule: Schedule
    threshold: int
    no_data: int
    """The severity of a result without rows, 0 where that is no reason to fire."""
    send_resolved: bool
    muted_until: int
    alert_policy: str
    action_policy: str
    repeat: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.account, self.project, self.name


def compiled(account: str, project: str, body: Mapping[str, Any]) -> Alert:
    """The alert of a stored body. ValueError says, in one sentence, what is wrong and what would be right."""
    inner = body["configuration"]
    group, policy = _map(inner, "groupConfiguration"), _map(inner, "policyConfiguration")
    return Alert(
        account,
        project,
        str(body["name"]),
        str(body["displayName"]),
        tuple(_query(project, one) for one in _list(inner, "queryList")),
        tuple(_join(one) for one in _list(inner, "joinConfigurations")),
        tuple(_severity(one) for one in _list(inner, "severityConfigurations")),
        str(group.get("type") or NO_GROUP),
        tuple(map(str, group.get("fields") or ())),
        _pairs(inner, "labels"),
        _pairs(inner, "annotations"),
        schedule(body["schedule"]),
        max(int(inner.get("threshold") or 1), 1),
        int(inner.get("noDataSeverity") or 6) if inner.get("noDataFire") else 0,
        bool(inner.get("sendResolved")),
        int(inner.get("muteUntil") or 0),
        str(policy.get("alertPolicyId") or DYNAMIC),
        str(policy.get("actionPolicyId") or ""),
        seconds(str(policy.get("repeatInterval") or "4h")) or 0,
    )


def _map(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name) or {}
    if not isinstance(found, dict):
        raise ValueError(f"{name} must be an object")  # noqa: TRY004 - one error type for bad bodies
    return found


def _list(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{name} must be a list of objects")
    return found


def _pairs(body: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.get("key", "")), str(one.get("value", ""))) for one in _list(body, name))


def _query(project: str, body: Mapping[str, Any]) -> Query:
    kind = str(body.get("timeSpanType") or "Custom")
    if kind not in SPANS:
        raise ValueError(f"timeSpanType is one of {', '.join(SPANS)}, not {kind!r}")
    if str(body.get("storeType") or "log") != "log":
        raise ValueError("storeType: the emulator judges queries of logstores only (log)")
    start, end = _before(str(body.get("start") or PAST)), _before(str(body.get("end", "")))
    if not end < start <= LONGEST_S:
        raise ValueError("the window of a query is at most 24 hours, and its start comes before its end")
    where = str(body.get("project") or project), str(body.get("store") or "")
    return Query(*where, str(body.get("query") or ""), start, end, kind == "Truncated", str(body.get("region") or ""))


def _before(text: str) -> int:
    """`-60m`, `now` or `absolute` (the whole minute of a truncated window) as seconds before the run."""
    if text in ("now", "absolute", ""):
        return 0
    found = re.fullmatch(r"-(\d{1,6}[smhd])", text)
    span = seconds(found[1]) if found else None
    if span is None:
        raise ValueError(f"start and end are of the form -15m, now or absolute, not {text!r}")
    return span


def _join(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if str(body.get("type") or "") not in TYPES:
        raise ValueError(f"the type of a set operation is one of {', '.join(TYPES[:1] + TYPES[2:])}")
    _condition(str(body.get("condition") or ""))
    return {"type": str(body.get("type") or ""), "condition": str(body.get("condition") or "")}


def _severity(body: Mapping[str, Any]) -> Severity:
    number = body.get("severity")
    if number not in SEVERITIES:
        raise ValueError("severity is 10, 8, 6, 4 or 2")
    how = _map(body, "evalCondition")
    texts = str(how.get("condition") or ""), str(how.get("countCondition") or how.get("count_condition") or "")
    for text in texts:
        _condition(text)
    return Severity(int(number), *texts)


def _condition(text: str) -> None:
    try:
        if text.strip():
            condition(text)
    except FormulaError as error:
        raise ValueError(str(error)) from None
