"""The plan: everything a stack should hold in the cloud, decided, named and ordered before anything is touched.

Pure: the same monitors and stack give the same plan, byte for byte. No clock, no environment, no secret.
Knows neither YAML nor Pulumi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..reporter.contract import Settings
from . import alive, boards, channels, checks, delivery, logs, ram
from .carriers import TEMPLATES_USED, By, Choice, Reason, wanted_carrier
from .checks import PlanError, PlanProblem
from .flows import FlowPart, flow_log_link, plan_flow
from .ground import Ground, ground
from .log_alerts import flow_alerts, no_reports_alerts
from .monitor import Carrier, LogStore, Monitor, Monitors
from .objects import Object
from .outline import Outline, outline
from .slices import slice_hash
from .stack import Stack

__all__ = ["Plan", "PlanError", "PlanProblem", "log_links", "plan"]

ONLY_AVERAGES = (
    "this account's CloudMonitor takes only Average on custom metrics (cloud-facts.json), and our rules read Maximum "
    "and Sum; judge the flows by Log Service instead: reporters: many"
)
NO_DIGESTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a stack should hold.

    `objects` are in an order in which they can be created. `choices` say what carries each rule, by flow.
    `slices` is the hash of each flow's part, `shared` that of all else. `groups` is the key of the monitor group of
    each flow that has one; `settings` is for reporters, group ids to be put in by `settings.with_groups`.
    Both know a flow that is being renamed by its old name too.
    `aliases` maps keys to those that the same objects had before a rename. `warnings` are for people.
    """

    stack: Stack
    objects: tuple[Object, ...]
    choices: Mapping[str, tuple[Choice, ...]]
    slices: Mapping[str, str]
    shared: str
    groups: Mapping[str, str]
    settings: Settings
    aliases: Mapping[str, str]
    warnings: tuple[str, ...]


def plan(monitors: Monitors, stack: Stack, digests: Mapping[str, str] = NO_DIGESTS) -> Plan:
    """Decide everything. `digests` are salted digests of secrets by name: a template is applied again when one changes.

    Raises PlanError with every problem found.
    """
    outlined = _outlines(monitors, stack)
    checks.check(monitors, stack, outlined)
    base = ground(monitors, stack, digests)
    parts = [_part(base, monitor, outlined[monitor.flow]) for monitor in monitors.monitors]
    shared = _shared(monitors, stack, outlined)
    return Plan(
        stack=stack,
        objects=(*shared, *(one for part in parts for one in part.objects)),
        choices={one.flow: _watched(one, outlined[one.flow].choices) for one in monitors.monitors},
        slices={part.settings.flow: part.slice for part in parts},
        shared=slice_hash(shared),
        groups={flow: part.group for part in parts if part.group for flow in part.names},
        settings=_settings(stack, parts),
        aliases={key: old for part in parts for key, old in part.aliases.items()},
        warnings=_warnings(monitors, stack, outlined),
    )


def log_links(planned: Plan) -> dict[str, str]:
    """By flow, the link to its last 15 minutes of runs, in its own store or the stack's; a former id has one too."""
    settings = planned.settings
    places = [(one.flow, settings.place(one)) for one in settings.flows]
    return {flow: flow_log_link(planned.stack, LogStore(*place), flow) for flow, place in places if place}


def _part(base: Ground, monitor: Monitor, outline: Outline) -> FlowPart:
    if not any(choice.by is By.LOG_ALERT for choice in outline.choices):
        return plan_flow(base, monitor, outline)
    own_board = monitor.flow not in base.boardless
    return plan_flow(base, monitor, outline, flow_alerts(base.stack, base.home, monitor, own_board=own_board))


def _watched(monitor: Monitor, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """The flow's rules; during a rename those of its old series too."""
    if not monitor.renamed_from:
        return choices
    return choices + tuple([replace(one, reason=Reason.RENAMED) for one in choices if one.by is By.DIRECT])


def _outlines(monitors: Monitors, stack: Stack) -> dict[str, Outline]:
    """Forced templates take their places first, then the other flows in order."""
    refused = stack.facts.templates_take_custom_metrics is False
    wanted = {one.flow: wanted_carrier(one, stack.rules) for one in monitors.monitors}
    left = TEMPLATES_USED - sum(want is Carrier.TEMPLATE for want in wanted.values())
    found: dict[str, Outline] = {}
    alike: dict[tuple[object, ...], Outline] = {}  # by identity: flows share conditions, and to hash them is slow
    for one in monitors.monitors:
        want = wanted[one.flow]
        forced = want is Carrier.TEMPLATE
        room = forced or left > 0
        key = (id(one.conditions), one.source.app, one.reporters, want, room)
        made = alike.get(key) or outline(one.conditions, one.source.app, one.reporters, want, refused, room)
        alike[key] = made
        left -= not forced and bool(made.templated)
        found[one.flow] = made
    return found


def _shared(monitors: Monitors, stack: Stack, outlined: Mapping[str, Outline]) -> list[Object]:
    told = [
        (one.share.condition.levels, bool(monitor.on_alarm))
        for monitor in monitors.monitors
        for one in outlined[monitor.flow].choices
        if one.by is By.LOG_ALERT
    ]
    return [
        *channels.contact_objects(monitors, stack),
        *logs.log_objects(monitors, stack),
        *boards.stack_boards(stack),
        *ram.ram_objects(stack, monitors),
        *delivery.records(stack, monitors.groups, told),
        *alive.relay_objects(stack, monitors, channels.group_names(monitors, stack)),
        *no_reports_alerts(stack, logs.own_place(stack), monitors.monitors),
    ]


def _warnings(monitors: Monitors, stack: Stack, outlined: Mapping[str, Outline]) -> tuple[str, ...]:
    silent = delivery.unreachable(monitors.groups)
    unheard: dict[str, str] = {}
    for flow, made in outlined.items():
        for choice in made.choices:
            if choice.by is By.LOG_ALERT:
                unheard.update({group: flow for group in choice.share.groups if group in silent - unheard.keys()})
    deaf = [alive.UNWATCHED] if alive.relay_needed(monitors) and not alive.watchers(monitors) else []
    return (
        *([ONLY_AVERAGES] if stack.facts.only_averages else []),
        *deaf,
        *(
            f"contact group {group} belongs to somebody else, so Log Service cannot tell it of {unheard[group]}; "
            "give it a channel of its own in contacts.yaml"
            for group in sorted(unheard)
        ),
    )


def _settings(stack: Stack, parts: Iterable[FlowPart]) -> Settings:
    home = logs.own_place(stack)
    flows = [
        part.settings._replace(flow=name) if place else part.settings
        for part in parts
        for place, name in enumerate(part.names)
    ]
    return Settings(
        service=stack.prefix,
        region=stack.region,
        log_project=home.project,
        logstore=home.logstore,
        flows=tuple(flows),
    )
