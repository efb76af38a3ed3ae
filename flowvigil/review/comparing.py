"""Two versions of one stack, compared: flows, contact groups, objects, messages, cost, slices.

Pure: what both versions ask for comes in, a Review goes out. Knows neither git nor how a review is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from flowvigil.provisioner.approval import slices
from flowvigil.provisioner.monitor import Monitor, Monitors
from flowvigil.provisioner.plan import Plan

from . import fates
from .changes import Change, described, flow_changes
from .cost import Driver, forecast
from .rates import Rate, rates
from .said import Said, said
from .sharing import shared_changes


class Kind(Enum):
    """What happens to a flow."""

    NEW = "new"
    CHANGED = "changed"
    RENAMED = "renamed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a stack: what its specs say and what that plans."""

    monitors: Monitors
    plan: Plan


@dataclass(frozen=True, slots=True)
class FlowReview:
    """One flow that differs. Slices are the hashes before and after, empty where there is no such version."""

    flow: str
    kind: Kind
    changes: tuple[Change, ...]
    resources: tuple[fates.Change, ...]
    was: str = ""
    now: str = ""
    hint: Said | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What one stack's part of a pull request changes. Rates and costs are pairs of before and after."""

    stack: str
    flows: tuple[FlowReview, ...]
    shared: tuple[Change, ...]
    resources: tuple[fates.Change, ...]
    rates: tuple[tuple[Rate | None, Rate | None], ...]
    costs: tuple[tuple[Driver, Driver], ...]
    slices: Mapping[str, str]
    findings: tuple[Said, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the pull request changes nothing for this stack."""
        return not (self.flows or self.shared or self.resources or self.findings)

    def count(self, fate: fates.Fate) -> int:
        """How many objects have this fate."""
        return sum(one.fate is fate for one in (*self.resources, *(it for flow in self.flows for it in flow.resources)))


def compare(stack: str, before: Side, after: Side) -> Review:
    """Everything that differs between two versions of a stack."""
    found = fates.fates(before.plan, after.plan)
    by_flow: dict[str | None, list[fates.Change]] = {}
    for one in found:
        by_flow.setdefault(one.flow, []).append(one)
    return Review(
        stack=stack,
        flows=tuple(_hinted(list(_flows(before, after, by_flow)), before, after)),
        shared=tuple(shared_changes(before.monitors, after.monitors, before.plan.stack, after.plan.stack)),
        resources=tuple(by_flow.get(None, ())),
        rates=tuple(_pairs(rates(before.plan, before.monitors), rates(after.plan, after.monitors))),
        costs=tuple(zip(forecast(before.plan, before.monitors), forecast(after.plan, after.monitors), strict=True)),
        slices=slices(after.plan),
    )


def _flows(before: Side, after: Side, objects: Mapping[str | None, list[fates.Change]]) -> Iterator[FlowReview]:
    left = {one.flow: one for one in before.monitors.monitors}
    for new in after.monitors.monitors:
        old = left.pop(new.flow, None)
        if old is None and new.renamed_from:
            old = left.pop(new.renamed_from, None)
        made = _flow(before.plan, after.plan, old, new, objects)
        if made.changes or made.resources or made.kind is Kind.NEW:
            yield made
    for flow in left:
        yield FlowReview(flow, Kind.REMOVED, (), tuple(objects.get(flow, ())), before.plan.slices[flow])


def _flow(
    before: Plan, after: Plan, old: Monitor | None, new: Monitor, objects: Mapping[str | None, list[fates.Change]]
) -> FlowReview:
    found = list(objects.get(new.flow, ()))
    now = after.slices[new.flow]
    if old is None:
        return FlowReview(new.flow, Kind.NEW, tuple(described(new)), tuple(found), now=now)
    kind = Kind.CHANGED
    if old.flow != new.flow:
        kind = Kind.RENAMED
        found += objects.get(old.flow, ())
    changes = [] if old is new else flow_changes(old, new, before.choices[old.flow], after.choices[new.flow])
    return FlowReview(new.flow, kind, tuple(changes), tuple(found), before.slices[old.flow], now)


def _hinted(found: list[FlowReview], before: Side, after: Side) -> Iterator[FlowReview]:
    """Flows that are new though they look like one that is gone: most likely a rename that does not say so."""
    removed = {one.flow for one in found if one.kind is Kind.REMOVED}
    gone = {_likeness(one): one.flow for one in before.monitors.monitors if one.flow in removed} if removed else {}
    there = {one.flow: one for one in after.monitors.monitors}
    for one in found:
        alike = gone.get(_likeness(there[one.flow])) if gone and one.kind is Kind.NEW else None
        yield replace(one, hint=_rename(alike)) if alike else one


def _likeness(monitor: Monitor) -> object:
    return replace(monitor, flow="", file="", title="", renamed_from=None)


def _rename(old: str) -> Said:
    return said(
        "looks like {old} under a new name; with {line} its alarms are kept while both names are watched",
        "看起来是 {old} 改名；加上 {line} 可在两个名字都被监控的同时保留报警",
        old=old,
        line=f"renamed_from: {old}",
    )


def _pairs(before: list[Rate], after: list[Rate]) -> Iterator[tuple[Rate | None, Rate | None]]:
    was, now = {one.target: one for one in before}, {one.target: one for one in after}
    for target in sorted({*was, *now}):
        yield was.get(target), now.get(target)
