"""What `lint --live` asks: which metrics and measures came, which groups, stores, indexes there are, what opens.

Everything at once and for a while only; what could not be asked is told apart from what is missing.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import Any

from flowvigil.provisioner import names, queries
from flowvigil.provisioner.channels import group_names
from flowvigil.provisioner.logs import own_place
from flowvigil.provisioner.logs import place as store_of
from flowvigil.provisioner.monitor import INSIDE, Monitor
from flowvigil.reporter.contract import DIMENSION_FLOW, DIMENSION_SERVICE, FLOW
from flowvigil.review.lint.checks.live import Facts

from .cloud import Cloud
from .log_door import LogDoor
from .patience import within
from .project import Target

LONGEST_S, RUNBOOK_S = 20.0, 5.0
"""How long everything together, and one runbook, may take, in seconds."""

LATELY_MS = 3_600_000
KEEPS_OUT = (401, 403, 407)
"""Statuses of a page that is there for those who may see it."""

NO_HEAD = (405, 501)
METRIC, GROUPS, STORE, INDEX, RUNBOOK = "metric", "contact groups", "store", "index", "runbook"
INSIDES = "runs of"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """What the cloud says, and what could not be asked, with the reason."""

    facts: Facts
    unasked: tuple[str, ...]


def look(target: Target, cloud: Cloud, logs: LogDoor, now_ms: int, longest_s: float = LONGEST_S) -> Look:
    """Ask everything; after `longest_s` seconds take what there is."""
    cloud.caller()  # a role is assumed once, not by every thread
    found = within(longest_s, dict(_questions(target, cloud, logs, now_ms)))
    known = {key: one for key, one in found.items() if one is not None and not isinstance(one, Exception)}
    groups: dict[str, tuple[str, ...]] | None = known.get((GROUPS, ""))
    facts = Facts(
        quiet=_quiet(target, known),
        groups=_judged_groups(target, groups) if groups is not None else {},
        stores=frozenset(place for (kind, place), there in known.items() if kind == STORE and not there),
        indexes=frozenset(_without_index(known)),
        runbooks={address: why for (kind, address), why in known.items() if kind == RUNBOOK and why},
        untold=frozenset(_untold(target, known)),
    )
    return Look(facts, tuple(_unasked(found, longest_s)))


def _questions(target: Target, cloud: Cloud, logs: LogDoor, now_ms: int) -> Iterator[tuple[Key, Callable[[], Any]]]:
    for metric in sorted({one.metric for flow in target.plan.settings.flows for one in flow.series}):
        yield (METRIC, metric), partial(_reported, target, cloud, metric, now_ms)
    yield (GROUPS, ""), partial(_groups, cloud)
    for where in sorted({_where(target, one) for one in target.monitors.monitors if _insides(one)}):
        query = queries.inside_at_a_glance(queries.runs(target.stack.prefix))
        asked = (*where, query, (now_ms - LATELY_MS) // 1000, now_ms // 1000)
        yield (INSIDES, "/".join(where)), partial(logs.rows, *asked)
    for monitor in target.monitors.monitors:
        if monitor.logs:
            place = f"{monitor.logs.project}/{monitor.logs.logstore}"
            yield (STORE, place), partial(logs.has_store, monitor.logs.project, monitor.logs.logstore)
            yield (INDEX, place), partial(logs.has_index, monitor.logs.project, monitor.logs.logstore)
        if monitor.runbook:
            yield (RUNBOOK, monitor.runbook), partial(runbook, monitor.runbook)


def _reported(target: Target, cloud: Cloud, metric: str, now_ms: int) -> frozenset[str]:
    """The flows of this stack of which the metric came in the last hour."""
    query = {"Namespace": names.namespace(target.stack), "MetricName": metric, "Period": "60"}
    window = {"StartTime": str(now_ms - LATELY_MS), "EndTime": str(now_ms)}
    points = json.loads(cloud.cms("DescribeMetricLast", {**query, **window})[1].get("Datapoints") or "[]")
    pairs = [dict(pair.partition("=")[::2] for pair in str(one.get("dimension")).split("&")) for one in points]
    ours = [one for one in pairs if one.get(DIMENSION_SERVICE) == target.stack.prefix]
    return frozenset(one.get(DIMENSION_FLOW, "") for one in ours)


def _quiet(target: Target, known: dict[Key, Any]) -> frozenset[str]:
    """The flows none of whose metrics came, if all could be asked."""
    quiet = set()
    for flow in target.plan.settings.flows:
        asked = [known.get((METRIC, one.metric)) for one in flow.series]
        if asked and all(one is not None and flow.flow not in one for one in asked):
            quiet.add(flow.flow)
    return frozenset(quiet)


def _insides(monitor: Monitor) -> list[str]:
    """The signals on the inside of runs that a flow is judged by."""
    return [one.signal.value for one in monitor.conditions if one.signal in INSIDE]


def _where(target: Target, monitor: Monitor) -> tuple[str, str]:
    found = store_of(own_place(target.stack), monitor)
    return found.project, found.logstore


def _untold(target: Target, known: dict[Key, Any]) -> Iterator[Key]:
    """Flow and signal where runs came and none of them told what the signal judges."""
    for monitor in target.monitors.monitors:
        for signal in _insides(monitor):
            rows = known.get((INSIDES, "/".join(_where(target, monitor))), ())
            counted = next((row for row in rows if row.get(FLOW) == monitor.flow), None)
            if counted is not None and not int(counted[queries.INSIDE_COLUMNS[signal]]):
                yield monitor.flow, signal


def _groups(cloud: Cloud) -> dict[str, tuple[str, ...]]:
    """The account's contact groups with the contacts in them that have an address which nobody confirmed."""
    waiting = {one["Name"] for one in cloud.contacts() if "PENDING" in (one.get("ChannelsState") or {}).values()}
    return {
        one["Name"]: tuple(name for name in one["Contacts"]["Contact"] if name in waiting)
        for one in cloud.contact_groups()
    }


def _judged_groups(target: Target, there: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...] | None]:
    """By their names in the specs: the groups of others and of other stacks, and ours once they are there."""
    others = {one.name for one in target.monitors.groups if one.existing or not target.stack.shared}
    named = group_names(target.monitors, target.stack).items()
    return {name: there.get(cloud) for name, cloud in named if name in others or cloud in there}


def _without_index(known: dict[Key, Any]) -> Iterator[str]:
    for (kind, place), there in known.items():
        if kind == INDEX and not there and known.get((STORE, place)):
            yield place


def runbook(address: str) -> str:
    """Why an address does not open, empty if it does. One that asks who you are is there."""
    try:
        status = _status(address, "HEAD")
        status = _status(address, "GET") if status in NO_HEAD else status
    except (OSError, HTTPException, ValueError) as error:
        return str(getattr(error, "reason", "") or error or type(error).__name__)
    return "" if status < 400 or status in KEEPS_OUT else f"HTTP {status}"


def _status(address: str, method: str) -> int:
    if not address.startswith(("http://", "https://")):
        raise ValueError("is no web address")
    request = urllib.request.Request(address, headers={"User-Agent": "flowvigil"}, method=method)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=RUNBOOK_S) as answer:  # noqa: S310 - checked
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _unasked(found: dict[Key, Any], longest_s: float) -> Iterator[str]:
    for (kind, name), result in found.items():
        if result is None:
            yield f"{kind} {name}".rstrip() + f": no answer in {longest_s:g} s"
        elif isinstance(result, Exception):
            yield f"{kind} {name}".rstrip() + f": {result}"
