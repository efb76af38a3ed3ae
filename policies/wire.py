"""What resources look like on their way to the provider: types, names, levels, contact groups, texts.

Knows the provider's property names (schema of pulumi-alicloud 3.105) and nothing of any rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

Resource = Union[ResourceValidationArgs, PolicyResource]

CONTACT = "alicloud:cms/alarmContact:AlarmContact"
CONTACT_GROUP = "alicloud:cms/alarmContactGroup:AlarmContactGroup"
MONITOR_GROUP = "alicloud:cms/monitorGroup:MonitorGroup"
TEMPLATE = "alicloud:cms/metricRuleTemplate:MetricRuleTemplate"
RULE = "alicloud:cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule"
RAM_POLICY = "alicloud:ram/policy:Policy"
RAM_ROLE = "alicloud:ram/role:Role"
LOG_PROJECT = "alicloud:log/project:Project"
LOG_STORE = "alicloud:log/store:Store"
LOG_ALERT = "alicloud:log/alert:Alert"
LOG_RECORD = "alicloud:log/resourceRecord:ResourceRecord"

CUSTOM_METRICS = "acs_customMetric_"
"""What the namespace of an account's own metrics begins with; the account's number follows."""

NAME_PROPERTIES = {
    CONTACT: "alarmContactName",
    CONTACT_GROUP: "alarmContactGroupName",
    MONITOR_GROUP: "monitorGroupName",
    TEMPLATE: "metricRuleTemplateName",
    RULE: "metricAlarmRuleId",
    RAM_POLICY: "policyName",
    RAM_ROLE: "roleName",
    LOG_ALERT: "alertName",
}


def name_of(one: Resource) -> str:
    """The name that the cloud will show, or Pulumi's where there is none."""
    return str(one.props.get(NAME_PROPERTIES.get(one.resource_type, ""), one.name))


def rules_of(one: Resource) -> Sequence[Mapping[str, Any]]:
    """The alarm rules that a resource carries: a direct rule itself, or the rules of a template."""
    if one.resource_type == RULE:
        return [one.props]
    return one.props.get("alertTemplates") or [] if one.resource_type == TEMPLATE else []


def levels_of(rule: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The levels of one rule that are set: `critical`, `warn`, `info`."""
    escalations = rule.get("escalations") or {}
    return {level: escalations[level] for level in ("critical", "warn", "info") if escalations.get(level)}


def is_critical(one: Resource) -> bool:
    """Whether the resource carries a rule with a critical level."""
    return any("critical" in levels_of(rule) for rule in rules_of(one))


def groups_of(one: Resource) -> list[str]:
    """The contact groups of a direct rule (one text with commas) or of a monitor group (a list)."""
    groups = one.props.get("contactGroups") or ()
    return [name for name in groups.split(",") if name] if isinstance(groups, str) else list(groups)


def listed(value: Any) -> list[str]:
    """A value of a RAM document, where one text may stand for a list of one."""
    return [value] if isinstance(value, str) else list(value or ())


def statements_of(one: Resource, document: str) -> list[Mapping[str, Any]]:
    """The statements of a RAM document that stands in the property `document`."""
    text = one.props.get(document)
    return json.loads(text).get("Statement", []) if text else []


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a value, with its path; a text that only the cloud will decide is left out."""
    left = [(value, path)]
    while left:
        value, path = left.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, Mapping):
            left += [(_known(value, key), f"{path}.{key}" if path else str(key)) for key in value]
        elif isinstance(value, Sequence):
            left += [(_known(value, index), path) for index in range(len(value))]


def _known(value: Any, key: Any) -> Any:
    try:
        return value[key]
    except UnknownValueError:
        return None  # decided by the cloud, so nobody wrote a secret into it
