"""The objects of one flow: its monitor group and template, its direct rules, its dashboard.

Knows the flow and the ground that all flows of a stack stand on; knows no other flow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ..reporter.contract import DIMENSION_FLOW, DIMENSION_SERVICE, NO_GROUP, FlowSettings
from . import names, queries
from .boards import board_link, flow_board
from .carriers import By, Choice, Reason, Share, period_s
from .logs import place
from .monitor import LogStore, Monitor
from .objects import MonitorGroup, Object, Ref, Rule, Secret, Template, TemplateRule, Text, Value
from .rules import effective_interval, escalations
from .settings import flow_settings
from .slices import slice_hash
from .stack import Stack

RELAY_SECRET = "relay-url"  # noqa: S105 - the name of a secret
"""The secret that holds the relay's address with its password."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What all flows of a stack share.

    `home` is where runs go by default, `groups` maps contact groups to their names in the cloud,
    `boardless` are flows without a dashboard of their own.
    """

    stack: Stack
    home: LogStore
    namespace: str
    groups: Mapping[str, str]
    relayed: frozenset[str] = frozenset()
    digests: Mapping[str, str] = field(default_factory=dict)
    boardless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FlowPart:
    """One flow's part of the plan. `group` is the key of its monitor group, None for a flow without template.

    `names` are the ids under which reporters may know it: its own and, during a rename, the old one.
    """

    names: tuple[str, ...]
    objects: list[Object]
    settings: FlowSettings
    group: str | None
    slice: str
    aliases: dict[str, str]


def plan_flow(ground: Ground, monitor: Monitor, choices: Sequence[Choice], more: Sequence[Object] = ()) -> FlowPart:
    """The flow's objects in the order of their creation; `more` are made elsewhere but belong to the slice."""
    templated = [choice.share for choice in choices if choice.by is By.TEMPLATE]
    group = _group(ground, monitor, templated) if templated else None
    template = _template(ground, monitor, group, templated) if group else None
    rules = _rules(ground, monitor, choices, group)
    board = None if monitor.flow in ground.boardless else flow_board(ground.stack, ground.home, monitor)
    settings = flow_settings(monitor)
    reports = [choice.share for choice in choices if choice.reason is Reason.REPORTS]
    hashed = slice_hash(settings, group, template, [rule.keywords for rule in rules], board, more, reports)
    objects: list[Object] = []
    if group and template:
        objects += (group, _described(template, monitor, hashed))
    objects += [rule(labels=(*rule.keywords["labels"], ("slice", hashed))) for rule in rules]
    if board:
        objects.append(board)
    objects += more
    known_by = (monitor.flow, monitor.renamed_from) if monitor.renamed_from else (monitor.flow,)
    return FlowPart(known_by, objects, settings, group.key if group else None, hashed, _aliases(monitor, objects))


def _group(ground: Ground, monitor: Monitor, templated: Sequence[Share]) -> MonitorGroup:
    name = names.monitor_group(ground.stack, monitor.flow)
    return MonitorGroup(f"flow.{monitor.flow}.group", monitor.flow, name, _told(ground, templated[0]))


def _told(ground: Ground, share: Share) -> tuple[str, ...]:
    groups = ground.groups
    return tuple([groups[name] for name in share.groups])


def _template(ground: Ground, monitor: Monitor, group: MonitorGroup, shares: Sequence[Share]) -> Template:
    rules = tuple([_template_rule(ground, monitor, share) for share in shares])
    webhook = _webhook(ground, shares[0])
    silence = shares[0].repeat_s
    digest = ground.digests.get(RELAY_SECRET, "") if webhook else ""
    content = slice_hash(rules, group.name, group.contact_groups, silence, webhook, digest)[:8]
    flow = monitor.flow
    name = names.template(ground.stack, flow, content)
    return Template(f"flow.{flow}.template", flow, name, "", Ref(group.key), silence, rules, webhook)


def _template_rule(ground: Ground, monitor: Monitor, share: Share) -> TemplateRule:
    condition = share.condition
    return TemplateRule(
        names.rule(ground.stack, monitor.title or monitor.flow, condition.alarm),
        ground.namespace,
        names.metric(monitor.source.app, condition.signal.value, condition.alarm),
        escalations(share),
    )


def _described(template: Template, monitor: Monitor, hashed: str) -> Template:
    parts = [monitor.title or monitor.flow, monitor.owner, monitor.runbook, f"slice {hashed}"]
    description = ", ".join([part for part in parts if part])
    one = template
    return Template(one.key, one.flow, one.name, description, one.group, one.silence_s, one.rules, one.webhook)


def _webhook(ground: Ground, share: Share) -> Value | None:
    return Secret(RELAY_SECRET) if not ground.relayed.isdisjoint(share.groups) else None


def _rules(
    ground: Ground, monitor: Monitor, choices: Sequence[Choice], group: MonitorGroup | None
) -> list[partial[Rule]]:
    """Direct rules that lack only the label with the slice's hash."""
    direct = [choice.share for choice in choices if choice.by is By.DIRECT]
    if not direct:
        return []
    labels = _labels(ground, monitor)
    made = [_rule(ground, monitor, share, group, labels) for share in direct]
    if not monitor.renamed_from:
        return made
    before = replace(monitor, flow=monitor.renamed_from)
    old = [_rule(ground, before, share, group, labels) for share in direct]
    return made + [partial(rule, flow=monitor.flow) for rule in old]


def _rule(
    ground: Ground, monitor: Monitor, share: Share, group: MonitorGroup | None, labels: tuple[tuple[str, str], ...]
) -> partial[Rule]:
    stack, condition, flow = ground.stack, share.condition, monitor.flow
    told = _told(ground, share)
    which = "" if share.whole else share.severities
    name = names.rule(stack, monitor.title or flow, condition.alarm, which)
    metric = names.metric(monitor.source.app, condition.signal.value, condition.alarm)
    replaces = f"{','.join(told)}/{name}/{metric}/{ground.namespace}"
    return partial(
        Rule,
        key=f"flow.{flow}.{condition.alarm}.{'+'.join(share.groups)}",
        flow=flow,
        rule_id=names.rule_id(stack, flow, condition.alarm, replaces),
        name=name,
        namespace=ground.namespace,
        metric=metric,
        resources=_series(stack, flow, group),
        contact_groups=told,
        escalations=escalations(share),
        period_s=period_s(condition),
        silence_s=share.repeat_s,
        labels=labels,
        effective_interval=effective_interval(condition.hours),
        email_subject=name,
        webhook=_webhook(ground, share),
    )


def _series(stack: Stack, flow: str, group: MonitorGroup | None) -> Value:
    """The JSON that names one series, keys of the dimension in ascending order, groupId a string."""
    safe_flow, safe_service = (text.replace("\\", "\\\\") for text in (flow, stack.prefix))
    tail = f'","dimension":"{DIMENSION_FLOW}={safe_flow}&{DIMENSION_SERVICE}={safe_service}"}}]'
    head = '[{"groupId":"'
    return Text((head, Ref(group.key), tail)) if group else f"{head}{NO_GROUP}{tail}"


def _labels(ground: Ground, monitor: Monitor) -> tuple[tuple[str, str], ...]:
    stack = ground.stack
    links = {
        "dashboard": board_link(stack, ground.home, monitor, own=monitor.flow not in ground.boardless),
        "logs": flow_log_link(stack, place(ground.home, monitor), monitor.flow),
        "owner": monitor.owner,
        "runbook": monitor.runbook,
    }
    return tuple([(key, value) for key, value in links.items() if value])


def flow_log_link(stack: Stack, where: LogStore, flow: str) -> str:
    """The link to the flow's last 15 minutes of runs."""
    return queries.log_link(
        project=where.project,
        logstore=where.logstore,
        region=stack.region,
        search=queries.runs(stack.prefix, flow),
        international=stack.international,
    )


def _aliases(monitor: Monitor, objects: Sequence[Object]) -> dict[str, str]:
    """Keys of objects that had the old flow's name; its direct rules keep their own while both are watched."""
    if not monitor.renamed_from:
        return {}
    new, old = f"flow.{monitor.flow}.", f"flow.{monitor.renamed_from}."
    return {
        one.key: old + one.key[len(new) :] for one in objects if not isinstance(one, Rule) and one.key.startswith(new)
    }
