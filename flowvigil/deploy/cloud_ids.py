"""Which object of the cloud a set of the provider's inputs stands for: its id, from its name.

Source of the ids: each resource's SetId in the provider, 1.285.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .cloud import Cloud

Inputs = Mapping[str, Any]

_GROUP = "alicloud:cms/monitorGroup:MonitorGroup"
TEMPLATE = "alicloud:cms/metricRuleTemplate:MetricRuleTemplate"

_BY_NAME: Mapping[str, Callable[[Inputs], str]] = {
    "alicloud:cms/alarmContact:AlarmContact": lambda one: str(one["alarmContactName"]),
    "alicloud:cms/alarmContactGroup:AlarmContactGroup": lambda one: str(one["alarmContactGroupName"]),
    "alicloud:cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule": lambda one: str(one["metricAlarmRuleId"]),
    "alicloud:log/project:Project": lambda one: str(one["projectName"]),
    "alicloud:log/store:Store": lambda one: f"{one['projectName']}:{one['logstoreName']}",
    "alicloud:log/storeIndex:StoreIndex": lambda one: f"{one['project']}:{one['logstore']}",
    "alicloud:log/dashboard:Dashboard": lambda one: f"{one['projectName']}:{one['dashboardName']}",
    "alicloud:log/alert:Alert": lambda one: f"{one['projectName']}:{one['alertName']}",
    "alicloud:log/resourceRecord:ResourceRecord": lambda one: f"{one['resourceName']}:{one['recordId']}",
    "alicloud:ram/policy:Policy": lambda one: str(one["policyName"]),
    "alicloud:ram/role:Role": lambda one: str(one["roleName"]),
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": lambda one: (
        f"role:{one['policyName']}:{one['policyType']}:{one['roleName']}"
    ),
}

# The service gives these a number; their names are ours and unique.
_NUMBERED: Mapping[str, Callable[[Inputs], str]] = {
    _GROUP: lambda one: str(one["monitorGroupName"]),
    TEMPLATE: lambda one: str(one["metricRuleTemplateName"]),
}


def cloud_id(kind: str, inputs: Inputs, cloud: Cloud) -> str | None:
    """The provider's id of the object with these inputs; None when the cloud surely has none."""
    if kind == _GROUP:
        numbers = {one["GroupName"]: str(one["GroupId"]) for one in cloud.monitor_groups()}
        return numbers.get(inputs["monitorGroupName"])
    if kind == TEMPLATE:
        numbers = {one["Name"]: str(one["TemplateId"]) for one in cloud.templates()}
        return numbers.get(inputs["metricRuleTemplateName"])
    return _BY_NAME[kind](inputs) if kind in _BY_NAME else None


def identity(kind: str, inputs: Inputs) -> str | None:
    """What tells an object of this kind from all others, without asking the cloud; None for kinds without names."""
    named = _BY_NAME.get(kind) or _NUMBERED.get(kind)
    return named(inputs) if named else None
