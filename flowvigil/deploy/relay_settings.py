"""The settings file of a stack's relay, from its plan and specs: rules, flows, levels, robots. Holds no secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flowvigil.provisioner import names, queries, wording
from flowvigil.provisioner.alive import GROUP
from flowvigil.provisioner.boards import OVERVIEW, board_link, without_board
from flowvigil.provisioner.carriers import By
from flowvigil.provisioner.logs import own_place, place
from flowvigil.provisioner.monitor import Condition, ContactGroup, Hook, Level, LogStore, Monitor, Signal, Via
from flowvigil.provisioner.objects import RELAY_SECRET, LogAlert, Rule, Template
from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.stack import EMULATOR_KEY
from flowvigil.relay import settings as relay

from .exported import state_ids
from .project import Target
from .reporter_settings import NotUp, endpoints

_LISTED = re.compile(r"\('([^']+)'\)")
"""A flow in the list of an alert's query."""

Groups = Mapping[str, ContactGroup]


def relay_settings(
    target: Target, config: Mapping[str, Any], lang: str, state: Callable[[], Mapping[str, Any]]
) -> relay.Settings:
    """The settings of the relay of a stack; `config` is the stack's configuration, `lang` zh or en.

    `state` gives the stack's exported deployment and is asked only where the relay has a group of its own. Raises NotUp
    when that group is not there yet.
    """
    plan, stack = target.plan, target.stack
    groups = {group.name: group for group in target.monitors.groups}
    boardless = without_board(stack, target.monitors.monitors)
    home = own_place(stack)
    flows = [
        _flow(one, plan, groups, home, lang, board_link(stack, home, one, own=one.flow not in boardless))
        for one in target.monitors.monitors
    ]
    told = {robot for flow in flows for made in flow.conditions for level in made.levels for robot in level.robots}
    overview = queries.dashboard_link(
        project=home.project, name=names.dashboard(stack, OVERVIEW), region=stack.region, console=stack.console
    )
    return relay.hashed(
        relay.Settings(
            service=stack.prefix,
            region=stack.region,
            language=lang,
            console=stack.console,
            url=RELAY_SECRET,
            flows=tuple(flows),
            rules=tuple(_rules(target)),
            robots=tuple([one for one in _robots(target.monitors.groups) if one.secret in told]),
            overview=overview,
            group=_group(target, state),
            endpoints=_endpoints(config),
        )
    )


def _group(target: Target, state: Callable[[], Mapping[str, Any]]) -> str:
    if not any(one.key == GROUP for one in target.plan.objects):
        return ""
    found = state_ids(state()).get(GROUP)
    if not found:
        name = target.stack.name
        raise NotUp(f"the relay's group is not in stack {name} yet; bring it up first: flowvigil up -s {name}")
    return found


def _endpoints(config: Mapping[str, Any]) -> dict[str, str]:
    """The pretend cloud stands in for DingTalk too."""
    emulator = config.get(EMULATOR_KEY)
    return {**endpoints(config), **({"dingtalk": f"http://{emulator}"} if emulator else {})}


def _flow(one: Monitor, plan: Plan, groups: Groups, home: LogStore, lang: str, board: str) -> relay.Flow:
    where = place(home, one)
    by_logs = {choice.share.condition.alarm for choice in plan.choices[one.flow] if choice.by is By.LOG_ALERT}
    return relay.Flow(
        flow=one.flow,
        slice=plan.slices[one.flow],
        logs=relay.Store(where.project, where.logstore),
        conditions=tuple([_condition(made, groups, lang, logs=made.alarm in by_logs) for made in one.conditions]),
        title=one.title,
        owner=one.owner or "",
        runbook=one.runbook or "",
        dashboard=board,
        known_as=(one.flow, one.renamed_from) if one.renamed_from else (),
        context=relay.Store(one.context.project, one.context.logstore) if one.context else None,
        hooks=tuple([_hook(hook) for hook in one.on_alarm]),
    )


def _condition(one: Condition, groups: Groups, lang: str, *, logs: bool) -> relay.Condition:
    levels = tuple([_level(one, level, groups, lang) for level in one.levels])
    return relay.Condition(one.alarm, one.signal.value, one.period_s, one.for_s, levels, one.over_ms, logs)


def _level(condition: Condition, level: Level, groups: Groups, lang: str) -> relay.Level:
    robots = dict.fromkeys(
        channel.dingtalk
        for name in level.groups
        for channel in groups[name].channels
        if channel.via is Via.RELAY and channel.dingtalk
    )
    says = wording.threshold(condition, level, lang)
    return relay.Level(level.severity.value, level.threshold, says, level.repeat_s, tuple(robots))


def _hook(one: Hook) -> relay.Hook:
    return relay.Hook(one.name, one.webhook, one.sign, one.severity.value, one.alarms, one.cool_down_s, one.dry_run)


def _rules(target: Target) -> Iterator[relay.Rule]:
    """Every rule of a flow. Keys of direct rules and alerts hold their alarm; rules of templates are known by name."""
    shown = {one.flow: one for one in target.monitors.monitors}
    for one in target.plan.objects:
        if isinstance(one, Rule) and one.flow:
            _, series, alarm, *_ = one.key.split(".")
            yield relay.Rule(one.name, one.flow, alarm, one.rule_id, series if series != one.flow else "")
        elif isinstance(one, Template) and one.flow:
            alarms = _named(target.stack.prefix, shown[one.flow])
            yield from [relay.Rule(rule.name, one.flow, alarms[rule.name]) for rule in one.rules]
        elif isinstance(one, LogAlert):
            yield from _of_alert(one, shown)


def _of_alert(one: LogAlert, shown: Mapping[str, Monitor]) -> Iterator[relay.Rule]:
    """A flow's own alert, or one that watches the reports of many flows."""
    if one.flow:
        yield relay.Rule(one.title, one.flow, one.key.split(".")[2], one.name)
        return
    for flow in _LISTED.findall(one.queries[0].query):
        alarms = [made.alarm for made in shown[flow].conditions if made.signal is Signal.NO_REPORTS]
        yield from [relay.Rule(one.title, flow, alarm, one.name, many=True) for alarm in alarms]


def _named(prefix: str, monitor: Monitor) -> dict[str, str]:
    title = monitor.title or monitor.flow
    return {names.rule(prefix, title, made.alarm): made.alarm for made in monitor.conditions}


def _robots(groups: Iterable[ContactGroup]) -> list[relay.Robot]:
    """One robot for each address, however many groups have it; everybody whom any of them mentions is mentioned."""
    found: dict[str, relay.Robot] = {}
    for channel in [channel for group in groups for channel in group.channels]:
        if channel.via is Via.RELAY and channel.dingtalk:
            known = found.get(channel.dingtalk, relay.Robot(channel.dingtalk))
            at = tuple(dict.fromkeys((*known.at, *channel.at)))
            found[channel.dingtalk] = relay.Robot(channel.dingtalk, known.sign or channel.sign or "", at)
    return [found[name] for name in sorted(found)]
