"""The objects of one flow: its monitor group and template, its direct rules, its dashboard.

Knows the flow and the ground that all flows of a stack stand on; knows no other flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..reporter.contract import FlowSettings
from . import names, queries
from .boards import board_link, flow_board
from .carriers import Share
from .direct import drafts, finished, own
from .ground import Ground
from .logs import place
from .monitor import LogStore, Monitor
from .objects import RELAY_SECRET, MonitorGroup, Object, Ref, Rule, Template, TemplateRule
from .outline import Outline
from .rules import escalations
from .settings import flow_settings
from .slices import slice_hash
from .stack import Stack


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


def plan_flow(ground: Ground, monitor: Monitor, outline: Outline, more: Sequence[Object] = ()) -> FlowPart:
    """The flow's objects in the order of their creation; `more` are made elsewhere but belong to the slice."""
    templated = outline.templated
    shares = templated or _homeless(ground, outline)
    group = _group(ground, monitor, shares) if shares else None
    key = group.key if group else None
    template = _template(ground, monitor, group, templated) if group and templated else None
    rules = drafts(ground, monitor, outline.direct, key)
    labels = _labels(ground, monitor)
    board = None if monitor.flow in ground.boardless else flow_board(ground.stack, ground.home, monitor)
    settings = flow_settings(monitor, outline, ground.home)
    about = (settings.flow, settings.app, settings.reporters, settings.sampling, *monitor.on_alarm)
    named = (settings.dimensions, settings.source, settings.version)
    hashed = slice_hash(about, named, group, template, own(rules), labels, board, more, outline=outline.text)
    objects: list[Object] = []
    if group:
        objects.append(group)
    labels = (*labels, ("slice", hashed))
    objects += [finished(rule, labels) for rule in rules]
    if template:
        objects.append(_described(template, monitor, hashed))
    if board:
        objects.append(board)
    objects += more
    return FlowPart(monitor.ids, objects, settings, key, hashed, _aliases(monitor, objects))


def _homeless(ground: Ground, outline: Outline) -> Sequence[Share]:
    """What stands alone but needs a monitor group, where the service takes no series without one."""
    return [line.share for line in outline.direct] if ground.stack.facts.group_zero is False else ()


def _group(ground: Ground, monitor: Monitor, shares: Sequence[Share]) -> MonitorGroup:
    name = names.monitor_group(ground.prefix, monitor.flow)
    return MonitorGroup(
        f"flow.{monitor.flow}.group", monitor.flow, name, ground.audience(shares[0].groups, monitor).groups
    )


def _template(ground: Ground, monitor: Monitor, group: MonitorGroup, shares: Sequence[Share]) -> Template:
    """The template; its name changes with everything that must be applied again."""
    rules = tuple([_template_rule(ground, monitor, share) for share in shares])
    webhook = ground.audience(shares[0].groups, monitor).webhook
    silence = shares[0].repeat_s
    digest = ground.digests.get(RELAY_SECRET, "") if webhook else ""
    content = slice_hash(rules, group.name, group.contact_groups, silence, webhook, digest)[:8]
    flow = monitor.flow
    name = names.template(ground.prefix, flow, content)
    return Template(f"flow.{flow}.template", flow, name, "", Ref(group.key), silence, rules, webhook)


def _template_rule(ground: Ground, monitor: Monitor, share: Share) -> TemplateRule:
    condition = share.condition
    return TemplateRule(
        names.rule(ground.prefix, monitor.title or monitor.flow, condition.alarm),
        ground.namespace,
        names.metric(monitor.source.app, condition.signal.value, condition.alarm),
        escalations(share),
    )


def _described(template: Template, monitor: Monitor, hashed: str) -> Template:
    parts = [monitor.title or monitor.flow, monitor.owner, monitor.runbook, f"slice {hashed}"]
    description = ", ".join([part for part in parts if part])
    one = template
    return Template(one.key, one.flow, one.name, description, one.group, one.silence_s, one.rules, one.webhook)


def _labels(ground: Ground, monitor: Monitor) -> tuple[tuple[str, str], ...]:
    stack = ground.stack
    links = (
        ("dashboard", board_link(stack, ground.home, monitor, own=monitor.flow not in ground.boardless)),
        ("logs", flow_log_link(stack, place(ground.home, monitor), monitor.flow)),
        ("owner", monitor.owner),
        ("runbook", monitor.runbook),
    )
    return tuple([(key, value) for key, value in links if value])


def flow_log_link(stack: Stack, where: LogStore, flow: str) -> str:
    """The link to the flow's last 15 minutes of runs."""
    return queries.log_link(
        project=where.project,
        logstore=where.logstore,
        region=stack.region,
        search=queries.runs(stack.prefix, flow),
        console=stack.console,
    )


def _aliases(monitor: Monitor, objects: Sequence[Object]) -> dict[str, str]:
    """Keys of objects that had the old flow's name; its direct rules keep their own while both are watched."""
    if not monitor.renamed_from:
        return {}
    new, old = f"flow.{monitor.flow}.", f"flow.{monitor.renamed_from}."
    return {
        one.key: old + one.key[len(new) :] for one in objects if not isinstance(one, Rule) and one.key.startswith(new)
    }
