"""Direct rules: one alarm each, bound to one series, with every optional field written.

The provider keeps the old value of a field that is left out, so none is. Fields that the service cannot change in place
go into the rule's id, so that a replacement is a new rule first and the removal of the old one after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ..reporter.contract import DIMENSION_FLOW, DIMENSION_SERVICE, NO_GROUP
from . import names
from .carriers import Share, period_s
from .ground import Ground
from .monitor import Monitor
from .objects import Ref, Rule, Text, Value
from .rules import effective_interval, escalations


def direct_rules(ground: Ground, monitor: Monitor, shares: Sequence[Share], group: str | None) -> list[partial[Rule]]:
    """The flow's direct rules, complete but for their labels; `group` is the key of its monitor group, if it has one.

    During a rename the rules of the old series stay as they were, under their old keys.
    """
    made = _of(ground, monitor, shares, group)
    if not monitor.renamed_from:
        return made
    old = _of(ground, replace(monitor, flow=monitor.renamed_from), shares, group)
    return made + [partial(rule, flow=monitor.flow) for rule in old]


def _of(ground: Ground, monitor: Monitor, shares: Sequence[Share], group: str | None) -> list[partial[Rule]]:
    series = _series(ground.prefix, monitor.flow, group)
    return [_rule(ground, monitor, share, series) for share in shares]


def _rule(ground: Ground, monitor: Monitor, share: Share, series: Value) -> partial[Rule]:
    condition, flow = share.condition, monitor.flow
    alarm, told = condition.alarm, ground.told(share)
    name = names.rule(ground.prefix, monitor.title or flow, alarm, "" if share.whole else share.severities)
    metric = names.metric(monitor.source.app, condition.signal.value, alarm)
    replaces = f"{','.join(told)}/{name}/{metric}/{ground.namespace}"
    return partial(
        Rule,
        key=f"flow.{flow}.{alarm}.{names.key(*share.groups)}",
        flow=flow,
        rule_id=names.rule_id(ground.prefix, flow, alarm, replaces),
        name=name,
        namespace=ground.namespace,
        metric=metric,
        resources=series,
        contact_groups=told,
        escalations=escalations(share),
        period_s=period_s(condition),
        silence_s=share.repeat_s,
        effective_interval=effective_interval(condition.hours),
        email_subject=name,
        webhook=ground.webhook(share),
    )


def _series(service: str, flow: str, group: str | None) -> Value:
    """The JSON that names one series, keys of the dimension in ascending order, groupId a string."""
    safe_flow, safe_service = flow.replace("\\", "\\\\"), service.replace("\\", "\\\\")
    tail = f'","dimension":"{DIMENSION_FLOW}={safe_flow}&{DIMENSION_SERVICE}={safe_service}"}}]'
    head = '[{"groupId":"'
    return Text((head, Ref(group), tail)) if group else f"{head}{NO_GROUP}{tail}"
