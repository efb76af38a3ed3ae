"""Reads the rules back from the cloud and compares them with the plan.

Applying a template is one-shot and the provider hides failures of single rules, so a finished `up` proves nothing
about them until somebody looks. Compares the service's answers with the plan's own objects, field by field.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowvigil.provisioner import names
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.plan import Plan

from .cloud import Cloud

LEVELS = {"critical": "Critical", "warn": "Warn", "info": "Info"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is not in the cloud as planned. `template` is the key of the template that should have made it."""

    flow: str
    rule: str
    message: str
    template: str | None = None

    def __str__(self) -> str:
        return f"{self.flow}: {self.rule}: {self.message}"


def verify(plan: Plan, ids: Mapping[str, str], cloud: Cloud) -> list[Finding]:
    """Compare every planned rule with what the service answers. `ids` are the cloud's ids by key of the plan."""
    live = list(cloud.rules(names.namespace(plan.stack)))
    by_id = {rule["RuleId"]: rule for rule in live}
    by_group: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for rule in live:
        by_group[str(rule.get("GroupId") or "")].append(rule)
    findings: list[Finding] = []
    for one in plan.objects:
        if isinstance(one, o.Rule):
            findings += _direct(one, by_id.get(one.rule_id))
        elif isinstance(one, o.Template):
            findings += _applied(one, by_group[ids.get(one.group.object, "?")])
    return findings


def _direct(rule: o.Rule, live: Mapping[str, Any] | None) -> list[Finding]:
    if live is None:
        return [Finding(rule.flow or "", rule.name, f"alarm rule {rule.rule_id} is missing")]
    wanted = {
        "Period": str(rule.period_s),
        "SilenceTime": str(rule.silence_s),
        "ContactGroups": ",".join(rule.contact_groups),
        "EffectiveInterval": rule.effective_interval,
        "NoDataPolicy": rule.no_data_policy,
        "EnableState": "True",
    }
    differences = [*_differences(wanted, live), *_levels(rule.escalations, live)]
    return [Finding(rule.flow or "", rule.name, text) for text in differences]


def _applied(template: o.Template, live: Iterable[Mapping[str, Any]]) -> list[Finding]:
    by_name = {rule["RuleName"]: rule for rule in live}
    findings: list[Finding] = []
    for rule in template.rules:
        made = by_name.get(rule.name)
        wanted = {"MetricName": rule.metric, "SilenceTime": str(template.silence_s), "EnableState": "True"}
        texts = (
            [f"the template {template.name} was applied, but the service did not make this rule"]
            if made is None
            else [*_differences(wanted, made), *_levels(rule.escalations, made)]
        )
        findings += [Finding(template.flow or "", rule.name, text, template.key) for text in texts]
    return findings


def _differences(wanted: Mapping[str, str], live: Mapping[str, Any]) -> list[str]:
    return [
        f"{field} is {live.get(field)!s}, planned is {value}"
        for field, value in wanted.items()
        if str(live.get(field, "")) != value
    ]


def _levels(planned: Iterable[o.Escalation], live: Mapping[str, Any]) -> list[str]:
    present = {name: level for name, level in (live.get("Escalations") or {}).items() if level}
    wanted = {LEVELS[level.level]: level for level in planned}
    texts = [f"level {name} exists, but is not planned" for name in present if name not in wanted]
    for name, level in wanted.items():
        fields = {
            "Statistics": level.statistics,
            "ComparisonOperator": level.operator,
            "Threshold": level.threshold,
            "Times": str(level.times),
        }
        texts += [f"{name}: {text}" for text in _differences(fields, present.get(name) or {})]
    return texts
