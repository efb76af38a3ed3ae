"""Alarm rules of every origin: written one by one, of a monitor group, or made by a template. Judges no data."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from flowvigil.emulator.cms.contact_models import GROUP
from flowvigil.emulator.cms.errors import invalid, missing, no_contact_group, quota
from flowvigil.emulator.cms.series import is_reported, reporting_period
from flowvigil.emulator.documents import parsed
from flowvigil.emulator.state import Body
from flowvigil.emulator.tenant import Tenant

KIND, TARGETS = "rule", "rule_targets"
DIRECT, OF_GROUP, OF_TEMPLATE = "METRIC", "GROUP", "TEMPLATE"
LEVELS = ("Critical", "Warn", "Info")
NO_DATA = ("KEEP_LAST_STATE", "INSUFFICIENT_DATA", "OK")
OPERATORS = frozenset(
    [
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "LessThanOrEqualToThreshold",
        "LessThanThreshold",
        "NotEqualToThreshold",
        "EqualToThreshold",
        "GreaterThanYesterday",
        "LessThanYesterday",
        "GreaterThanLastWeek",
        "LessThanLastWeek",
        "GreaterThanLastPeriod",
        "LessThanLastPeriod",
    ]
)
ALL_DAY = "00:00-23:59"
DEFAULTS: dict[str, Any] = {
    "RuleName": "",
    "Namespace": "",
    "MetricName": "",
    "ContactGroups": "",
    "Resources": "",
    "Dimensions": "[]",
    "EffectiveInterval": "",
    "NoEffectiveInterval": "",
    "Period": "60",
    "Interval": "",
    "SilenceTime": "86400",
    "NoDataPolicy": "KEEP_LAST_STATE",
    "SendOK": True,
    "Webhook": "",
    "EmailSubject": "",
    "GroupId": "",
    "Escalations": {},
    "Labels": [],
    "Prometheus": {},
    "CompositeExpression": {},
}


def put(tenant: Tenant, rule_id: str, fields: Body, source: str, group: str = "") -> None:
    """Make or fully replace a rule (what is left out goes back to its default); whether it is enabled stays."""
    old = tenant.get(KIND, rule_id)
    body = {**DEFAULTS, **{key: value for key, value in fields.items() if value not in ("", None)}}
    if not fields.get("Period") and body["Namespace"].startswith("acs_customMetric_"):
        groups = {str(one.get("groupId", "0")) for one in resources(body["Resources"])}
        body["Period"] = str(reporting_period(tenant, body["MetricName"], groups))
    _check(tenant, body)
    limit = tenant.switches.number("rule_quota")
    if old is None and limit and len(tenant.all(KIND)) >= limit:
        raise quota("alarm rules", limit)
    kept = {
        "RuleId": rule_id,
        "SourceType": source,
        "GroupId": group or body["GroupId"],
        "EnableState": bool(old["EnableState"]) if old else True,
        "AlertState": old["AlertState"] if old else "OK",
        "GmtCreate": old["GmtCreate"] if old else tenant.now(),
        "GmtUpdate": tenant.now(),
    }
    tenant.put(KIND, rule_id, {**body, **kept})


def _check(tenant: Tenant, body: Body) -> None:
    _check_numbers(body)
    if body["NoDataPolicy"] not in NO_DATA:
        raise invalid(f"NoDataPolicy is one of {', '.join(NO_DATA)}.")
    if not body["Escalations"] and not body["CompositeExpression"] and not body["Prometheus"]:
        raise invalid("Escalations: at least one level is needed.")
    if body["Escalations"] and body["CompositeExpression"]:
        raise invalid("Escalations and CompositeExpression exclude each other.")
    for level, escalation in body["Escalations"].items():
        check_escalation(level, escalation)
    if tenant.switches.on("rule_needs_group"):
        for name in body["ContactGroups"].split(","):
            if tenant.get(GROUP, name) is None:
                raise no_contact_group(name)
    if body["Namespace"].startswith("acs_customMetric_"):
        _check_custom(tenant, body)


def _check_numbers(body: Body) -> None:
    for name in ("Period", "SilenceTime"):
        if not str(body[name]).isdecimal():
            raise invalid(f"{name} must be a number of seconds.")
    if body["Interval"] and not str(body["Interval"]).isdecimal():
        raise invalid("Interval must be a number of seconds.")
    if int(body["Period"]) % 60 or int(body["Period"]) < 60:
        raise invalid("Period must be 60 or a multiple of it.")
    if not 300 <= int(body["SilenceTime"]) <= 86400:
        raise invalid("SilenceTime must be from 300 to 86400 seconds.")


def check_escalation(level: str, escalation: Any) -> None:
    """A level that is used needs all four parts (API PutResourceMetricRule)."""
    if level not in LEVELS:
        raise invalid(f"Escalations.{level}: the level is one of {', '.join(LEVELS)}.")
    if not isinstance(escalation, dict):
        raise invalid(f"Escalations.{level} needs Statistics, ComparisonOperator, Threshold and Times.")
    for part in ("Statistics", "ComparisonOperator", "Threshold", "Times"):
        if escalation.get(part) in (None, ""):
            raise invalid(f"Escalations.{level}.{part} is mandatory.")
    if escalation["ComparisonOperator"] not in OPERATORS:
        raise invalid(f"Escalations.{level}.ComparisonOperator is unknown: {escalation['ComparisonOperator']}")
    if not _is_number(escalation["Threshold"]):
        raise invalid(f"Escalations.{level}.Threshold must be a number.")
    if not str(escalation["Times"]).isdecimal() or int(escalation["Times"]) < 1:
        raise invalid(f"Escalations.{level}.Times must be a number from 1.")


def _is_number(value: Any) -> bool:
    try:
        return isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _check_custom(tenant: Tenant, body: Body) -> None:
    allowed = tenant.switches["custom_statistics"]
    for level, escalation in body["Escalations"].items():
        percentile = escalation["Statistics"].startswith("P")
        if allowed != "any" and (percentile or (allowed == "average" and escalation["Statistics"] != "Average")):
            raise invalid(
                f"Escalations.{level}.Statistics {escalation['Statistics']} is not registered for the metric."
            )
    for resource in resources(body["Resources"]):
        group = str(resource.get("groupId", ""))
        if group == "0" and tenant.switches["group_zero"] == "refuse":
            raise invalid("Resources: groupId 0 is not accepted.")
        if tenant.switches.on("rule_needs_data") and not is_reported(tenant, body["MetricName"], group):
            raise missing(f"metric {body['MetricName']} of group {group}")


def resources(text: str) -> list[Body]:
    """The series that a rule names; error when the text is no JSON array of objects."""
    if not text:
        return []
    try:
        found = parsed(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise invalid("Resources must be a JSON array of objects.")
    return found


def find(tenant: Tenant, ids: list[str], wanted: dict[str, str]) -> list[Body]:
    """Rules by id (none: all) that also have every wanted field."""
    return [
        body for body in _chosen(tenant, ids) if all(str(body.get(name, "")) == value for name, value in wanted.items())
    ]


def _chosen(tenant: Tenant, ids: list[str]) -> Iterator[Body]:
    if not ids:
        yield from tenant.all(KIND).values()
    for rule_id in ids:
        body = tenant.get(KIND, rule_id)
        if body is not None:
            yield body


def enable(tenant: Tenant, ids: list[str], *, enabled: bool) -> None:
    """Switch rules on or off; an id that is not there is an error."""
    for rule_id in ids:
        body = tenant.get(KIND, rule_id)
        if body is None:
            raise missing(f"rule {rule_id}")
        tenant.put(KIND, rule_id, {**body, "EnableState": enabled, "GmtUpdate": tenant.now()})


def delete(tenant: Tenant, ids: list[str]) -> None:
    """Remove rules and their targets; ids that are not there are passed over (the provider deletes twice)."""
    for rule_id in ids:
        tenant.drop(KIND, rule_id)
        tenant.drop(TARGETS, rule_id)


def drop_of_group(tenant: Tenant, group: str) -> None:
    """Remove every rule that belongs to a monitor group."""
    delete(tenant, [rule_id for rule_id, body in tenant.all(KIND).items() if body["GroupId"] == group])


def follow_group(tenant: Tenant, group: str, contact_groups: list[str]) -> None:
    """Give the template-made rules of a group its present contact groups."""
    for rule_id, body in tenant.all(KIND).items():
        if body["GroupId"] == group and body["SourceType"] == OF_TEMPLATE:
            tenant.put(KIND, rule_id, {**body, "ContactGroups": ",".join(contact_groups)})


def targets(tenant: Tenant, rule_id: str) -> list[Body]:
    """Where a rule also sends what it finds."""
    body = tenant.get(TARGETS, rule_id)
    return list(body["Targets"]) if body else []


def put_targets(tenant: Tenant, rule_id: str, wanted: list[Body]) -> None:
    """Add or overwrite targets by their id; a rule has at most five."""
    if tenant.get(KIND, rule_id) is None:
        raise missing(f"rule {rule_id}")
    merged = {target["Id"]: target for target in targets(tenant, rule_id)}
    merged.update({target["Id"]: target for target in wanted})
    if len(merged) > 5:
        raise quota("targets of a rule", 5)
    tenant.put(TARGETS, rule_id, {"RuleId": rule_id, "Targets": list(merged.values())})


def drop_targets(tenant: Tenant, rule_id: str, ids: list[str]) -> None:
    """Remove targets by their id."""
    kept = [target for target in targets(tenant, rule_id) if target["Id"] not in ids]
    tenant.put(TARGETS, rule_id, {"RuleId": rule_id, "Targets": kept})
