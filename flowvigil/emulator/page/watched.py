"""What is watched: flows and the rules on them, put together from rules, series, log alerts and dashboards.

A flow is known by the dimension `flow` of a series or rule, or by `flow: "…"` in the query of an alert or dashboard.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flowvigil.emulator.cms import group_models, rule_models, template_models
from flowvigil.emulator.evaluation.columns import Series
from flowvigil.emulator.evaluation.hours import parsed
from flowvigil.emulator.evaluation.machine import OK
from flowvigil.emulator.notification.wording import SYMBOLS, composite
from flowvigil.emulator.page.finding import of_log_alert, severities
from flowvigil.emulator.sls import alert_responses, dashboard_responses
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant
from flowvigil.emulator.world import World

ORDER = ("Critical", "Warn", "Info", "INSUFFICIENT_DATA", OK)
"""States from the worst on."""
EVERY_DAY = " dayofweek 1,2,3,4,5,6,7"
_IN_QUERY = re.compile(r'\bflow\s*:\s*"([^"\\]+)"')
_IN_VALUES = re.compile(r"\(VALUES ([^)]*\)(?:, ?\([^)]*\))*)\) AS \w+ \(flow\b")
_LIMIT = re.compile(r"value\s*[<>]=?\s*(\d+(?:\.\d+)?)")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Level:
    """One severity of a rule; `limit` is the number that the chart draws a line at."""

    name: str
    condition: str
    times: int
    limit: float | None


@dataclass(frozen=True)
class Rule:
    """`origin` is template, direct, group or log alert; `source` the name of the template or the project."""

    key: str
    name: str
    origin: str
    source: str
    metric: str
    statistic: str
    levels: tuple[Level, ...]
    tells: str
    enabled: bool
    state: str
    since: int
    series: tuple[Series, ...]
    labels: tuple[tuple[str, str], ...]
    hours: str
    pause: str
    silence_s: int
    query: str = ""


@dataclass(frozen=True)
class Flow:
    """A flow with its rules; `boards` are (project, name, title) of the dashboards that name it.

    `heard` says whether a point, or a log line of the last hour, tells of it; `stores` are (project, name) of the
    logstores that its dashboards ask.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    boards: tuple[tuple[str, str, str], ...]
    heard: bool
    stores: tuple[tuple[str, str], ...] = ()

    @cached_property
    def state(self) -> str:
        """The worst of its rules; empty when it has none."""
        return min((rule.state for rule in self.rules), key=ORDER.index, default="")

    @cached_property
    def since(self) -> int:
        """When the state began, in ms; 0 when that is not known."""
        return min((rule.since for rule in self.rules if rule.state == self.state and rule.since), default=0)


def flows(world: World, tenant: Tenant, names: Iterable[str] = ()) -> dict[str, Flow]:
    """Every flow by name; `names` are those that log lines tell of."""
    rules: dict[str, list[Rule]] = defaultdict(list)
    boards, stores = _boards(tenant)
    heard = {*names, *_reported(world, tenant)}
    known = {*heard, *boards}
    for flow, rule in _cms_rules(world, tenant, known):
        rules[flow].append(rule)
    for flow, rule in _log_alerts(world, tenant):
        rules[flow].append(rule)
    return {
        name: Flow(name, _title(name, boards[name]), tuple(rules[name]), tuple(boards[name]), name in heard,
                   tuple(stores[name]))
        for name in sorted({*known, *rules})
    }  # fmt: skip


def _reported(world: World, tenant: Tenant) -> set[str]:
    found = {pairs(series.dimension).get("flow", "") for series in world.alarms.columns.every(tenant.account)}
    return found - {""}


def pairs(dimension: str) -> dict[str, str]:
    """The form `k=v&k2=v2` as a mapping."""
    return {key: value for key, _, value in (part.partition("=") for part in dimension.split("&")) if key}


def _boards(tenant: Tenant) -> tuple[dict[str, list[tuple[str, str, str]]], dict[str, dict[tuple[str, str], None]]]:
    """The dashboards that name a flow, and the stores that their charts about it ask."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    stores: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for key, body in tenant.all(dashboard_responses.KIND).items():
        project, _, name = key.partition("/")
        asked = [chart.get("search") or {} for chart in body["charts"]]
        named = [(flow, str(one.get("logstore"))) for one in asked for flow in _IN_QUERY.findall(str(one.get("query")))]
        for flow, store in named:
            stores[flow][project, store] = None
        for flow in dict.fromkeys(flow for flow, _ in named):
            found[flow].append((project, name, str(body.get("displayName") or name)))
    return found, stores


def _title(name: str, boards: list[tuple[str, str, str]]) -> str:
    return next((title for _, _, title in boards if title != name), "")


def _cms_rules(world: World, tenant: Tenant, known: set[str]) -> Iterator[tuple[str, Rule]]:
    groups = {number: _of_group(body["GroupName"], known) for number, body in tenant.all(group_models.KIND).items()}
    templates = {key: str(body["Name"]) for key, body in tenant.all(template_models.KIND).items()}
    for key, body in tenant.all(rule_models.KIND).items():
        judged = _judged(world, tenant, key, body)
        by_flow: dict[str, list[Series]] = defaultdict(list)
        for series in judged:
            by_flow[pairs(series.dimension).get("flow") or groups.get(series.group, "")].append(series)
        for flow in by_flow.keys() - {""}:
            yield flow, _rule(world, tenant, key, body, tuple(by_flow[flow]), templates)


def _of_group(group: str, known: set[str]) -> str:
    """The flow that a monitor group without points is about: the longest one that its name ends in."""
    return max((name for name in known if group == name or group.endswith(f"-{name}")), key=len, default="")


def _judged(world: World, tenant: Tenant, key: str, body: Body) -> list[Series]:
    _, rule = world.alarms.rules.get((tenant.account, key), ("", None))
    if rule is not None and (found := rule.series(world.alarms.columns)):
        return found
    named = [one for one in json.loads(body["Resources"] or "[]") if isinstance(one, dict)]
    return [
        Series(tenant.account, body["MetricName"], int(body["Period"]), str(one.get("groupId", "0")),
               str(one.get("dimension", "")))
        for one in named
    ]  # fmt: skip


def _rule(
    world: World, tenant: Tenant, key: str, body: Body, series: tuple[Series, ...], templates: Mapping[str, str]
) -> Rule:
    machines = world.alarms.machines.get((tenant.account, key), {})
    found = [machines[one] for one in series if one in machines]
    worst = min(found, key=lambda machine: ORDER.index(machine.state), default=None)
    origin = {rule_models.OF_TEMPLATE: "template", rule_models.OF_GROUP: "group"}.get(body["SourceType"], "direct")
    levels = tuple(_level(name, body["Escalations"][name]) for name in ORDER if name in body["Escalations"])
    return Rule(
        key=key,
        name=body["RuleName"],
        origin=origin,
        source=templates.get(str(body.get("TemplateId", "")), ""),
        metric=body["MetricName"],
        statistic=next((part["Statistics"] for part in body["Escalations"].values()), ""),
        levels=levels or _composite(body["CompositeExpression"]),
        tells=body["ContactGroups"],
        enabled=bool(body["EnableState"]),
        state=worst.state if worst else OK,
        since=worst.since if worst else 0,
        series=series,
        labels=tuple((str(one["Key"]), str(one["Value"])) for one in body["Labels"]),
        hours=_hours(body["EffectiveInterval"], always=""),
        pause=_hours(body["NoEffectiveInterval"], always="00:00-23:59"),
        silence_s=int(body["SilenceTime"]),
    )


def _hours(text: str, always: str) -> str:
    """A span as people read it: nothing for none, `always` for all of every day."""
    found = parsed(text)
    return "" if found is None else always if found.always else text.removesuffix(EVERY_DAY)


def _level(name: str, part: Mapping[str, Any]) -> Level:
    symbol = SYMBOLS.get(part["ComparisonOperator"])
    condition = f"{part['Statistics']} {symbol or part['ComparisonOperator']} {part['Threshold']}"
    return Level(name, condition, int(part["Times"]), float(part["Threshold"]) if symbol else None)


def _composite(expression: Mapping[str, Any]) -> tuple[Level, ...]:
    if not expression:
        return ()
    times = str(expression.get("Times") or 1)
    return (
        Level(
            str(expression.get("Level", "")).capitalize(),
            composite(expression),
            int(times) if times.isdecimal() else 1,
            None,
        ),
    )


def _log_alerts(world: World, tenant: Tenant) -> Iterator[tuple[str, Rule]]:
    for key, body in tenant.all(alert_responses.KIND).items():
        queries = [str(one.get("query", "")) for one in body["configuration"].get("queryList") or ()]
        for flow in sorted(_named(" ".join(queries))):
            yield flow, _log_alert(of_log_alert(world, tenant.account, key, flow), key, body, queries)


def _named(text: str) -> set[str]:
    listed = [one for values in _IN_VALUES.findall(text) for one in _QUOTED.findall(values)]
    return {*_IN_QUERY.findall(text), *(one.replace("''", "'") for one in listed)}


def _log_alert(found: tuple[str, int], key: str, body: Body, queries: list[str]) -> Rule:
    configuration = body["configuration"]
    state, since = found
    return Rule(
        key=key,
        name=str(body.get("displayName") or body["name"]),
        origin="log alert",
        source=key.partition("/")[0],
        metric="",
        statistic="",
        levels=tuple(_severity(*one, int(configuration.get("threshold") or 1)) for one in severities(configuration)),
        tells=str((configuration.get("policyConfiguration") or {}).get("actionPolicyId") or ""),
        enabled=body.get("state") != "Disabled",
        state=state,
        since=since,
        series=(),
        labels=(),
        hours="",
        pause="",
        silence_s=0,
        query=" ; ".join(queries),
    )


def _severity(name: str, condition: str, times: int) -> Level:
    limit = _LIMIT.fullmatch(condition)
    return Level(name, condition, times, float(limit[1]) if limit else None)
