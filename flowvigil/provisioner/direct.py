"""Direct rules: one alarm each, bound to one series, with every optional field written.

The provider keeps the old value of a field that is left out, so none is. Fields that the service cannot change in place
go into the rule's id, so that a replacement is a new rule first and the removal of the old one after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..reporter.contract import DIMENSION_FLOW, DIMENSION_SERVICE, NO_GROUP
from . import names
from .ground import Ground
from .monitor import Monitor
from .objects import Ref, Rule, Text, Value
from .outline import Line

NO_DATA = "KEEP_LAST_STATE"
"""Series carry a value in every window, so a missing one says nothing; whether reports come is watched apart."""

TELL_RECOVERY = True

Draft = tuple[tuple[Any, ...], tuple[Any, ...]]
"""The fields of a rule before its labels and after them: labels carry a hash of all the rest."""

Labels = tuple[tuple[str, str], ...]


def drafts(ground: Ground, monitor: Monitor, lines: Sequence[Line], group: str | None) -> list[Draft]:
    """The flow's direct rules but for their labels; `group` is the key of its monitor group, if it has one.

    During a rename the rules of the old series stay as they were, under their old keys.
    """
    return [
        _draft(ground, monitor, line, flow, series)
        for flow, series in [(flow, _series(ground.prefix, flow, group)) for flow in monitor.ids]
        for line in lines
    ]


def finished(draft: Draft, labels: Labels) -> Rule:
    """The rule."""
    before, after = draft
    fields: tuple[Any, ...] = (*before, labels, *after)
    return Rule(*fields)


def own(drafts: Iterable[Draft]) -> list[tuple[Any, ...]]:
    """What the drafts have beyond their lines: key, flow, id, name, namespace, series, groups, webhook."""
    return [(*before[:5], before[6], before[7], after[-1]) for before, after in drafts]


def _draft(ground: Ground, monitor: Monitor, line: Line, flow: str, series: Value) -> Draft:
    audience = ground.audience(line.share.groups, monitor)
    name = names.rule(ground.prefix, monitor.title or flow, line.alarm, line.which)
    replaces = f"{audience.joined}/{name}/{line.metric}/{ground.namespace}"
    before = (
        f"flow.{flow}.{line.key}",
        monitor.flow,
        names.rule_id(ground.prefix, flow, line.alarm, replaces),
        name,
        ground.namespace,
        line.metric,
        series,
        audience.groups,
        line.escalations,
        line.period_s,
        line.silence_s,
    )
    return before, (line.interval, NO_DATA, TELL_RECOVERY, name, audience.webhook)


def _series(service: str, flow: str, group: str | None) -> Value:
    """The JSON that names one series, keys in ascending order, groupId a string.

    Compact and sorted: a service that writes JSON anew most likely writes it so, and the provider compares texts.
    """
    safe_flow, safe_service = flow.replace("\\", "\\\\"), service.replace("\\", "\\\\")
    head = f'[{{"dimension":"{DIMENSION_FLOW}={safe_flow}&{DIMENSION_SERVICE}={safe_service}","groupId":"'
    tail = '"}]'
    return Text((head, Ref(group), tail)) if group else f"{head}{NO_GROUP}{tail}"
