"""What no cloud could hold: names that collide or cannot be kept, carriers that cannot carry.

Finds every problem before the first object is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..reporter.contract import Series
from . import names
from .carriers import By, Reason, wanted_carrier
from .channels import group_names
from .log_alerts import DAY_S
from .monitor import SILENCES, Carrier, Monitor, Monitors
from .outline import Outline
from .stack import Stack, Trust


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """What is wrong with one flow; `alarm` is empty when it is not about one condition."""

    file: str
    flow: str
    alarm: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.flow, self.alarm, self.message) if part)


class PlanError(ValueError):
    """The monitors cannot be planned; `problems` has every reason."""

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def check(monitors: Monitors, stack: Stack, outlines: Mapping[str, Outline]) -> None:
    """Raise PlanError if anything cannot be planned."""
    found = _Found(stack, {})
    problems = [
        *_names(monitors, stack),
        *_collisions(monitors, stack),
        *(problem for one in monitors.monitors for problem in found.of_flow(one, outlines[one.flow])),
    ]
    if problems:
        raise PlanError(problems)


def _names(monitors: Monitors, stack: Stack) -> Iterator[PlanProblem]:
    if not names.survives(stack.prefix):
        message = (
            f"{stack.prefix} is the dimension `service` of every series; legal are 1 to 64 ASCII letters, digits, . - _"
        )
        yield PlanProblem("Pulumi.yaml", "", "", message)
    if stack.trust is Trust.RRSA and not stack.oidc_provider:
        message = "flowvigil:oidcProvider is missing, and pods assume the role through it; set the provider's name"
        yield PlanProblem(f"Pulumi.{stack.name}.yaml", "", "", message)
    seen: dict[str, str] = {}
    for group, name in group_names(monitors, stack).items():
        other = seen.setdefault(name, group)
        if other != group:
            message = f"contact groups {other} and {group} would both be {name} in the cloud; rename one of them"
            yield PlanProblem("contacts.yaml", "", "", message)


def _collisions(monitors: Monitors, stack: Stack) -> Iterator[PlanProblem]:
    seen: dict[str, Monitor] = {}
    flows = {monitor.flow for monitor in monitors.monitors}
    for monitor in monitors.monitors:
        name = names.dashboard(stack, monitor.flow)
        other = seen.setdefault(name, monitor)
        if other is not monitor and names.survives(monitor.flow):
            message = (
                f"collides with {other.flow} of {other.file}: the cloud would name both {name}; rename one of them"
            )
            yield PlanProblem(monitor.file, monitor.flow, "", message)
        if monitor.renamed_from in flows:
            message = f"was renamed from {monitor.renamed_from}, which still has a spec; remove that spec or this line"
            yield PlanProblem(monitor.file, monitor.flow, "", message)


@dataclass(frozen=True, slots=True)
class _Found:
    """Remembers what is wrong with conditions, for the flows that share them."""

    stack: Stack
    seen: dict[tuple[int, bool], list[tuple[str, str]]]

    def of_flow(self, monitor: Monitor, outline: Outline) -> list[PlanProblem]:
        forced = wanted_carrier(monitor, self.stack.rules) is Carrier.TEMPLATE
        known = self.seen.get((id(outline), forced))
        if known is None:
            known = self.seen[id(outline), forced] = list(_of_conditions(outline, forced=forced))
        problems = [PlanProblem(monitor.file, monitor.flow, alarm, message) for alarm, message in known]
        if not names.survives(monitor.flow):
            message = "CloudMonitor would rewrite this id; legal are 1 to 64 ASCII letters, digits and . - _"
            problems.insert(0, PlanProblem(monitor.file, monitor.flow, "", message))
        return problems


def _of_conditions(outline: Outline, *, forced: bool) -> Iterator[tuple[str, str]]:
    for choice in outline.choices:
        condition = choice.share.condition
        if forced and (choice.by is By.DIRECT or choice.reason is Reason.MANY):
            yield (
                condition.alarm,
                f"rules: template cannot carry it: {choice.reason.value}; say rules: auto or direct",
            )
        silent = choice.by is By.LOG_ALERT and condition.signal in SILENCES
        if silent and max(level.threshold for level in condition.levels) > DAY_S:
            yield condition.alarm, "Log Service looks back 24h at most, and this threshold is longer; say 24h or less"
    yield from _metrics(outline.series)


def _metrics(series: Sequence[Series]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for one in series:
        other = seen.setdefault(one.metric, one.alarm)
        if other != one.alarm:
            yield one.alarm, f"collides with {other}: both would be the metric {one.metric}; rename one of them"
