"""Each object of a plan in the provider's own property names; a test compares every one with the provider's schema.

Knows neither Pulumi nor values that are known only later: those go through a `resolve` function that the caller brings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from . import objects as o
from .logs import SEPARATORS

Props = dict[str, Any]
Resolve = Callable[[Any], Any]
Need = tuple[type, str]

RECORDS_REGION = "cn-heyuan"
"""Log Service keeps the records of alert resources of all regions here (provider docs of log.ResourceRecord)."""

ALERT_DELAY_S = 30
"""An alert's run waits this long after its window, because reporters hand over a minute's runs once it is over."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one class of object is registered: its type token, its properties, and the named objects it needs first."""

    token: str
    props: Callable[[Any, Resolve], Props]
    needs: Callable[[Any], list[Need]]


def _contact(one: o.Contact, resolve: Resolve) -> Props:
    return {
        "alarmContactName": one.name,
        "describe": one.describe,
        "channelsDingWebHook": resolve(one.dingtalk),
        "channelsMail": one.mail,
        "channelsSms": one.sms,
        "lang": one.lang,
    }


def _contact_group(one: o.ContactGroup, resolve: Resolve) -> Props:
    return {"alarmContactGroupName": one.name, "describe": one.describe, "contacts": list(one.contacts)}


def _monitor_group(one: o.MonitorGroup, resolve: Resolve) -> Props:
    return {"monitorGroupName": one.name, "contactGroups": list(one.contact_groups)}


def _escalations(levels: Iterable[o.Escalation], times: Callable[[int], int | str]) -> Props:
    return {
        level.level: {
            "comparisonOperator": level.operator,
            "statistics": level.statistics,
            "threshold": level.threshold,
            "times": times(level.times),
        }
        for level in levels
    }


def _template(one: o.Template, resolve: Resolve) -> Props:
    webhook = resolve(one.webhook)
    return {
        "metricRuleTemplateName": one.name,
        "description": one.description,
        "groupId": resolve(one.group),
        "applyMode": "ALARM_TEMPLATE_FIRST",
        "notifyLevel": "4",
        "silenceTime": one.silence_s,
        "enableStartTime": "00",
        "enableEndTime": "23",
        "webhook": webhook,
        "alertTemplates": [_template_rule(rule, webhook) for rule in one.rules],
    }


def _template_rule(rule: o.TemplateRule, webhook: Any) -> Props:
    return {
        "ruleName": rule.name,
        "metricName": rule.metric,
        "namespace": rule.namespace,
        "category": rule.category,
        "webhook": webhook,
        "escalations": _escalations(rule.escalations, str),
    }


def _rule(one: o.Rule, resolve: Resolve) -> Props:
    return {
        "metricAlarmRuleId": one.rule_id,
        "ruleName": one.name,
        "namespace": one.namespace,
        "metricName": one.metric,
        "resources": resolve(one.resources),
        "contactGroups": ",".join(one.contact_groups),
        "escalations": _escalations(one.escalations, int),
        "labels": [{"key": key, "value": value} for key, value in one.labels],
        "period": str(one.period_s),
        "interval": str(one.period_s),
        "silenceTime": str(one.silence_s),
        "effectiveInterval": one.effective_interval,
        "noEffectiveInterval": "",
        "noDataPolicy": one.no_data_policy,
        "sendOk": one.send_ok,
        "emailSubject": one.email_subject,
        "status": True,
        "webhook": resolve(one.webhook),
    }


def _log_project(one: o.LogProject, resolve: Resolve) -> Props:
    return {"projectName": one.name, "description": one.description}


def _log_store(one: o.LogStore, resolve: Resolve) -> Props:
    return {
        "projectName": one.project,
        "logstoreName": one.name,
        "retentionPeriod": one.retention_days,
        "shardCount": 2,
        "autoSplit": True,
        "maxSplitShardCount": 16,
    }


def _log_index(one: o.LogIndex, resolve: Resolve) -> Props:
    return {
        "project": one.project,
        "logstore": one.logstore,
        "fullText": {"caseSensitive": False, "token": SEPARATORS},
        "fieldSearches": [_field(name, kind) for name, kind in one.fields],
    }


def _field(name: str, kind: str) -> Props:
    field: Props = {"name": name, "type": kind, "enableAnalytics": True}
    return {**field, "token": SEPARATORS} if kind == "text" else field


def _dashboard(one: o.Dashboard, resolve: Resolve) -> Props:
    return {
        "projectName": one.project,
        "dashboardName": one.name,
        "displayName": one.title,
        "charList": one.charts,  # the provider's spelling
        "attribute": json.dumps({"type": "grid"}),
    }


def _log_alert(one: o.LogAlert, resolve: Resolve) -> Props:
    return {
        "version": "2.0",
        "type": "default",
        "projectName": one.project,
        "alertName": one.name,
        "alertDisplayname": one.title,
        "threshold": one.threshold,
        "noDataFire": one.no_data,
        "sendResolved": True,
        "autoAnnotation": False,
        "schedule": {"type": "FixedRate", "interval": f"{one.interval_s}s", "delay": ALERT_DELAY_S},
        "queryLists": [_alert_query(one.project, query) for query in one.queries],
        "severityConfigurations": [_alert_severity(level) for level in one.severities],
        "groupConfiguration": {"type": "custom" if one.group_by else "no_group", "fields": list(one.group_by)},
        "labels": [{"key": key, "value": value} for key, value in one.labels],
        "annotations": [{"key": key, "value": value} for key, value in one.annotations],
        "policyConfiguration": {
            "alertPolicyId": one.alert_policy,
            "actionPolicyId": one.action_policy,
            "repeatInterval": f"{one.repeat_s}s",
        },
    }


def _alert_query(project: str, query: o.AlertQuery) -> Props:
    return {
        "store": query.logstore,
        "storeType": "log",
        "project": project,
        "query": query.query,
        "start": query.start,
        "end": query.end,
        "timeSpanType": "Truncated",
    }


def _alert_severity(level: o.AlertSeverity) -> Props:
    return {"severity": level.severity, "evalCondition": {"condition": level.condition, "count_condition": ""}}


def _log_record(one: o.LogRecord, resolve: Resolve) -> Props:
    return {"resourceName": one.table, "recordId": one.record_id, "tag": one.tag, "value": resolve(one.value)}


def _ram_policy(one: o.RamPolicy, resolve: Resolve) -> Props:
    return {"policyName": one.name, "description": one.description, "policyDocument": one.document}


def _ram_role(one: o.RamRole, resolve: Resolve) -> Props:
    return {"roleName": one.name, "description": one.description, "assumeRolePolicyDocument": one.trust}


def _ram_attachment(one: o.RamAttachment, resolve: Resolve) -> Props:
    return {"policyName": one.policy, "policyType": "Custom", "roleName": one.role}


def _nothing(one: Any) -> list[Need]:
    return []


def _in_project(one: Any) -> list[Need]:
    return [(o.LogProject, one.project)]


def _groups(one: Any) -> list[Need]:
    return [(o.ContactGroup, name) for name in one.contact_groups]


KINDS: dict[type, Kind] = {
    o.Contact: Kind("alicloud:cms/alarmContact:AlarmContact", _contact, _nothing),
    o.ContactGroup: Kind(
        "alicloud:cms/alarmContactGroup:AlarmContactGroup",
        _contact_group,
        lambda one: [(o.Contact, name) for name in one.contacts],
    ),
    o.MonitorGroup: Kind("alicloud:cms/monitorGroup:MonitorGroup", _monitor_group, _groups),
    o.Template: Kind("alicloud:cms/metricRuleTemplate:MetricRuleTemplate", _template, _nothing),
    o.Rule: Kind("alicloud:cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule", _rule, _groups),
    o.LogProject: Kind("alicloud:log/project:Project", _log_project, _nothing),
    o.LogStore: Kind("alicloud:log/store:Store", _log_store, _in_project),
    o.LogIndex: Kind("alicloud:log/storeIndex:StoreIndex", _log_index, lambda one: [(o.LogStore, one.logstore)]),
    o.Dashboard: Kind("alicloud:log/dashboard:Dashboard", _dashboard, _in_project),
    o.LogAlert: Kind(
        "alicloud:log/alert:Alert",
        _log_alert,
        lambda one: [*_in_project(one), *((o.LogStore, query.logstore) for query in one.queries)],
    ),
    o.LogRecord: Kind("alicloud:log/resourceRecord:ResourceRecord", _log_record, _nothing),
    o.RamPolicy: Kind("alicloud:ram/policy:Policy", _ram_policy, _nothing),
    o.RamRole: Kind("alicloud:ram/role:Role", _ram_role, _nothing),
    o.RamAttachment: Kind(
        "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment",
        _ram_attachment,
        lambda one: [(o.RamPolicy, one.policy), (o.RamRole, one.role)],
    ),
}
